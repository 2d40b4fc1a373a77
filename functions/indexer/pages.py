"""A JSON page and its HTML page, written together by compare-and-swap.

The protocol and its proof are in docs/rationale.md. In short: both ETags are known before the caller
looks at the bucket; each write is conditional on them and has a nonce of its own; a write that lost is
no write, and the caller starts again from the reading.
"""

import gzip
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from indexer.bucket import Bucket
from simple_index import html, pep691
from simple_index.errors import InvalidPageError
from simple_index.pep691 import Writing

__all__ = ["PagePair", "Reading"]

Content = TypeVar("Content")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading(Generic[Content]):
    """What stood in the bucket: the ETags to write against, and what the JSON page remembers."""

    #: None where there is no page, or none that can be read back.
    content: Content | None
    json_etag: str | None
    html_etag: str | None
    #: Whether the HTML page is the one that was written with the JSON page, as far as was looked.
    paired: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePair(Generic[Content]):
    """Where one pair of pages lives, and how it is read and rendered."""

    json_key: str
    html_key: str
    parse: Callable[[bytes], tuple[Content, Writing]]
    render_json: Callable[[Content, Writing], bytes]
    render_html: Callable[[Content, str], bytes]

    def read(self, bucket: Bucket, *, trust_memory: bool) -> Reading[Content]:
        """Both ETags; in one request where the JSON page's memory of its HTML page is trusted.

        It may be trusted until a write against it has failed: a handler can have died between its two
        writes, or other hands have touched a page. No JSON page remembers no HTML page.
        """
        page = bucket.read_page(self.json_key)
        content, writing = self._parse(page.body) if page else (None, None)
        remembered = writing.html_etag if writing else None
        html_etag = remembered if trust_memory else bucket.etag(self.html_key)
        return Reading(
            content=content,
            json_etag=page.etag if page else None,
            html_etag=html_etag,
            paired=html_etag == remembered,
        )

    def write(self, bucket: Bucket, content: Content, *, over: Reading[Content]) -> None:
        """Put both pages where *over* was read. Raises `ConflictError` if either has changed since.

        A page that says the same is written all the same: its new ETag is what tells another handler,
        which has listed the bucket before our event, that it must look again.
        """
        nonce = secrets.token_hex(8)
        html_etag = bucket.write_page(
            self.html_key,
            self.render_html(content, nonce),
            expected=over.html_etag,
            content_type=html.CONTENT_TYPE,
            content_encoding=None,
        )
        # CloudFront does not compress this content type, so it is stored compressed.
        bucket.write_page(
            self.json_key,
            gzip.compress(self.render_json(content, Writing(nonce=nonce, html_etag=html_etag)), mtime=0),
            expected=over.json_etag,
            content_type=pep691.CONTENT_TYPE,
            content_encoding="gzip",
        )

    def _parse(self, body: bytes) -> tuple[Content | None, Writing | None]:
        try:
            return self.parse(gzip.decompress(body))
        except (InvalidPageError, OSError, EOFError, zlib.error):
            return None, None  # written by other hands: rebuilt without its memory
