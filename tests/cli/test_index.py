"""Which index is meant, from what was said."""

import pytest
from botocore.awsrequest import AWSPreparedRequest

from serverless_pypi.errors import CommandError
from serverless_pypi.index import Index, split_credential
from tests.cli.running import stack_environment
from tests.road.road import Road


@pytest.mark.parametrize(
    ("given", "url", "credential"),
    [
        ("https://pypi.example.com/simple/", "https://pypi.example.com/simple/", None),
        ("https://pypi.example.com/simple", "https://pypi.example.com/simple/", None),
        ("https://alice:se%40cret@a.b:8443/simple/", "https://a.b:8443/simple/", ("alice", "se@cret")),
        ("https://alice@a.b/simple/", "https://a.b/simple/", ("alice", "")),
        ("https://a.b/simple/?q=1#x", "https://a.b/simple/", None),
        ("http://[::1]:8000/simple/", "http://[::1]:8000/simple/", None),
    ],
)
def test_a_credential_is_taken_out_of_the_url(
    given: str, url: str, credential: tuple[str, str] | None
) -> None:
    """What is asked, logged or shown is the URL without it."""
    assert split_credential(given) == (url, credential)


@pytest.mark.parametrize(
    "given", ["", "pypi.example.com/simple/", "ftp://a/", "https://", "http://a:b/", "http://[/"]
)
def test_what_is_no_url_is_a_sentence_without_it(given: str) -> None:
    """It may hold a password."""
    with pytest.raises(CommandError) as raised:
        split_credential(given)
    assert str(raised.value) == (
        "The index URL is no URL: write it as https://HOST/simple/, with --index-url."
    )


def test_what_is_given_is_not_asked_for() -> None:
    """Neither the bucket nor the URL needs AWS then."""
    index = Index(service="acme", bucket="my-bucket", index_url="https://alice:secret@a.b/simple/")
    assert index.bucket == "my-bucket"
    assert index.url == "https://a.b/simple/"
    assert index.credential == ("alice", "secret")


@pytest.mark.parametrize(("named", "owner"), [(False, b"123456789012"), (True, None)])
def test_a_bucket_that_follows_from_a_name_has_to_be_ours(
    road: Road, monkeypatch: pytest.MonkeyPatch, named: bool, owner: bytes | None
) -> None:
    """S3 is told so with each request; who names a bucket may mean another account's."""
    for name, value in stack_environment(road).items():
        monkeypatch.setenv(name, value)
    index = Index(service="serverless-pypi", bucket=road.bucket if named else None)
    owners: list[object] = []

    def note(request: AWSPreparedRequest, **_: object) -> None:
        owners.append(request.headers.get("x-amz-expected-bucket-owner"))

    index.s3.meta.events.register("before-send.s3", note)
    key = f"incoming/owner-{named}.txt"
    index.store.put(key, b"")
    index.store.read(key)
    list(index.store.list(key))
    index.store.delete(key)
    assert owners == [owner] * 5
