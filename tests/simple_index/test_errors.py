import pytest

from simple_index.errors import (
    AlreadyPublishedError,
    InvalidFilenameError,
    InvalidMetadataError,
    LimitedUploadError,
    MetadataMismatchError,
    MisplacedFileError,
    MissingMetadataError,
    RefusedError,
    UnreadableArchiveError,
)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            InvalidFilenameError("acme.whl", "it has no version"),
            "'acme.whl' is not the name of a wheel or an sdist: it has no version; build it with a current "
            "build tool and publish the file under the name it was given.",
        ),
        (
            MisplacedFileError("simple/b/acme-1.0.tar.gz", "acme"),
            "'simple/b/acme-1.0.tar.gz' holds a file of project 'acme'; publish it to incoming/ instead.",
        ),
        (
            LimitedUploadError("incoming/project/bolt/acme-1.0.tar.gz", limit="bolt", project="acme"),
            "'incoming/project/bolt/acme-1.0.tar.gz' is a file of project 'acme', and its folder is for "
            "'bolt' alone; publish it below incoming/project/acme/, or let somebody do so who may.",
        ),
        (
            LimitedUploadError("incoming/project/Acme_Core/a-1.zip", limit="Acme_Core", project="acme-core"),
            "the folder of 'incoming/project/Acme_Core/a-1.zip' is for project 'Acme_Core', whose normalized "
            "name is 'acme-core'; publish it below incoming/project/acme-core/ instead.",
        ),
        (
            UnreadableArchiveError("acme-1.0.tar.gz", "it is empty"),
            "'acme-1.0.tar.gz' cannot be read: it is empty; build it again and publish the new file.",
        ),
        (
            MissingMetadataError("acme-1.0-py3-none-any.whl", ".dist-info/METADATA", 2),
            "'acme-1.0-py3-none-any.whl' must hold exactly one .dist-info/METADATA and holds 2; build it "
            "with a current build tool and publish the new file.",
        ),
        (
            InvalidMetadataError("acme-1.0.tar.gz", "it needs exactly one Name"),
            "the core metadata of 'acme-1.0.tar.gz' cannot be used: it needs exactly one Name; mend it and "
            "build again.",
        ),
        (
            MetadataMismatchError("acme-1.0.tar.gz", field="version", in_name="1.0", in_metadata="1.1"),
            "'acme-1.0.tar.gz' says version '1.0', but its core metadata says '1.1'; publish it under the "
            "name it was built with.",
        ),
        (
            AlreadyPublishedError("simple/acme/acme-1.0.tar.gz", published_sha256="aa", refused_sha256="bb"),
            "'simple/acme/acme-1.0.tar.gz' was already published with sha256 aa, and this file has bb; a "
            "published file never changes, so publish a new version.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, RefusedError) else "",
)
def test_a_refusal_tells_its_publisher_what_to_do(error: RefusedError, sentence: str) -> None:
    """One sentence: which file, what is wrong with it, what to do."""
    assert str(error) == sentence


def test_a_hostile_name_is_shown_and_not_obeyed() -> None:
    """A line break or an escape in a name cannot forge a line of the log."""
    assert "\n" not in str(InvalidFilenameError("a\nlevel=info\x1b[2K", "no"))
