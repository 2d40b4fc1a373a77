"""What `sam build` made, run as Lambda runs it: from its zip and layer, by Lambda's own runtime client.

With the memory and the share of a processor that the template gives it, where this machine can hold it to
them. How long it takes is for `benchmarks/runtime.py`.
"""

import base64
import gzip
import json
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.s3 import EmbeddedS3
from tests.authenticator.passwords import hash_password
from tests.distributions import make_wheel, wheel_name
from tests.stack.environments import (
    ACCOUNT,
    RUNTIME,
    SERVICE,
    Environment,
    Function,
    read_function,
    start,
    unpack,
)
from tests.stack.runtime_api import NoAnswerError
from tests.stack.shares import are_possible

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="the bundles and Lambda's runtime client are for Linux on x86_64",
)
needs_shares = pytest.mark.skipif(
    not are_possible(), reason="this machine has no cgroups of version 1 that we may write"
)

BUCKET = f"{SERVICE}-{ACCOUNT}-us-east-1"
#: Of the credential in `events/`.
HTPASSWD = f"reader:{hash_password('open sesame')}\n".encode()
CHALLENGED, UNAVAILABLE = "401", "503"

Start = Callable[..., AbstractContextManager[Environment]]


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    with EmbeddedS3() as server:
        yield server.endpoint_url


@pytest.fixture
def s3(endpoint_url: str) -> Iterator["S3Client"]:
    """A client of the index's bucket, in which nothing is but who may come in."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="operator",
        aws_secret_access_key="operator",
    )
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="auth/htpasswd", Body=HTPASSWD)
    yield client
    for listed in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=listed["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture(scope="module")
def unpacked(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each function and the layer in a folder of its own, out of its zip."""
    if not (RUNTIME / "awslambdaric").exists():
        pytest.fail(f"Lambda's runtime client is not in {RUNTIME}: `make test` sets it up.")
    folder = tmp_path_factory.mktemp("unpacked")
    for name in ("AuthenticatorFunction", "IndexerFunction", "SimpleIndexLayer"):
        unpack(build / name, folder / name)
    return folder


@pytest.fixture
def start_authenticator(
    unpacked: Path, repository: Path, endpoint_url: str, s3: "S3Client", tmp_path: Path
) -> Start:
    """Starts a new environment of it; the bucket is its own unless another endpoint is given."""
    function = read_function(repository / "template.yaml", "AuthenticatorFunction")

    def start_one(endpoint: str = endpoint_url) -> AbstractContextManager[Environment]:
        variables = {"AWS_ENDPOINT_URL_S3": endpoint}
        return start(function, task=unpacked / "AuthenticatorFunction", scratch=tmp_path, variables=variables)

    return start_one


@pytest.fixture
def start_indexer(
    unpacked: Path, repository: Path, endpoint_url: str, s3: "S3Client", tmp_path: Path
) -> Start:
    """Starts a new environment of it, with or without its layer."""
    function = read_function(repository / "template.yaml", "IndexerFunction")
    values = {
        "BUCKET": BUCKET,
        "QUEUE_URL": f"{endpoint_url}/{ACCOUNT}/{SERVICE}-indexer",
        "INDEX_URL": "https://d111111abcdef8.cloudfront.net/simple/",
        "POWERTOOLS_SERVICE_NAME": SERVICE,
    }

    def start_one(*, layered: bool = True) -> AbstractContextManager[Environment]:
        return start(
            function,
            task=unpacked / "IndexerFunction",
            layer=unpacked / "SimpleIndexLayer" if layered else None,
            scratch=tmp_path,
            # A variable of the template without a value here is an error.
            variables={
                "AWS_ENDPOINT_URL": endpoint_url,
                **{name: values[name] for name in function.variables},
            },
        )

    return start_one


@pytest.fixture
def event(repository: Path) -> Callable[[str], Any]:
    """A sample event, by the name of its file."""
    return lambda name: json.loads((repository / "events" / f"{name}.json").read_text())


@pytest.fixture
def greedy(repository: Path, tmp_path: Path) -> tuple[Function, Path]:
    """A function in the authenticator's place that takes as much memory as it is told to."""
    task = tmp_path / "greedy"
    (task / "authenticator").mkdir(parents=True)
    code = "def handler(event, context):\n    return len(bytearray(event << 20)) >> 20\n"
    (task / "authenticator" / "handler.py").write_text(code)
    return read_function(repository / "template.yaml", "AuthenticatorFunction"), task


# ---- The authenticator -------------------------------------------------------------------------------------


def result_of(environment: Environment, event: Any) -> Any:
    """What the handler returned."""
    outcome = environment.invoke(event)
    assert outcome.kind == "response", outcome
    return outcome.value


def answer(environment: Environment, event: Any) -> str:
    """The URI that goes on, or the status of the answer."""
    result = result_of(environment, event)
    return str(result["status"] if "status" in result else result["uri"])


def with_credential(event: Any, credential: str) -> Any:
    """The same viewer with another credential."""
    value = f"Basic {base64.b64encode(credential.encode()).decode()}"
    event["Records"][0]["cf"]["request"]["headers"]["authorization"] = [
        {"key": "Authorization", "value": value}
    ]
    return event


def test_a_viewer_comes_in_cold_and_warm(start_authenticator: Start, event: Callable[[str], Any]) -> None:
    """The first request of an environment, the same again, and one of a file."""
    with start_authenticator() as environment:
        first = result_of(environment, event("viewer-request-credential"))
        assert first["uri"] == "/simple/sample-project/index.json"
        assert "authorization" not in first["headers"]
        assert result_of(environment, event("viewer-request-credential")) == first
        wheel = "/simple/sample-project/sample_project-1.0%2Bcpu%2Bavx-py3-none-any.whl"
        assert answer(environment, event("viewer-request-file")) == wheel


def test_others_do_not(start_authenticator: Start, event: Callable[[str], Any]) -> None:
    """No credential, a wrong password, an unknown name; who comes after them is let in all the same."""
    with start_authenticator() as environment:
        assert answer(environment, event("viewer-request")) == CHALLENGED
        for credential in ("reader:open barley", "stranger:open sesame"):
            wrong = with_credential(event("viewer-request-credential"), credential)
            assert answer(environment, wrong) == CHALLENGED
        assert answer(environment, event("viewer-request-credential")) == "/simple/sample-project/index.json"


def test_what_is_no_event_is_unavailable(start_authenticator: Start, event: Callable[[str], Any]) -> None:
    """An exception inside is an answer and a line of the log, not Lambda's 502; the environment goes on."""
    with start_authenticator() as environment:
        assert answer(environment, {"Records": []}) == UNAVAILABLE
        assert "unexpected IndexError" in environment.log
        assert answer(environment, event("viewer-request-credential")) == "/simple/sample-project/index.json"


def test_without_its_bucket_it_is_unavailable(
    start_authenticator: Start, event: Callable[[str], Any]
) -> None:
    """A new environment that can read nothing lets nobody in, and challenges nobody."""
    with start_authenticator("http://127.0.0.1:9") as environment:
        assert answer(environment, event("viewer-request-credential")) == UNAVAILABLE
        assert "open sesame" not in environment.log


# ---- The indexer -------------------------------------------------------------------------------------------


def upload(s3: "S3Client", version: str) -> None:
    """What the notification in `events/sqs-batch.json` tells of."""
    key = f"incoming/release 1/{wheel_name('demo', version)}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=make_wheel("demo", version))


def listed(s3: "S3Client") -> list[str]:
    """The files on the project's page."""
    page = s3.get_object(Bucket=BUCKET, Key="simple/demo/index.json")["Body"].read()
    return [file["filename"] for file in json.loads(gzip.decompress(page))["files"]]


def test_a_wheel_is_filed_cold_and_warm(
    start_indexer: Start, s3: "S3Client", event: Callable[[str], Any]
) -> None:
    """A batch of the queue files a real wheel and writes the pages; so does the next."""
    with start_indexer() as environment:
        upload(s3, "1.0+cu118")
        assert result_of(environment, event("sqs-batch")) == {"batchItemFailures": []}
        assert listed(s3) == [wheel_name("demo", "1.0+cu118")]
        upload(s3, "1.1+cu118")
        second = json.loads(json.dumps(event("sqs-batch")).replace("demo-1.0%2B", "demo-1.1%2B"))
        assert result_of(environment, second) == {"batchItemFailures": []}
        assert listed(s3) == [wheel_name("demo", version) for version in ("1.0+cu118", "1.1+cu118")]
        keys = {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
        assert "simple/demo/demo-1.0+cu118-py3-none-any.whl.metadata" in keys
        assert not [key for key in keys if key.startswith(("incoming/", "rejected/"))]


def test_what_it_counts_is_counted_of_its_own_index(
    start_indexer: Start, s3: "S3Client", event: Callable[[str], Any]
) -> None:
    """Several indexes of an account write into one namespace, and each alarm watches its own."""
    with start_indexer() as environment:
        upload(s3, "1.0+cu118")
        result_of(environment, event("sqs-batch"))
        (counts,) = [
            json.loads(line) for line in environment.log.splitlines() if '"CloudWatchMetrics"' in line
        ]
        (said,) = counts["_aws"]["CloudWatchMetrics"]
        assert (said["Namespace"], said["Dimensions"]) == ("serverless-pypi", [["service"]])
        assert {"Filed", "Rejected"} <= {metric["Name"] for metric in said["Metrics"]}
        assert (counts["service"], counts["Filed"], counts["Rejected"]) == (SERVICE, [1.0], [0.0])


def test_only_a_message_that_fails_returns(
    start_indexer: Start, s3: "S3Client", event: Callable[[str], Any]
) -> None:
    """Its neighbour in the batch is done."""
    upload(s3, "1.0+cu118")
    batch = event("sqs-batch")
    batch["Records"][1]["body"] = "no notification"
    with start_indexer() as environment:
        failures = result_of(environment, batch)["batchItemFailures"]
        assert failures == [{"itemIdentifier": batch["Records"][1]["messageId"]}]
        assert listed(s3) == [wheel_name("demo", "1.0+cu118")]


def test_an_exception_is_an_error_and_the_environment_goes_on(
    start_indexer: Start, s3: "S3Client", event: Callable[[str], Any]
) -> None:
    """So that Lambda hands the whole batch back to the queue."""
    with start_indexer() as environment:
        outcome = environment.invoke({})
        assert (outcome.kind, outcome.value["errorType"]) == ("error", "KeyError")
        upload(s3, "1.0+cu118")
        assert result_of(environment, event("sqs-batch")) == {"batchItemFailures": []}


def test_without_its_layer_it_does_not_start(start_indexer: Start) -> None:
    """Nothing that is installed on this machine stands in for it."""
    with start_indexer(layered=False) as environment:
        outcome = environment.wait()
        assert (outcome.kind, outcome.value["errorType"]) == ("init error", "Runtime.ImportModuleError")


# ---- What it is held to ------------------------------------------------------------------------------------


@needs_shares
def test_an_environment_has_its_memory_and_no_more(greedy: tuple[Function, Path], tmp_path: Path) -> None:
    """Beyond it the process is killed, as in Lambda; so whatever answers above has fitted."""
    function, task = greedy
    with start(function, task=task, scratch=tmp_path) as environment:
        assert result_of(environment, function.megabytes // 2) == function.megabytes // 2
        with pytest.raises(NoAnswerError):
            environment.invoke(function.megabytes * 2)


@needs_shares
def test_an_environment_has_its_share_of_a_processor(
    start_authenticator: Start, event: Callable[[str], Any]
) -> None:
    """It would have used more."""
    with start_authenticator() as environment:
        answer(environment, event("viewer-request-credential"))
        assert environment.share is not None
        assert environment.share.times_throttled > 0
