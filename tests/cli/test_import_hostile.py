"""Sources that lie, never end, or want the credential: each is told in a sentence, and the rest is taken."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import CommandHere
from tests.cli.old_index import HTML, JSON, Answer, OldIndex, entry, project_page, serve_old_index
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Road

SECRET = "pass:word/&?"
AUTHORIZATION = "Basic " + base64.b64encode(f"alice:{SECRET}".encode()).decode()


@pytest.fixture
def here(road: Road, tmp_path: Path) -> CommandHere:
    return CommandHere(road=road, home=tmp_path)


@pytest.fixture
def old() -> Iterator[OldIndex]:
    with serve_old_index() as server:
        yield server


@pytest.fixture
def foreign() -> Iterator[OldIndex]:
    """Another host."""
    with serve_old_index("localhost") as server:
        yield server


def take(here: CommandHere, *arguments: str, code: int = 3) -> dict[str, str]:
    """What became of each file, or project: its reason, or "taken"."""
    done = here("import", *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {
        one.get("filename", one["project"]): one["result"] if one["result"] == "taken" else one["reason"]
        for one in report["files"]
    }


def test_a_page_of_lies(here: CommandHere, old: OldIndex) -> None:
    """No name leads anywhere, no scheme is followed, and no file is taken that is not what was said."""
    wheel = make_wheel("ho-lies", "1.0")
    good, wrong, short, long, other = (wheel_name("ho-lies", f"1.{number}") for number in range(5))
    stranger = wheel_name("ho-stranger", "1.0")
    files = [
        entry(good, wheel),
        {**entry(wrong, wheel), "hashes": {"sha256": "not a hash \x1b[31m"}},
        {**entry(short, wheel), "size": 5_000_000},
        {**entry(long, wheel), "size": 3},
        entry(other, wheel),
        entry(stranger, make_wheel("ho-stranger", "1.0")),
        entry("../../../etc/ho_lies-1.0-py3-none-any.whl", wheel),
        entry("ho_lies-1.0\x1b[2J-py3-none-any.whl", wheel),
        {**entry(sdist_name("ho-lies", "2.0"), wheel), "url": "javascript:alert(1)"},
        {**entry(sdist_name("ho-lies", "2.1"), wheel), "url": "file:///etc/passwd"},
        {**entry(sdist_name("ho-lies", "2.2"), wheel), "url": "http://host:port/"},
    ]
    for name in (good, wrong, short, long, other):
        old.put(f"/files/{name}", Answer(body=wheel))
    old.put("/simple/ho-lies/", project_page("ho-lies", files))
    old.list_projects()

    became = take(here, old.url)

    assert became.pop(good) == "taken"
    assert "and its source says not a hash \\x1b[31m" in became.pop(wrong)
    assert "came with size" in became.pop(short)
    assert "came with size" in became.pop(long)
    assert "ho_lies-1.4.dist-info" in became.pop(other)
    assert "by its name it is one of 'ho-stranger'" in became.pop(stranger)
    assert "is no URL that a file can be had from" in became.pop(sdist_name("ho-lies", "2.0"))
    assert "is no URL that a file can be had from" in became.pop(sdist_name("ho-lies", "2.1"))
    assert "is no URL" in became.pop(sdist_name("ho-lies", "2.2"))
    assert set(became) == {
        "../../../etc/ho_lies-1.0-py3-none-any.whl",
        "ho_lies-1.0\\x1b[2J-py3-none-any.whl",
    }
    assert here.road.files("ho-lies") == [good]
    assert not here.road.keys("simple/ho-stranger")


def test_html_that_lies(here: CommandHere, old: OldIndex) -> None:
    """As pip does, the end of a URL is taken for a name where the text of a link is none."""
    name, body = wheel_name("ho-html", "1.0"), make_wheel("ho-html", "1.0")
    sdist = sdist_name("ho-html", "1.0")
    old.put(f"/files/{name}", Answer(body=body))
    old.put(f"/files/{sdist}", Answer(body=make_sdist("ho-html", "1.0")))
    page = (
        f'<a href="/files/{name}#egg=ho-html-1.0">Download</a>'
        f'<a href="javascript:x">{wheel_name("ho-html", "3")}</a>'
        f'<a href="/files/{sdist}#sha256={"0" * 64}&amp;x=y">{sdist}</a>'
        '<a href="https://elsewhere.example/">home page</a>'
    )
    old.put("/simple/ho-html/", Answer(body=page.encode(), content_type=HTML))
    old.list_projects()

    became = take(here, old.url)

    assert became[name] == "taken"
    assert f"its source says {'0' * 64}" in became[sdist]
    assert "is no URL" in became[wheel_name("ho-html", "3")]


def test_pages_that_are_none(here: CommandHere, old: OldIndex) -> None:
    """Too new, too deep, too large, no index's, or sent on without end: each stops its own project."""
    bodies = {
        "ho-newer": json.dumps({"meta": {"api-version": "2.0"}, "name": "x", "files": []}).encode(),
        "ho-deep": b"[" * 200_000,
        "ho-number": b"17",
        "ho-large": b" " * (33 * 1024 * 1024),
    }
    for project, body in bodies.items():
        old.put(f"/simple/{project}/", Answer(body=body, content_type=JSON))
    old.put("/simple/ho-nested/", Answer(body=b"<a href=x>x" * 50_000, content_type=HTML))
    old.put("/simple/ho-endless/", Answer(status=302, headers={"Location": "/simple/ho-endless/"}))
    old.publish("ho-minor", {wheel_name("ho-minor", "1.0"): make_wheel("ho-minor", "1.0")})
    page = json.loads(old.answers["/simple/ho-minor/"][0].body)
    page["meta"]["api-version"] = "1.99"
    old.put("/simple/ho-minor/", Answer(body=json.dumps(page).encode(), content_type=JSON))

    became = take(here, old.url)

    assert became.pop(wheel_name("ho-minor", "1.0")) == "taken"  # a newer minor version is read
    assert "it is of version 2.0, which nobody knows yet" in became.pop("ho-newer")
    assert "is no page of a simple index" in became.pop("ho-deep")
    assert "is no page of a simple index" in became.pop("ho-number")
    assert "larger than" in became.pop("ho-large")
    assert "its links are not closed" in became.pop("ho-nested")
    assert "comes to no end" in became.pop("ho-endless")
    assert not became


def test_the_credential_goes_to_no_other_host(here: CommandHere, old: OldIndex, foreign: OldIndex) -> None:
    """Neither by a link nor by a redirect; the index's own host has it with each request."""
    linked, sent_on, own = (wheel_name("ho-secret", f"1.{number}") for number in range(3))
    bodies = {
        name: make_wheel("ho-secret", f"1.{number}") for number, name in enumerate((linked, sent_on, own))
    }
    old.authorization = AUTHORIZATION
    old.publish("ho-secret", bodies)
    files = [entry(name, body) for name, body in bodies.items()]
    files[0]["url"] = f"{foreign.origin}/files/{linked}"
    old.put("/simple/ho-secret/", project_page("ho-secret", files))
    location = f"{foreign.origin}/files/{sent_on}?signature=abc"
    old.put(f"/files/{sent_on}", Answer(status=302, headers={"Location": location}))
    foreign.put(f"/files/{linked}", Answer(body=bodies[linked]))
    foreign.put(f"/files/{sent_on}?signature=abc", Answer(body=bodies[sent_on]))

    done = here("import", old.url, "--username", "alice", "--password-stdin", "--json", typed=SECRET)

    assert done.returncode == 0
    assert SECRET not in done.stdout + done.stderr
    assert len(foreign.asked) == 2
    assert not any("authorization" in one.headers or "cookie" in one.headers for one in foreign.asked)
    assert {one.headers.get("authorization") for one in old.asked} == {AUTHORIZATION}
    assert len(here.road.files("ho-secret")) == 3


def test_no_proxy_sees_what_is_sent_to_this_machine(here: CommandHere, old: OldIndex) -> None:
    """The credential would go to it in clear."""
    old.authorization = AUTHORIZATION
    old.publish("ho-near", {wheel_name("ho-near", "1.0"): make_wheel("ho-near", "1.0")})
    with serve_old_index() as proxy:
        credential = ("--username", "alice", "--password-stdin")
        done = here("import", old.url, *credential, "--dry-run", typed=SECRET, ALL_PROXY=proxy.origin)
        assert proxy.asked == []
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_list_and_a_date_beyond_all_bounds(here: CommandHere, old: OldIndex) -> None:
    """They keep nothing else from being taken."""
    name, body = wheel_name("ho-late", "1.0"), make_wheel("ho-late", "1.0")
    old.publish("ho-late", {name: body})
    date = f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"
    old.put(f"/files/{name}", Answer(body=body, headers={"Last-Modified": date}))
    endless = "x" * 70_000
    old.list_projects(endless)

    became = take(here, old.url)

    assert became.pop(name) == "taken"
    assert became.pop(endless).endswith("is no URL.")
    assert not became


def test_a_file_that_another_host_guards(here: CommandHere, old: OldIndex, foreign: OldIndex) -> None:
    """It is told, and does not count as a wrong password."""
    name, body = wheel_name("ho-guarded", "1.0"), make_wheel("ho-guarded", "1.0")
    foreign.authorization = "Basic nobody"
    old.put("/simple/ho-guarded/", project_page("ho-guarded", [entry(name, body, url=f"{foreign.origin}/x")]))
    old.list_projects()

    became = take(here, old.url_for("alice:secret"))

    assert became == {name: "localhost asks for a credential, and the index's is not for it."}


def test_a_project_of_somebody_elses(here: CommandHere, old: OldIndex, foreign: OldIndex) -> None:
    """pypiserver sends on to the public index what it does not have: nobody's project is had by that."""
    foreign.publish("ho-upstream", {wheel_name("ho-upstream", "1.0"): make_wheel("ho-upstream", "1.0")})
    old.put("/simple/ho-upstream/", Answer(status=303, headers={"Location": f"{foreign.url}ho-upstream/"}))

    became = take(here, old.url, "--project", "ho-upstream")

    reason = f"{old.url} has no project 'ho-upstream' of its own, and sends on to localhost."
    assert became == {"ho-upstream": reason}
    assert foreign.asked == []


@pytest.mark.parametrize("credential", ["alice:wrong", None], ids=["a wrong password", "none"])
def test_a_wrong_password_stops_at_once(here: CommandHere, old: OldIndex, credential: str | None) -> None:
    """One request, and a sentence in which no password stands."""
    old.authorization = AUTHORIZATION

    said = here.fails("import", old.url_for(credential) if credential else old.url)

    assert said.startswith(
        "127.0.0.1 does not accept the password of 'alice'"
        if credential
        else "127.0.0.1 asks for a credential: give --username and --password-stdin"
    )
    assert "wrong" not in said
    assert len(old.asked) == 1


def test_a_password_that_expires_in_the_middle(here: CommandHere, old: OldIndex) -> None:
    """All else would fail as well; what was taken before is said, and stays."""
    names = [wheel_name("ho-expired", version) for version in ("1.0", "1.1")]
    old.publish(
        "ho-expired", {names[0]: make_wheel("ho-expired", "1.0"), names[1]: make_wheel("ho-expired", "1.1")}
    )
    old.put(f"/files/{names[1]}", Answer(status=401))

    done = here("import", old.url_for("alice:token"), "--jobs", "1")

    assert done.returncode == 1
    assert "So far: 1 taken" in done.stderr
    assert "does not accept the password of 'alice'" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("http://alice:secret@old-index.example/simple/", "would have the password sent in clear"),
        ("http://[::1/simple/", "The source is no URL"),
        ("https://", "The source is no URL"),
        ("s3://Not_A_Bucket/x", "is no bucket: write it as s3://BUCKET or s3://BUCKET/PREFIX"),
        ("s3://no-such-bucket-anywhere/", "There is no bucket 'no-such-bucket-anywhere' here"),
        ("no/such/folder", "There is no folder 'no/such/folder'"),
        ("empty", "There are no projects in empty"),
        ("file.whl", "'file.whl' is a file: name the folder that it is in"),
    ],
)
def test_no_source(here: CommandHere, source: str, sentence: str) -> None:
    (here.home / "empty").mkdir()
    (here.home / "file.whl").write_bytes(b"")

    said = here.fails("import", source)

    assert sentence in said
    assert "secret" not in said


def test_no_index(here: CommandHere, old: OldIndex) -> None:
    """A page that lists no projects, one that sends on to another host, and nothing that answers at all."""
    old.put("/simple/", Answer(body=b"<html>Welcome!</html>", content_type=HTML))
    assert "There are no projects in" in here.fails("import", old.url)
    old.put("/simple/", Answer(body=b"{}", content_type=JSON))
    assert "does not answer as an index" in here.fails("import", old.url)
    old.put("/simple/", Answer(status=301, headers={"Location": "https://new-index.example/simple/"}))
    assert "sends on to https://new-index.example/simple/: give that URL" in here.fails("import", old.url)
    old.put("/simple/", Answer(status=403))
    assert "is not for who you are there (403)" in here.fails("import", old.url)
    old.server_close()
    assert "cannot be had after 4 tries" in here.fails("import", old.url)


def test_options_that_do_not_fit(here: CommandHere, old: OldIndex) -> None:
    old.publish("ho-options", {})
    (here.home / "netrc").write_text("machine nonsense secret\n")

    assert "Nobody can be asked" in here.fails("import", old.url, "--username", "alice")
    assert "say --username as well" in here.fails("import", old.url, "--password-stdin")
    assert "No project of" in here.fails("import", old.url, "--project", "nothing-*")
    assert "nowhere/report.json: No such file" in here.fails("import", ".", "--report", "nowhere/report.json")
    said = here.fails("import", old.url, NETRC=str(here.home / "netrc"))
    assert "cannot be understood: mend it near line" in said
    assert "secret" not in said
    here.fails("import", old.url, "--jobs", "0", code=2)
    assert "The source has no name" in here.fails("import", "", "--dry-run")
    assert "--username goes with" in here.fails("import", ".", "--username", "alice")
    assert "go with s3:// alone" in here.fails("import", old.url, "--source-profile", "old")
    credential = ("--username", "alice", "--password-stdin")
    assert "is not UTF-8" in here.fails("import", old.url, *credential, typed="\udcff\n")
