"""TOML documents that are written in many ways, by somebody who remembers on which line each thing stands."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from hypothesis import strategies as st

from authenticator.toml_lines import Path

__all__ = ["VALUES", "Document", "documents", "paths_of", "write_value"]

#: What a line's end, or a bracket, could be hidden in.
TEXTS = st.text("ab\"'\\#[]{}=,\n\t é", max_size=8)
_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    TEXTS,
    st.dates(),
    st.times(),
    st.datetimes(),
)
#: Anything that a document can give.
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_BARE_KEYS = st.text("abc", min_size=1, max_size=2)
# Two quotes may stand before the three that end a string, and an escaped backslash before any.
_MULTI_LINE = st.sampled_from(
    ['"""\n[a]\n"""', '"""a\\\\"""', '"""\\"""]"""', '"""a""\n"""""', "'''\n{\\'''", "'''a\n'''''", '""""""']
)
_BETWEEN = st.sampled_from(["", " ", "\n", " # ]\n"])
_NOISE = st.sampled_from(["", "", "", "\n", "# [a] '''\n", '\n  # """ {\n\n'])


@dataclass
class Document:
    """A document as text, and on which line the statement begins that first gives each path."""

    text: str = ""
    lines: dict[Path, int] = field(default_factory=dict)

    def add(self, statement: str, paths: Sequence[Path]) -> None:
        """Write a *statement* that gives *paths*, each after all that leads to it."""
        line = self.text.count("\n") + 1
        self.text += statement
        for path in paths:
            for length in range(1, len(path) + 1):
                self.lines.setdefault(path[:length], line)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Statements of each kind, with noise between them."""
    document = Document()
    _add_values(draw, document, ())
    for key in draw(st.lists(_BARE_KEYS, max_size=3, unique=True)):
        name = f"t{key}"
        if draw(st.booleans()):
            for index in range(draw(st.integers(1, 3))):
                document.add(draw(_NOISE), [])
                document.add(f"[[{name}]] # ]\n", [(name, index)])
                _add_values(draw, document, (name, index))
        else:
            header = draw(st.sampled_from([(name,), (name, "]\n["), (name, "x", "y")]))
            document.add(draw(_NOISE), [])
            document.add(f"[ {'.'.join(map(write_value, header))} ]\n", [header])
            _add_values(draw, document, header)
    if draw(st.booleans()):
        document.text = document.text.removesuffix("\n")
    if draw(st.booleans()):
        document.text = document.text.replace("\n", "\r\n")
    return document


def _add_values(draw: st.DrawFn, document: Document, place: Path) -> None:
    for key in draw(st.lists(_BARE_KEYS, max_size=3, unique=True)):
        keys = draw(st.sampled_from([(f"v{key}",), (f"d{key}", "#"), (f"d{key}", '"', "a")]))
        document.add(draw(_NOISE), [])
        written = f"{' . '.join(map(write_value, keys))} = "
        if draw(st.booleans()):
            document.add(f"{written}{draw(_MULTI_LINE)} # '\n", [(*place, *keys)])
        else:
            value = draw(VALUES)
            paths = [(*place, *keys, *path) for path in paths_of(value)]
            document.add(f"{written}{write_value(value, draw(_BETWEEN))}\n", paths)


def paths_of(value: Any) -> Iterator[Path]:
    """Where anything stands in *value*, itself first."""
    yield ()
    inner: Any = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, each in inner:
        yield from ((key, *path) for path in paths_of(each))


def write_value(value: Any, between: str = "") -> str:
    """*value* as TOML spells it, with *between* after each bracket and comma of an array."""
    match value:
        case bool():
            return str(value).lower()
        case float() if math.isnan(value) or math.isinf(value):
            return str(value)
        case str():
            return '"' + "".join(map(_escape, value)) + '"'
        case list():
            return f"[{between}" + "".join(f"{write_value(each, between)},{between}" for each in value) + "]"
        case dict():
            pairs = (f"{write_value(key)} = {write_value(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return repr(value)


def _escape(character: str) -> str:
    plain = character.isprintable() and character not in '"\\'
    return character if plain else f"\\U{ord(character):08x}"
