"""What a client is told: which indexes it asks, with which credential, and what else bears on that."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from serverless_pypi.doctor.index_urls import Credential, IndexUrl, parse_index_url
from serverless_pypi.doctor.pins import Pins
from serverless_pypi.doctor.places import Place, Steps

__all__ = [
    "Broken",
    "Client",
    "ClientSettings",
    "Offer",
    "Option",
    "Overridden",
    "Source",
    "Trust",
    "source_of",
]


class Client(StrEnum):
    PIP = "pip"
    UV = "uv"
    POETRY = "Poetry"
    PDM = "PDM"
    PIPENV = "Pipenv"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A credential that a client would send, and where it is from; None is the command line."""

    credential: Credential
    place: Place | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An index that a client asks."""

    #: None for what is no URL of the web, such as a folder; and for the public index.
    location: IndexUrl | None
    place: Place
    #: What stands there, where that is neither.
    text: str = field(default="", repr=False)
    name: str | None = None
    #: The public index, which the client asks without having been told to.
    is_public: bool = False
    #: The one that its client asks for everything, if there is no other.
    is_main: bool = False
    #: Asked for nothing but what is pinned to it.
    is_explicit: bool = False
    #: What the client signs in with, be it from the URL or from elsewhere.
    offer: Offer | None = None
    #: What it signs in with where neither that nor the netrc file has anything.
    last_offer: Offer | None = None
    #: What it uses beside the offer, though it means the same index.
    rival: Offer | None = None
    #: Whether a keyring may have a password for it; nobody asks one here.
    may_be_in_keyring: bool = False
    #: With what the names of those variables begin that may give its credential.
    variables: str | None = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        return tuple(filter(None, (self.offer, self.last_offer, self.rival)))

    @property
    def shown(self) -> str:
        """Of another's index no more than the host: a token may be in its path."""
        if self.is_public:
            return "the public index"
        return self.location.origin if self.location else "a folder"

    @property
    def is_folder(self) -> bool:
        return self.text.startswith(("file:", "/", ".", "~"))

    @property
    def is_nothing(self) -> bool:
        """Whether no client can make anything of it."""
        return bool(self.text) and not self.is_folder

    def is_of(self, index: IndexUrl) -> bool:
        return self.location is not None and self.location.has_host_of(index)


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """Another setting that bears on how an index is asked, by pip's name for it or the nearest."""

    key: str
    value: str = field(repr=False)
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Overridden:
    """An index that a client is told of and does not ask, for another place outranks it."""

    source: Source
    by: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """What a client cannot read, or what does not do what it was meant for."""

    code: str
    place: Place
    sentence: str
    mend: Steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """Whose signature under a server's certificate a client believes."""

    #: "system", "bundled" (what comes with the client), or "files" alone.
    base: str = "system"
    #: Files of certificates, or folders.
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSettings:
    """Everything that one client is told here."""

    client: Client
    #: What it is called in the report; the client, or one of its ways to run.
    title: str
    sources: tuple[Source, ...] = ()
    overridden: tuple[Overridden, ...] = ()
    options: tuple[Option, ...] = ()
    broken: tuple[Broken, ...] = ()
    trust: Trust = Trust()
    pins: Pins = field(default_factory=Pins)
    proxy: Option | None = None
    #: With what the names of variables begin that give a credential to no index here.
    unclaimed: tuple[str, ...] = ()
    #: How to tell it of an index, where it has not been told.
    telling: str = ""
    reads_netrc: bool = True

    def of(self, index: IndexUrl) -> tuple[Source, ...]:
        """Those of its sources that are *index*."""
        return tuple(source for source in self.sources if source.is_of(index))

    def beside(self, index: IndexUrl) -> list[Source]:
        """The indexes of others that are asked as well, for names that are nowhere pinned."""
        return [
            source
            for source in self.sources
            if not source.is_explicit and not source.is_of(index) and not source.text
        ]

    def option(self, key: str) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.key == key)


def source_of(text: str, place: Place) -> Source:
    """The source of an index URL *text*, with the credential that is in it."""
    location = parse_index_url(text)
    credential = location.credential if location else None
    offer = Offer(credential=credential, place=place) if credential else None
    return Source(location=location, place=place, text="" if location else text, offer=offer)
