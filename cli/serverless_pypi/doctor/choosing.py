"""Which index is meant, where nobody says so: the one that clients here are told of."""

from collections.abc import Sequence

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from serverless_pypi.doctor.index_urls import IndexUrl, parse_index_url
from serverless_pypi.doctor.netrc_file import Netrc
from serverless_pypi.doctor.offers import offer_of
from serverless_pypi.doctor.settings import ClientSettings, Overridden, Source
from serverless_pypi.errors import CommandError

__all__ = [
    "NoIndexHereError",
    "NoProjectNameError",
    "NotAUrlError",
    "SeveralIndexesError",
    "choose_index",
    "project_name",
]


class NotAUrlError(CommandError):
    def __init__(self, where: str) -> None:
        super().__init__(
            f"What {where} says is no index URL: write it as https://USER:PASSWORD@HOST/simple/, with each "
            "sign in the password that is neither letter nor digit written as % and its code."
        )


class NoIndexHereError(CommandError):
    def __init__(self) -> None:
        super().__init__(
            "No client here is told of an index: give its URL, as in "
            "`serverless-pypi doctor https://HOST/simple/`."
        )


class SeveralIndexesError(CommandError):
    def __init__(self, origins: Sequence[str]) -> None:
        super().__init__(
            f"Clients here are told of several indexes ({', '.join(origins)}): say which one is yours, as in "
            f"`serverless-pypi doctor {origins[0]}/simple/`."
        )


class NoProjectNameError(CommandError):
    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no name of a project: it has letters, digits, and . _ - between them.")


def choose_index(
    given: str | None, variable: str | None, settings: Sequence[ClientSettings], netrc: Netrc
) -> IndexUrl:
    """What was *given*; else what the *variable* holds; else what clients are told of.

    Raises `CommandError`.
    """
    for text, where in ((given, "the command line"), (variable, "$SERVERLESS_PYPI_INDEX_URL")):
        if text:
            index = parse_index_url(text)
            if index is None:
                raise NotAUrlError(where)
            return index
    return _found(settings, netrc)


def project_name(text: str) -> NormalizedName:
    """Raises `NoProjectNameError`."""
    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        raise NoProjectNameError(text) from None


def _found(settings: Sequence[ClientSettings], netrc: Netrc) -> IndexUrl:
    """The only one; or the only one that somebody signs in to."""
    told = [(source, one) for one in settings for source in _told(one)]
    locations = _distinct([source.location for source, _ in told])
    if not locations:
        raise NoIndexHereError
    if len(locations) == 1:
        return locations[0]
    signed_in = _distinct([source.location for source, one in told if offer_of(source, one, netrc)])
    if len(signed_in) != 1:
        raise SeveralIndexesError([location.origin for location in signed_in or locations])
    return signed_in[0]


def _told(settings: ClientSettings) -> list[Source]:
    overridden: list[Overridden] = list(settings.overridden)
    return [*settings.sources, *(one.source for one in overridden)]


def _distinct(locations: Sequence[IndexUrl | None]) -> list[IndexUrl]:
    """One of each host, without the credential: each client's is looked at by itself."""
    found: list[IndexUrl] = []
    for location in filter(None, locations):
        if not any(location.has_host_of(other) for other in found):
            found.append(IndexUrl(scheme=location.scheme, host=location.host, path="/simple/"))
    return found
