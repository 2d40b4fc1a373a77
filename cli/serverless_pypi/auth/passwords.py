"""Names and passwords as they may be given: what the authenticator takes, clients send and nobody guesses."""

import argparse
import re
import secrets
from collections.abc import Collection

import bcrypt

from authenticator.tokens import is_token
from serverless_pypi.auth.entry import is_name
from serverless_pypi.errors import CommandError
from serverless_pypi.terminal import Terminal

__all__ = [
    "NameNotAllowedError",
    "PasswordNotAllowedError",
    "PasswordsDifferError",
    "check_name",
    "check_password",
    "choose_password",
    "generate_password",
    "hash_password",
    "is_sent_by_pip",
]

#: Bytes. bcrypt reads no more.
_LONGEST = 72
#: zxcvbn's, of 4: "safely unguessable: moderate protection from offline slow-hash scenario".
_LOWEST_SCORE = 3
_SHORTEST_WORD = 3
# "The user-id and password MUST NOT contain any control characters" (RFC 7617, 2).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# No letter looks like another or like a digit, and none has to be escaped in a URL.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
#: Of five letters each, of five bits each.
_GROUPS = 4


class NameNotAllowedError(CommandError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!a} cannot be a name: give 1 to 255 characters without a colon and control characters, "
            "with no white space at either end, and neither @ nor # at the beginning."
        )


class PasswordNotAllowedError(CommandError):
    def __init__(self, problem: str) -> None:
        super().__init__(f"The password {problem}; --generate makes a strong one.")


class PasswordsDifferError(CommandError):
    def __init__(self) -> None:
        super().__init__("The second password is not the first: type the same one twice.")


def check_name(name: str) -> str:
    """*name*, if somebody can be called so here. Raises `NameNotAllowedError`."""
    # A policy could not name who begins like a group of it, nor a file begin with a byte order mark.
    if not is_name(name) or name.startswith(("@", "\ufeff")):
        raise NameNotAllowedError(name)
    return name


def choose_password(arguments: argparse.Namespace, terminal: Terminal) -> str:
    """A password for the name that was given: a new one, or one that is typed. Raises `CommandError`."""
    if arguments.generate:
        return generate_password()
    try:
        password = _ask(terminal, arguments.name, once=arguments.password_stdin)
    except UnicodeDecodeError:
        raise PasswordNotAllowedError("is not UTF-8") from None
    check_password(password, inputs=[arguments.name, arguments.service])
    return password


def check_password(password: str, *, inputs: list[str]) -> None:
    """Refuse a password that bcrypt, HTTP or a guesser would spoil; *inputs* are what is tried first.

    Raises `PasswordNotAllowedError`.
    """
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise PasswordNotAllowedError("is not UTF-8") from None
    if not password:
        raise PasswordNotAllowedError("is empty")
    if _CONTROL.search(password):
        raise PasswordNotAllowedError("has control characters in it, which HTTP does not let pass")
    if size > _LONGEST:
        raise PasswordNotAllowedError(
            f"has {size} bytes (UTF-8), and bcrypt reads {_LONGEST}: take a shorter one"
        )
    if is_token(password.encode()):
        raise PasswordNotAllowedError("is a token, which `serverless-pypi token create` alone gives a name")
    _check_strength(password, inputs)


def generate_password() -> str:
    """A new one of 100 bits, in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(_GROUPS))


def is_sent_by_pip(name: str, password: str) -> bool:
    """Whether pip can: it writes ISO-8859-1, and the authenticator takes for UTF-8 what could be that."""
    text = f"{name}:{password}"
    try:
        return text.encode("latin-1").decode() == text
    except UnicodeEncodeError:
        return False
    except UnicodeDecodeError:
        return True


def hash_password(password: str, cost: int) -> str:
    """How ``auth/htpasswd`` keeps a password that was checked."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def _ask(terminal: Terminal, name: str, *, once: bool) -> str:
    password = terminal.ask_secret(f"Password for {name}")
    if terminal.asks and not once and terminal.ask_secret("The same again") != password:
        raise PasswordsDifferError
    return password


def _check_strength(password: str, inputs: list[str]) -> None:
    from zxcvbn import zxcvbn  # a generated one needs no judgement, and this is 40 ms

    words = {*inputs, *(part for each in inputs for part in re.split(r"[\W_]+", each))}
    # Beside a hyphen zxcvbn does not see them, and takes them for letters at random.
    rest = _without(words, password)
    if not rest:
        raise PasswordNotAllowedError("is the name or the service, and nothing else")
    found = zxcvbn(rest, user_inputs=sorted(words))
    if found["score"] >= _LOWEST_SCORE:
        return
    advice = [found["feedback"]["warning"], *found["feedback"]["suggestions"]]
    sentences = " ".join(each if each.endswith(".") else f"{each}." for each in advice if each)
    raise PasswordNotAllowedError(f"is too easy to guess. {sentences.removesuffix('.')}")


def _without(words: Collection[str], password: str) -> str:
    """What *password* has beside *words*, but for the shortest."""
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            password = re.sub(re.escape(word), "", password, flags=re.IGNORECASE)
    return password
