"""How the index is written where clients are told of it."""

from collections.abc import Iterator

from serverless_pypi.doctor.findings import Finding, note, wrong
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.judging_index import form_of
from serverless_pypi.doctor.settings import Client, ClientSettings

__all__ = ["judge_urls"]


def judge_urls(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    """*index* is where it is to be found."""
    for source in settings.of(index):
        location = source.location
        if location is None or not location.is_plain:
            continue
        if location.scheme == "http" and index.scheme == "https":
            what = "The index URL here begins with http: the password goes out in clear before any redirect"
            yield wrong(
                "no-https", settings.title, what, source.place, mend=source.place.with_url(index.right)
            )
        elif location.path == "/simple":
            if settings.client == Client.PIPENV:  # it adds one itself
                continue
            what = f"The index URL here {form_of(location)}"
            yield note("url-form", settings.title, what, source.place, source.place.with_url(index.right))
        elif not location.is_right:
            what = f"The index URL here {form_of(location)}"
            yield wrong(
                "url-form", settings.title, what, source.place, mend=source.place.with_url(index.right)
            )
