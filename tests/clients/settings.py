"""The settings blocks of docs/clients.md, with real values put in."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tests.road.road import REPOSITORY

__all__ = ["PAGE", "Access", "block", "exports"]

PAGE = REPOSITORY / "docs" / "clients.md"


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a reader puts into a block."""

    #: The index URL, without a credential.
    index_url: str
    #: None is somebody without a credential, who leaves it out of each URL.
    user: str | None
    password: str = ""

    def fill(self, text: str) -> str:
        """*text* with these values: percent-encoded where they stand in a URL, and as they are elsewhere."""
        index = urlsplit(self.index_url)
        if self.user is None:
            text = re.sub(r"(?<=://)[^\s/]*@", "", text)
            return text.replace("https://INDEX", f"http://{index.netloc}")
        user, password = (quote(value, safe="") for value in (self.user, self.password))
        # Loopback has no TLS, and a name without a port in a netrc file.
        text = text.replace("machine INDEX", f"machine {index.hostname}").replace("https://", "http://")
        text = re.sub(
            r"(?<=://)USER(:PASSWORD)?@", lambda found: f"{user}{f':{password}' if found[1] else ''}@", text
        )
        values = {"INDEX": index.netloc, "USER": self.user, "PASSWORD": self.password}
        return re.sub(r"\b(INDEX|USER|PASSWORD)\b(?!_)", lambda found: values[found[1]], text)


def block(client: str, file: str) -> str:
    """What the page says, under the heading of *client*, that *file* should hold; the name included."""
    section = re.search(
        rf"^## {re.escape(client)}$(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert section is not None, client
    found = re.findall(rf"^```\w+\n(# {re.escape(file)}\n.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert len(found) == 1, (client, file)
    return str(found[0])


def exports(text: str) -> dict[str, str]:
    """What a shell has in its environment after the `export` lines of *text*.

    >>> exports("# environment\\nexport A=b\\n")
    {'A': 'b'}
    """
    lines = [
        line.removeprefix("export ").partition("=")
        for line in text.splitlines()
        if line.startswith("export ")
    ]
    return {name: value for name, _, value in lines}
