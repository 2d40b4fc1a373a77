"""What AWS's SDK and HTTP raise, in a sentence with what to do next."""

import re

import httpx
from botocore import exceptions
from botocore.parsers import ResponseParserError

__all__ = ["explained"]

_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)
_UNREACHABLE = (exceptions.ConnectionError, exceptions.HTTPClientError)
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_WRONG_KEY = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidClientTokenId",
    "AuthFailure",
    "UnrecognizedClientException",
    "InvalidSignatureException",
)
_DENIED = ("AccessDenied", "AccessDeniedException", "AccessDenied.Exception", "403", "UnauthorizedOperation")


# What a URL may have before its host.
_USERINFO = re.compile(r"(\w+://)?[^\s\"':]*:[^\s\"']*@")


def explained(error: Exception) -> str | None:
    """The sentence for *error*; None for what is neither AWS's nor HTTP's. No password of a URL is in it."""
    sentence = _sentence(error)
    return None if sentence is None else _USERINFO.sub(r"\1***@", sentence)


def _sentence(error: Exception) -> str | None:
    match error:
        case exceptions.ProfileNotFound():
            return f"{error}: `aws configure list-profiles` shows those there are."
        case _ if isinstance(error, _CREDENTIALS):
            return (
                f"AWS does not know who you are ({error}): sign in (`aws sso login`, `aws configure`), "
                "name a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        case _ if isinstance(error, _UNREACHABLE):
            return (
                f"AWS cannot be reached ({error}): check the network and --endpoint-url (AWS_ENDPOINT_URL)."
            )
        case exceptions.ClientError():
            return _of_answer(error)
        case exceptions.ParamValidationError():
            # Its first line is a title, and the pattern that a name must match fills the rest.
            problem = str(error).splitlines()[-1].partition(": ")[0]
            return f"AWS has nothing of such a name ({problem}): check --service, --stack and --bucket."
        case ResponseParserError():
            return (
                "What answers is not AWS: check --endpoint-url (AWS_ENDPOINT_URL), and whether a proxy or a "
                "page to sign in stands in between."
            )
        case exceptions.BotoCoreError():
            return f"The AWS SDK does not go on ({error}): check the options and the variables AWS_…."
        case httpx.TimeoutException():
            return f"{_host(error)} does not answer in time: try again, or check the URL and the proxy."
        case httpx.HTTPError():
            return f"{_host(error)} cannot be reached ({error}): check the URL, the network and the proxy."
        # The "port" may be a password with a slash in it.
        case httpx.InvalidURL() | ValueError() if str(error).startswith(("Port ", "Invalid port")):
            return (
                "A URL, of an option or of a variable, has a port that is no number: write it as "
                "https://HOST:PORT, and a / within a password as %2F."
            )
        case httpx.InvalidURL():
            return f"A URL cannot be understood ({error}): write it as https://HOST/simple/."
        # httpx's of what HTTPS_PROXY and its like say; it has no class for them.
        case ImportError() if "SOCKS" in str(error):
            return (
                "The proxy is a SOCKS one, and what speaks that is not installed: add it by `pipx inject "
                "serverless-pypi socksio` (or `pip install socksio`), or set NO_PROXY or another ALL_PROXY."
            )
        case ValueError() if "scheme for proxy" in str(error):
            return f"A proxy cannot be used ({error}): check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."
        case ValueError() if str(error).startswith("Invalid endpoint"):  # botocore's, and no more than that
            return f"{error}: write --endpoint-url (AWS_ENDPOINT_URL) as https://HOST."
    return None


def _of_answer(error: exceptions.ClientError) -> str:
    code = error.response["Error"]["Code"]
    if code in _EXPIRED:
        return "The AWS credentials have expired: sign in again (`aws sso login`), and repeat the command."
    if code in _WRONG_KEY:
        return f"AWS does not accept the key ({code}): check --profile, AWS_ACCESS_KEY_ID and the clock."
    if code in _DENIED:
        return (
            f"AWS does not allow {error.operation_name} to who you are ({code}): ask for that right, or take "
            "another --profile; docs/command.md lists what each command needs."
        )
    if code == "NoSuchBucket":
        return "There is no such bucket: name the index by --service, --stack or --bucket."
    message = error.response["Error"].get("Message", "no reason given")
    return (
        f"AWS refuses {error.operation_name} ({code}: {message}): "
        "try again, and check the options if it stays so."
    )


def _host(error: httpx.HTTPError) -> str:
    try:
        return error.request.url.host or "The index"
    except RuntimeError:  # it never came to a request
        return "The index"
