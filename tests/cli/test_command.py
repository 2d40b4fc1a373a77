"""What holds for every command: help with an example, an exit code, and a sentence instead of a traceback."""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from serverless_pypi.command import make_parser
from tests.cli.running import COMMAND, run_command
from tests.road.road import clean_environment


def every_command(parser: argparse.ArgumentParser | None = None) -> Iterator[tuple[str, ...]]:
    """Each command, with those below it."""
    for action in (parser or make_parser())._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield (name,)
                yield from ((name, *rest) for rest in every_command(below))


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_help_has_an_example_of_that_command(words: tuple[str, ...], tmp_path: Path) -> None:
    """One that begins with the command itself, and is a command line that the command takes."""
    done = run_command(tmp_path, *words, "--help")

    assert done.returncode == 0
    assert f"serverless-pypi {' '.join(words)}" in done.stdout.partition("example:")[2]


def test_no_command_is_one_sentence(tmp_path: Path) -> None:
    done = run_command(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("ERROR: the following arguments are required: COMMAND")
    assert "--help" in done.stderr


def test_a_files_name_that_looks_like_an_option_is_shown_as_it_is(tmp_path: Path) -> None:
    """A pattern gives the command whatever names there are."""
    done = run_command(tmp_path, "publish", "acme.whl", "--\x1b[2J.whl")
    assert done.returncode == 2
    assert "--\\x1b[2J.whl" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_names_every_command(shell: str, tmp_path: Path) -> None:
    """The script is made from the parser itself."""
    script = run_command(tmp_path, "completion", shell).stdout
    assert all(words[-1] in script for words in every_command())


@pytest.mark.parametrize(
    ("words", "completions"),
    [(("compl",), ["completion"]), (("status", "acme", "arch"), ["archived"]), (("publish", "di"), ["dist"])],
)
def test_bash_completes(words: tuple[str, ...], completions: list[str], tmp_path: Path) -> None:
    """The real shell, with the real script: commands, choices and files."""
    (tmp_path / "dist").mkdir()
    script = tmp_path / "completion.bash"
    script.write_text(run_command(tmp_path, "completion", "bash").stdout)
    ask = (
        f"source {script}; COMP_WORDS=(serverless-pypi {' '.join(words)}); COMP_CWORD={len(words)}; "
        '_shtab_serverless_pypi; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", ask],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(tmp_path),
    )
    assert done.stdout.split() == completions


def test_a_reader_that_has_seen_enough_is_no_failure_to_talk_about(tmp_path: Path) -> None:
    """`serverless-pypi … | head` prints no traceback."""
    done = subprocess.run(
        ["bash", "-c", f"{COMMAND} completion bash | head -1"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(tmp_path),
    )
    assert done.stderr == ""


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """What costs time to import is imported by the command that needs it."""
    code = (
        "import sys\nfrom serverless_pypi.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sorted(sys.modules))"
    )
    python = COMMAND.with_name("python")
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, env=clean_environment(tmp_path)
    )
    modules = done.stdout.partition("MODULES ")[2].split()
    heavy = {"boto3", "botocore", "httpx", "requests", "tqdm", "bcrypt", "zxcvbn", "packaging", "pypi_simple"}
    assert heavy.isdisjoint(modules)
    assert "argparse" in modules
