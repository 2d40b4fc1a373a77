"""Each thing that is not well is found, with its place; and gone, once what mends it is done."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.cli.doctor.patients import WRONG, Consumer, Found
from tests.road.road import Road

OTHER = "https://upstream.example/simple/"
PROJECT = '[project]\nname = "here"\nversion = "1"\n'


@dataclass(frozen=True, kw_only=True)
class Case:
    """What somebody is told, and what is found to be wrong with it.

    In all texts URL is the index URL with a good credential, BARE that without one, HOST its host and port.
    """

    code: str
    #: Where it is found: a variable, or a file and the line.
    place: str
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Who then installs from the index, without more being done.
    installs: tuple[str, ...] = ()


PIP = ".config/pip/pip.conf"
UV = ".config/uv/uv.toml"
CASES = {
    "pip: extra-index-url beside another": Case(
        code="another-index",
        place=f"{PIP}:2",
        files={PIP: f"[global]\nindex-url = {OTHER}\nextra-index-url = URL\n"},
        installs=("pip",),
    ),
    "pip: another index beside": Case(
        code="another-index",
        place=f"{PIP}:3",
        files={PIP: f"[global]\nindex-url = URL\nextra-index-url = {OTHER}\n"},
    ),
    "pip: the public index is left in": Case(
        code="another-index",
        place=f"{PIP}:4",
        files={PIP: "[global]\ntimeout = 5\n[install]\nextra_index_url = URL\n"},
    ),
    "pip: several beside": Case(
        code="another-index",
        place=f"{PIP}:2",
        files={PIP: f"[global]\nextra-index-url =\n    {OTHER}\n    URL\n"},
    ),
    "pip: beside, by a variable": Case(
        code="another-index",
        place="$PIP_EXTRA_INDEX_URL",
        environment={"PIP_EXTRA_INDEX_URL": "URL"},
    ),
    "pip: several by a variable": Case(
        code="another-index",
        place="$PIP_EXTRA_INDEX_URL",
        environment={"PIP_EXTRA_INDEX_URL": f"{OTHER} URL"},
    ),
    "pip: another by a variable": Case(
        code="another-index",
        place="$PIP_EXTRA_INDEX_URL",
        files={PIP: "[global]\nindex-url = URL\n"},
        environment={"PIP_EXTRA_INDEX_URL": OTHER},
    ),
    "pip: a variable outranks a file": Case(
        code="overridden",
        place=f"{PIP}:2",
        files={PIP: "[global]\nindex-url = URL\n"},
        environment={"PIP_INDEX_URL": OTHER},
    ),
    "pip: [install] outranks [global]": Case(
        code="overridden",
        place=f"{PIP}:2",
        files={PIP: f"[global]\nindex-url = URL\n[install]\nindex-url = {OTHER}\n"},
    ),
    "pip: /simple/ is lacking": Case(
        code="url-form",
        place=f"{PIP}:2",
        files={PIP: "[global]\nindex-url = http://CREDENTIAL@HOST/\n"},
    ),
    "pip: /simple/ is lacking in a variable": Case(
        code="url-form",
        place="$PIP_INDEX_URL",
        environment={"PIP_INDEX_URL": "http://CREDENTIAL@HOST"},
    ),
    "pip: a project's URL": Case(
        code="url-form",
        place="$PIP_INDEX_URL",
        environment={"PIP_INDEX_URL": "URLserverless-pypi-sample/"},
    ),
    "pip: no scheme": Case(
        code="no-url", place="$PIP_INDEX_URL", environment={"PIP_INDEX_URL": "HOST/simple/"}
    ),
    "uv: nonsense": Case(
        code="no-url",
        place=f"{UV}:1",
        files={UV: 'extra-index-url = ["https://one:two/"]\nindex-url = "URL"\n'},
    ),
    "pip: no index at all": Case(
        code="no-index",
        place="$PIP_NO_INDEX",
        environment={"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "URL"},
    ),
    "pip: files from elsewhere": Case(
        code="find-links",
        place=f"{PIP}:3",
        files={PIP: f"[global]\nindex-url = URL\nfind-links = {OTHER}\n"},
    ),
    "pip: a file that is not there": Case(
        code="missing-config-file",
        place="$PIP_CONFIG_FILE",
        files={PIP: "[global]\nindex-url = URL\n"},
        environment={"PIP_CONFIG_FILE": "/nonexistent/pip.conf"},
    ),
    "pip: certificates that are not there": Case(
        code="missing-certificates",
        place=f"{PIP}:3",
        files={PIP: "[global]\nindex-url = URL\ncert = /nonexistent/ca.pem\n"},
    ),
    "pip: a keyring that is not there": Case(
        code="no-keyring",
        place=f"{PIP}:3",
        files={PIP: "[global]\nindex-url = URL\nkeyring-provider = subprocess\n"},
    ),
    "pip: a wrong password": Case(
        code="refused",
        place=f"{PIP}:2",
        files={PIP: "[global]\nindex-url = http://demo:WRONG@HOST/simple/\n"},
    ),
    "pip: a token that was cut": Case(
        code="broken-token",
        place="$PIP_INDEX_URL",
        environment={"PIP_INDEX_URL": "http://ci:spp_abc@HOST/simple/"},
    ),
    "pip: a variable that pip does not fill in": Case(
        code="placeholder",
        place=f"{PIP}:2",
        files={PIP: "[global]\nindex-url = http://demo:${TOKEN}@HOST/simple/\n"},
        environment={"TOKEN": "x"},
    ),
    "pip: no credential": Case(
        code="no-credential",
        place=f"{PIP}:2",
        files={PIP: "[global]\nindex-url = BARE\n"},
        installs=("pip",),
    ),
    "netrc: a wrong password": Case(
        code="refused",
        place=".netrc:2",
        files={
            PIP: "[global]\nindex-url = BARE\n",
            ".netrc": "machine one.example login a password b\n"
            "machine 127.0.0.1\n  login demo\n  password WRONG\nmachine two.example login a password b\n",
        },
    ),
    "netrc: another user than the URL's": Case(
        code="netrc-shadows",
        place=".netrc:1",
        files={
            PIP: "[global]\nindex-url = http://demo@HOST/simple/\n",
            ".netrc": "machine 127.0.0.1 login somebody password WRONG\n",
        },
    ),
    "netrc: for every host": Case(
        code="netrc-default",
        place=".netrc:1",
        files={PIP: "[global]\nindex-url = BARE\n", ".netrc": "default login demo password SECRET\n"},
    ),
    "requirements: another index beside": Case(
        code="another-index",
        place="./requirements.txt:3",
        files={
            PIP: "[global]\nindex-url = URL\n",
            "./requirements.txt": f"# ours\nserverless-pypi-sample\n--extra-index-url {OTHER}\n",
        },
    ),
    "requirements: ours beside another": Case(
        code="another-index",
        place="./requirements-dev.txt:1",
        files={
            ".netrc": "machine 127.0.0.1 login demo password SECRET\n",
            "./requirements-dev.txt": f"-i {OTHER}\n--extra-index-url=BARE  # ours\nserverless-pypi-sample\n",
        },
    ),
    "requirements: ours beside the public one": Case(
        code="another-index",
        place="./requirements.txt:1",
        files={
            ".netrc": "machine 127.0.0.1 login demo password SECRET\n",
            "./requirements.txt": "--extra-index-url \\\n  BARE\nserverless-pypi-sample\n",
        },
    ),
    "uv: the public index is left in": Case(
        code="another-index",
        place="./pyproject.toml:5",
        files={"./pyproject.toml": f'{PROJECT}[[tool.uv.index]]\nurl = "URL"\n'},
        installs=("uv",),
    ),
    "uv: another before": Case(
        code="another-index",
        place=f"{UV}:2",
        files={UV: f'[[index]]\nurl = "{OTHER}"\n\n[[index]]\nurl = "URL"\ndefault = true\n'},
        installs=("uv",),
    ),
    "uv: another by default": Case(
        code="another-index",
        place=f"{UV}:6",
        files={UV: f'[[index]]\nname = "ours"\nurl = "URL"\n\n[[index]]\nurl = "{OTHER}"\ndefault = true\n'},
        installs=("uv",),
    ),
    "uv: index-url and extra-index-url": Case(
        code="another-index",
        place=f"{UV}:1",
        files={
            UV: f'index-url = "{OTHER}"\nextra-index-url = ["BARE"]\n',
            ".netrc": "machine 127.0.0.1 login demo password SECRET\n",
        },
        installs=("uv",),
    ),
    "uv: by a variable": Case(
        code="another-index", place="$UV_INDEX", environment={"UV_INDEX": "ours=URL"}, installs=("uv",)
    ),
    "uv: several by a variable": Case(
        code="another-index",
        place="$UV_INDEX",
        environment={"UV_INDEX": f"{OTHER} ours=URL"},
        installs=("uv",),
    ),
    "uv: another by a variable": Case(
        code="another-index",
        place="$UV_EXTRA_INDEX_URL",
        environment={"UV_EXTRA_INDEX_URL": OTHER, "UV_DEFAULT_INDEX": "URL"},
        installs=("uv",),
    ),
    "uv: a variable outranks a file": Case(
        code="overridden",
        place=f"{UV}:2",
        files={UV: '[[index]]\nurl = "URL"\ndefault = true\n'},
        environment={"UV_DEFAULT_INDEX": OTHER},
        installs=("uv",),
    ),
    "uv: an unsafe strategy": Case(
        code="unsafe-strategy",
        place=f"{UV}:1",
        files={UV: 'index-strategy = "unsafe-best-match"\n[[index]]\nurl = "URL"\ndefault = true\n'},
        installs=("uv",),
    ),
    "uv: an unsafe strategy for uv pip": Case(
        code="unsafe-strategy",
        place=f"{UV}:5",
        files={UV: '[[index]]\nurl = "URL"\ndefault = true\n[pip]\nindex-strategy = "unsafe-first-match"\n'},
        installs=("uv",),
    ),
    "uv: an unsafe strategy by a variable": Case(
        code="unsafe-strategy",
        place="$UV_INDEX_STRATEGY",
        environment={"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_DEFAULT_INDEX": "URL"},
        installs=("uv",),
    ),
    "uv: no index at all": Case(
        code="no-index",
        place=f"{UV}:1",
        files={UV: 'no-index = true\n[[index]]\nurl = "URL"\ndefault = true\n'},
        installs=("uv",),
    ),
    "uv: /simple/ is lacking": Case(
        code="url-form",
        place=f"{UV}:2",
        files={
            UV: '[[index]]\nurl = "http://HOST/"\ndefault = true\n',
            ".netrc": "machine 127.0.0.1 login demo password SECRET\n",
        },
        installs=("uv",),
    ),
    "uv: a credential for an index of another name": Case(
        code="no-credential",
        place=f"{UV}:3",
        files={UV: '[[index]]\nname = "acme-internal"\nurl = "BARE"\ndefault = true\n'},
        environment={"UV_INDEX_INTERNAL_USERNAME": "demo", "UV_INDEX_INTERNAL_PASSWORD": "SECRET"},
        installs=("uv",),
    ),
    "uv: a wrong password in a variable": Case(
        code="refused",
        place="$UV_INDEX_OURS_PASSWORD",
        files={UV: '[[index]]\nname = "ours"\nurl = "BARE"\ndefault = true\n'},
        environment={"UV_INDEX_OURS_USERNAME": "demo", "UV_INDEX_OURS_PASSWORD": "WRONG"},
        installs=("uv",),
    ),
    "uv: one credential in the URL, another in a variable": Case(
        code="two-credentials",
        place="$UV_INDEX_OURS_PASSWORD",
        environment={
            "UV_DEFAULT_INDEX": "ours=URL",
            "UV_INDEX_OURS_USERNAME": "demo",
            "UV_INDEX_OURS_PASSWORD": "WRONG",
        },
        installs=("uv",),
    ),
    "uv: refusals are ignored": Case(
        code="ignored-refusals",
        place=f"{UV}:4",
        files={UV: '[[index]]\nurl = "URL"\ndefault = true\nignore-error-codes = [404, 403]\n'},
        installs=("uv",),
    ),
    "uv: never signs in": Case(
        code="no-credentials",
        place=f"{UV}:4",
        files={UV: '[[index]]\nurl = "URL"\ndefault = true\nauthenticate = "never"\n'},
        installs=("uv",),
    ),
    "uv: a keyring that is not there": Case(
        code="no-keyring",
        place="$UV_KEYRING_PROVIDER",
        environment={"UV_KEYRING_PROVIDER": "subprocess", "UV_DEFAULT_INDEX": "URL"},
        installs=("uv",),
    ),
    "uv: a key that uv does not know": Case(
        code="uv-refuses",
        place="./pyproject.toml:5",
        files={
            "./pyproject.toml": f"{PROJECT}[tool.uv]\nindex-urls = 1\n"
            '[[tool.uv.index]]\nurl = "URL"\ndefault = true\n'
        },
        installs=("uv",),
    ),
    "uv: a pin of what is no dependency": Case(
        code="pin-in-vain",
        place="./pyproject.toml:None",
        files={
            "./pyproject.toml": '[project]\nname = "here"\nversion = "1"\nrequires-python = ">=3.11"\n'
            'dependencies = ["one"]\n[[tool.uv.index]]\nname = "ours"\nurl = "URL"\nexplicit = true\n'
            '[tool.uv.sources]\nacme_core = { index = "ours" }\n'
            "[dependency-groups]\ndev = ['two[x]>1', {include-group = 'y'}]\ny = []\n"
        },
    ),
    "Hatch: another index beside": Case(
        code="another-index",
        place="./pyproject.toml:5",
        files={
            "./pyproject.toml": f"{PROJECT}[tool.hatch.envs.default.env-vars]\n"
            f'PIP_EXTRA_INDEX_URL = "URL"\nUV_DEFAULT_INDEX = "URL"\n'
        },
        environment={"INDEX_USER": "demo", "INDEX_PASSWORD": "SECRET"},
    ),
    "Hatch: /simple/ is lacking": Case(
        code="url-form",
        place="./hatch.toml:2",
        files={
            "./hatch.toml": "[envs.test.env-vars]\n"
            'UV_DEFAULT_INDEX = "http://{env:INDEX_USER}:{env:INDEX_PASSWORD:x}@HOST/"\n'
        },
        environment={"INDEX_USER": "demo", "INDEX_PASSWORD": "SECRET"},
    ),
    "Poetry: the public index beside": Case(
        code="another-index",
        place="./pyproject.toml:8",
        files={
            "./pyproject.toml": f'{PROJECT}[[tool.poetry.source]]\nname = "ours"\nurl = "URL"\n\n'
            '[[tool.poetry.source]]\nname = "PyPI"\n'
        },
    ),
    "Poetry: the public index before": Case(
        code="another-index",
        place="./pyproject.toml:6",
        files={
            "./pyproject.toml": f'{PROJECT}[[tool.poetry.source]]\nname = "ours"\nurl = "URL"\n'
            'priority = "supplemental"\n'
        },
    ),
    "Poetry: another beside": Case(
        code="another-index",
        place="./pyproject.toml:9",
        files={
            "./pyproject.toml": f'{PROJECT}[[tool.poetry.source]]\nname = "ours"\nurl = "URL"\n'
            f'[[tool.poetry.source]]\nname = "theirs"\nurl = "{OTHER}"\npriority = "supplemental"\n'
        },
    ),
    "Poetry: a wrong password in a variable": Case(
        code="refused",
        place="$POETRY_HTTP_BASIC_OURS_PASSWORD",
        files={"./pyproject.toml": f'{PROJECT}[[tool.poetry.source]]\nname = "ours"\nurl = "BARE"\n'},
        environment={"POETRY_HTTP_BASIC_OURS_USERNAME": "demo", "POETRY_HTTP_BASIC_OURS_PASSWORD": "WRONG"},
    ),
    "PDM: the public index beside": Case(
        code="another-index",
        place="./pyproject.toml:6",
        files={"./pyproject.toml": f'{PROJECT}[[tool.pdm.source]]\nname = "ours"\nurl = "URL"\n'},
    ),
    "PDM: another beside": Case(
        code="another-index",
        place="./pyproject.toml:10",
        files={
            "./pyproject.toml": f'{PROJECT}[[tool.pdm.source]]\nname = "pypi"\nurl = "URL"\n\n'
            f'[[tool.pdm.source]]\nname = "theirs"\nurl = "{OTHER}"\n'
        },
    ),
    "Pipenv: another beside": Case(
        code="another-index",
        place="./Pipfile:5",
        files={
            "./Pipfile": f'[[source]]\nname = "ours"\nurl = "URL"\n[[source]]\nurl = "{OTHER}"\n'
            "[pipenv]\ninstall_search_all_sources = true\n"
        },
    ),
}


@pytest.fixture
def told(consumer: Consumer, road: Road) -> Callable[[Case], Consumer]:
    def tell(case: Case) -> Consumer:
        for name, text in case.files.items():
            consumer.write(name, _filled_in(text, road))
        for name, text in case.environment.items():
            consumer.environment[name] = _filled_in(text, road)
        return consumer

    return tell


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_mended(name: str, told: Callable[[Case], Consumer], road: Road) -> None:
    """It is found where it stands, what mends it does, and real clients then install."""
    case = CASES[name]
    consumer = told(case)
    found = _wrong(consumer.examine(road.url_for(None)), case.code)
    assert [_place(finding, consumer) for finding in found] == [case.place]

    consumer.follow(found[0]["mend"], {"USER": road.username, "PASSWORD": road.password})

    assert not _wrong(consumer.examine(road.url_for(None)), case.code)
    for client in case.installs:
        assert consumer.installs("serverless-pypi-sample", by=client) == ""


def _filled_in(text: str, road: Road) -> str:
    values = {
        "BARE": road.url_for(None),
        "URL": road.index_url,
        "CREDENTIAL": f"{road.username}:{road.password}",
        "HOST": road.origin.partition("://")[2],
        "SECRET": road.password,
        "WRONG": WRONG,
    }
    # Not within the name of a variable.
    return re.sub(rf"(?<![A-Z_])({'|'.join(values)})", lambda word: values[word[1]], text)


def _wrong(findings: list[Found], code: str) -> list[Found]:
    return [finding for finding in findings if finding["code"] == code and finding["severity"] == "wrong"]


def _place(finding: Found, consumer: Consumer) -> str:
    where = finding["where"]
    if "variable" in where:
        return f"${where['variable']}"
    file = where["file"].replace(f"{consumer.folder}/", "./").replace(f"{consumer.home}/", "")
    return f"{file}:{where['line']}"
