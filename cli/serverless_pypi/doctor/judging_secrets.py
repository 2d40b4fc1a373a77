"""Who else may read the credentials that stand in files."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.findings import Finding, wrong
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask, Run, quote, run
from serverless_pypi.doctor.netrc_file import Netrc
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import ClientSettings

__all__ = ["judge_secrets", "leaks_in", "others_may_read"]

_SHARED = (
    "pyproject.toml",
    "uv.toml",
    "*.lock",
    "pylock*.toml",
    "Pipfile",
    "poetry.toml",
    "pdm.toml",
    "*requirements*.txt",
    "*requirements*.in",
    "*constraints*.txt",
    "requirements/*",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "pip.conf",
    ".env",
    "Dockerfile*",
    "Makefile",
    ".gitlab-ci.yml",
    ".github/workflows/*.yml",
)
#: A credential in a URL; where a variable stands for the password there is none.
_CREDENTIAL = re.compile(r"://[^\s/@:\"'<>]*:(?![$%{<]|PASSWORD\b)[^\s/@\"'<>]+@")


def judge_secrets(settings: list[ClientSettings], netrc: Netrc, machine: Machine) -> Iterator[Finding]:
    shared = {leak.file: leak for leak in _leaks(machine)}
    for leak in shared.values():
        what = "There is a credential in this file, which version control keeps and hands on"
        name = quote(leak.file)
        line = f"text=\"$(sed 's|://[^/@: ]*:[^/@ ]*@|://|g' {name})\" && printf '%s\\n' \"$text\" > {name}"
        ask = Ask(
            sentence="Then have that credential withdrawn: whoever has an old version still reads it there."
        )
        yield wrong("credential-under-version-control", "secrets", what, leak, mend=(Run(line=line), ask))
    for file in sorted(_with_secrets(settings, netrc) - shared.keys()):
        if others_may_read(file):
            what = "There is a credential in this file, and everybody on this machine may read it"
            mend = (run("chmod", "600", file),)
            yield wrong("readable-by-all", "secrets", what, FileLine(file=file), mend=mend)


def others_may_read(file: Path) -> bool:
    """Whether its mode, and those of the folders above it, let everybody read *file*."""
    try:
        if not file.stat().st_mode & 0o004:
            return False
        return all(folder.stat().st_mode & 0o001 for folder in file.resolve().parents)
    except OSError:
        return False


def leaks_in(text: str) -> int | None:
    """The first line that has a credential in a URL."""
    match = _CREDENTIAL.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else None


def _with_secrets(settings: list[ClientSettings], netrc: Netrc) -> set[Path]:
    offers = [offer for one in settings for source in one.sources for offer in source.offers]
    places = [offer.place for offer in offers if offer.credential.password]
    files = {place.file for place in places if place is not None and place.file is not None}
    return files | ({netrc.file} if netrc.file is not None and netrc.entries else set())


def _leaks(machine: Machine) -> Iterator[FileLine]:
    """Credentials in the files of the folder that a version control keeps."""
    if not any(os.path.exists(folder / kept) for folder in machine.folders for kept in (".git", ".hg")):
        return
    for file in sorted({file for pattern in _SHARED for file in machine.folder.glob(pattern)}):
        line = leaks_in(Reading().text(file) or "")
        if line is not None and not _is_ignored(file, machine):
            yield FileLine(file=file, line=line)


def _is_ignored(file: Path, machine: Machine) -> bool:
    """Whether git leaves *file* alone. Where git cannot be asked, it may not."""
    git = machine.find("git")
    if git is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603  # git, with our own arguments
            [git, "-C", machine.folder, "check-ignore", "--quiet", "--", file],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
