"""What holds for every command that cannot do its work: one sentence, an exit code, and no result."""

import argparse
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from serverless_pypi.command import make_parser
from tests.cli.aws_answers import REFUSALS, serve_refusing_aws
from tests.cli.running import COMMAND, run_command
from tests.cli.still_index import StillIndex, serve_still_index
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Finished, clean_environment

KEY = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
#: A port where nobody listens; a moment without an answer is waited for once, and not thrice.
NOBODY = "http://127.0.0.1:9"
#: No machine of AWS's is asked who we are.
ALONE = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
#: Any command that asks AWS for something.
ASK = ("reindex", "acme")


def sentence(done: Finished, code: int = 1) -> str:
    """The one line that a command says which ends with *code*."""
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("ERROR: ")
    assert line.endswith(".")
    return line.removeprefix("ERROR: ")


def ask(home: Path, *options: str, **environment: str) -> str:
    return sentence(run_command(home, *ASK, *options, **{**ALONE, **environment}))


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StillIndex]:
    with serve_still_index(tmp_path_factory.mktemp("failures"), "still") as index:
        index.publish("acme")
        yield index


@pytest.mark.parametrize("key", [{}, {"AWS_ACCESS_KEY_ID": "local"}])
def test_without_a_key_it_says_how_to_sign_in(tmp_path: Path, key: dict[str, str]) -> None:
    """Or with half of one."""
    said = ask(tmp_path, **key)
    assert said.startswith("AWS does not know who you are (")
    assert "`aws sso login`" in said


@pytest.mark.parametrize(
    ("options", "variables"), [(["--profile", "nobody"], {}), ([], {"AWS_PROFILE": "nobody"})]
)
def test_a_profile_that_is_none_is_named(
    tmp_path: Path, options: list[str], variables: dict[str, str]
) -> None:
    said = ask(tmp_path, *options, **variables)
    assert said.startswith("The config profile (nobody) could not be found: `aws configure list-profiles`")


def test_an_endpoint_where_nobody_listens_is_named(tmp_path: Path) -> None:
    said = ask(tmp_path, "--endpoint-url", NOBODY, **KEY)
    assert said.startswith(f'AWS cannot be reached (Could not connect to the endpoint URL: "{NOBODY}/")')
    assert "--endpoint-url" in said


@pytest.mark.parametrize("endpoint", ["nonsense", "http://a b", ""])
def test_an_endpoint_that_is_no_url_is_named(tmp_path: Path, endpoint: str) -> None:
    said = ask(tmp_path, "--endpoint-url", endpoint, **KEY)
    assert said == f"Invalid endpoint: {endpoint}: write --endpoint-url (AWS_ENDPOINT_URL) as https://HOST."


@pytest.mark.parametrize(
    "endpoint", ["http://alice:secret@127.0.0.1:9", "alice:secret@127.0.0.1:9", "http://alice:secret/@host"]
)
def test_the_password_of_an_endpoint_is_not_shown(tmp_path: Path, endpoint: str) -> None:
    """Not even if its slash makes it a port."""
    said = ask(tmp_path, "--endpoint-url", endpoint, **KEY)
    assert "secret" not in said
    assert "please report" not in said


@pytest.mark.parametrize(
    ("proxy", "beginning"),
    [
        ("socks5://alice:secret@127.0.0.1:9", "The proxy is a SOCKS one"),
        ("foo://alice:secret@127.0.0.1:9", "A proxy cannot be used"),
        ("http://alice:secret/@127.0.0.1:9", "A URL, of an option or of a variable, has a port"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(tmp_path: Path, proxy: str, beginning: str) -> None:
    source = "https://upstream.example/simple/"
    said = sentence(run_command(tmp_path, "import", source, "--dry-run", ALL_PROXY=proxy))
    assert said.startswith(beginning)
    assert "secret" not in said


@pytest.mark.parametrize("options", [["--service", "another"], ["--bucket", "another"]])
def test_an_index_that_is_not_there_is_named(still: StillIndex, options: list[str]) -> None:
    """By the bucket that it would have."""
    said = sentence(still.run(*ASK, *options))
    assert said.startswith("There is no bucket 'another")
    assert "--service" in said


def test_a_bucket_that_cannot_be_is_named(still: StillIndex) -> None:
    """On one line, and without the pattern that it should match."""
    said = sentence(still.run(*ASK, "--bucket", "no bucket!"))
    assert said.startswith(
        'AWS has nothing of such a name (Invalid bucket name "no bucket!"): check --service'
    )


@pytest.mark.parametrize("by", ["service", "bucket"])
@pytest.mark.parametrize(
    ("refusal", "beginning", "hint"),
    [
        ("denied", "AWS does not allow ", "--profile"),
        ("expired", "The AWS credentials have expired: ", "`aws sso login`"),
        ("unknown key", "AWS does not accept the key (", "--profile"),
        ("wrong secret", "AWS does not accept the key (", "the clock"),
        ("not well", "AWS refuses ", "try again"),
        ("no AWS", "What answers is not AWS: ", "a proxy"),
    ],
)
def test_what_aws_refuses_is_explained(
    tmp_path: Path, by: str, refusal: str, beginning: str, hint: str
) -> None:
    """By STS, which is asked for the account, and by S3."""
    with serve_refusing_aws(REFUSALS[refusal]) as aws:
        said = ask(tmp_path, f"--{by}", "name", AWS_ENDPOINT_URL=aws.url, **KEY)
    assert said.startswith(beginning)
    assert hint in said


@pytest.mark.parametrize(
    ("arguments", "number"),
    [(ASK, signal.SIGINT), (ASK, signal.SIGTERM), (("publish", sdist_name("late", "1.0")), signal.SIGINT)],
)
def test_an_interrupt_before_the_work_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals
) -> None:
    """While AWS keeps us waiting, whichever thread of ours; who stops a job sends the other signal."""
    (tmp_path / sdist_name("late", "1.0")).write_bytes(make_sdist("late", "1.0"))
    with serve_refusing_aws(None) as aws:
        process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=clean_environment(tmp_path, AWS_ENDPOINT_URL=aws.url, **KEY),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert aws.asked.wait(30)
        process.send_signal(number)
        out, errors = process.communicate(timeout=30)
    done = subprocess.CompletedProcess([], process.returncode, out, errors)
    assert sentence(done, 130).startswith("Interrupted: what was done stays done")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["completion", "bash"]])
def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path, arguments: list[str]) -> None:
    """A disk that is full, a pipe that is shut; a reader who has seen enough is nothing to talk about."""
    for redirection, said in (
        ("> /dev/full", "No space left on device"),
        (">&-", "Standard output is closed"),
    ):
        done = _shell(tmp_path, f"{COMMAND} {shlex.join(arguments)} {redirection}")
        assert done.returncode == 1, redirection
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    assert _shell(tmp_path, f"{COMMAND} {shlex.join(arguments)} | true").stderr == ""


def test_errors_that_nobody_sees_change_nothing(tmp_path: Path) -> None:
    """The exit code tells."""
    assert _shell(tmp_path, f"{COMMAND} {shlex.join(ASK)} 2>&-").returncode == 1


def _shell(home: Path, line: str) -> Finished:
    return subprocess.run(
        ["bash", "-c", line],
        cwd=home,
        env=clean_environment(home, **ALONE),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def examples(parser: argparse.ArgumentParser | None = None) -> Iterator[list[str]]:
    """The example in the help of each command that must ask AWS, with all that keeps it quiet."""
    for action in (parser or make_parser())._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                options = below._option_string_actions
                if "--profile" in options and not below.prog.endswith(" policy check"):
                    yield [*_words(below), *(name for name in ("--quiet", "--json") if name in options)]
                yield from examples(below)


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """The arguments of a command's example, without what the shell does with them."""
    example = (parser.epilog or "").partition("serverless-pypi ")[2].partition(" >")[0]
    return shlex.split(example.rstrip('")').replace('"', "'") if example.endswith(')"') else example)


@pytest.mark.parametrize("arguments", list(examples()), ids=" ".join)
def test_a_command_that_fails_says_nothing_else(tmp_path: Path, arguments: list[str]) -> None:
    """Each command's own example, where AWS allows nothing: what a program reads stays empty."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / wheel_name("acme", "1")).write_bytes(make_wheel("acme", "1"))
    (tmp_path / "policy.toml").write_text('[projects]\n"*" = "everybody"\n')
    with serve_refusing_aws(REFUSALS["denied"]) as aws:
        environment = {**KEY, **ALONE, "AWS_ENDPOINT_URL": aws.url}
        done = run_command(tmp_path, *arguments, typed="correct horse battery staple\n", **environment)
    sentence(done)
