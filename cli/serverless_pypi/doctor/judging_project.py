"""Whether one project can be had from here, by whom, and for which Python."""

import re
import sys
from collections.abc import Iterator
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from serverless_pypi.doctor.connection import Answer
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.findings import Finding, good, note, wrong
from serverless_pypi.doctor.index_answers import Questions, files_on, is_of_ours
from serverless_pypi.doctor.index_urls import Credential, IndexUrl
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask, run
from serverless_pypi.doctor.settings import ClientSettings
from serverless_pypi.printable import printable

__all__ = ["judge_elsewhere", "judge_project", "python_version"]

_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", re.MULTILINE)


def judge_project(
    name: NormalizedName, questions: Questions, credential: Credential | None, machine: Machine
) -> Iterator[Finding]:
    """What who has *credential* gets of the project *name*."""
    answer = questions.project(name, credential)
    subject = f"project {name}"
    if not isinstance(answer, Answer):
        return
    if answer.status == 200:
        yield from _judge_files(subject, files_on(answer.body), machine)
    elif answer.status == 302:
        what = "The index never had it, and sends clients on to its public index for it"
        yield note("upstream", subject, what)
    elif answer.status == 404:
        what = "There is no such project on the index"
        ask = Ask(sentence="Compare the name with the page of projects; or have it published.")
        yield wrong("no-project", subject, what, mend=(ask,))
    elif answer.status == 403 and is_of_ours(answer):
        what = "You are signed in, and the policy does not let you read it, be it there or not"
        ask = Ask(sentence="Ask who looks after the index; the line above tells them by which rule.")
        yield wrong(
            "forbidden", subject, what, mend=(run("serverless-pypi", "policy", "explain", "USER", name), ask)
        )
    elif answer.status == 401:
        what = "It is for those with a good credential"
        ask = Ask(sentence="Mend the credential first.")
        yield wrong("no-credential", subject, what, mend=(ask,))


def judge_elsewhere(name: NormalizedName, settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    """Where a client would look for the name. Nobody is asked there: the name may be a secret."""
    ours, subject, who = settings.of(index), f"project {name}", settings.title
    others = settings.beside(index)
    if pinned := settings.pins.of(name):
        if any(source.name in pinned for source in ours):
            yield good("pinned", subject, f"{who} takes it from this index alone, to which it is pinned")
        elif ours:
            what = (
                f"{who} takes it from another index, to which it is pinned ({printable(', '.join(pinned))})"
            )
            yield note("pinned-elsewhere", subject, what)
    elif ours and all(source.is_explicit for source in ours):
        what = f"{who} asks this index for what is pinned to it alone, and this project is not"
        mend = settings.pins.pin(name, ours[0].name or "NAME")
        yield wrong("not-pinned", subject, what, ours[0].place, mend=mend)
    elif ours and others:
        what = f"{who} would also look for it at {', '.join(source.shown for source in others)}"
        yield note("also-elsewhere", subject, what, others[0].place)


def python_version(machine: Machine) -> str:
    """Of the environment that is active or in the folder; else of who runs this."""
    active = machine.get("VIRTUAL_ENV")
    for folder in ([machine.folder / active] if active else []) + [machine.folder / ".venv"]:
        match = _VERSION.search(Reading().text(folder / "pyvenv.cfg") or "")
        if match:
            return match[1]
    return ".".join(map(str, sys.version_info[:3]))


def _judge_files(subject: str, files: list[dict[str, Any]], machine: Machine) -> Iterator[Finding]:
    python = python_version(machine)
    if not files:
        what = "Its page has no files: none is left, or its status hides them"
        yield wrong("no-files", subject, what, mend=(Ask(sentence="Have it published again, or another."),))
        return
    offered = [file for file in files if _is_for(file, python)]
    versions = sorted({version for file in offered if (version := _version(file)) and not file.get("yanked")})
    if versions:
        what = f"{len(offered)} of its {len(files)} files are for Python {python}, up to {versions[-1]}"
        yield good("offered", subject, what)
    elif offered:
        what = f"All its files for Python {python} are yanked: clients take them for == alone"
        yield wrong(
            "all-yanked", subject, what, mend=(Ask(sentence="Ask who publishes it for a good release."),)
        )
    else:
        wanted = sorted({str(file.get("requires-python") or "any Python, elsewhere") for file in files})
        shown = printable(", ".join(wanted[:3]))
        what = f"None of its {len(files)} files is for Python {python} here: they want {shown}"
        yield wrong("other-python", subject, what, mend=(run("uv", "venv", "--python", "VERSION"),))


def _is_for(file: dict[str, Any], python: str) -> bool:
    """Whether a client with that Python on this machine takes *file*."""
    try:
        if not SpecifierSet(str(file.get("requires-python") or "")).contains(python, prereleases=True):
            return False
    except InvalidSpecifier:
        return False
    filename = str(file.get("filename"))
    if not filename.endswith(".whl"):
        return True
    try:
        return not parse_wheel_filename(filename)[3].isdisjoint(_tags(python))
    except InvalidWheelFilename:
        return False


def _tags(python: str) -> set[Tag]:
    major, minor = (int(part) for part in python.split(".")[:2])
    version = (major, minor)
    return {*cpython_tags(version), *compatible_tags(version, f"cp{major}{minor}")}


def _version(file: dict[str, Any]) -> Version | None:
    filename = str(file.get("filename"))
    try:
        return parse_wheel_filename(filename)[1]
    except InvalidWheelFilename:
        pass
    try:
        return parse_sdist_filename(filename)[1]
    except InvalidSdistFilename:
        return None
