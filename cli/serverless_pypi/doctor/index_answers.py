"""What the index says to the questions of a client."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from packaging.utils import NormalizedName

from authenticator import responses
from serverless_pypi.doctor.connection import Answer, NoAnswer, Road, ask
from serverless_pypi.doctor.index_urls import Credential, IndexUrl

__all__ = ["HTML", "JSON", "Questions", "files_on", "is_healthy", "is_of_ours", "is_too_many_checks"]

#: As pip asks for each.
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"

_OUR_PAGES = (b"serverless-pypi:nonce", b'"_nonce"')
_TOO_MANY_CHECKS = responses.too_many_checks()["body"].strip().encode()
_OUR_SENTENCES = (
    _TOO_MANY_CHECKS,
    *(
        response["body"].strip().encode()
        for response in (
            responses.challenge(""),
            responses.forbidden(),
            responses.not_found(),
            responses.unavailable(),
        )
    ),
)
#: An index in trouble asks for a little patience, and gets it.
_TRIES = 3
_LONGEST_PAUSE = 5.0


@dataclass(kw_only=True)
class Questions:
    """Asks the index, each thing once: a wrong password more often would use up what it lets anybody try."""

    index: IndexUrl
    road: Road
    pause: Callable[[float], object] = time.sleep
    _answers: dict[Any, Answer | NoAnswer] = field(default_factory=dict, repr=False)

    def health(self) -> Answer | NoAnswer:
        return self._ask("/health")

    def page(self, credential: Credential | None = None, *, accept: str = JSON) -> Answer | NoAnswer:
        """The project list."""
        return self._ask("/simple/", credential, accept)

    def project(self, name: NormalizedName, credential: Credential | None) -> Answer | NoAnswer:
        """A project's page, the whole of it."""
        return self._ask(f"/simple/{name}/", credential, JSON, whole=True)

    def written(self) -> Answer | NoAnswer:
        """What is under the URL as somebody has written it."""
        return self._ask(self.index.path or "/")

    def _ask(
        self, path: str, credential: Credential | None = None, accept: str = "*/*", *, whole: bool = False
    ) -> Answer | NoAnswer:
        question = (path, credential, accept)
        if question not in self._answers:
            self._answers[question] = self._patiently(
                partial(
                    ask,
                    self.index.origin + path,
                    self.road,
                    accept=accept,
                    credential=credential,
                    whole=whole,
                )
            )
        return self._answers[question]

    def _patiently(self, put: Callable[[], Answer | NoAnswer]) -> Answer | NoAnswer:
        answer = put()
        for _ in range(_TRIES - 1):
            if not isinstance(answer, Answer) or answer.status != 503 or not is_of_ours(answer):
                break
            self.pause(_seconds(answer))
            answer = put()
        return answer


def is_of_ours(answer: Answer) -> bool:
    """Whether a serverless-pypi has given *answer*, and not another index or something in between."""
    return any(sign in answer.body for sign in (*_OUR_PAGES, *_OUR_SENTENCES))


def is_too_many_checks(answer: Answer) -> bool:
    """Whether the index looks at no password that it has not verified yet."""
    return _TOO_MANY_CHECKS in answer.body


def is_healthy(answer: Answer) -> bool:
    """Whether that is what `/health` says of a serverless-pypi."""
    return answer.status == 200 and answer.body.strip() == b"ok"


def files_on(page: bytes) -> list[dict[str, Any]]:
    """The files on a project's JSON page; none on what is no such page."""
    try:
        fields = json.loads(page)
    except (ValueError, RecursionError):
        return []
    files = fields.get("files") if isinstance(fields, dict) else None
    return [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []


def _seconds(answer: Answer) -> float:
    try:
        return min(max(0.0, float(answer.headers.get("retry-after", "1"))), _LONGEST_PAUSE)  # 0 for "nan"
    except ValueError:
        return 1.0
