"""Which kind of source is meant, by how it is written."""

from pathlib import Path

from serverless_pypi.sources.errors import NoSourceError
from serverless_pypi.sources.offers import Check, Source

__all__ = ["find_source", "is_bucket", "is_web"]


def is_web(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def is_bucket(text: str) -> bool:
    return text.lower().startswith("s3://")


def find_source(
    text: str,
    *,
    credential: tuple[str, str] | None,
    profile: str | None,
    endpoint_url: str | None,
    jobs: int,
    check: Check,
) -> Source:
    """The source that *text* names: a folder, ``s3://…`` or the URL of an index. Raises `CommandError`."""
    if not text:  # a variable that nobody has set, and no folder: not even this one
        raise NoSourceError("The source has no name: give a folder, an s3://BUCKET/PREFIX or an index's URL.")
    # Each kind brings libraries that the others can do without.
    if is_web(text):
        from serverless_pypi.sources.indexes import SimpleIndex

        return SimpleIndex(text, credential=credential, jobs=jobs, check=check)
    from serverless_pypi.sources.trees import TreeSource

    if is_bucket(text):
        from serverless_pypi.sources.buckets import BucketTree, connect

        client = connect(profile=profile, endpoint_url=endpoint_url, connections=jobs + 2)
        return TreeSource(BucketTree(text, client, check=check))
    from serverless_pypi.sources.folders import Folder

    return TreeSource(Folder(Path(text), check=check))
