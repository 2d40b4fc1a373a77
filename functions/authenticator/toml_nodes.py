"""Values of a TOML document that know where they stand, and refuse what is not allowed there."""

from collections.abc import Callable
from typing import Any

from authenticator.records import Record
from authenticator.toml_lines import Path

__all__ = ["Node", "NotAllowedError"]

#: Of a number in a sentence: it takes no more room than a string.
_MOST_BITS = 200


class NotAllowedError(Exception):
    """What stands at *path* is not allowed there; ``str()`` says what is."""

    def __init__(self, path: Path, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path


class Node(Record):
    """A value, and its path. All its methods raise `NotAllowedError`."""

    value: Any
    path: Path = ()

    def table(self) -> dict[str, "Node"]:
        if not isinstance(self.value, dict):
            raise self.unlike("a table")
        return {key: Node(value, (*self.path, key)) for key, value in self.value.items()}

    def fields(self, *allowed: str) -> dict[str, "Node"]:
        """A table that has no keys but *allowed* ones."""
        table = self.table()
        for key, node in table.items():
            if key not in allowed:
                place = f" in {self._key}" if self.path else ""
                raise node.refused(f"unknown key {_quote(key)}{place}: allowed are {', '.join(allowed)}")
        return table

    def record(self, *names: str) -> dict[str, "Node"]:
        """A table that has these keys, all of them, and no others."""
        fields = self.fields(*names)
        for name in names:
            if name not in fields:
                raise self.refused(f"{self._name} must have {' and '.join(names)}")
        return fields

    def items(self, *, at_least: int = 0) -> list["Node"]:
        if not isinstance(self.value, list):
            raise self.unlike("an array")
        if len(self.value) < at_least:
            raise self.refused(f"{self._name} must not be empty")
        return [Node(value, (*self.path, index)) for index, value in enumerate(self.value)]

    def text(self, expected: str, check: Callable[[str], object]) -> str:
        """A string that passes *check*; *expected* says which do."""
        if not isinstance(self.value, str) or not check(self.value):
            raise self.unlike(expected)
        return self.value

    def whole_number(self, lowest: int, highest: int) -> int:
        # A bool is an int in Python, and not in TOML.
        if type(self.value) is not int or not lowest <= self.value <= highest:
            raise self.unlike(f"a whole number from {lowest} to {highest}")
        return self.value

    def unlike(self, expected: str) -> NotAllowedError:
        return self.refused(f"{self._name} must be {expected}, and is {_quote(self.value)}")

    def refused(self, sentence: str) -> NotAllowedError:
        return NotAllowedError(self.path, sentence)

    @property
    def _name(self) -> str:
        return f"each of {self._key}" if isinstance(self.path[-1], int) else self._key

    @property
    def _key(self) -> str:
        """Of a value in an array, the array's."""
        return next(key for key in reversed(self.path) if isinstance(key, str))


def _quote(value: Any) -> str:
    """*value* in a sentence of one line."""
    match value:
        case dict():
            return "a table"
        case list():
            return "an array"
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > _MOST_BITS:
            return "a very long number"  # of those that are longer still Python refuses to write the digits
        case str():
            shown = ascii(value)
        case _:
            shown = str(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
