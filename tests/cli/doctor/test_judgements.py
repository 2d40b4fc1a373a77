"""What credentials, files and policies do, on a stack of our own with a policy."""

import gzip
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator.tokens import hash_token
from local.tokens import issue_token
from serverless_pypi.doctor.index_urls import Credential
from serverless_pypi.doctor.judging_credentials import cause_of_refusal
from serverless_pypi.doctor.judging_project import python_version
from serverless_pypi.doctor.judging_secrets import leaks_in, others_may_read
from tests.authenticator.passwords import hash_password
from tests.cli.doctor.certificates import Authority
from tests.cli.doctor.patients import WRONG, Consumer, Found, only, wrong
from tests.cli.doctor.servers import front_of
from tests.clients.settings import Access, block, exports
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Road, run_road

POLICY = """
refresh_seconds = 1
[[rules]]
projects = ["secret-*"]
read = ["alice"]
[[rules]]
projects = ["*"]
read = ["@signed-in"]
[project_list]
read = ["alice"]
[upstream]
url = "https://upstream.example/simple/"
reserved = ["acme-*"]
"""
TOKEN = issue_token()
PASSWORD = "a good password"
#: With all that means something in a URL.
ODD = "p@ss/w:rd?%41é"
HASH = hash_password(PASSWORD)
FILES = {
    wheel_name("acme-old", "1.0"): make_wheel("acme-old", "1.0", Requires_Python=">=3.99"),
    wheel_name("acme-core", "1.0"): make_wheel("acme-core", "1.0"),
    wheel_name("acme-core", "1.1"): make_wheel("acme-core", "1.1", Requires_Python=">=3.99"),
    sdist_name("acme-core", "0.9"): make_sdist("acme-core", "0.9"),
    wheel_name("acme-bad", "1.0"): make_wheel("acme-bad", "1.0"),
    wheel_name("acme-else", "1.0"): make_wheel("acme-else", "1.0"),
    "acme_far-1.0-cp27-cp27m-win32.whl": make_wheel("acme-far", "1.0"),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A stack with two users, a token, a policy, and projects of each kind."""
    with run_road(tmp_path_factory.mktemp("guarded")) as road:
        users = [f"eve:{hash_password(ODD)}", f"alice:{HASH}", f"bob:{HASH}"]
        users.append(f"ci:{hash_token(TOKEN.encode())}")
        road.put("auth/htpasswd", "\n".join([*users, ""]).encode())
        road.put("auth/policy.toml", POLICY.encode())
        road.put(f"simple/acme-bad/{wheel_name('acme-bad', '1.0')}.yanked", b"bad")
        for filename, content in FILES.items():
            road.put(f"incoming/{filename}", content)
        for filename in FILES:
            project = filename.partition("-")[0].replace("_", "-")
            road.wait_for(lambda: filename in _page(road, project))  # noqa: B023  # it is over before the next
        # Now, for it takes no files any more.
        road.put("simple/acme-else/.status", b"quarantined\n")
        road.wait_for(lambda: "quarantined" in _page(road, "acme-else"))
        road.wait_for(lambda: road.get_as(("bob", PASSWORD), "/simple/").status_code == 403)
        yield road


def _page(road: Road, project: str) -> str:
    page = road.read(f"simple/{project}/index.json")
    return gzip.decompress(page).decode() if page else ""


def signed_in(road: Road, user: str) -> str:
    """The index URL with the credential of *user*."""
    return road.url_for(f"{user}:{quote(TOKEN if user == 'ci' else PASSWORD)}")


#: The blocks of docs/clients.md: whose, and the file that each is for.
BLOCKS = [
    ("pip", "~/.config/pip/pip.conf", "~/.netrc"),
    ("pip", "environment"),
    ("uv", "pyproject.toml", "environment"),
    ("uv", "pyproject.toml, a few names", "environment"),
    ("Poetry", "pyproject.toml", "environment"),
    ("PDM", "pyproject.toml", "environment"),
    ("Hatch", "pyproject.toml", "environment"),
    ("Pipenv", "Pipfile", "environment"),
    ("pip-tools", "pyproject.toml", "environment"),
]


@pytest.mark.parametrize("block_of", BLOCKS, ids=lambda words: " ".join(words[:2]))
def test_what_the_page_on_clients_says_is_well(
    block_of: tuple[str, ...], consumer: Consumer, guarded: Road
) -> None:
    """Also with a password that has all that means something in a URL; the credential is accepted."""
    client, *files = block_of
    access = Access(index_url=guarded.url_for(None), user="eve", password=ODD)
    for file in files:
        text = access.fill(block(client, file))
        if file == "environment":
            encoded = quote(ODD, safe="")
            consumer.environment |= exports(text.replace(ODD, encoded) if client == "Hatch" else text)
        else:
            name = file.partition(",")[0]
            consumer.write(name.removeprefix("~/") if name.startswith("~") else f"./{name}", text)
    if len(files[0].split(",")) > 1:
        consumer.follow([_dependencies(consumer)])
    findings = consumer.examine(guarded.url_for(None))
    assert wrong(findings) == []
    codes = [finding["code"] for finding in findings]
    assert codes.count("accepted") == codes.count("one-index") + codes.count("explicit") > 0


def _dependencies(consumer: Consumer) -> Found:
    """Writes what the page asks for beside that block."""
    text = '[project]\nname = "x"\nversion = "1"\ndependencies = ["acme_tool>=1", "acme-core"]\n'
    return {"edit": {"file": str(consumer.folder / "pyproject.toml"), "first": 1, "last": 0, "text": text}}


def test_a_token_is_accepted(consumer: Consumer, guarded: Road) -> None:
    """Also where the policy keeps the list of projects from it."""
    consumer.environment["UV_DEFAULT_INDEX"] = signed_in(guarded, "ci")
    findings = consumer.examine(wanted=["uv"])
    assert wrong(findings) == []
    accepted = only(findings, "accepted")
    assert "does not let it read the list" in accepted["what"]
    assert consumer.installs("acme-core", by="uv") == ""


@pytest.mark.parametrize(
    ("user", "project", "code", "severity", "says"),
    [
        ("alice", "Acme.Core", "offered", "good", "2 of its 3 files are for Python"),
        ("alice", "acme-old", "other-python", "wrong", "they want >=3.99"),
        ("alice", "acme-far", "other-python", "wrong", "any Python, elsewhere"),
        ("alice", "acme-bad", "all-yanked", "wrong", "are yanked"),
        ("alice", "acme-else", "no-files", "wrong", "Its page has no files"),
        ("alice", "acme-none", "no-project", "wrong", "There is no such project"),
        ("bob", "secret-plan", "forbidden", "wrong", "the policy does not let you read it"),
        ("bob", "requests-like", "upstream", "note", "sends clients on to its public index"),
    ],
)
def test_a_project(
    user: str, project: str, code: str, severity: str, says: str, consumer: Consumer, guarded: Road
) -> None:
    """Whether it can be had from here, and by the Python that is here."""
    consumer.environment["PIP_INDEX_URL"] = signed_in(guarded, user)
    found = only(consumer.examine(wanted=["pip"], project=project), code)
    assert (found["severity"], found["subject"]) == (severity, f"project {project.lower().replace('.', '-')}")
    assert says in found["what"]
    assert "mend" in found or severity != "wrong"


def test_where_else_a_project_would_be_looked_for(consumer: Consumer, guarded: Road) -> None:
    """Each client with each of its other indexes; nobody is asked there."""
    consumer.environment |= {
        "PIP_EXTRA_INDEX_URL": signed_in(guarded, "alice"),
        "UV_INDEX": f"https://upstream.example/simple/ {signed_in(guarded, 'alice')}",
    }
    findings = consumer.examine(guarded.url_for(None), project="acme-core")
    assert [finding["what"] for finding in findings if finding["code"] == "also-elsewhere"] == [
        "pip would also look for it at the public index",
        "uv would also look for it at https://upstream.example, the public index",
    ]


def test_an_upstream_makes_a_second_index_needless(consumer: Consumer, guarded: Road, road: Road) -> None:
    """Where there is none, the mend says what is then not found."""
    for index, count in ((guarded, 1), (road, 2)):
        url = signed_in(guarded, "alice") if index is guarded else road.index_url
        consumer.environment["UV_INDEX"] = url
        found = only(consumer.examine(wanted=["uv"]), "another-index")
        assert len(found["mend"]) == count


@pytest.mark.parametrize(
    ("credential", "code", "says"),
    [
        (Credential(username="u", password="${TOKEN}"), "placeholder", "nobody has put in the real one"),
        (Credential(username="u", password="%TOKEN%"), "placeholder", "nobody has put in the real one"),
        (Credential(username="u", password="<token>"), "placeholder", "nobody has put in the real one"),
        (Credential(username="USER", password="x"), "placeholder", "nobody has put in the real one"),
        (Credential(username="u", password=""), "no-password", "has no password"),
        (Credential(username=TOKEN, password=""), "no-password", "is a token without a username"),
        (Credential(username="u", password="x\n"), "blanks", "pasted with it"),
        (Credential(username="u", password=" x"), "blanks", "pasted with it"),
        (Credential(username="u", password=TOKEN[:-3]), "broken-token", "cut: it has 50 characters of 53"),
        (Credential(username="u", password=TOKEN.replace("spp_", "spp_x")[:53]), "broken-token", "mistyped"),
        (Credential(username="u", password=TOKEN), "refused", "revoked"),
        (Credential(username="u", password="x%y", written="u:x%y"), "unencoded", "%25"),
        (Credential(username="u", password="xA", written="u:x%41"), "refused", "%25"),
        (Credential(username="u", password="x"), "refused", "mistyped, revoked or expired"),
    ],
)
def test_why_a_credential_is_refused(credential: Credential, code: str, says: str) -> None:
    found, cause = cause_of_refusal(credential)
    assert found == code
    assert says in cause
    assert credential.password == "" or len(credential.password) < 3 or credential.password not in cause


@given(st.text(), st.text(), st.none() | st.text())
def test_no_credential_makes_a_cause_raise(username: str, password: str, written: str | None) -> None:
    cause_of_refusal(Credential(username=username, password=password, written=written))


@pytest.fixture
def open_home(road: Road) -> Iterator[Consumer]:
    """The home of a consumer on a machine where everybody may look into it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Consumer(home=Path(folder), secrets=(road.password,))


@pytest.mark.parametrize("name", [".config/pip/pip.conf", ".netrc"])
def test_a_file_that_everybody_may_read(name: str, open_home: Consumer, road: Road) -> None:
    """If it has a credential, and the folders above it let them."""
    text = {
        ".config/pip/pip.conf": f"[global]\nindex-url = {road.index_url}\n",
        ".netrc": f"machine 127.0.0.1 login {road.username} password {road.password}\n",
    }[name]
    file = open_home.write(name, text, mode=0o644)
    found = only(open_home.examine(road.url_for(None)), "readable-by-all")
    assert found["where"]["file"] == str(file)

    open_home.home.chmod(0o700)
    assert not others_may_read(file)
    open_home.home.chmod(0o755)

    open_home.follow(found["mend"])
    assert "readable-by-all" not in wrong(open_home.examine(road.url_for(None)))


def test_a_file_without_a_credential_may_be_read(open_home: Consumer, road: Road) -> None:
    open_home.write(".config/pip/pip.conf", f"[global]\nindex-url = {road.url_for(None)}\n", mode=0o644)
    assert "readable-by-all" not in wrong(open_home.examine())


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("requirements.txt", "acme\n--index-url URL\n", 2),
        ("pyproject.toml", '[[tool.uv.index]]\nname = "x"\nurl = "URL"\ndefault = true\n', 3),
        ("uv.lock", 'source = { registry = "URL" }\n' * 3, 1),
        (".github/workflows/test.yml", "env:\n  PIP_INDEX_URL: URL\n", 2),
    ],
)
def test_a_credential_under_version_control(
    name: str, text: str, line: int, consumer: Consumer, road: Road
) -> None:
    """It is told of with its line, and the line that mends it takes it out of the whole file."""
    assert consumer.run(["git", "init", "--quiet"]).returncode == 0
    file = consumer.write(f"./{name}", text.replace("URL", road.index_url))
    found = only(consumer.examine(road.url_for(None)), "credential-under-version-control")
    assert found["where"] == {"file": str(file), "line": line}

    consumer.follow(found["mend"])

    assert file.read_text() == text.replace("URL", road.url_for(None))
    assert "credential-under-version-control" not in wrong(consumer.examine(road.url_for(None)))


def test_what_git_ignores_is_not_under_version_control(consumer: Consumer, road: Road) -> None:
    """Unless it was added all the same."""
    consumer.run(["git", "init", "--quiet"])
    consumer.write("./.gitignore", "*.txt\n")
    consumer.write("./requirements.txt", f"-i {road.index_url}\n")
    assert "credential-under-version-control" not in wrong(consumer.examine())
    consumer.run(["git", "add", "--force", "requirements.txt"])
    assert "credential-under-version-control" in wrong(consumer.examine())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nhttps://u:p@a.example/\n", 2),
        ("https://u:${TOKEN}@a.example/", None),
        ("https://${USER}:$TOKEN@a.example/", None),
        ("https://u:{{ token }}@a.example/", None),
        ("https://USER:PASSWORD@a.example/", None),
        ("https://u@a.example/", None),
        ("https://a.example/x:y@z", None),
        ("git+ssh://git@a.example:22/x", None),
        ("http://[::1]:80/a@b", None),
    ],
)
def test_what_is_a_credential_in_a_text(text: str, line: int | None) -> None:
    assert leaks_in(text) == line


@given(st.text())
def test_no_text_makes_the_search_raise(text: str) -> None:
    leaks_in(text)


def test_a_host_whose_certificate_is_not_looked_at(
    consumer: Consumer, road: Road, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """For each client in its own words; afterwards pip and uv install, and do look."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with front_of(road.origin, context=authority.issue().context()) as origin:
        url = origin.replace("://", f"://{road.username}:{road.password}@") + "/simple/"
        consumer.environment |= {"SSL_CERT_FILE": str(authority.file), "PIP_CERT": str(authority.file)}
        consumer.environment["UV_INSECURE_HOST"] = "localhost"
        consumer.write(".config/pip/pip.conf", f"[global]\nindex-url = {url}\ntrusted-host = localhost\n")
        consumer.write(".config/uv/uv.toml", f'[[index]]\nurl = "{url}"\ndefault = true\n')
        consumer.write(
            "./pyproject.toml",
            f'[[tool.poetry.source]]\nname = "ours"\nurl = "{url}"\npriority = "primary"\n',
        )
        consumer.write("./poetry.toml", "[certificates]\nours = {cert = false}\n")
        consumer.write("./Pipfile", f'[[source]]\nname = "ours"\nurl = "{url}"\nverify_ssl = false\n')
        found = [finding for finding in consumer.examine() if finding["code"] == "unverified-host"]
        assert [finding["subject"] for finding in found] == ["pip", "uv", "Poetry", "Pipenv"]
        for finding in found:
            consumer.follow(finding["mend"])
        assert "unverified-host" not in wrong(consumer.examine())
        for client in ("pip", "uv"):
            assert consumer.installs("serverless-pypi-sample", by=client) == ""


def test_files_of_this_machine_beside_the_index(consumer: Consumer, road: Road) -> None:
    """They are no stranger's, so that is a note."""
    consumer.environment |= {"PIP_FIND_LINKS": "/opt/files", "PIP_INDEX_URL": road.index_url}
    assert only(consumer.examine(wanted=["pip"]), "find-links")["severity"] == "note"


def test_a_folder_beside_the_index(consumer: Consumer, road: Road) -> None:
    """No stranger has a hand in it."""
    consumer.environment |= {
        "PIP_EXTRA_INDEX_URL": "file:///srv/simple /srv/x",
        "PIP_INDEX_URL": road.index_url,
    }
    findings = consumer.examine(wanted=["pip"])
    assert wrong(findings) == []
    assert [finding["severity"] for finding in findings if finding["code"] == "a-folder"] == ["note"]


def test_variables_that_name_no_file_of_certificates(consumer: Consumer, road: Road) -> None:
    junk = str(consumer.write("ca.pem", "junk"))
    for name, value in {"REQUESTS_CA_BUNDLE": junk, "SSL_CERT_FILE": "/nonexistent/ca.pem"}.items():
        consumer.environment[name] = value
        found = only(consumer.examine(road.index_url), "missing-certificates")
        assert found["where"] == {"variable": name}
        consumer.follow(found["mend"])
        assert "missing-certificates" not in wrong(consumer.examine(road.index_url))


def test_uv_asks_a_keyring_for_nothing(consumer: Consumer, road: Road) -> None:
    """There is one here, and no username to ask it with."""
    keyring = consumer.write("bin/keyring", "#!/bin/sh\nexit 1\n", mode=0o700)
    consumer.environment["PATH"] = f"{keyring.parent}:{consumer.environment['PATH']}"
    consumer.environment |= {"UV_KEYRING_PROVIDER": "subprocess", "UV_DEFAULT_INDEX": road.url_for(None)}
    assert only(consumer.examine(wanted=["uv"]), "keyring-without-user")
    consumer.environment["UV_DEFAULT_INDEX"] = road.url_for("somebody")
    assert "keyring-without-user" not in wrong(consumer.examine(wanted=["uv"]))


def test_what_a_keyring_may_have_is_not_asked_for(consumer: Consumer, road: Road) -> None:
    """Nor is it a fault that there is no password elsewhere."""
    keyring = consumer.write("bin/keyring", "#!/bin/sh\necho asked >> $HOME/asked\n", mode=0o700)
    consumer.environment["PATH"] = f"{keyring.parent}:{consumer.environment['PATH']}"
    consumer.environment |= {"UV_KEYRING_PROVIDER": "subprocess", "UV_DEFAULT_INDEX": road.url_for("demo")}
    consumer.environment["PIP_INDEX_URL"] = road.url_for("demo")
    consumer.write("./pyproject.toml", f'[[tool.poetry.source]]\nname = "o"\nurl = "{road.url_for(None)}"\n')
    consumer.write(".config/pypoetry/auth.toml", '[http-basic.o]\nusername = "demo"\n')
    findings = consumer.examine()
    assert [finding["subject"] for finding in findings if finding["code"] == "no-credential"] == [
        "pip",
        "uv",
        "Poetry",
    ]
    assert wrong(findings) == []
    assert not (consumer.home / "asked").exists()


def test_pip_signs_in_as_to_another_index_of_that_host(consumer: Consumer, road: Road) -> None:
    """As the real pip does, so that is no fault."""
    consumer.write(".config/pip/pip.conf", f"[global]\nindex-url = {road.index_url}\n")
    consumer.write("./requirements.txt", f"--extra-index-url {road.url_for(None)}\nserverless-pypi-sample\n")
    assert wrong(consumer.examine(wanted=["pip"])) == []
    assert consumer.installs("--requirement=requirements.txt", by="pip") == ""


@pytest.mark.parametrize(
    ("stored", "in_netrc", "code"), [("SECRET", WRONG, "refused"), (WRONG, "SECRET", "accepted")]
)
def test_netrc_outranks_what_uv_has_stored(
    stored: str, in_netrc: str, code: str, consumer: Consumer, road: Road
) -> None:
    """As the real uv has it, which then installs, or does not."""
    stored, in_netrc = (text.replace("SECRET", road.password) for text in (stored, in_netrc))
    consumer.environment["UV_DEFAULT_INDEX"] = road.url_for(None)
    login = ["uv", "auth", "login", road.url_for(None), "--username", "demo", "--password", stored]
    assert consumer.run(login).returncode == 0
    consumer.write(".netrc", f"machine 127.0.0.1 login demo password {in_netrc}\n")
    found = only(consumer.examine(wanted=["uv"]), code)
    assert found["where"]["file"].endswith(".netrc")
    assert (consumer.installs("serverless-pypi-sample", by="uv") == "") == (code == "accepted")


@pytest.mark.parametrize(
    "rest", ["", "\n[tool.uv.sources]\nother = { path = 'x' }\n\n[tool.other]\n"], ids=["no-table", "a-table"]
)
def test_an_explicit_index_is_for_what_is_pinned_to_it(rest: str, consumer: Consumer, guarded: Road) -> None:
    """The mend pins the project; the real uv then takes that entry."""
    consumer.write(
        "./pyproject.toml",
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["acme-core"]\n'
        f'[[tool.uv.index]]\nname = "ours"\nurl = "{signed_in(guarded, "alice")}"\nexplicit = true\n'
        f'[[tool.uv.index]]\nurl = "https://nonexistent.invalid/simple/"\ndefault = true\n{rest}',
    )
    url = guarded.url_for(None)
    found = only(consumer.examine(url, wanted=["uv"], project="Acme.Core"), "not-pinned")

    consumer.follow(found["mend"])

    assert only(consumer.examine(url, wanted=["uv"], project="Acme.Core"), "pinned")
    locked = consumer.run(["uv", "lock", "--no-cache", "--python", sys.executable])
    assert locked.returncode == 0, locked.stderr


@pytest.mark.parametrize(
    ("project", "code"),
    [("acme-core", "pinned"), ("acme-old", "not-pinned"), ("acme-bad", "pinned-elsewhere")],
)
def test_poetrys_pins(project: str, code: str, consumer: Consumer, guarded: Road) -> None:
    """In the project's dependencies, and in those of a group."""
    url = signed_in(guarded, "alice")
    consumer.write(
        "./pyproject.toml",
        f'[[tool.poetry.source]]\nname = "ours"\nurl = "{url}"\npriority = "explicit"\n'
        '[tool.poetry.dependencies]\nacme_old = "*"\n'
        '[tool.poetry.group.dev.dependencies]\nacme_core = [{version = "1.0", source = "ours"}]\n'
        'acme-bad = {version = "1.0", source = "theirs"}\n',
    )
    found = only(consumer.examine(guarded.url_for(None), wanted=["Poetry"], project=project), code)
    assert found["mend"] == ([] if code != "not-pinned" else [{"run": "poetry add --source ours acme-old"}])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("./.venv/pyvenv.cfg", "home = /usr\nversion = 3.12.4\n", "3.12.4"),
        ("active/pyvenv.cfg", "version_info = 3.14.0.final.0\n", "3.14.0"),
        ("./.venv/pyvenv.cfg", "broken", None),
    ],
)
def test_which_python_is_meant(name: str, text: str, expected: str | None, tmp_path: Path) -> None:
    """That of the environment which is active, or in the folder; else the one that runs this."""
    consumer = Consumer(home=tmp_path)
    consumer.write(name, text)
    if name.startswith("active"):
        consumer.environment["VIRTUAL_ENV"] = str(tmp_path / "active")
    assert python_version(consumer.machine) == (expected or platform.python_version())
