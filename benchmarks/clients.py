"""``python -m benchmarks.clients``: what each client asks of the index to resolve a tree with a large wheel.

`--write` puts the table into docs/clients.md as well, with the versions that were run. Each client must be
set up: `make clients` does that.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.clients.counting import ROWS, Counts, Resolving, count, publish_tree
from tests.clients.index import run_index
from tests.clients.person import Person
from tests.clients.settings import PAGE

__all__ = ["page", "rows_of"]

_LOCKS = Path(__file__).parents[1] / "tests" / "clients" / "locks"
_BEGIN = "<!-- What follows is written by `make clients`. -->\n"
_END = "<!-- Up to here. -->\n"
_HEADER = ("Client", "Requests", "401 first", "Bytes", "Again: requests", "401 first", "304", "Bytes")


def main(arguments: list[str]) -> None:
    table = _table(dict(_counted()))
    print(table)
    if "--write" in arguments:
        PAGE.write_text(page(PAGE.read_text(), f"{table}\n{_versions()}"))


def page(text: str, written: str) -> str:
    """The page *text* with what is between its markers replaced."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{written}\n{_END}{after}"


def rows_of(text: str) -> dict[str, Resolving]:
    """The table of the page *text*, read back."""
    written = text.partition(_BEGIN)[2].partition(_END)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in written.splitlines()
        if line[:1] == "|"
    ]
    return {name: _parse(*(int(cell.replace(",", "")) for cell in cells)) for name, *cells in rows[2:]}


def _parse(
    requests: int, refused: int, size: int, again: int, refused_again: int, unchanged: int, size_again: int
) -> Resolving:
    first = Counts(requests=requests, refused_first=refused, unchanged=0, size=size)
    second = Counts(requests=again, refused_first=refused_again, unchanged=unchanged, size=size_again)
    return Resolving(first=first, again=second)


def _counted() -> Iterator[tuple[str, Resolving]]:
    with tempfile.TemporaryDirectory() as home, run_index(Path(home)) as index:
        publish_tree(index)
        for row in ROWS:
            with tempfile.TemporaryDirectory() as own:
                yield row, count(row, index, Person(Path(own)))


def _table(counted: dict[str, Resolving]) -> str:
    rows = ((name, *_cells(it.first, it.again)) for name, it in counted.items())
    lines = [_HEADER, ("---", *["---:"] * (len(_HEADER) - 1)), *rows]
    cells = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _cells(first: Counts, again: Counts) -> Iterator[int]:
    yield from (first.requests, first.refused_first, first.size)
    yield from (again.requests, again.refused_first, again.unchanged, again.size)


def _versions() -> str:
    """What was run: pip and uv of the test environment, and what is locked beside them."""
    names = {"uv-year-old": "uv", "pip-tools": "pip-tools"}
    locked = {
        path.stem: _locked(path, names.get(path.stem, path.stem.partition("-")[0]))
        for path in sorted(_LOCKS.glob("*.txt"))
    }
    pip = _output(sys.executable, "-m", "pip", "--version").split()[1]
    uv = _output(Path(sys.executable).with_name("uv"), "--version").split()[1]
    text = [f"pip {pip}", f"uv {uv}, and {locked.pop('uv-year-old')} that is a year old"]
    shown = ("poetry", "pdm", "hatch", "pipenv", "pip-tools", "twine", "flit")
    return "The versions: " + "; ".join([*text, *(f"{name} {locked[name]}" for name in shown)]) + ".\n"


def _locked(path: Path, project: str) -> str:
    found = re.search(rf"^{project}==(\S+)", path.read_text(), re.MULTILINE)
    return found[1] if found else ""


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
