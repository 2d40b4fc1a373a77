"""The form of a page, held to a second reading of RFC 9110 (12.5) that is written for clearness alone."""

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from authenticator.errors import NotAcceptableError
from authenticator.negotiation import negotiate

V1 = "application/vnd.pypi.simple.v1"
LATEST = "application/vnd.pypi.simple.latest"
JSON = (f"{V1}+json", f"{LATEST}+json")
HTML = (f"{V1}+html", f"{LATEST}+html", "text/html")
RANGES = st.sampled_from(
    [*JSON, *HTML, "text/*", "*/*", "application/*", "application/json", "text/plain", "image/webp"]
)
CODINGS = st.sampled_from(["gzip", "deflate", "br", "zstd", "identity", "*"])
WEIGHTS = st.none() | st.sampled_from(["0", "0.0", "0.001", "0.1", "0.5", "0.999", "1", "1.000"])
SPACE = st.sampled_from(["", "", " ", "\t", "  "])
Weighted = dict[str, str | None]


@st.composite
def header(draw: st.DrawFn, weighted: Weighted) -> str:
    """One way of writing a list header down."""
    elements = []
    for name, weight in weighted.items():
        spelled = draw(st.sampled_from([name, name.upper(), name.title()]))
        q = draw(st.sampled_from("qQ"))
        parameter = "" if weight is None else f"{draw(SPACE)};{draw(SPACE)}{q}={weight}"
        elements.append(f"{draw(SPACE)}{spelled}{parameter}{draw(SPACE)}")
        elements += draw(st.sampled_from([[], [], [""]]))  # "A recipient MUST … ignore … empty list elements"
    return ",".join(elements)


def quality(weighted: Weighted, *ranges: str) -> float:
    """Of what the ranges name, the most specific first: "the most specific reference has precedence"."""
    for each in ranges:
        if each in weighted:
            return float(weighted[each] or 1)
    return 0.0


def expected(accept: Weighted, codings: Weighted) -> Literal["json", "html"] | None:
    """None is 406."""
    json = max(quality(accept, name) for name in JSON)
    html = max(
        quality(accept, "text/html", "text/*", "*/*"), *(quality(accept, name, "*/*") for name in HTML[:2])
    )
    if json == 0 or json < html:
        return "html"
    if quality(codings, "gzip", "*") > 0:
        return "json"
    return "html" if html > 0 else None


def answer(**headers: str | None) -> Literal["json", "html"] | None:
    lines = {
        name.replace("_", "-"): [{"value": value}] for name, value in headers.items() if value is not None
    }
    try:
        return negotiate(lines)
    except NotAcceptableError:
        return None


@settings(max_examples=500)
@given(st.dictionaries(RANGES, WEIGHTS, max_size=6), st.dictionaries(CODINGS, WEIGHTS, max_size=4), st.data())
def test_the_form_is_what_the_rfc_makes_of_the_headers(
    accept: Weighted, codings: Weighted, data: st.DataObject
) -> None:
    """Where JSON counts only if it is named, and what is named on a par with HTML is JSON."""
    assert answer(accept=data.draw(header(accept)), accept_encoding=data.draw(header(codings))) == expected(
        accept, codings
    )


def test_a_range_counts_where_nothing_more_specific_stands() -> None:
    """text/* says nothing of text/html, if that stands there too; */* only of what is not named at all."""
    assert answer(accept=f"{JSON[0]};q=0.5, text/html;q=0.1, text/*", accept_encoding="gzip") == "json"
    named = ", ".join(f"{name};q=0.1" for name in HTML)
    assert answer(accept=f"{JSON[0]};q=0.5, {named}, */*", accept_encoding="gzip") == "json"
    assert answer(accept=f"{JSON[0]};q=0.5, text/html;q=0.1, */*", accept_encoding="gzip") == "html"


@given(st.dictionaries(RANGES, WEIGHTS, max_size=6), st.data())
def test_lines_are_one_list(accept: Weighted, data: st.DataObject) -> None:
    """ "A recipient MAY combine multiple field lines", in whatever order they are."""
    lines = [data.draw(header({name: accept[name]})) for name in data.draw(st.permutations(list(accept)))]
    headers = {"accept": [{"value": line} for line in lines], "accept-encoding": [{"value": "gzip"}]}
    assert negotiate(headers) == expected(accept, {"gzip": None})


_PIECES = st.sampled_from([";", ",", "=", "q", "q=", ";q=0", ";q=-1", ";q=nan", ";q=1e9", '"', " "])
TEXTS = st.none() | st.text(st.characters()) | st.lists(RANGES | CODINGS | _PIECES, max_size=12).map("".join)


def test_what_stands_twice_counts_by_the_higher_weight() -> None:
    """And a weight that is none is zero."""
    for accept in (f"{JSON[0]}, {JSON[0]};q=0.1, text/html;q=0.5", f"{JSON[0]};q=0, {JSON[0]}, */*"):
        assert answer(accept=accept, accept_encoding="gzip") == "json"
    assert answer(accept=f"{JSON[0]};q=1=1", accept_encoding="gzip") == "html"


@given(TEXTS, TEXTS)
def test_anything_has_an_answer(accept: str | None, accept_encoding: str | None) -> None:
    """HTML, unless JSON stands there by name."""
    form = answer(accept=accept, accept_encoding=accept_encoding)
    named = accept is not None and any(name in accept.lower() for name in JSON)
    assert form == "html" or named
    if form == "json":
        assert accept_encoding is not None
