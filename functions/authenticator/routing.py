"""Which paths there are: an allow-list of whole strings, on the URI as it was sent.

What goes on to the cache and to S3 is built anew from what matched, never the input. CloudFront hands
the raw path to S3, which decodes it once, so a path that could be read in two ways is none of ours.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from authenticator.errors import NotServedError

__all__ = ["FilePath", "PagePath", "Redirect", "route"]

#: Characters. The longest filename that can be filed is 255.
_LONGEST = 1000
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_FILENAME = r"[A-Za-z0-9][A-Za-z0-9._+!-]*\.(?:whl|tar\.gz|zip)(?:\.metadata|\.provenance)?"
_PATH = re.compile(
    rf"/(?:simple(?P<list>/)?|simple/(?P<project>{_NAME})(?P<slash>/)?"
    rf"|simple/(?P<folder>{_NAME})/(?P<filename>{_FILENAME}))?",
    re.ASCII,
)
# Clients write these in a filename's place of + and ! and some write more; nothing else is decoded.
_ESCAPES = {"%2B": "+", "%2b": "+", "%21": "!"}
_ESCAPE = re.compile(r"%2[Bb]|%21")


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePath:
    """A page in one of two forms. *project* is None for the project list."""

    project: str | None

    def uri(self, form: str) -> str:
        """Where the page stands in the bucket, in the form ``json`` or ``html``."""
        folder = "/simple/" if self.project is None else f"/simple/{self.project}/"
        return f"{folder}index.{form}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePath:
    """A file of a project, or its ``.metadata`` or ``.provenance``."""

    project: str
    filename: str

    @property
    def uri(self) -> str:
        # S3 reads a literal + in a path as a space.
        return f"/simple/{self.project}/{quote(self.filename, safe='')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """A path of this host that says the same in the one right spelling."""

    location: str


def route(uri: str) -> PagePath | FilePath | Redirect:
    """What *uri*, as it came from the viewer, asks for. Raises `NotServedError`."""
    if len(uri) > _LONGEST:
        raise NotServedError
    match = _PATH.fullmatch(_ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], uri))
    if match is None:
        raise NotServedError
    if match["filename"]:
        return _file(match["folder"], match["filename"])
    if match["project"]:
        return _project(match["project"], slash=bool(match["slash"]))
    return PagePath(project=None) if match["list"] else Redirect(location="/simple/")


def _project(name: str, *, slash: bool) -> PagePath | Redirect:
    normalized = _normalize(name)
    if slash and name == normalized:
        return PagePath(project=name)
    return Redirect(location=f"/simple/{normalized}/")


def _file(name: str, filename: str) -> FilePath | Redirect:
    path = FilePath(project=_normalize(name), filename=filename)
    return path if name == path.project else Redirect(location=path.uri)


def _normalize(name: str) -> str:
    """PEP 503; the one line of `packaging.utils.canonicalize_name`, which is not in this bundle."""
    return re.sub(r"[-_.]+", "-", name).lower()
