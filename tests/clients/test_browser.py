"""A person without a client: a browser, and curl."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.environments import program
from tests.clients.index import ALICE, CI, GUEST, PASSWORD, Index
from tests.clients.person import Person
from tests.clients.settings import PAGE, Access, block
from tests.distributions import make_wheel, wheel_name

#: What a person does in a browser. It runs under the Python that has Playwright, and prints what they see.
_VISIT = """\
import json, sys
from playwright.sync_api import Error, sync_playwright

chromium, url, user, password = sys.argv[1:]
seen = {}
with sync_playwright() as playwright:
    # As root, which CI is, its sandbox does not start.
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    try:
        browser.new_page().goto(url)
    except Error as error:
        # The dialog, where there is nobody to fill it in.
        seen["without"] = str(error)
    wrong = browser.new_context(http_credentials={"username": user, "password": "wrong"}).new_page()
    answer = wrong.goto(url)
    seen["wrong"] = [answer.status, wrong.inner_text("body")]
    page = browser.new_context(http_credentials={"username": user, "password": password}).new_page()
    problems = []
    page.on("console", lambda message: problems.append([message.text, message.location["url"]]))
    answer = page.goto(url)
    seen["list"] = [answer.status, page.title(), page.locator("a").all_inner_texts()]
    page.get_by_text("acme-local", exact=True).click()
    page.wait_for_url("**/acme-local/")
    seen["project"] = [page.url, page.locator("a").all_inner_texts()]
    with page.expect_download() as downloading:
        page.get_by_text("1.0+cu118").click()
    downloading.value.save_as("downloaded.whl")
    seen["file"] = downloading.value.suggested_filename
    seen["problems"] = problems
    browser.close()
print(json.dumps(seen))
"""


def find_chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium here: on Debian, 'apt-get install chromium' brings it")
    return found


def curl(person: Person, *arguments: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here: 'apt-get install curl' brings it")
    return person.run("curl", "--silent", "--show-error", *arguments).stdout


@pytest.mark.every_client
def test_a_browser_asks_for_a_password_and_then_shows_pages_and_files(person: Person, index: Index) -> None:
    """From the list of projects to a project and to a file, by clicking."""
    visit = person.write("visit.py", _VISIT)
    python = program("browser", "python")
    done = person.run(python, visit, find_chromium(), index.url, ALICE, PASSWORD)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "ERR_INVALID_AUTH_CREDENTIALS" in seen["without"]
    assert seen["wrong"][0] == 401
    assert "username" in seen["wrong"][1]
    status, _, projects = seen["list"]
    assert status == 200
    assert {"acme-core", "acme-tool", "acme-local"} <= set(projects)
    url, names = seen["project"]
    assert url == f"{index.url}acme-local/"
    assert set(names) == {wheel_name("acme-local", "1.0"), wheel_name("acme-local", "1.0+cu118")}
    assert seen["file"] == wheel_name("acme-local", "1.0+cu118")
    assert (person.home / "downloaded.whl").read_bytes() == make_wheel("acme-local", "1.0+cu118")
    # No page breaks its own Content-Security-Policy; browsers ask for an icon of their own accord.
    assert {url for _, url in seen["problems"]} <= {f"{index.road.origin}/favicon.ico"}


def test_curl_gets_a_challenge_a_page_and_a_file(person: Person, index: Index) -> None:
    """By hand, or from a script: with the netrc file of the page."""
    assert curl(person, "--output", "/dev/null", "--write-out", "%{http_code}", index.url) == "401"
    access = Access(index_url=index.url, user=ALICE, password=PASSWORD)
    person.write(".netrc", access.fill(block("pip", "~/.netrc")), private=True)
    assert ">acme-core</a>" in curl(person, "--netrc", index.url)
    assert ">acme-core</a>" in curl(
        person, "--netrc", "--compressed", "--location", index.url.removesuffix("/")
    )
    page = curl(
        person, "--netrc", "--compressed", "-H", "Accept: application/vnd.pypi.simple.v1+json", index.url
    )
    assert "acme-core" in {project["name"] for project in json.loads(page)["projects"]}
    name = wheel_name("acme-local", "1.0+cu118")
    curl(person, "--netrc", "--remote-name", f"{index.url}acme-local/{name}")
    assert (person.home / name).read_bytes() == make_wheel("acme-local", "1.0+cu118")


@pytest.mark.parametrize(
    ("user", "password", "project", "word"),
    [
        (CI, "wrong", "acme-tool", "This index needs a username and a password or token"),
        (
            GUEST,
            None,
            "acme-secret",
            "You are signed in, and the policy of this index does not let you read this",
        ),
        (CI, None, "acme-tool", wheel_name("acme-tool", "2.0")),
    ],
)
def test_the_page_tells_how_to_ask_the_index_itself(
    person: Person, index: Index, user: str, password: str | None, project: str, word: str
) -> None:
    """Its own sentence says what the client does not."""
    (command,) = re.findall(r"^curl .*$", PAGE.read_text(), re.MULTILINE)
    access = Access(index_url=index.url, user=user, password=password or index.password_of(user))
    person.write(".netrc", access.fill(block("pip", "~/.netrc")), private=True)
    _, *arguments = access.fill(command).replace("PROJECT", project).split()
    assert word in curl(person, *arguments)


def test_the_script_is_python(tmp_path: Path) -> None:
    """It is run elsewhere, where no linter sees it."""
    compile(_VISIT, "visit.py", "exec")
