"""With what each client signs in, and what the index says to it."""

import re
from collections.abc import Iterator

from authenticator.tokens import is_token
from serverless_pypi.doctor.connection import Answer, NoAnswer
from serverless_pypi.doctor.findings import Finding, good, note, wrong
from serverless_pypi.doctor.index_answers import Questions, is_of_ours, is_too_many_checks
from serverless_pypi.doctor.index_urls import Credential, IndexUrl
from serverless_pypi.doctor.mends import Ask, Run, quote, run
from serverless_pypi.doctor.netrc_file import Netrc
from serverless_pypi.doctor.offers import NetrcOffer, offer_of, renewed
from serverless_pypi.doctor.places import Place, Steps
from serverless_pypi.doctor.settings import ClientSettings, Offer, Source

__all__ = ["cause_of_refusal", "judge_credentials", "judge_given"]

#: Characters of a generated token; see `authenticator.tokens`.
_TOKEN_LENGTH = 53
_PLACEHOLDER = re.compile(r"\$\{?\w+\}?|%\w+%|<.*>|\{.*\}|PASSWORD|TOKEN|USER", re.DOTALL)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODE = Run(
    line="python3 -c \"import getpass, urllib.parse as url; print(url.quote(getpass.getpass(), safe=''))\""
)


def judge_credentials(settings: ClientSettings, questions: Questions, netrc: Netrc) -> Iterator[Finding]:
    """What each of the client's ways to the index signs in with."""
    for source in settings.of(questions.index):
        offer = offer_of(source, settings, netrc)
        if source.location is not None and not source.location.is_plain:
            yield _unencoded(settings.title, source.place)
        elif offer is None or (not offer.credential.password and source.may_be_in_keyring):
            yield from _without(settings, source, questions)
        else:
            yield from _traps(settings, source, offer, questions)
            mend = renewed(offer, source, settings, questions.index)
            yield from _judge(settings.title, offer, questions, mend)


def judge_given(given: IndexUrl, questions: Questions) -> Iterator[Finding]:
    """The credential in the index URL that the command was given."""
    title = "credential given"
    if given.credential is None:
        return
    if not given.is_plain:
        yield _unencoded(title, None)
        return
    mend = (Ask(sentence="Give the index URL with a good one; whoever looks after the index has it."),)
    yield from _judge(title, Offer(credential=given.credential, place=None), questions, mend)


def cause_of_refusal(credential: Credential) -> tuple[str, str]:
    """Why *credential* is probably refused: a code, and the end of a sentence that begins with "It"."""
    username, password, written = credential.username, credential.password, credential.written or ""
    if _PLACEHOLDER.fullmatch(password) or _PLACEHOLDER.fullmatch(username):
        return "placeholder", "is still a word that stands for one: nobody has put in the real one"
    if not password:
        is_swapped = username.startswith("spp_")
        return "no-password", "is a token without a username before it" if is_swapped else "has no password"
    if password != password.strip() or "\n" in password or "\r" in password:
        return "blanks", "has a blank or a line's end at an end of the password, pasted with it"
    if password.startswith("spp_") and not is_token(password.encode()):
        length = len(password)
        is_cut = (
            f"cut: it has {length} characters of {_TOKEN_LENGTH}" if length < _TOKEN_LENGTH else "mistyped"
        )
        return "broken-token", f"is a token that is {is_cut}"
    if _BARE_PERCENT.search(written):
        return "unencoded", "has a % that must be written %25 in a URL"
    if "%" in written:
        return "refused", (
            "is mistyped, revoked or expired; or a % of the password itself is not written %25 in the URL"
        )
    return "refused", "is mistyped, revoked or expired"


def _judge(title: str, offer: Offer, questions: Questions, mend: Steps) -> Iterator[Finding]:
    answer = questions.page(offer.credential)
    if isinstance(answer, NoAnswer):
        what = "The index did not answer when that credential was offered: try once more"
        yield wrong("no-answer", title, what, offer.place, mend=(_run_again(questions),))
    elif answer.status == 401:
        code, cause = cause_of_refusal(offer.credential)
        what = f"The index refuses the credential: it {cause}"
        encode = (_ENCODE,) if code == "unencoded" else ()
        yield wrong(code, title, what, offer.place, mend=(*encode, *mend))
    elif answer.status == 503:
        is_flooded = is_too_many_checks(answer)
        why = (
            "Too many wrong passwords were tried at the index"
            if is_flooded
            else "The index has its own trouble"
        )
        what = f"{why}, so it says nothing of this credential: look again in a minute"
        code = "too-many-checks" if is_flooded else "index-trouble"
        yield wrong(code, title, what, offer.place, mend=(_run_again(questions),))
    else:
        yield from _accepted(title, offer, answer)


def _accepted(title: str, offer: Offer, answer: Answer) -> Iterator[Finding]:
    if answer.status == 200:
        yield good("accepted", title, "The credential is accepted", offer.place)
    elif answer.status == 403 and is_of_ours(answer):
        what = "The credential is accepted; the policy does not let it read the list of all projects"
        yield good("accepted", title, what, offer.place)
    elif answer.status == 403:
        what = "Something in front of the index does not let us through (403), whatever the credential"
        ask = Ask(
            sentence="Ask who looks after the index, or after the network here, what blocks this machine."
        )
        yield wrong("blocked", title, what, offer.place, mend=(ask,))
    else:
        what = f"The index answers {answer.status} when signed in, which no serverless-pypi does"
        ask = Ask(sentence="Check the host of the index URL with who gave it to you.")
        yield wrong("strange-answer", title, what, offer.place, mend=(ask,))


def _without(settings: ClientSettings, source: Source, questions: Questions) -> Iterator[Finding]:
    answer = questions.page()
    if not isinstance(answer, Answer) or answer.status != 401:
        return
    what = f"{settings.title} has no credential for {questions.index.hostname}, and the index wants one"
    if source.may_be_in_keyring:
        yield note("no-credential", settings.title, f"{what}: unless the keyring has it", source.place)
        return
    mend = renewed(None, source, settings, questions.index)
    if settings.unclaimed and source.variables:
        other = settings.unclaimed[0]
        what += f": ${other}PASSWORD is for an index of another name"
        words = [f'{source.variables}{key}="${other}{key}"' for key in ("USERNAME", "PASSWORD")]
        mend = (Run(line=f"export {' '.join(words)}"),)
    yield wrong("no-credential", settings.title, what, source.place, mend=mend)


def _traps(settings: ClientSettings, source: Source, offer: Offer, questions: Questions) -> Iterator[Finding]:
    """Credentials that come from elsewhere than their owner may have meant."""
    rival, own = source.rival, source.offer
    if rival is not None and own is not None and rival.credential != own.credential:
        what = f"{settings.title} signs in by the URL for pages, and by this variable for files"
        mend: Steps = (run("unset", f"{source.variables}USERNAME", f"{source.variables}PASSWORD"),)
        yield wrong("two-credentials", settings.title, what, rival.place, mend=mend)
    if not isinstance(offer, NetrcOffer):
        return
    if source.offer is not None and source.offer.credential.username != offer.credential.username:
        what = f"{settings.title} signs in as another than the index URL names: a netrc entry shadows it"
        mend = renewed(offer, source, settings, questions.index)
        yield wrong("netrc-shadows", settings.title, what, offer.place, mend=mend)
    if offer.entry.is_default:
        file, host = quote(offer.entry.place.file), questions.index.hostname
        what = 'The entry "default" gives this password to every host that asks for one, the public index too'
        text = f"sed 's/^\\( *\\)default/\\1machine {host}/' {file}"
        line = f'text="$({text})" && printf \'%s\\n\' "$text" > {file}'
        yield wrong("netrc-default", settings.title, what, offer.place, mend=(Run(line=line),))


def _unencoded(title: str, place: Place | None) -> Finding:
    what = "There is a bare blank, / or ? or # in the password, which clients take for its end"
    ask = Ask(sentence="Write in its place what that prints when you type the password.")
    return wrong("unencoded", title, what, place, mend=(_ENCODE, ask))


def _run_again(questions: Questions) -> Run:
    return Run(line=f"serverless-pypi doctor {questions.index.right}")
