"""Which indexes a client asks, and whether a stranger's project can come of that."""

from collections.abc import Iterator

from serverless_pypi.doctor.findings import Finding, good, note, wrong
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask, Run, quote
from serverless_pypi.doctor.places import Steps
from serverless_pypi.doctor.settings import Client, ClientSettings, Source

__all__ = ["judge_sources"]

_STRANGER = "whoever publishes there the name of a project of yours has it installed"
_CONFUSION = {
    Client.PIP: f"and takes the highest version that either has: {_STRANGER}. If this index is down, or "
    "refuses, pip goes on to there in silence",
    Client.UV: f"for what the index that it asks first has not: {_STRANGER}",
    Client.POETRY: f"for what it does not find or may not read in the other: {_STRANGER}",
    Client.PDM: f"and takes the highest version that either has: {_STRANGER}",
    Client.PIPENV: f"and takes from either: {_STRANGER}",
}
_NO_UPSTREAM = Ask(
    sentence="This index sends nobody on to a public one, so what only that has is then not found: ask who "
    "looks after the index for an [upstream] in its policy."
)


def judge_sources(
    settings: ClientSettings, index: IndexUrl, machine: Machine, *, has_upstream: bool | None, named: bool
) -> Iterator[Finding]:
    """*named* is a client that somebody has asked about, and that should be told of the index."""
    ours = settings.of(index)
    yield from _overridden(settings, index)
    yield from _no_urls(settings, index)
    if not ours:
        yield from _not_told(settings, index, machine, named=named)
        return
    if all(source.is_explicit for source in ours):
        what = f"{settings.title} asks this index for what is pinned to it, and for nothing else"
        yield good("explicit", settings.title, what, ours[0].place)
        return
    others = settings.beside(index)
    for other in others:
        mend = _alone(settings, ours, other, index) + ((_NO_UPSTREAM,) if has_upstream is False else ())
        yield wrong(
            "another-index",
            settings.title,
            f"{settings.title} also asks {other.shown}, {_CONFUSION[settings.client]}",
            other.place,
            mend=mend,
        )
    if not others:
        yield good("one-index", settings.title, f"{settings.title} asks this index alone", ours[0].place)


def _alone(settings: ClientSettings, ours: tuple[Source, ...], other: Source, index: IndexUrl) -> Steps:
    """What leaves *ours* to be asked alone."""
    main = next((source for source in ours if source.is_main), None)
    ours_alone = () if main else ours[0].place.alone(index.right)
    if other.place == ours[0].place or (not main and ours[0].place.alone_replaces(other.place)):
        return ours_alone or other.place.removed()
    can_be_explicit = settings.client in (Client.UV, Client.POETRY)
    if can_be_explicit and not (settings.client == Client.UV and other.is_main):
        return other.place.explicit() + ours_alone
    return other.place.removed() + ours_alone


def _no_urls(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    for source in settings.sources:
        if source.is_folder:
            what = f"{settings.title} also takes files from a folder of this machine"
            yield note("a-folder", settings.title, what, source.place)
        elif source.is_nothing:
            what = f"What {settings.title} is told here is no URL: it begins with https://"
            url = f"{index.scheme}://USER:PASSWORD@{index.host}/simple/"
            mend = source.place.with_credential(url) if index.host in source.text else source.place.removed()
            yield wrong("no-url", settings.title, what, source.place, mend=mend)


def _overridden(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    for source, by in ((one.source, one.by) for one in settings.overridden):
        if source.is_of(index) and not by.is_of(index):
            what = f"{settings.title} does not ask this index, which stands here: another setting outranks it"
            mend = by.place.removed()
            yield wrong("overridden", settings.title, what, source.place, mend=mend)
        elif source.is_of(index) and source.location != by.location:
            what = (
                f"{settings.title} leaves this line alone, with its credential: another setting outranks it"
            )
            yield note("overridden", settings.title, what, source.place)


def _not_told(
    settings: ClientSettings, index: IndexUrl, machine: Machine, *, named: bool
) -> Iterator[Finding]:
    config = quote(machine.config_home)
    telling = (Run(line=settings.telling.format(url=quote(index.right), config=config)),)
    asked = next((source for source in settings.sources if not source.is_public), None)
    what = f"{settings.title} is told of no index here, and asks the public one"
    if asked:
        what = f"{settings.title} asks {asked.shown}, and not this index"
    place = asked.place if asked else None
    if named:
        yield wrong("not-told", settings.title, what, place, mend=telling)
    else:
        yield note("not-told", settings.title, what, place, telling)
