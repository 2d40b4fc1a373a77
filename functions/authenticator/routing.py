"""Which paths there are: an allow-list of whole strings, on the URI as it was sent.

What goes on to the cache and to S3 is built anew from what matched, never the input. CloudFront hands
the raw path to S3, which decodes it once, so a path that could be read in two ways is none of ours.
"""

import re
from urllib.parse import quote

from authenticator.records import Record

__all__ = ["AssetPath", "FilePath", "HomePath", "PagePath", "Path", "Redirect", "route"]

#: Characters. A name and a filename take less, however their 255 each are written; so does each redirect.
_LONGEST = 1100
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?"
_FILENAME = r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}\.(?:whl|tar\.gz|zip)(?:\.metadata|\.provenance)?"
_ASSET = r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:css|js|svg|png|ico|woff2)"
_PATH = re.compile(
    rf"/(?:(?P<list>simple/?)"
    rf"|simple/(?P<project>{_NAME})/?"
    rf"|simple/(?P<folder>{_NAME})/(?P<filename>{_FILENAME})"
    rf"|project/(?P<home>{_NAME})/?"
    rf"|assets/(?P<asset>{_ASSET})"
    rf")?",
    re.ASCII,
)
# Clients write these in a filename's place of + and ! and some write more; nothing else is decoded.
_ESCAPES = {"%2B": "+", "%2b": "+", "%21": "!"}
_ESCAPE = re.compile(r"%2[Bb]|%21")


class PagePath(Record):
    """A page of the simple API, which has two forms. *project* is None for the project list."""

    project: str | None

    @property
    def location(self) -> str:
        return "/simple/" if self.project is None else f"/simple/{self.project}/"

    def uri(self, form: str) -> str:
        """Where the page stands in the bucket, in the form ``json`` or ``html``."""
        return f"{self.location}index.{form}"


class HomePath(Record):
    """A page for people. *project* is None for that of the whole index."""

    project: str | None

    @property
    def location(self) -> str:
        return "/" if self.project is None else f"/project/{self.project}/"

    @property
    def uri(self) -> str:
        return f"{self.location}index.html"


class FilePath(Record):
    """A file of a project, or its ``.metadata`` or ``.provenance``."""

    project: str
    filename: str

    @property
    def uri(self) -> str:
        # S3 reads a literal + in a path as a space.
        return f"/simple/{self.project}/{quote(self.filename, safe='')}"

    location = uri


class AssetPath(Record):
    """What pages for people are drawn with."""

    name: str

    @property
    def uri(self) -> str:
        return f"/assets/{self.name}"

    location = uri


class Redirect(Record):
    """Another spelling of a path of this host."""

    target: "PagePath | HomePath | FilePath"


Path = PagePath | HomePath | FilePath | AssetPath


def route(uri: str) -> Path | Redirect | None:
    """What *uri*, as it came from the viewer, asks for; None if it is nothing that is served."""
    match = _PATH.fullmatch(_decode(uri)) if len(uri) <= _LONGEST else None
    if match is None:
        return None
    if match["filename"]:
        path = FilePath(_normalize(match["folder"]), match["filename"])
        return path if match["folder"] == path.project else Redirect(path)
    if match["project"]:
        return _spelled(PagePath(_normalize(match["project"])), uri)
    if match["home"]:
        return _spelled(HomePath(_normalize(match["home"])), uri)
    if match["asset"]:
        return AssetPath(match["asset"])
    return _spelled(PagePath(None), uri) if match["list"] else HomePath(None)


def _decode(uri: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], uri)


def _spelled(path: PagePath | HomePath, uri: str) -> PagePath | HomePath | Redirect:
    return path if uri == path.location else Redirect(path)


def _normalize(name: str) -> str:
    """PEP 503; the one line of `packaging.utils.canonicalize_name`, which is not in this bundle."""
    return re.sub(r"[-_.]+", "-", name).lower()
