"""What the index is, and whether it answers as one of ours does."""

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from serverless_pypi.doctor.connection import Answer, NoAnswer
from serverless_pypi.doctor.findings import Finding, good, note, wrong
from serverless_pypi.doctor.index_answers import HTML, JSON, Questions, is_healthy, is_of_ours
from serverless_pypi.doctor.index_urls import Credential, IndexUrl
from serverless_pypi.doctor.mends import Ask, Run

__all__ = [
    "has_upstream",
    "is_ours",
    "judge_anonymous",
    "judge_clock",
    "judge_form",
    "judge_identity",
    "judge_pages",
]

_SUBJECT = "index"
#: Seconds between two clocks, from which on certificates and expiries suffer.
_SKEW = 300
#: Bytes. CloudFront compresses no smaller pages.
_SMALL = 1000
_SET_CLOCK = {
    "darwin": Run(line="sudo sntp -sS time.apple.com"),
    "win32": Run(line="w32tm /resync"),
}
_LINUX_CLOCK = Run(line="sudo timedatectl set-ntp true")


def judge_clock(answer: Answer, system: str) -> Iterator[Finding]:
    """Our clock against the index's."""
    if answer.date is None:
        return
    # What a cache hands out is dated when it was made.
    age = answer.headers.get("age", "0")
    ahead = answer.asked_at - answer.date.timestamp() - (int(age) if age.isdecimal() else 0)
    if abs(ahead) <= _SKEW:
        yield good("clock", _SUBJECT, "The clock of this machine is right")
        return
    where = "ahead of" if ahead > 0 else "behind"
    what = (
        f"The clock of this machine is {_span(abs(ahead))} {where} the index's: certificates and tokens are "
        "then taken for expired, or not yet valid"
    )
    yield wrong("clock", _SUBJECT, what, mend=(_SET_CLOCK.get(system, _LINUX_CLOCK),))


def judge_form(index: IndexUrl) -> Iterator[Finding]:
    """The URL that the command was given, as it is written."""
    run = (Run(line=f"serverless-pypi doctor {index.right}"),)
    if index.scheme == "http" and not index.is_loopback:
        what = (
            "The index URL begins with http: whoever is in between reads the password, also where the index "
            "then redirects to https"
        )
        secure = f"serverless-pypi doctor https://{index.host}/simple/"
        yield wrong("no-https", _SUBJECT, what, mend=(Run(line=secure),))
    if not index.is_right:
        yield wrong("url-form", _SUBJECT, f"The index URL {form_of(index)}", mend=run)


def form_of(index: IndexUrl) -> str:
    """What is wrong with how *index* is written: the end of a sentence."""
    parts = [part for part in index.path.partition("?")[0].partition("#")[0].split("/") if part]
    if index.path == "/simple":
        return "lacks the slash at its end, so each request is answered by a redirect first"
    if not parts:
        return "lacks /simple/ at its end"
    if parts[0] == "simple" and len(parts) == 2 and not parts[1].startswith("index."):
        return f"is that of one project, {parts[1]!r}, and not of the index"
    return "ends in something else than /simple/"


def is_ours(questions: Questions) -> bool:
    """Whether a serverless-pypi answers."""
    answers = (questions.page(), questions.health())
    if any(isinstance(answer, Answer) and is_of_ours(answer) for answer in answers):
        return True
    health, page = questions.health(), questions.page()
    is_challenge = isinstance(page, Answer) and page.status == 401 and "basic" in _challenge(page)
    return isinstance(health, Answer) and is_healthy(health) and is_challenge


def judge_identity(questions: Questions) -> Iterator[Finding]:
    """That one of ours answers, and is well."""
    health, page = questions.health(), questions.page()
    answers = [answer for answer in (health, page) if isinstance(answer, Answer)]
    if any(answer.status >= 500 for answer in answers):
        what = "The index has trouble of its own, and not with this machine: it answers 5xx"
        again = Run(line=f"serverless-pypi doctor {questions.index.right}")
        ask = Ask(
            sentence="If it stays so, tell who looks after the index: docs/operating.md has its alarms."
        )
        yield wrong("index-trouble", _SUBJECT, what, mend=(again, ask))
    elif not is_ours(questions):
        what = f"What answers at {questions.index.host} is no serverless-pypi: {_likeness(page)}"
        ask = Ask(sentence="Open the index URL in a browser on this machine: it shows what answers.")
        yield wrong("no-serverless-pypi", _SUBJECT, what, mend=(ask,))
    elif isinstance(health, Answer) and is_healthy(health):
        yield good("healthy", _SUBJECT, "It is a serverless-pypi, and it is well")


def judge_anonymous(questions: Questions) -> Iterator[Finding]:
    """What somebody without a credential gets."""
    page = questions.page()
    if isinstance(page, Answer) and page.status == 200:
        yield note("anonymous", _SUBJECT, "Anybody may read the list of its projects, without a credential")


def judge_pages(questions: Questions, credential: Credential | None) -> Iterator[Finding]:
    """That pages arrive as they were sent, in both forms."""
    for accept in (JSON, HTML):
        page = questions.page(credential, accept=accept)
        if isinstance(page, NoAnswer) or page.status != 200:
            continue
        name = "JSON" if accept == JSON else "HTML"
        wants = f"The project list as {name} arrives"
        ask = Ask(sentence="A proxy in between changes answers: ask who looks after the network here.")
        if page.content_type != accept:
            what = f"{wants} as {page.content_type or 'nothing in particular'}: clients skip such a page"
            yield wrong("content-type", _SUBJECT, what, mend=(ask,))
        elif not is_of_ours(page):
            yield wrong("changed-page", _SUBJECT, f"{wants} changed on the way", mend=(ask,))
        elif page.is_gzipped or len(page.body) < _SMALL:
            yield good(f"page-{name.lower()}", _SUBJECT, f"{wants} whole")
        else:
            yield note("not-compressed", _SUBJECT, f"{wants} uncompressed: something in between unpacks it")


def has_upstream(questions: Questions, credential: Credential | None) -> bool | None:
    """Whether the index sends clients on to a public one; None if that cannot be told."""
    # pip itself looks for its own new versions there.
    answer = questions.project(canonicalize_name("pip"), credential)
    if isinstance(answer, NoAnswer) or answer.status not in (302, 404):
        return None
    return answer.status == 302


def _likeness(page: Answer | NoAnswer) -> str:
    if isinstance(page, NoAnswer):
        return "it takes no questions for pages"
    if 300 <= page.status < 400:
        return "it sends us elsewhere, as the sign-in page of a network does"
    if page.content_type == HTML and page.status == 200 and b"<a" not in page.body.lower():
        return "it shows a web page, as the sign-in page of a network does"
    if page.status == 200 and page.content_type in (HTML, JSON):
        return "it is another package index"
    return f"it answers {page.status} with {page.content_type or 'nothing in particular'}"


def _challenge(page: Answer) -> str:
    return page.headers.get("www-authenticate", "").lower()


def _span(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
