"""The HTML pages (PEP 503 with 592, 629, 658, 714, 740 and 792), frozen at API 1.4 by PEP 833.

Every value passes `html.escape` with quotes, in `_attributes` or in `_text`, and nowhere else.
"""

import re
from collections.abc import Sequence
from html import escape

from packaging.utils import NormalizedName

from simple_index.filenames import is_normalized
from simple_index.model import API_VERSION, File, ProjectDetail, ProjectList, Status
from simple_index.pep691 import file_url, offered_files

__all__ = ["CONTENT_TYPE", "names_on_list", "render_detail", "render_list"]

CONTENT_TYPE = "text/html; charset=utf-8"

_LISTED = re.compile(rb'<a href="\./([a-z0-9-]+)/">')


def render_detail(detail: ProjectDetail, nonce: str) -> bytes:
    """A project's page. The same values give the same bytes."""
    anchors = [_file_anchor(file) for file in offered_files(detail)]
    return _page(f"Links for {detail.project}", anchors, nonce, _status_metas(detail.status))


def render_list(projects: ProjectList, nonce: str) -> bytes:
    """The list of projects. The same values give the same bytes."""
    anchors = [_anchor(name, {"href": f"./{name}/"}) for name in sorted(projects.projects)]
    return _page("Simple index", anchors, nonce)


def names_on_list(page: bytes) -> set[NormalizedName]:
    """The projects that a page of `render_list` names; fewer, or none, on a page of other hands."""
    names = (name.decode() for name in _LISTED.findall(page))
    return {NormalizedName(name) for name in names if is_normalized(name)}


def _file_anchor(file: File) -> str:
    attributes = {"href": f"{file_url(file.filename)}#sha256={file.sha256}"}
    if file.requires_python is not None:
        attributes["data-requires-python"] = file.requires_python
    if file.core_metadata is not None:
        # PEP 714 names the first; pip up to 23.2 reads the second.
        attributes["data-core-metadata"] = f"sha256={file.core_metadata.sha256}"
        attributes["data-dist-info-metadata"] = f"sha256={file.core_metadata.sha256}"
    if file.yanked is not None:
        # "The value of the data-yanked attribute, if present, is an arbitrary string" that gives the reason.
        attributes["data-yanked"] = file.yanked.text
    if file.provenance is not None:
        attributes["data-provenance"] = file.provenance
    return _anchor(file.filename, attributes)


def _status_metas(status: Status | None) -> list[str]:
    if status is None:
        return []
    metas = {"pypi:project-status": status.name}
    if status.reason:
        metas["pypi:project-status-reason"] = status.reason
    return [f"<meta {_attributes({'name': name, 'content': content})}>" for name, content in metas.items()]


def _page(title: str, anchors: list[str], nonce: str, metas: Sequence[str] = ()) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f"<meta {_attributes({'name': 'pypi:repository-version', 'content': API_VERSION})}>",
        f"<meta {_attributes({'name': 'serverless-pypi:nonce', 'content': nonce})}>",
        *metas,
        f"<title>{_text(title)}</title>",
        "</head>",
        "<body>",
        f"<h1>{_text(title)}</h1>",
        *(f"{anchor}<br>" for anchor in anchors),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines).encode()


def _anchor(text: str, attributes: dict[str, str]) -> str:
    return f"<a {_attributes(attributes)}>{_text(text)}</a>"


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value, quote=True)}"' for name, value in values.items())


def _text(value: str) -> str:
    return escape(value, quote=True)
