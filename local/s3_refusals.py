"""How S3 refuses a request."""

from __future__ import annotations

from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

__all__ = ["RefusedError"]


class RefusedError(Exception):
    """A refusal in S3's words; *facts* are further elements of its XML."""

    def __init__(self, status: int, code: str, message: str, **facts: str) -> None:
        super().__init__(f"{code}: {message}")
        elements = {"Code": code, "Message": message, **facts, "RequestId": "LOCAL", "HostId": "local"}
        body = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
        xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{body}</Error>'
        self.response = Response(xml, status, content_type="application/xml")
