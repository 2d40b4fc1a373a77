"""The netrc file, from which pip, uv and Poetry take what no index URL gives. Its text is shown to nobody."""

import netrc
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from serverless_pypi.doctor.index_urls import Credential
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import Broken

__all__ = ["Entry", "Netrc", "read_netrc"]

_MACHINE = re.compile(r"(?:^|\s)(?:machine\s+(\S+)|(default)\b)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What stands for a host."""

    credential: Credential
    place: FileLine
    #: The last line that is all of this entry; None where another begins on it.
    last: int | None
    #: Given to every host that has no entry of its own.
    is_default: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Netrc:
    """A netrc file; its entries by host, "default" for all others."""

    file: Path | None = None
    entries: dict[str, Entry] = field(default_factory=dict, repr=False)
    broken: tuple[Broken, ...] = ()

    def find(self, hostname: str) -> Entry | None:
        return self.entries.get(hostname) or self.entries.get("default")


def read_netrc(machine: Machine) -> Netrc:
    """The file that clients take: $NETRC, or that of the home folder."""
    given = machine.get("NETRC")
    files = [Path(given)] if given else [machine.home / name for name in (".netrc", "_netrc")]
    file = next((file for file in files if os.path.isfile(file)), None)
    if file is None:
        return Netrc()
    try:
        text = file.read_text(errors="replace")
        hosts = netrc.netrc(str(file)).hosts
    except (netrc.NetrcParseError, OSError, ValueError) as error:
        return Netrc(file=file, broken=(_broken(file, error),))
    return Netrc(file=file, entries={host: _entry(file, text, host, *found) for host, found in hosts.items()})


def _entry(file: Path, text: str, host: str, login: str, account: str, password: str) -> Entry:
    first, last = _lines(text, host)
    return Entry(
        # As requests does: "account" stands in for a login that is not given.
        credential=Credential(username=login or account or "", password=password or ""),
        place=FileLine(file=file, line=first),
        last=last,
        is_default=host == "default",
    )


def _lines(text: str, host: str) -> tuple[int | None, int | None]:
    """The first and the last line of the entry for *host*; of several the last counts."""
    starts = list(_MACHINE.finditer(text))
    places = [place for place, start in enumerate(starts) if (start[1] or start[2]) == host]
    if not places:
        return None, None
    first = _line_at(text, starts[places[-1]].end())
    following = starts[places[-1] + 1 :]
    last = _line_at(text, following[0].end()) - 1 if following else len(text.splitlines())
    before = [start for start in starts[: places[-1]] if _line_at(text, start.end()) == first]
    return first, None if before or last < first else last


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _broken(file: Path, error: Exception) -> Broken:
    line = getattr(error, "lineno", None)
    return Broken(
        code="broken-netrc",
        place=FileLine(file=file, line=line),
        sentence="it is no netrc file from there on, so clients find no credential in it",
        mend=(Ask(sentence="Each entry is a line: machine HOST login USER password PASSWORD."),),
    )
