"""What pip is told is read as pip reads it: held against the real one."""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Run
from serverless_pypi.doctor.pip_files import pip_files
from serverless_pypi.doctor.pip_places import PipLine
from serverless_pypi.doctor.pip_settings import read_pip
from tests.cli.doctor.patients import Consumer

A, B, C, D = (f"https://{name}.example/simple/" for name in "abcd")
NEW, OLD, SITE, SYSTEM = ".config/pip/pip.conf", ".pip/pip.conf", "venv/pip.conf", "xdg/pip/pip.conf"
TABLE = {
    "nothing": ({}, {}),
    "one file": ({NEW: f"[global]\nindex-url = {A}\n"}, {}),
    "the newer file outranks the older": (
        {OLD: f"[global]\nindex-url = {A}\n", NEW: f"[global]\nindex-url = {B}\n"},
        {},
    ),
    "the older alone": ({OLD: f"[global]\nindex-url: {A}\n"}, {}),
    "XDG_CONFIG_HOME": (
        {"other/pip/pip.conf": f"[global]\nindex-url = {A}\n"},
        {"XDG_CONFIG_HOME": "@/other"},
    ),
    "system, user, environment": (
        {
            SYSTEM: f"[global]\nindex-url = {A}\nextra-index-url = {D}\n",
            NEW: f"[global]\nindex-url = {B}\n",
            SITE: f"[global]\nindex-url = {C}\n",
        },
        {"VIRTUAL_ENV": "@/venv"},
    ),
    "a variable outranks all": ({NEW: f"[install]\nindex-url = {A}\n"}, {"PIP_INDEX_URL": B}),
    "an empty variable outranks nothing": ({NEW: f"[global]\nindex-url = {A}\n"}, {"PIP_INDEX_URL": ""}),
    "[install] outranks [global]": (
        {NEW: f"[install]\nindex-url = {A}\n[global]\nindex-url = {B}\n[list]\nindex-url = {C}\n"},
        {},
    ),
    "[install] of an older file outranks [global]": (
        {OLD: f"[install]\nindex-url = {A}\n", NEW: f"[global]\nindex-url = {B}\n"},
        {},
    ),
    "without a value it takes back": (
        {OLD: f"[global]\nextra-index-url = {A}\nindex-url = {B}\n", NEW: "[global]\nextra-index-url =\n"},
        {},
    ),
    "underscores and capitals": ({NEW: f"[global]\nIndex_URL = {A}\n--extra-index-url = {B}\n"}, {}),
    "a list on lines": ({NEW: f"[global]\nextra-index-url =\n    {A}\n    {B}\nindex-url = {C}\n"}, {}),
    "a list in a variable": ({}, {"PIP_EXTRA_INDEX_URL": f"{A} {B}"}),
    "a list outranks a list": ({NEW: f"[global]\nextra-index-url = {A}\n"}, {"PIP_EXTRA_INDEX_URL": B}),
    "[DEFAULT] is for all": ({NEW: f"[DEFAULT]\nindex-url = {A}\n[global]\ntimeout = 5\n"}, {}),
    "a file of its own": (
        {"own.conf": f"[global]\nindex-url = {A}\n", NEW: f"[global]\nextra-index-url = {B}\n"},
        {"PIP_CONFIG_FILE": "@/own.conf"},
    ),
    "a file of its own that is not there": (
        {NEW: f"[global]\nindex-url = {B}\n"},
        {"PIP_CONFIG_FILE": "@/own.conf"},
    ),
    "no files": ({NEW: f"[global]\nindex-url = {B}\n"}, {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": A}),
    "another name": ({NEW: f"[global]\npypi-url = {A}\n"}, {}),
    "options beside": (
        {NEW: f"[global]\nindex-url = {A}\ntrusted-host = a.example\n  b.example\nno-index = yes\n"},
        {"PIP_FIND_LINKS": "/one /two", "PIP_TRUSTED_HOST": "c.example"},
    ),
    "no-index taken back": (
        {NEW: f"[global]\nindex-url = {A}\nno-index = 1\n"},
        {"PIP_NO_INDEX": "off"},
    ),
    "a comment": ({NEW: f"# index-url = {B}\n[global]\n; index-url = {B}\nindex-url = {A}\n"}, {}),
}


#: Reads cases from standard input, and says for each which files and indexes the pip of this Python has.
ORACLE = """
import json, os, sys
from pip._internal.commands import create_command
from pip._internal.configuration import Configuration

def look(case):
    os.environ.clear()
    os.environ.update(case["environment"])
    sys.prefix = case["prefix"]
    files = [file for _, files in Configuration(isolated=False).iter_config_files() for file in files]
    options = create_command("install").parser.parse_args([])[0]
    return {
        "files": files,
        "main": options.index_url,
        "beside": options.extra_index_urls,
        "trusted-host": options.trusted_hosts,
        "find-links": options.find_links,
        "no-index": options.no_index,
    }

json.dump([look(case) for case in json.load(sys.stdin)], sys.stdout)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Consumer]:
    """By the name of each case, somebody who is told that."""
    consumers = {}
    for name, (files, environment) in TABLE.items():
        consumer = consumers[name] = Consumer(home=tmp_path_factory.mktemp("home"))
        consumer.environment["XDG_CONFIG_DIRS"] = str(consumer.home / "xdg")
        for file, text in files.items():
            consumer.write(file, text)
        for variable, value in environment.items():
            consumer.environment[variable] = value.replace("@", str(consumer.home))
    return consumers


@pytest.fixture(scope="module")
def pip_says(told: dict[str, Consumer]) -> dict[str, dict[str, Any]]:
    """What the real pip makes of each case."""
    cases = [
        {"environment": consumer.environment, "prefix": str(consumer.machine.prefix)}
        for consumer in told.values()
    ]
    done = subprocess.run(
        [sys.executable, "-c", ORACLE], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return dict(zip(told, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", TABLE)
def test_pip_agrees(name: str, told: dict[str, Consumer], pip_says: dict[str, dict[str, Any]]) -> None:
    """On the files and their order, on which index it asks, and on what else bears on that."""
    machine, said = told[name].machine, pip_says[name]
    settings = read_pip(machine)
    if machine.get("PIP_CONFIG_FILE") != "/dev/null":
        assert sorted(str(file.path) for file in pip_files(machine)) == sorted(said["files"])

    urls = [source.location.url for source in settings.sources if source.location and source.is_main]
    assert (urls or [said["main"]]) == [said["main"]]
    # Where it is told of none, pip asks the public one.
    assert bool(urls) == (said["main"] in (A, B, C, D))
    beside = [source.location.url for source in settings.sources if source.location and not source.is_main]
    assert beside == said["beside"]
    for key in ("trusted-host", "find-links"):
        assert [option.value for option in settings.option(key)] == said[key]
    assert bool(settings.option("no-index")) == said["no-index"]


def test_pip_shows_the_same_values(told: dict[str, Consumer]) -> None:
    """`pip config list` has each of them under the name that mends it."""
    consumer = told["[install] outranks [global]"]
    listed = consumer.run([sys.executable, "-m", "pip", "config", "list"]).stdout
    places = [one.source.place for one in read_pip(consumer.machine).overridden]
    places += [source.place for source in read_pip(consumer.machine).sources]
    assert [place.name for place in places if isinstance(place, PipLine)] == [
        "global.index-url",
        "install.index-url",
    ]
    assert f"global.index-url='{B}'" in listed
    assert f"install.index-url='{A}'" in listed


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"[global]\nindex-url = {A}\n", 2),
        (f"# a file\n\n[list]\nindex-url = {B}\n[global]\ntimeout = 5\nIndex_URL: {A}\n", 7),
        (f"[global]\ntimeout = 5\n  index-url = {B}\nindex-url = {A}\n", 4),
    ],
)
def test_each_value_knows_its_line(text: str, line: int, tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write(NEW, text)
    assert read_pip(consumer.machine).sources[0].place.line == line


@pytest.mark.parametrize(
    ("system", "variables", "places"),
    [
        (
            "linux",
            {},
            [
                "/etc/xdg/pip/pip.conf",
                "/etc/pip.conf",
                "~/.pip/pip.conf",
                "~/.config/pip/pip.conf",
                "/v/pip.conf",
            ],
        ),
        (
            "darwin",
            {},
            [
                "/Library/Application Support/pip/pip.conf",
                "~/.pip/pip.conf",
                "~/.config/pip/pip.conf",
                "/v/pip.conf",
            ],
        ),
        (
            "win32",
            {"APPDATA": "/roaming", "PROGRAMDATA": "/data"},
            ["/data/pip/pip.ini", "~/pip/pip.ini", "/roaming/pip/pip.ini", "/v/pip.ini"],
        ),
    ],
)
def test_places_on_each_system(system: str, variables: dict[str, str], places: list[str]) -> None:
    """As pip's documentation lists them, the one that outranks the others last."""
    machine = Machine(
        environment={"VIRTUAL_ENV": "/v", **variables},
        folder=Path("/nothing/here"),
        home=Path("/nothing"),
        system=system,
    )
    files = [str(file.path).replace("/nothing/", "~/") for file in pip_files(machine)]
    assert files == places


def test_the_machines_own_file_counts(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write("root/etc/pip.conf", f"[global]\nindex-url = {A}\n")
    machine = replace(consumer.machine, root=tmp_path / "root")
    (source,) = read_pip(machine).sources
    assert source.place.removed() == (Run(line="pip config --global unset global.index-url"),)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"index-url = https://u:hunter2@a.example\n", 1),
        (b"[global]\nindex-url = a\nindex-url = b\n", 3),
        (b"[global]\n\xff\xfe\n", None),
        (b"\xef\xbb\xbf[global]\nindex-url = a\n", 1),
        (b"[global]\nno value\n", 2),
    ],
)
def test_a_broken_file_is_told_of_by_its_line(content: bytes, line: int | None, tmp_path: Path) -> None:
    """pip refuses it too; what is in it is not repeated."""
    consumer = Consumer(home=tmp_path)
    file = consumer.write(NEW, "")
    file.write_bytes(content)
    (broken,) = read_pip(consumer.machine).broken
    assert (broken.place.file, broken.place.line) == (file, line)
    assert "hunter2" not in broken.sentence
    assert consumer.run([sys.executable, "-m", "pip", "config", "list"]).returncode != 0


@settings(deadline=None, max_examples=60)  # it writes files
@given(st.binary() | st.text("[]=: #;\n\t-_globalinstexurDEFAULT\\%(){}").map(str.encode))
def test_no_content_of_a_file_raises(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(home=Path(folder))
        consumer.write(NEW, "").write_bytes(content)
        read_pip(consumer.machine)
