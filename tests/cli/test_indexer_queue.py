"""The indexer's queue: messages in batches, each of them taken, and what is said where there is no queue."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from indexer.events import Work, work_of
from serverless_pypi.index import Index
from serverless_pypi.indexer_queue import IndexerQueue, NoQueueError, NotSentError
from tests.cli.aws_answers import REFUSALS, serve_refusing_aws
from tests.cli.still_index import StillIndex, serve_still_index


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StillIndex]:
    with serve_still_index(tmp_path_factory.mktemp("queue"), "queue") as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def queue_of(endpoint_url: str, service: str = "queue") -> IndexerQueue:
    return IndexerQueue(Index(service=service, endpoint_url=endpoint_url))


def test_each_project_has_a_message_that_the_indexer_understands(still: StillIndex) -> None:
    """SQS takes ten at a time; there may be any number."""
    projects = [NormalizedName(f"project-{number}") for number in range(23)]
    queue_of(still.endpoint_url).ask_for_rebuild(projects)
    sent = still.messages()
    assert sorted(message["rebuild"]["project"] for message in sent) == sorted(projects)


def test_a_walk_begins_where_it_is_told(still: StillIndex) -> None:
    queue = queue_of(still.endpoint_url)
    queue.ask_for_walk()
    queue.ask_for_walk(after="acme")
    assert still.messages() == [{"reconcile": {"after": ""}}, {"reconcile": {"after": "acme"}}]
    assert work_of('{"reconcile": {"after": "acme"}}') == Work(reconcile_after="acme")


def test_a_queue_is_idle_when_nothing_waits(still: StillIndex) -> None:
    """Neither to be taken nor to be done."""
    queue = queue_of(still.endpoint_url)
    assert queue.is_idle() is True
    queue.ask_for_walk()
    assert queue.is_idle() is False
    url = still.sqs.get_queue_url(QueueName="queue-indexer")["QueueUrl"]
    still.sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)
    assert queue.is_idle() is False
    while not still.messages():
        """It comes back."""
    assert queue.is_idle() is True


def test_where_there_is_no_queue_a_sentence_says_so(still: StillIndex) -> None:
    """At once, if it is looked for."""
    queue = queue_of(still.endpoint_url, "another")
    with pytest.raises(NoQueueError, match=r"There is no queue 'another-indexer' here.*--service"):
        queue.find()
    assert queue.is_idle() is None


@pytest.mark.parametrize("refusal", ["no such operation"])
def test_an_s3_without_queues_is_told_as_such(refusal: str) -> None:
    """It answers a question for a queue with whatever it has for what it does not know."""
    with serve_refusing_aws(REFUSALS[refusal]) as aws, pytest.raises(NoQueueError):
        queue_of(aws.url).ask_for_walk()


@pytest.mark.parametrize("refusal", ["denied", "expired"])
def test_who_may_not_is_told_that(refusal: str) -> None:
    """A queue that is there, and not for us, is not missing; whether it is idle nobody can say."""
    with serve_refusing_aws(REFUSALS[refusal]) as aws:
        with pytest.raises(ClientError):
            queue_of(aws.url).find()
        assert queue_of(aws.url).is_idle() is None


class _Sqs:
    """Takes no message before it was offered *refusals* times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> Any:  # noqa: N803
        first, *rest = Entries
        self.taken += [entry["MessageBody"] for entry in rest]
        if not self.refusals:
            self.taken.append(first["MessageBody"])
            return {"Successful": []}
        self.refusals -= 1
        return {"Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}


class _Index:
    service = "queue"
    queue_url = "q"

    def __init__(self, sqs: _Sqs) -> None:
        self.sqs = sqs


def test_what_sqs_does_not_take_is_sent_again() -> None:
    """It may take a part of a batch; no message is sent twice."""
    sqs = _Sqs(2)
    index: Any = _Index(sqs)
    IndexerQueue(index).ask_for_rebuild([NormalizedName("acme"), NormalizedName("bolt")])
    assert sorted(sqs.taken) == ['{"rebuild": {"project": "acme"}}', '{"rebuild": {"project": "bolt"}}']


def test_what_it_never_takes_is_told() -> None:
    index: Any = _Index(_Sqs(9))
    with pytest.raises(NotSentError, match=r"did not take 1 of the messages \(InternalError\)"):
        IndexerQueue(index).ask_for_rebuild([NormalizedName("acme"), NormalizedName("bolt")])
