"""What uv is told is read as uv reads it: held against the real one's `--show-settings`."""

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.settings import ClientSettings, Source, Trust
from serverless_pypi.doctor.uv_settings import read_uv
from tests.cli.doctor.patients import Consumer

PROJECT = '[project]\nname = "here"\nversion = "1"\n'
MEMBER = PROJECT.replace("here", "member")
USER, SYSTEM = ".config/uv/uv.toml", "xdg/uv/uv.toml"


def index(host: str, *more: str, table: str = "index") -> str:
    return "\n".join([f"[[{table}]]", f'url = "https://{host}.example/"', *more, ""])


#: Files, variables, and the command's words where it is not `uv pip install`.
TABLE: dict[str, tuple[dict[str, str], dict[str, str], tuple[str, ...]]] = {
    "nothing": ({}, {}, ()),
    "one": ({USER: index("a")}, {}, ()),
    "a default": ({USER: index("a", "default = true")}, {}, ()),
    "two defaults": ({USER: index("a", "default = true") + index("b", "default = true")}, {}, ()),
    "explicit": ({USER: index("a", 'name = "a"', "explicit = true") + index("b", "default = true")}, {}, ()),
    "default and explicit": ({USER: index("a", 'name = "a"', "explicit = true", "default = true")}, {}, ()),
    "project, user, system": (
        {
            SYSTEM: index("system", "default = true"),
            USER: index("user", "default = true"),
            "./uv.toml": index("project"),
        },
        {},
        (),
    ),
    "uv.toml outranks pyproject.toml": (
        {"./uv.toml": index("a"), "./pyproject.toml": PROJECT + index("b", table="tool.uv.index")},
        {},
        (),
    ),
    "pyproject.toml": ({"./pyproject.toml": PROJECT + index("b", table="tool.uv.index")}, {}, ()),
    "above a project without a table": (
        {"uv.toml": index("above"), "./pyproject.toml": f"{PROJECT}[tool.other]\nx = 1\n"},
        {},
        (),
    ),
    "an empty table stops": (
        {"uv.toml": index("above"), "./pyproject.toml": f"{PROJECT}[tool.uv]\n"},
        {},
        (),
    ),
    "an empty file stops": ({"uv.toml": index("above"), "./uv.toml": ""}, {}, ()),
    "a workspace's root": (
        {
            "pyproject.toml": PROJECT
            + '[tool.uv.workspace]\nmembers = ["wor*"]\n'
            + index("root", table="tool.uv.index"),
            "./pyproject.toml": MEMBER + index("member", table="tool.uv.index"),
        },
        {},
        (),
    ),
    "excluded from a workspace": (
        {
            "pyproject.toml": PROJECT
            + '[tool.uv.workspace]\nmembers = ["*"]\nexclude = ["work"]\n'
            + index("root", table="tool.uv.index"),
            "./pyproject.toml": MEMBER + index("member", table="tool.uv.index"),
        },
        {},
        (),
    ),
    "variables": (
        {"./uv.toml": index("file", "default = true")},
        {
            "UV_DEFAULT_INDEX": "d=https://d.example/",
            "UV_INDEX": "n=https://n.example/ https://m.example/",
            "UV_EXTRA_INDEX_URL": "https://e.example/ https://f.example/",
            "UV_INDEX_URL": "https://i.example/",
        },
        (),
    ),
    "an older variable": ({}, {"UV_INDEX_URL": "https://i.example/"}, ()),
    "an empty variable": ({USER: index("a")}, {"UV_DEFAULT_INDEX": ""}, ()),
    "older keys": (
        {
            "./uv.toml": 'extra-index-url = ["https://x.example/"]\n',
            USER: 'extra-index-url = ["https://y.example/"]\nindex-url = "https://z.example/"\n',
        },
        {},
        (),
    ),
    "keys for uv pip": (
        {
            "./uv.toml": 'index-url = "https://a.example/"\n[pip]\nindex-url = "https://b.example/"\n',
            USER: '[pip]\nextra-index-url = ["https://c.example/"]\n',
        },
        {},
        (),
    ),
    "keys for uv pip, elsewhere": (
        {
            "./uv.toml": 'index-url = "https://a.example/"\n[pip]\nindex-url = "https://b.example/"\n',
            "./pyproject.toml": PROJECT,
        },
        {},
        ("lock",),
    ),
    "an array in one line": ({USER: 'index = [{url = "https://a.example/", default = true}]\n'}, {}, ()),
    "a file of its own": (
        {"own.toml": index("own"), USER: index("user"), "./uv.toml": index("project")},
        {"UV_CONFIG_FILE": "@/own.toml"},
        (),
    ),
    "no files": ({USER: index("user"), "./uv.toml": index("project")}, {"UV_NO_CONFIG": "1"}, ()),
    "XDG_CONFIG_HOME": ({"other/uv/uv.toml": index("other")}, {"XDG_CONFIG_HOME": "@/other"}, ()),
    "a strategy": ({USER: 'index-strategy = "unsafe-best-match"\n'}, {}, ()),
    "a strategy for uv pip": ({USER: '[pip]\nindex-strategy = "unsafe-best-match"\n'}, {}, ()),
    "a strategy by a variable": (
        {USER: 'index-strategy = "unsafe-best-match"\n'},
        {"UV_INDEX_STRATEGY": "first-index"},
        (),
    ),
    "a keyring": ({"./uv.toml": 'keyring-provider = "subprocess"\n'}, {}, ()),
    "no index": ({"./uv.toml": "no-index = true\n" + index("a")}, {}, ()),
    "no pip": ({}, {"PIP_INDEX_URL": "https://a.example/", "PIP_EXTRA_INDEX_URL": "https://b.example/"}, ()),
}
_INDEX = re.compile(
    r'Index \{.*?host: Some\(\s*Domain\(\s*"(?P<host>[^"]*)".*?'
    r"explicit: (?P<explicit>\w+),\s*default: (?P<default>\w+),",
    re.DOTALL,
)


@pytest.mark.parametrize("name", TABLE)
def test_uv_agrees(name: str, tmp_path: Path) -> None:
    """On which indexes it asks and in which order, and on what else bears on that."""
    files, environment, words = TABLE[name]
    consumer = Consumer(home=tmp_path)
    consumer.environment["XDG_CONFIG_DIRS"] = str(tmp_path / "xdg")
    for file, text in files.items():
        consumer.write(file, text)
    for variable, value in environment.items():
        consumer.environment[variable] = value.replace("@", str(tmp_path))

    done = consumer.run(["uv", "--show-settings", *(words or ("pip", "install", "x"))])
    assert done.returncode == 0, done.stderr
    for_pip = [settings for settings in read_uv(consumer.machine) if settings.title == "uv pip"]
    settings = for_pip[0] if for_pip and not words else next(read_uv(consumer.machine))

    assert asked(settings) == asked_by_uv(done.stdout)
    strategy = re.search(r"index_strategy: (\w+)", done.stdout)
    assert strategy is not None
    told = [option.value.replace("-", "") for option in settings.option("index-strategy")]
    assert (told or ["firstindex"]) == [strategy[1].lower()]
    assert bool(settings.option("no-index")) == ("no_index: true" in done.stdout)
    assert bool(settings.option("keyring-provider")) == ("keyring_provider: Subprocess" in done.stdout)


def asked(settings: ClientSettings) -> list[str]:
    """The hosts that are asked, the main one last; explicit ones in brackets."""
    sources = sorted(settings.sources, key=lambda source: source.is_main and not source.is_explicit)
    return [_shown(source) for source in sources]


def _shown(source: Source) -> str:
    host = (
        "public" if source.is_public else source.location.host.partition(".")[0] if source.location else "?"
    )
    return f"[{host}]" if source.is_explicit else host


def asked_by_uv(settings: str) -> list[str]:
    """uv asks the first of the default ones, after the others; or the public one, if it has none."""
    before, defaults = [], []
    for found in _INDEX.finditer(settings):
        host = found["host"].partition(".")[0]
        shown = f"[{host}]" if found["explicit"] == "true" else host
        (defaults if found["default"] == "true" else before).append(shown)
    return before + (defaults or (["public"] if before else []))[:1]


@pytest.mark.parametrize(
    ("files", "environment", "place"),
    [
        ({USER: index("a") + index("h")}, {}, f"{USER}:4"),
        (
            {"./pyproject.toml": PROJECT + '[[tool.uv.index]]\nname = "x"\n\nurl = "https://h.example"\n'},
            {},
            "./pyproject.toml:7",
        ),
        ({USER: '\n\nindex-url = "https://h.example"\n'}, {}, f"{USER}:3"),
        ({}, {"UV_INDEX": "https://a.example https://h.example"}, "$UV_INDEX"),
    ],
)
def test_each_index_knows_its_place(
    files: dict[str, str], environment: dict[str, str], place: str, tmp_path: Path
) -> None:
    consumer = Consumer(home=tmp_path, environment=environment)
    for file, text in files.items():
        consumer.write(file, text)
    (source,) = [
        source
        for source in next(read_uv(consumer.machine)).sources
        if source.location and source.location.host == "h.example"
    ]
    shown = source.place.shown(consumer.machine.shorten)
    assert shown == place.replace(".config", "~/.config").removeprefix("./")


@pytest.mark.parametrize(
    ("environment", "stored", "place"),
    [
        ({"UV_INDEX_A_B_PASSWORD": "p", "UV_INDEX_A_B_USERNAME": "u"}, False, "$UV_INDEX_A_B_PASSWORD"),
        ({}, True, "~/.local/share/uv/credentials/credentials.toml:1"),
        ({"UV_INDEX_A_B_PASSWORD": "p", "UV_INDEX_A_B_USERNAME": "u"}, True, "$UV_INDEX_A_B_PASSWORD"),
        ({"UV_INDEX_OTHER_PASSWORD": "p"}, False, None),
    ],
)
def test_where_a_credential_is_from(
    environment: dict[str, str], stored: bool, place: str | None, tmp_path: Path
) -> None:
    """Of the variables with the index's name; else of what the real `uv auth login` has stored."""
    consumer = Consumer(home=tmp_path, environment=environment)
    consumer.write(USER, index("a", 'name = "a-b"'))
    if stored:
        login = ["uv", "auth", "login", "https://a.example/", "--username", "u", "--password", "p"]
        assert consumer.run(login).returncode == 0
    source = next(read_uv(consumer.machine)).sources[0]
    offer = source.offer or source.last_offer
    assert (offer is not None) == (place is not None)
    if offer is not None:
        assert offer.place is not None
        assert offer.place.shown(consumer.machine.shorten) == place
        assert (offer.credential.username, offer.credential.password) == ("u", "p")


@pytest.mark.parametrize(
    ("environment", "document", "trust"),
    [
        ({}, "", Trust(base="bundled")),
        ({}, "system-certs = true", Trust(base="system")),
        ({}, "native-tls = true", Trust(base="system")),
        ({"UV_SYSTEM_CERTS": "1"}, "", Trust(base="system")),
        ({"UV_NATIVE_TLS": "true"}, "", Trust(base="system")),
        ({"SSL_CERT_FILE": "/dev/null"}, "", Trust(base="files", files=(Path("/dev/null"),))),
        ({"SSL_CERT_FILE": "/nonexistent"}, "", Trust(base="bundled")),
        ({"SSL_CERT_DIR": "/nonexistent:/dev"}, "", Trust(base="files", files=(Path("/dev"),))),
    ],
)
def test_whom_uv_believes(environment: dict[str, str], document: str, trust: Trust, tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path, environment=environment)
    consumer.write(USER, document)
    assert next(read_uv(consumer.machine)).trust == trust


def test_places_on_windows(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write("roaming/uv/uv.toml", index("user"))
    consumer.write("data/uv/uv.toml", index("system"))
    variables = {"APPDATA": str(tmp_path / "roaming"), "PROGRAMDATA": str(tmp_path / "data")}
    machine = Machine(environment=variables, folder=consumer.folder, home=tmp_path, system="win32")
    assert asked(next(read_uv(machine))) == ["user", "system", "public"]


@pytest.mark.parametrize(
    "name", ["./uv.toml", "./pyproject.toml", USER, ".local/share/uv/credentials/credentials.toml"]
)
@pytest.mark.parametrize("content", ['[[index]]\nurl = "https://u:hunter2@', "\xff", "[" * 5000])
def test_a_broken_document_is_told_of(name: str, content: str, tmp_path: Path) -> None:
    """With its line, where the parser tells one; what is in it is not repeated."""
    consumer = Consumer(home=tmp_path)
    consumer.write(USER, index("a"))
    consumer.write(name, "").write_bytes(content.encode("latin-1"))
    broken = [one for settings in read_uv(consumer.machine) for one in settings.broken]
    assert len(broken) == (0 if "credentials" in name else 1)
    assert "hunter2" not in str([one.sentence for one in broken])


KEYS = ["index", "url", "name", "default", "explicit", "pip", "index-url", "extra-index-url", "no-index"]
KEYS += ["workspace", "members", "credential", "service", "password", "index-strategy"]
VALUES = (
    st.booleans() | st.integers(-9, 9) | st.sampled_from(["https://a.example/", "x=1", "", "first-index"])
)
TOML = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


def written(value: Any) -> str:
    """*value* as TOML, in one line."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key} = {written(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case str():
            return f'"{value}"'
    return str(value)


@settings(deadline=None, max_examples=60)  # it writes files
@given(st.dictionaries(st.sampled_from(["index", "pip", "index-url", "workspace", "extra-index-url"]), TOML))
def test_no_document_raises(document: dict[str, Any]) -> None:
    """Whatever kinds of values stand where others are expected."""
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(home=Path(folder))
        text = "".join(f"{key} = {written(value)}\n" for key, value in document.items())
        consumer.write("./uv.toml", text)
        consumer.write("./pyproject.toml", f"[tool.uv]\n{text}")
        for settings in read_uv(consumer.machine):
            for source in settings.sources:
                source.place.removed()
                source.place.alone("https://a.example/simple/")
