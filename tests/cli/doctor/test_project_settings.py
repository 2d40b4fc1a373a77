"""What Poetry, PDM, Pipenv and requirements files are told. The expectations are what the real clients do."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_pypi.doctor.clients import read_clients
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.pdm_settings import read_pdm
from serverless_pypi.doctor.pip_settings import read_pip
from serverless_pypi.doctor.pipenv_settings import read_pipenv
from serverless_pypi.doctor.poetry_settings import read_poetry
from serverless_pypi.doctor.requirements_files import read_requirements
from serverless_pypi.doctor.settings import ClientSettings
from tests.cli.doctor.patients import Consumer

PROJECT = '[project]\nname = "here"\nversion = "1"\n'
A, B = "https://a.example/simple/", "https://b.example/simple/"


def source(host: str, *more: str, table: str) -> str:
    return "\n".join([f"[[{table}]]", f'name = "{host}"', f'url = "https://{host}.example/"', *more, ""])


def poetry(host: str, *more: str) -> str:
    return source(host, *more, table="tool.poetry.source")


def pdm(host: str, *more: str) -> str:
    return source(host, *more, table="tool.pdm.source")


def shown(settings: ClientSettings) -> list[str]:
    """The hosts, each behind + where it is the main one, in brackets where it is explicit."""
    return [
        ("+" if source.is_main else "") + (f"[{name}]" if source.is_explicit else name)
        for source in settings.sources
        for name in [
            "public"
            if source.is_public
            else source.location.host.partition(".")[0]
            if source.location
            else "?"
        ]
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (poetry("a"), ["+a"]),
        (poetry("a", 'priority = "primary"'), ["+a"]),
        (poetry("a", 'priority = "supplemental"'), ["a", "+public"]),
        (poetry("a", 'priority = "explicit"'), ["[a]", "+public"]),
        (poetry("a", 'priority = "explicit"') + poetry("b"), ["[a]", "+b"]),
        (poetry("a") + '[[tool.poetry.source]]\nname = "PyPI"\n', ["+a", "+public"]),
        (
            poetry("a", 'priority = "supplemental"')
            + '[[tool.poetry.source]]\nname = "pypi"\npriority = "explicit"\n',
            ["a", "[public]"],
        ),
        ("[tool.poetry]\n", []),
    ],
)
def test_poetry(document: str, expected: list[str], tmp_path: Path) -> None:
    """The public index is asked, unless a source is primary or it is named."""
    consumer = Consumer(home=tmp_path)
    consumer.write("./pyproject.toml", PROJECT + document)
    (settings,) = read_poetry(consumer.machine)
    assert shown(settings) == expected


@pytest.mark.parametrize(
    ("files", "environment", "place"),
    [
        (
            {".config/pypoetry/auth.toml": '[http-basic.a-b]\nusername = "u"\npassword = "p"\n'},
            {},
            "auth.toml:3",
        ),
        ({"./poetry.toml": '[http-basic]\na-b = {username = "u", password = "p"}\n'}, {}, "poetry.toml:2"),
        (
            {"./poetry.toml": '[http-basic.a-b]\nusername = "u"\npassword = "x"\n'},
            {"POETRY_HTTP_BASIC_A_B_PASSWORD": "p", "POETRY_HTTP_BASIC_A_B_USERNAME": "u"},
            "$POETRY_HTTP_BASIC_A_B_PASSWORD",
        ),
        (
            {"conf/auth.toml": '[http-basic.a-b]\nusername = "u"\npassword = "p"\n'},
            {"POETRY_CONFIG_DIR": "@/conf"},
            "auth.toml:3",
        ),
        ({".config/pypoetry/auth.toml": '[http-basic.b]\nusername = "u"\npassword = "p"\n'}, {}, None),
    ],
)
def test_where_poetrys_credential_is_from(
    files: dict[str, str], environment: dict[str, str], place: str | None, tmp_path: Path
) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.environment |= {name: value.replace("@", str(tmp_path)) for name, value in environment.items()}
    consumer.write("./pyproject.toml", PROJECT + poetry("a").replace('"a"', '"a-b"'))
    for name, text in files.items():
        consumer.write(name, text)
    (settings,) = read_poetry(consumer.machine)
    (found,) = settings.sources
    assert (found.offer is not None) == (place is not None)
    if place is not None:
        assert found.offer is not None
        assert (found.offer.credential.username, found.offer.credential.password) == ("u", "p")
        assert found.offer.place is not None
        assert found.offer.place.shown(consumer.machine.shorten).endswith(place)


def test_poetry_does_not_look_at_certificates(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write("./pyproject.toml", PROJECT + poetry("a"))
    consumer.write(".config/pypoetry/config.toml", "[certificates.a]\ncert = false\n")
    (settings,) = read_poetry(consumer.machine)
    (option,) = settings.option("unverified")
    assert (option.value, option.place.line) == ("a", 2)


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_poetrys_folder_on_each_system(system: str, tmp_path: Path) -> None:
    folder = {"linux": ".config", "darwin": "Library/Application Support", "win32": "AppData/Roaming"}[system]
    consumer = Consumer(home=tmp_path)
    consumer.write("./pyproject.toml", PROJECT + poetry("a"))
    consumer.write(f"{folder}/pypoetry/auth.toml", '[http-basic.a]\nusername = "u"\npassword = "p"\n')
    machine = Machine(environment={}, folder=consumer.folder, home=tmp_path, system=system)
    assert next(iter(read_poetry(machine))).sources[0].offer is not None


@pytest.mark.parametrize(
    ("document", "files", "environment", "expected"),
    [
        (pdm("a"), {}, {}, ["+public", "a"]),
        (pdm("a").replace('"a"', '"pypi"'), {}, {}, ["+a"]),
        (pdm("a"), {}, {"PDM_PYPI_URL": "https://b.example/"}, ["a", "+b"]),
        (pdm("a"), {"./pdm.toml": '[pypi]\nurl = "https://b.example/"\n'}, {}, ["a", "+b"]),
        (
            "[tool.pdm]\n",
            {".config/pdm/config.toml": '[pypi.x]\nurl = "https://b.example/"\n'},
            {},
            ["+public", "b"],
        ),
        ("[tool.pdm]\n", {}, {}, []),
    ],
)
def test_pdm(
    document: str, files: dict[str, str], environment: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    """The public index comes first, unless a source has its name."""
    consumer = Consumer(home=tmp_path, environment=environment)
    consumer.write("./pyproject.toml", PROJECT + document)
    for name, text in files.items():
        consumer.write(name, text)
    (settings,) = read_pdm(consumer.machine)
    assert shown(settings) == expected


@pytest.mark.parametrize(
    ("table", "files", "environment", "place"),
    [
        ('username = "u"\npassword = "p"\n', {}, {}, "pyproject.toml:8"),
        ("", {"./pdm.toml": '[pypi]\nusername = "u"\npassword = "p"\n'}, {}, "pdm.toml:3"),
        (
            "",
            {".config/pdm/config.toml": '[pypi.pypi]\nusername = "u"\npassword = "p"\n'},
            {},
            "config.toml:3",
        ),
        ("", {}, {"PDM_PYPI_USERNAME": "u", "PDM_PYPI_PASSWORD": "p"}, "$PDM_PYPI_PASSWORD"),
        ("", {"./pdm.toml": '[pypi.other]\nusername = "u"\npassword = "p"\n'}, {}, None),
    ],
)
def test_where_pdms_credential_is_from(
    table: str, files: dict[str, str], environment: dict[str, str], place: str | None, tmp_path: Path
) -> None:
    consumer = Consumer(home=tmp_path, environment=environment)
    consumer.write("./pyproject.toml", PROJECT + pdm("a").replace('"a"', '"pypi"') + table)
    for name, text in files.items():
        consumer.write(name, text)
    (settings,) = read_pdm(consumer.machine)
    offer = settings.sources[0].offer
    assert (offer is not None) == (place is not None)
    if offer is not None:
        assert (offer.credential.username, offer.credential.password) == ("u", "p")
        assert offer.place is not None
        assert offer.place.shown(consumer.machine.shorten).endswith(str(place))


def test_pdm_fills_in_variables(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path, environment={"TOKEN": "p"})
    consumer.write(
        "./pyproject.toml", '[[tool.pdm.source]]\nname = "pypi"\nurl = "https://u:${TOKEN}@a.example/"\n'
    )
    (settings,) = read_pdm(consumer.machine)
    (found,) = settings.sources
    assert found.offer is not None
    assert found.offer.credential.password == "p"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (source("a", table="source"), ["+a"]),
        (source("a", table="source") + source("b", table="source"), ["+a", "[b]"]),
        (
            source("a", table="source")
            + source("b", table="source")
            + "[pipenv]\ninstall_search_all_sources = true\n",
            ["+a", "b"],
        ),
        ("", []),
    ],
)
def test_pipenv(document: str, expected: list[str], tmp_path: Path) -> None:
    """The first source is asked for what names none."""
    consumer = Consumer(home=tmp_path)
    consumer.write("./Pipfile", document)
    (settings,) = read_pipenv(consumer.machine)
    assert shown(settings) == expected


@pytest.mark.parametrize(
    ("text", "base", "expected", "lines"),
    [
        ("acme\n", "", None, []),
        (f"-i {A}\n", "", ["+a"], [1]),
        (f"-i {A}\n", f"index-url = {B}\n", ["+a"], [1]),
        (f"--extra-index-url {A}\n", f"index-url = {B}\n", ["+b", "a"], [2, 1]),
        (f"acme\n\n--extra-index-url={A}  # ours\n", "", ["+public", "a"], [3, 3]),
        (f"--index-url {A} --extra-index-url {B}\n", "", ["+a", "b"], [1, 1]),
        (f'--index-url \\\n  "{A}"\nacme\n', "", ["+a"], [1]),
        (f"# -i {A}\nacme --hash=sha256:00\n", "", None, []),
        (f"--pypi-url {A}\n", "", ["+a"], [1]),
        ("--extra-index-url\n", "", None, []),
    ],
)
def test_requirements_files(
    text: str, base: str, expected: list[str] | None, lines: list[int], tmp_path: Path
) -> None:
    """An index URL in one takes the place of the others; those beside it come to them."""
    consumer = Consumer(home=tmp_path)
    consumer.write(".config/pip/pip.conf", f"[global]\n{base}")
    consumer.write("./requirements.txt", text)
    found = list(read_requirements(consumer.machine, read_pip(consumer.machine)))
    assert [shown(settings) for settings in found] == ([expected] if expected else [])
    assert [source.place.line for settings in found for source in settings.sources] == lines


def test_requirements_files_fill_in_variables(tmp_path: Path) -> None:
    """Of upper case; what is not set stays, as pip has it."""
    consumer = Consumer(home=tmp_path, environment={"TOKEN": "p"})
    consumer.write("./requirements/dev.txt", "-i https://${USERNAME}:${TOKEN}@a.example/simple/\n")
    (settings,) = read_requirements(consumer.machine, read_pip(consumer.machine))
    (found,) = settings.sources
    assert found.offer is not None
    assert (found.offer.credential.username, found.offer.credential.password) == ("${USERNAME}", "p")


READERS: dict[str, Callable[[Machine], Iterator[ClientSettings]]] = {
    "./pyproject.toml": lambda machine: iter([*read_poetry(machine), *read_pdm(machine)]),
    "./Pipfile": read_pipenv,
    "./requirements.txt": lambda machine: read_requirements(machine, read_pip(machine)),
}
LINES = st.sampled_from(
    [
        "[[tool.poetry.source]]",
        "[[tool.pdm.source]]",
        "[tool.poetry]",
        "[tool.pdm]",
        "source = 3",
        "source = [1, {url = 2}]",
        "[[source]]",
        "[pipenv]",
        'url = "https://a.example/"',
        "url = []",
        'name = "pypi"',
        "name = {}",
        'priority = "explicit"',
        "priority = 1",
        "--extra-index-url https://u:p@a.example/ \\",
        "--index-url 'https://",
        "-i",
        "verify_ssl = false",
    ]
)


@pytest.mark.parametrize("name", READERS)
@settings(deadline=None, max_examples=60)  # it writes files
@given(lines=st.lists(LINES, max_size=8), junk=st.text(max_size=20))
def test_no_content_of_a_file_raises(name: str, lines: list[str], junk: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(home=Path(folder))
        for text in ("\n".join(lines), "\n".join([*lines, junk])):
            consumer.write(name, "").write_bytes(text.encode(errors="replace"))
            for settings in READERS[name](consumer.machine):
                for source in settings.sources:
                    source.place.alone("https://a.example/simple/")
                    source.place.explicit()


def test_clients_that_are_not_here_are_left_out(tmp_path: Path) -> None:
    """Unless somebody asks about them, or they are told something."""
    consumer = Consumer(home=tmp_path, environment={"PATH": str(tmp_path)})
    assert read_clients(consumer.machine) == []
    assert [settings.title for settings in read_clients(consumer.machine, ["pip", "uv"])] == ["pip", "uv"]
    consumer.write("./Pipfile", source("a", table="source"))
    assert [settings.title for settings in read_clients(consumer.machine)] == ["Pipenv"]
