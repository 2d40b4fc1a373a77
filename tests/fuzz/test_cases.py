"""The cases that fuzzing begins with are worth it."""

import pytest

from local.edge_rules import ContinuedRequest
from tests.fuzz.cases import Case, check
from tests.fuzz.seeds import SEEDS, TOKEN


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.uri.decode())
def test_a_seed_is_a_case_without_a_fault(seed: Case) -> None:
    """And the same when it is read again from its bytes."""
    again = Case.from_bytes(seed.to_bytes())
    assert again == seed
    check(again)


def test_the_seeds_have_every_answer() -> None:
    """Each status there is, and a good part that goes on."""
    verdicts = [verdict for seed in SEEDS for verdict in check(seed)]
    statuses = {verdict.status for verdict in verdicts if not isinstance(verdict, ContinuedRequest)}
    assert statuses == {200, 301, 302, 401, 403, 404, 405, 406, 503}
    assert sum(isinstance(verdict, ContinuedRequest) for verdict in verdicts) > len(verdicts) / 4


def test_a_pass_without_a_right_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that lets everybody through is found out."""
    stranger = Case(
        uri=b"/simple/acme/",
        method=b"GET",
        credentials=(b"alice:" + TOKEN, b"mallory:" + TOKEN),
        accept=b"",
        accept_encoding=b"",
        htpasswd=SEEDS[0].htpasswd,
        policy=b"",
    )
    check(stranger)
    monkeypatch.setattr("authenticator.credentials.Verifier.verify", lambda *_, **__: "mallory")
    with pytest.raises(AssertionError):
        check(stranger)


def test_any_bytes_are_a_case() -> None:
    """What is missing is empty."""
    for data in (b"", b"\n~~\n" * 20, b"\xff\n~~\n\xff"):
        check(Case.from_bytes(data))
