"""``yank`` and ``unyank``: objects beside the files, and the page that follows."""

from pathlib import Path

import pytest

from serverless_pypi.command import make_parser
from tests.cli.publishing import publish_releases, read_page
from tests.cli.running import Command
from tests.road.faulty_endpoint import serve_faulty_endpoint
from tests.road.road import Road

LONGEST = "é" * 500


def yanked(road: Road, project: str) -> dict[str, bool | str]:
    """What the index says to installers."""
    files: list[dict[str, object]] = read_page(road, project)["files"]  # type: ignore[assignment]
    return {str(file["filename"]): file.get("yanked", False) for file in files}  # type: ignore[misc]


def test_a_release_is_yanked_for_installers_and_back(command: Command, tmp_path: Path) -> None:
    """All files of it, by any spelling of project and version; pip passes over it meanwhile."""
    publish_releases(command.road, "yank-road", "1.0", "1.1")

    text = command.ok("yank", "Yank.Road", "v1.1.0", "--reason", "breaks   logins, take 1.0")

    assert text == "yanked 2 files of yank-road 1.1\n"
    reason = "breaks logins, take 1.0"
    assert yanked(command.road, "yank-road") == {
        "yank_road-1.0-py3-none-any.whl": False,
        "yank_road-1.0.tar.gz": False,
        "yank_road-1.1-py3-none-any.whl": reason,
        "yank_road-1.1.tar.gz": reason,
    }
    installed = command.road.pip("yank-road", target=tmp_path / "site")
    assert "Successfully installed yank-road-1.0" in installed.stdout
    assert command.ok("unyank", "yank-road", "1.1") == "unyanked 2 files of yank-road 1.1\n"
    assert not any(yanked(command.road, "yank-road").values())


def test_a_yank_that_is_there_stays_as_it_is(command: Command) -> None:
    """Its reason too, unless another one is given."""
    publish_releases(command.road, "yank-again", "1.0")
    command.ok("yank", "yank-again", "yank_again-1.0.tar.gz", "--reason", "first")

    assert command.ok("yank", "yank-again", "1.0") == "yanked 1 file of yank-again 1.0 (1 yanked already)\n"
    assert list(yanked(command.road, "yank-again").values()) == [True, "first"]
    again = command.read_json("yank", "yank-again", "1.0", "--reason", "first")
    assert [(file["filename"], file["changed"]) for file in again["files"]] == [
        ("yank_again-1.0-py3-none-any.whl", True),
        ("yank_again-1.0.tar.gz", False),
    ]
    assert list(yanked(command.road, "yank-again").values()) == ["first", "first"]
    assert command.read_json("unyank", "yank-again", "yank_again-1.0.tar.gz")["yanked"] is False
    assert command.ok("unyank", "yank-again", "1.0") == "unyanked 1 file of yank-again 1.0 (1 not yanked)\n"


def test_the_longest_reason_is_shown_whole(command: Command) -> None:
    publish_releases(command.road, "yank-long", "1.0")
    command.ok("yank", "yank-long", "1.0", "--reason", LONGEST)
    assert set(yanked(command.road, "yank-long").values()) == {LONGEST}


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (LONGEST + "é", "it has 501 characters: give 500 at most"),
        ("two\nlines", "'\\n' cannot be shown on a page: give one line of plain text"),
        ("\x1b[31mred", "'\\x1b' cannot be shown on a page"),
        ("\u202egnorw", "'\\u202e' cannot be shown on a page"),
        ("\udc80", "'\\udc80' cannot be shown on a page"),
    ],
)
def test_a_reason_that_a_page_cannot_show_is_refused(
    reason: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked of AWS."""
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(["yank", "any", "1.0", "--reason", reason])
    assert ended.value.code == 2
    assert f"argument --reason: {sentence}" in capsys.readouterr().err


def test_spaces_of_all_widths_are_spaces() -> None:
    arguments = make_parser().parse_args(["yank", "any", "1.0", "--reason", " no\u00a0licence\u2003yet  "])
    assert arguments.reason == "no licence yet"


def test_what_is_not_there_is_told_with_what_is(command: Command) -> None:
    publish_releases(command.road, "yank-typo", "1.0")

    assert command.fails("yank", "yank-typ", "1.0") == (
        "The index has no project 'yank-typ': did you mean yank-typo?"
    )
    assert command.fails("status", "???") == "The index has no project '???': check its name."
    assert command.fails("unyank", "yank-typo", "2.0") == (
        "yank-typo has no '2.0', as a version or a filename: it has 1.0."
    )


def test_a_page_that_does_not_follow_is_told(command: Command) -> None:
    """What was done stays done; the sentence says what asks for the page again."""
    publish_releases(command.road, "yank-slow", "1.0")
    page = "simple/yank-slow/index.json"
    with (
        serve_faulty_endpoint(command.road.s3_endpoint) as endpoint,
        endpoint.failing(command.road.read(page), page),
    ):
        sentence = command.fails("yank", "yank-slow", "1.0", "--timeout", "1", AWS_ENDPOINT_URL=endpoint.url)
    assert sentence.startswith(
        "The yank of 2 files of yank-slow 1.0 does not show after 1 s: it is done, and"
    )
    assert "`serverless-pypi reindex yank-slow`" in sentence
    command.road.wait_for(lambda: set(yanked(command.road, "yank-slow").values()) == {True})
