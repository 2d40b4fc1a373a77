"""Values that cannot be changed: what `dataclasses` makes, without what that costs.

It imports `inspect` and compiles code for each class, which is a seventh of all that a new environment does
before its first decision: a quarter of a second at the edge.
"""

from typing import Any, ClassVar, NoReturn, dataclass_transform

__all__ = ["Record"]


@dataclass_transform(frozen_default=True)
class Record:
    """The base of classes whose fields are their annotations, as a type checker holds callers to it.

    Equal are those of one class with equal fields. No field is ever shown, for some are secrets.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        """*kw_only* is for the type checker, as with `dataclasses`."""
        cls._names = tuple(cls.__annotations__)
        cls.__match_args__ = cls._names  # type: ignore[attr-defined,misc]  # mypy has made it already

    def __init__(self, *values: Any, **fields: Any) -> None:
        self.__dict__.update(zip(self._names, values, strict=False), **fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self._names))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
