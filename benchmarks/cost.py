"""``python -m benchmarks.cost``: a month's bill of this index and of others, from list prices.

`--write` puts the tables into docs/cost.md as well. Nothing is measured here and nobody is asked.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.cost_index import Line, professional, small
from benchmarks.cost_months import MONTHS, Month
from benchmarks.cost_prices import PRICES, Price
from benchmarks.cost_rivals import RIVALS

__all__ = ["PAGE", "bill", "page", "tables"]

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
_BEGIN = "<!-- What follows is written by `make cost`. -->\n"
_END = "<!-- Up to here. -->\n"

Bill = dict[str, float]


def main(arguments: list[str]) -> None:
    print(tables())
    if "--write" in arguments:
        PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """The page *text* with the tables between its markers made anew."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{tables()}\n{_END}{after}"


def bill(lines: Iterable[Line], *, free_tier: bool) -> Bill:
    """Dollars for each part. What is free is given out in the order of the lines, once for all of them."""
    left = {price.name: price.free if free_tier else 0.0 for price in PRICES.values()}
    dollars: Bill = {}
    for line in lines:
        free = min(left[line.price.name], line.quantity)
        left[line.price.name] -= free
        dollars[line.part] = dollars.get(line.part, 0.0) + line.price.cost(line.quantity - free)
    return dollars


def tables() -> str:
    sections = {
        "The bill": _summary(),
        "Line by line": _line_by_line(),
        "The months": _months(),
        "The prices, as read on 2026-11-21": _prices(),
    }
    return "\n".join(f"## {title}\n\n{text}" for title, text in sections.items())


def _both(month: Month) -> Iterator[Line]:
    yield from small(month)
    yield from professional(month)


def _summary() -> str:
    contestants: dict[str, Callable[[Month], Iterator[Line]]] = {
        "**This index, small**": small,
        "**This index, professional**": _both,
        **RIVALS,
    }
    return _table(
        ["Dollars a month: with AWS's free tier / without", *(month.name for month in MONTHS)],
        ([name, *(_twice(lines, month, _total) for month in MONTHS)] for name, lines in contestants.items()),
    )


def _line_by_line() -> str:
    parts = list(dict.fromkeys(line.part for line in _both(MONTHS[0])))
    base = {line.part for line in small(MONTHS[0])}
    return _table(
        ["Dollars a month: with AWS's free tier / without", *(month.name for month in MONTHS)],
        (
            [part if part in base else f"+ {part}", *(_twice(_both, month, _part(part)) for month in MONTHS)]
            for part in parts
        ),
    )


def _months() -> str:
    rows: dict[str, Callable[[Month], str]] = {
        "files published": lambda month: f"{month.published:,}",
        "GB stored": lambda month: f"{month.stored_gigabytes:,}",
        "projects": lambda month: f"{month.projects:,}",
        "requests of viewers": lambda month: f"{month.requests:,}",
        "… of them with a credential": lambda month: f"{month.authenticated:,.0f}",
        "… of these for pages, which S3 answers": lambda month: f"{month.pages:,.0f}",
        "files and metadata that S3 answers, of those asked for": lambda month: f"{month.missed:.0%}",
        "GB to viewers": lambda month: f"{month.gigabytes:,.0f}",
        "requests that start an environment": lambda month: f"{month.cold:.1%}",
        "requests whose password is checked by bcrypt": lambda month: f"{month.checked:.1%}",
        "requests before which `auth/` is read again": lambda month: f"{month.refreshed:.0%}",
    }
    return _table(
        ["", *(month.name for month in MONTHS)],
        ([label, *(value(month) for month in MONTHS)] for label, value in rows.items()),
    )


def _prices() -> str:
    return _table(
        ["", "Dollars", "for", "Free each month", "Read in"],
        (
            [
                price.name if price.confirmed else f"{price.name} **?**",
                f"{price.dollars:.10f}".rstrip("0").ljust(4, "0"),
                price.unit if price.per == 1 else f"{price.per:,} {price.unit}",
                _free(price),
                price.source,
            ]
            for price in PRICES.values()
        ),
    )


def _free(price: Price) -> str:
    return f"{price.free:,.0f} {price.unit}" if price.free else ""


def _total(dollars: Bill) -> float:
    return sum(dollars.values())


def _part(name: str) -> Callable[[Bill], float]:
    return lambda dollars: dollars[name]


def _twice(lines: Callable[[Month], Iterator[Line]], month: Month, of: Callable[[Bill], float]) -> str:
    return " / ".join(_dollars(of(bill(lines(month), free_tier=free_tier))) for free_tier in (True, False))


def _dollars(amount: float) -> str:
    return "< 0.01" if 0 < amount < 0.005 else f"{amount:,.2f}"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
