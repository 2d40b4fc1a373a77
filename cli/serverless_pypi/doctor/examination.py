"""The whole story: what clients are told, whether they reach the index, and what it says to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from serverless_pypi.doctor.certificates import Doubt, blind_context
from serverless_pypi.doctor.connection import Answer, NoAnswer, Road, ask
from serverless_pypi.doctor.findings import Finding
from serverless_pypi.doctor.index_answers import Questions
from serverless_pypi.doctor.index_urls import Credential, IndexUrl
from serverless_pypi.doctor.judging_connection import judge_looks
from serverless_pypi.doctor.judging_credentials import judge_credentials, judge_given
from serverless_pypi.doctor.judging_index import (
    has_upstream,
    is_ours,
    judge_anonymous,
    judge_clock,
    judge_form,
    judge_identity,
    judge_pages,
)
from serverless_pypi.doctor.judging_options import judge_broken, judge_certificate_files, judge_options
from serverless_pypi.doctor.judging_pins import judge_pins
from serverless_pypi.doctor.judging_project import judge_elsewhere, judge_project
from serverless_pypi.doctor.judging_secrets import judge_secrets
from serverless_pypi.doctor.judging_sources import judge_sources
from serverless_pypi.doctor.judging_urls import judge_urls
from serverless_pypi.doctor.looks import Look, looks_of
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.netrc_file import Netrc
from serverless_pypi.doctor.offers import offer_of
from serverless_pypi.doctor.settings import Client, ClientSettings

__all__ = ["Patient", "examine"]


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is examined: a machine with its clients, and an index."""

    machine: Machine
    index: IndexUrl
    settings: list[ClientSettings]
    netrc: Netrc
    #: Clients and a project that somebody has asked about.
    wanted: Sequence[Client] = ()
    project: NormalizedName | None = None
    #: Seconds, for each question.
    timeout: float = 10.0


def examine(patient: Patient) -> list[Finding]:
    """All that is found, each thing once: what a client is told counts for its other ways to run too."""
    found: dict[object, Finding] = {}
    for finding in _examine(patient):
        what = (finding.code, finding.place or finding.subject, finding.what if finding.place is None else "")
        found.setdefault(what, finding)
    return list(found.values())


def _examine(patient: Patient) -> Iterator[Finding]:
    yield from judge_form(patient.index)
    index = patient.index.secured()
    looks = looks_of(patient.settings, index, patient.machine, patient.timeout)
    yield from judge_looks(looks, index)
    yield from judge_certificate_files(patient.settings, patient.machine)
    questions = _questions(looks, index)
    if questions:
        yield from _of_index(patient, questions)
    else:
        yield from _of_clock(looks, index, patient)
    # No credential goes to what is no index of ours.
    ours = questions if questions and is_ours(questions) else None
    for settings in patient.settings:
        yield from _of_client(patient, settings, index, ours)
    yield from judge_secrets(patient.settings, patient.netrc, patient.machine)
    if ours and patient.project:
        yield from judge_project(patient.project, ours, _credential(patient, ours), patient.machine)
        for settings in patient.settings:
            yield from judge_elsewhere(patient.project, settings, index)


def _questions(looks: list[Look], index: IndexUrl) -> Questions | None:
    """By the first way that leads there, if one does."""
    road = next((look.road for look in looks if isinstance(look.answer, Answer)), None)
    return Questions(index=index, road=road) if road else None


def _of_index(patient: Patient, questions: Questions) -> Iterator[Finding]:
    yield from judge_identity(questions)
    health = questions.health()
    if isinstance(health, Answer):
        yield from judge_clock(health, patient.machine.system)
    if not is_ours(questions):
        return
    yield from judge_anonymous(questions)
    if patient.index.credential is not None:
        yield from judge_given(patient.index, questions)
    yield from judge_pages(questions, _credential(patient, questions))


def _of_clock(looks: list[Look], index: IndexUrl, patient: Patient) -> Iterator[Finding]:
    """Where a certificate is believed by nobody for its dates, our clock may be to blame."""
    for look in looks:
        if isinstance(look.answer, NoAnswer) and look.answer.doubt in (Doubt.EXPIRED, Doubt.NOT_YET_VALID):
            blind = Road(context=blind_context(), proxy=look.road.proxy, timeout=patient.timeout)
            answer = ask(f"{index.origin}/health", blind)
            if isinstance(answer, Answer):
                yield from judge_clock(answer, patient.machine.system)
            return


def _of_client(
    patient: Patient, settings: ClientSettings, index: IndexUrl, questions: Questions | None
) -> Iterator[Finding]:
    yield from judge_broken(settings)
    upstream = has_upstream(questions, _credential(patient, questions)) if questions else None
    named = settings.client in patient.wanted
    yield from judge_sources(settings, index, patient.machine, has_upstream=upstream, named=named)
    yield from judge_pins(settings, index)
    yield from judge_urls(settings, index)
    yield from judge_options(settings, index, patient.machine)
    if questions:
        yield from judge_credentials(settings, questions, patient.netrc)


def _credential(patient: Patient, questions: Questions) -> Credential | None:
    """One that the index takes, if there is one."""
    offers = [
        offer_of(source, settings, patient.netrc)
        for settings in patient.settings
        for source in settings.of(questions.index)
        if source.location is not None and source.location.is_plain
    ]
    given = [patient.index.credential] if patient.index.is_plain else []
    for credential in filter(None, [*given, *(offer.credential for offer in offers if offer)]):
        answer = questions.page(credential)
        if isinstance(answer, Answer) and answer.status in (200, 403):
            return credential
    return None
