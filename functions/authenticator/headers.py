"""The headers of a viewer request, as CloudFront gives them: lines by the name in lower case."""

from collections.abc import Mapping, Sequence

__all__ = ["Headers"]

Headers = Mapping[str, Sequence[Mapping[str, str]]]
