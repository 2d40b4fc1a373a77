"""Why the local stack cannot do what it was asked: each a sentence, with what to do next.

LocalStackError
├── InvalidEndpointError   the endpoint is no URL
├── UnreachableS3Error     no S3 answers at the endpoint
├── RefusingS3Error        S3 answers, and refuses
├── NoDistributionsError   the folder to publish holds none
├── NotIndexedError        what was published does not appear
├── UnwritableLogError     the access log cannot be written where it should be
└── FailedStepError        a step of the demonstration did not do what it should
"""

from pathlib import Path

__all__ = [
    "FailedStepError",
    "InvalidEndpointError",
    "LocalStackError",
    "NoDistributionsError",
    "NotIndexedError",
    "RefusingS3Error",
    "UnreachableS3Error",
    "UnwritableLogError",
]


class LocalStackError(Exception):
    """What went wrong, in a sentence for the person who started it."""


class InvalidEndpointError(LocalStackError):
    def __init__(self, endpoint_url: str) -> None:
        super().__init__(
            f"{endpoint_url!r} is no URL of an S3: write it as http://HOST:PORT or https://HOST, "
            "or leave the endpoint out to use the embedded one."
        )


class UnreachableS3Error(LocalStackError):
    def __init__(self, endpoint_url: str) -> None:
        super().__init__(
            f"No S3 answers at {endpoint_url}: start it, or leave the endpoint out to use the embedded one."
        )


class RefusingS3Error(LocalStackError):
    def __init__(self, endpoint_url: str, problem: str) -> None:
        super().__init__(
            f"S3 at {endpoint_url} refuses ({problem}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to "
            "a key that may create and fill a bucket there."
        )


class NoDistributionsError(LocalStackError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds no wheel (.whl) and no sdist (.tar.gz, .zip): build your project into it first."
        )


class NotIndexedError(LocalStackError):
    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"What was published is not in the index after {seconds:g} s: the log lines above say why."
        )


class UnwritableLogError(LocalStackError):
    def __init__(self, file: Path, cause: OSError) -> None:
        super().__init__(
            f"The access log cannot be written to {file} ({cause.strerror}): name a file in a folder that is "
            "there and yours."
        )


class FailedStepError(LocalStackError):
    def __init__(self, step: str, output: str) -> None:
        super().__init__(f"{step} failed. It said:\n{output.strip()}")
