"""Who may do what, tried: every role and managed policy of the template, one action and one thing at a time.

On an account that enforces IAM (`guarded_account`), and on the template where it does not. A new principal
makes `test_every_principal_is_in_the_table` fail until the table says what it must be able to do.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.distributions import make_wheel, wheel_name
from tests.stack.guarded_account import GuardedAccount, Session, open_account
from tests.stack.policies import ACCOUNT, Deployment, Principal, listed

SERVICE = "acme"
BUCKET = f"{SERVICE}-{ACCOUNT}-us-east-1"
QUEUE, DEAD_LETTERS = f"{SERVICE}-indexer", f"{SERVICE}-indexer-dead-letters"

#: One key of each kind that the bucket has, and of none.
INCOMING = "incoming/acme_core-1.0-py3-none-any.whl"
REJECTED = "rejected/incoming/acme_core-1.0-py3-none-any.whl"
REASON = f"{REJECTED}.reason.json"
PAGES = ("simple/acme-core/index.html", "simple/acme-core/index.json")
LISTS = ("simple/index.html", "simple/index.json")
FILE = "simple/acme-core/acme_core-1.0-py3-none-any.whl"
METADATA, REMOVED, YANKED = f"{FILE}.metadata", f"{FILE}.removed", f"{FILE}.yanked"
STATUS = "simple/acme-core/.status"
#: Of the project of the limited publishers, of one that they do not publish, and what has no limit.
OWN_UPLOAD = "incoming/project/acme-core/run 7/acme_core-1.0-py3-none-any.whl"
OTHER_UPLOAD = "incoming/project/bolt/bolt-1.0-py3-none-any.whl"
UNLIMITED_UPLOAD = "incoming/project/acme-core-1.0.tar.gz"
UPLOADS = (INCOMING, OWN_UPLOAD, OTHER_UPLOAD, UNLIMITED_UPLOAD)
OWN_REASON, OTHER_REASON = (f"rejected/{key}.reason.json" for key in (OWN_UPLOAD, OTHER_UPLOAD))
REASONS = (REASON, OWN_REASON, OTHER_REASON)
OTHER_PAGE = "simple/bolt/index.json"
IN_SIMPLE = (*PAGES, *LISTS, OTHER_PAGE, FILE, METADATA, REMOVED, YANKED, STATUS)
FOR_PEOPLE = ("index.html", "project/acme-core/index.html", "assets/style.css")
CREDENTIALS = ("auth/htpasswd", "auth/policy.toml")
STRANGE = ("other", "incoming.txt", "simple.html", "backup/simple/index.html")
KEYS = (*UPLOADS, REJECTED, *REASONS, *IN_SIMPLE, *FOR_PEOPLE, *CREDENTIALS, *STRANGE)

INDEXER_LOG, EDGE_LOG = f"/{SERVICE}/indexer", f"/{SERVICE}/authenticator"
EDGE_LOG_BY_DEFAULT = f"/aws/lambda/us-east-1.{SERVICE}-authenticator"
LOGS = (INDEXER_LOG, EDGE_LOG, EDGE_LOG_BY_DEFAULT, "/other/authenticator")
FAR_AWAY = "eu-central-1"
EDGE_LOGS = {EDGE_LOG, EDGE_LOG_BY_DEFAULT, f"{FAR_AWAY} {EDGE_LOG}", f"{FAR_AWAY} {EDGE_LOG_BY_DEFAULT}"}

Rights = Mapping[str, set[str]]
Try = Callable[[Session], bool]

PUBLISHER: Rights = {
    "s3:PutObject": {*UPLOADS},
    "s3:AbortMultipartUpload": {*UPLOADS},
    "s3:GetObject": {PAGES[1], OTHER_PAGE, *REASONS},
}
#: Of acme-*.
PROJECT_PUBLISHER: Rights = {
    "s3:PutObject": {OWN_UPLOAD},
    "s3:AbortMultipartUpload": {OWN_UPLOAD},
    "s3:GetObject": {PAGES[1], OWN_REASON},
}
#: The CI's role in a stack whose publishers have no limit.
CI_FOR_ALL = "CiPublisherRole for all projects"
#: What each principal must be able to do, by action; and nothing else. In a bucket, by key.
MUST: dict[str, Rights] = {
    "IndexerRole": {
        "s3:ListBucket": {BUCKET},
        "s3:GetObject": {*UPLOADS, REJECTED, *REASONS, *IN_SIMPLE, *FOR_PEOPLE},
        "s3:PutObject": {REJECTED, *REASONS, *IN_SIMPLE, *FOR_PEOPLE},
        "s3:DeleteObject": {*UPLOADS, *IN_SIMPLE},
        "s3:AbortMultipartUpload": {REJECTED, *REASONS, *IN_SIMPLE},
        "sqs:ReceiveMessage": {QUEUE},
        "sqs:DeleteMessage": {QUEUE},
        "sqs:GetQueueAttributes": {QUEUE},
        "sqs:SendMessage": {QUEUE},
        "logs:CreateLogStream": {INDEXER_LOG},
        "logs:PutLogEvents": {INDEXER_LOG},
    },
    "AuthenticatorRole": {
        # moto does not judge the condition on it: see CONDITIONS.
        "s3:ListBucket": {BUCKET},
        "s3:GetObject": {*CREDENTIALS, *PAGES, OTHER_PAGE},
        "logs:CreateLogGroup": EDGE_LOGS,
        "logs:CreateLogStream": EDGE_LOGS,
        "logs:PutLogEvents": EDGE_LOGS,
    },
    "PublisherPolicy": PUBLISHER,
    "ProjectPublisherPolicy": PROJECT_PUBLISHER,
    "CiPublisherRole": PROJECT_PUBLISHER,
    CI_FOR_ALL: PUBLISHER,
    # moto does not judge the condition on the list, nor here.
    "ReaderPolicy": {"s3:ListBucket": {BUCKET}, "s3:GetObject": {*IN_SIMPLE}},
    # The rest is S3's to use alone, and nobody can try it: see `replication_role_is_least`.
    "ReplicationRole": {"s3:ListBucket": {BUCKET}},
    # All that it has is borrowed.
    "BackupRole": {},
}

#: The conditions of their statements, which are asserted, since moto judges none; by principal and Sid.
CONDITIONS: dict[tuple[str, str], Any] = {
    ("AuthenticatorRole", "LearnWhatIsMissing"): {
        "StringLike": {"s3:prefix": ["auth/*", "simple/*/index.html", "simple/*/index.json"]}
    },
    ("ReaderPolicy", "List"): {"StringLike": {"s3:prefix": "simple/*"}},
}

#: AWS's own policies, which are no document of ours; by principal.
BORROWED = {
    "BackupRole": [
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
    ],
}

#: Those for which moto asks the bucket.
DENIED_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
#: What the bucket denies, to whom and when; by Sid.
DENIES: dict[str, tuple[Rights, Any, Any]] = {
    "OnlyOverTls": (
        {action: set(KEYS) for action in DENIED_ACTIONS},
        "*",
        {"Bool": {"aws:SecureTransport": "false"}},
    ),
    "CloudFrontReadsNothingElse": (
        {action: set(KEYS) - {*IN_SIMPLE, *FOR_PEOPLE} for action in DENIED_ACTIONS},
        {"Service": "cloudfront.amazonaws.com"},
        None,
    ),
    "OnlyTheIndexerWritesWhatItDerives": (
        {"s3:PutObject": {*PAGES, *LISTS, OTHER_PAGE, METADATA, REMOVED, *FOR_PEOPLE}},
        "*",
        {
            "ArnNotEquals": {
                "aws:PrincipalArn": [
                    f"arn:aws:iam::{ACCOUNT}:role/{role}" for role in ("IndexerRole", "BackupRole")
                ]
            }
        },
    ),
}

#: A right more than the indexer has, and what then is found: action, resource, and one of what it opens.
EXTRAS = [
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/incoming/*", ("s3:PutObject", INCOMING)),
    ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*", ("s3:GetObject", CREDENTIALS[0])),
    ("sqs:Change*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{QUEUE}", ("sqs:ChangeMessageVisibility", QUEUE)),
    ("logs:PutLogEvents", "*", ("logs:PutLogEvents", LOGS[-1])),
]


# ---- What can be tried -------------------------------------------------------------------------------------


def on_bucket(operation: str, **parameters: Any) -> Try:
    return lambda session: session.may("s3", operation, Bucket=BUCKET, **parameters)


def on_object(operation: str, key: str, **parameters: Any) -> Try:
    return on_bucket(operation, Key=key, **parameters)


def on_queue(operation: str, queue: str, **parameters: Any) -> Try:
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{queue}"
    return lambda session: session.may("sqs", operation, QueueUrl=url, **parameters)


def on_log(operation: str, log: str, region: str, **parameters: Any) -> Try:
    return lambda session: session.may("logs", operation, region=region, logGroupName=log, **parameters)


_PART = {"UploadId": "none"}
_TAGS: Any = {"Tagging": {"TagSet": [{"Key": "owner", "Value": "me"}]}}
#: By what it takes to be let do that; several ways to one right must agree.
ON_OBJECTS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3:GetObject", "get_object", {}),
    ("s3:GetObject", "head_object", {}),
    ("s3:GetObjectAcl", "get_object_acl", {}),
    ("s3:GetObjectTagging", "get_object_tagging", {}),
    ("s3:GetObjectVersion", "get_object", {"VersionId": "none"}),
    ("s3:PutObject", "put_object", {"Body": b"new"}),
    ("s3:PutObject", "copy_object", {"CopySource": {"Bucket": BUCKET, "Key": STRANGE[0]}}),
    ("s3:PutObject", "create_multipart_upload", {}),
    ("s3:PutObject", "upload_part", {**_PART, "PartNumber": 1, "Body": b"new"}),
    ("s3:PutObjectAcl", "put_object_acl", {"ACL": "private"}),
    ("s3:PutObjectTagging", "put_object_tagging", _TAGS),
    ("s3:AbortMultipartUpload", "abort_multipart_upload", _PART),
    ("s3:ListMultipartUploadParts", "list_parts", _PART),
    ("s3:DeleteObject", "delete_object", {}),
    ("s3:DeleteObjectVersion", "delete_object", {"VersionId": "none"}),
]
ON_BUCKET: list[tuple[str, str, dict[str, Any]]] = [
    ("s3:ListBucket", "list_objects_v2", {}),
    ("s3:ListBucketVersions", "list_object_versions", {}),
    ("s3:ListBucketMultipartUploads", "list_multipart_uploads", {}),
    ("s3:GetBucketPolicy", "get_bucket_policy", {}),
    ("s3:GetBucketAcl", "get_bucket_acl", {}),
    ("s3:GetBucketNotification", "get_bucket_notification_configuration", {}),
    ("s3:PutBucketNotification", "put_bucket_notification_configuration", {"NotificationConfiguration": {}}),
    ("s3:PutBucketPolicy", "put_bucket_policy", {"Policy": "{}"}),
    ("s3:DeleteBucketPolicy", "delete_bucket_policy", {}),
    ("s3:PutBucketVersioning", "put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    ("s3:PutBucketAcl", "put_bucket_acl", {"ACL": "private"}),
    ("s3:DeleteBucket", "delete_bucket", {}),
]
_HIDDEN = {"ReceiptHandle": "none", "VisibilityTimeout": 0}
ON_QUEUES: list[tuple[str, str, dict[str, Any]]] = [
    ("sqs:SendMessage", "send_message", {"MessageBody": "{}"}),
    ("sqs:ReceiveMessage", "receive_message", {}),
    ("sqs:DeleteMessage", "delete_message", {"ReceiptHandle": "none"}),
    (
        "sqs:ChangeMessageVisibility",
        "change_message_visibility",
        {"ReceiptHandle": "none", "VisibilityTimeout": 0},
    ),
    ("sqs:GetQueueAttributes", "get_queue_attributes", {"AttributeNames": ["All"]}),
    ("sqs:SetQueueAttributes", "set_queue_attributes", {"Attributes": {"VisibilityTimeout": "1"}}),
    ("sqs:PurgeQueue", "purge_queue", {}),
    ("sqs:DeleteQueue", "delete_queue", {}),
]
_LINE = {"logStreamName": "stream", "logEvents": [{"timestamp": 0, "message": "line"}]}
ON_LOGS: list[tuple[str, str, dict[str, Any]]] = [
    ("logs:CreateLogGroup", "create_log_group", {}),
    ("logs:CreateLogStream", "create_log_stream", {"logStreamName": "stream"}),
    ("logs:PutLogEvents", "put_log_events", _LINE),
    ("logs:GetLogEvents", "get_log_events", {"logStreamName": "stream"}),
    ("logs:FilterLogEvents", "filter_log_events", {}),
    ("logs:PutRetentionPolicy", "put_retention_policy", {"retentionInDays": 1}),
    ("logs:DeleteLogGroup", "delete_log_group", {}),
]
ON_ACCOUNT: list[tuple[str, str, str, dict[str, Any]]] = [
    ("s3:ListBuckets", "s3", "list_buckets", {}),
    ("sqs:ListQueues", "sqs", "list_queues", {}),
    ("sqs:CreateQueue", "sqs", "create_queue", {"QueueName": "new"}),
    ("iam:ListRoles", "iam", "list_roles", {}),
    ("iam:CreateUser", "iam", "create_user", {"UserName": "new"}),
    ("iam:CreateAccessKey", "iam", "create_access_key", {"UserName": "new"}),
    (
        "sts:AssumeRole",
        "sts",
        "assume_role",
        {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Root", "RoleSessionName": "other"},
    ),
]


def attempts() -> Iterator[tuple[str, str, Try]]:
    """An action, what it is on, and a way to try it."""
    for key in KEYS:
        for action, operation, parameters in ON_OBJECTS:
            yield action, key, on_object(operation, key, **parameters)
    for action, operation, parameters in ON_BUCKET:
        yield action, BUCKET, on_bucket(operation, **parameters)
    for queue in (QUEUE, DEAD_LETTERS):
        for action, operation, parameters in ON_QUEUES:
            yield action, queue, on_queue(operation, queue, **parameters)
    for log in LOGS:
        for action, operation, parameters in ON_LOGS:
            yield action, log, on_log(operation, log, "us-east-1", **parameters)
            yield action, f"{FAR_AWAY} {log}", on_log(operation, log, FAR_AWAY, **parameters)
    for action, service, operation, parameters in ON_ACCOUNT:
        yield action, "*", _on_account(service, operation, parameters)


def _on_account(service: str, operation: str, parameters: dict[str, Any]) -> Try:
    return lambda session: session.may(service, operation, **parameters)


def permitted(session: Session) -> dict[str, set[str]]:
    """What it was let do, of all that can be tried."""
    let: set[tuple[str, str]] = set()
    refused: set[tuple[str, str]] = set()
    for action, thing, attempt in attempts():
        (let if attempt(session) else refused).add((action, thing))
    assert not let & refused, "ways to one right disagree"
    found: dict[str, set[str]] = {}
    for action, thing in let:
        found.setdefault(action, set()).add(thing)
    return found


CHOSEN = {
    "ServiceName": SERVICE,
    "PublisherProjects": "acme-*",
    "CiProvider": "GitHub",
    "BackupDays": "35",
    "AccessLogDays": "90",
    "ReplicaBucket": "elsewhere",
}

# ---- The account -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def deployment(stack: dict[str, Any]) -> Deployment:
    """The template with all that can be had."""
    return Deployment(stack["deployed"], **CHOSEN)


@pytest.fixture(scope="session")
def principals(deployment: Deployment, stack: dict[str, Any]) -> dict[str, Principal]:
    unlimited = Deployment(stack["deployed"], **CHOSEN | {"PublisherProjects": ""})
    return deployment.principals() | {CI_FOR_ALL: unlimited.principals()["CiPublisherRole"]}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedAccount]:
    """One with the bucket and queues in it."""
    with open_account(tmp_path_factory.mktemp("account")) as account:
        s3, sqs = account.root.client("s3"), account.root.client("sqs")
        s3.create_bucket(Bucket=BUCKET)
        for key in KEYS:
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"old")
        for queue in (QUEUE, DEAD_LETTERS):
            sqs.create_queue(QueueName=queue)
        yield account


@pytest.fixture(scope="module")
def sessions(account: GuardedAccount, principals: dict[str, Principal]) -> dict[str, Session]:
    """Everybody of the template, and others for comparison, in the account, which is now guarded."""
    found = {name: account.add(name, unconditional(one.documents)) for name, one in principals.items()}
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    found["Root"] = account.add("Root", [{"Version": "2012-10-17", "Statement": everything}])
    found["Nobody"] = account.add("Nobody", [])
    for number, (action, resource, _) in enumerate(EXTRAS):
        extra = {"Effect": "Allow", "Action": action, "Resource": resource}
        documents = unconditional(principals["IndexerRole"].documents)
        documents[0]["Statement"].append(extra)
        found[f"IndexerRole-{number}"] = account.add(f"IndexerRole-{number}", documents)
    account.guard()
    return found


def unconditional(documents: list[Any]) -> list[Any]:
    """As if every condition were met, since moto judges none; `CONDITIONS` has them."""
    found = copy.deepcopy(documents)
    for document in found:
        document["Statement"] = listed(document["Statement"])
        for statement in document["Statement"]:
            statement.pop("Condition", None)
    return found


# ---- Roles and managed policies ----------------------------------------------------------------------------


def test_every_principal_is_in_the_table(principals: dict[str, Principal]) -> None:
    """So that none is added without a word on what it must be able to do."""
    assert principals.keys() == MUST.keys()


@pytest.mark.parametrize("name", MUST)
def test_it_can_do_what_it_must_and_nothing_else(name: str, sessions: dict[str, Session]) -> None:
    """Each action on each kind of thing, one at a time."""
    assert permitted(sessions[name]) == MUST[name]


@pytest.mark.parametrize(
    ("name", "project", "sent"),
    [
        ("PublisherPolicy", "bolt", True),
        ("ProjectPublisherPolicy", "acme-core", True),
        ("ProjectPublisherPolicy", "bolt", False),
        ("ReaderPolicy", "acme-core", False),
    ],
)
def test_the_command_publishes_by_these_rights_and_no_others(
    name: str, project: str, sent: bool, sessions: dict[str, Session], tmp_path: Path
) -> None:
    """All that `serverless-pypi publish` asks for is allowed, or it says what to have."""
    (tmp_path / wheel_name(project, "7.0")).write_bytes(make_wheel(project, "7.0"))
    done = subprocess.run(
        [sys.executable, "-m", "serverless_pypi", "publish", tmp_path, "--no-wait"],
        env={"HOME": str(tmp_path), "SERVERLESS_PYPI_SERVICE": SERVICE, "AWS_MAX_ATTEMPTS": "1"}
        | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        | sessions[name].environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is sent, done.stderr
    assert sent or "PublisherPolicy" in done.stderr


def test_the_account_tells_everybody_from_nobody(sessions: dict[str, Session]) -> None:
    """Who may do everything is refused nothing that is tried above, and who may do nothing all of it."""
    assert not permitted(sessions["Nobody"])
    harmless = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "sqs:SendMessage"}
    tried = [attempt for action, _, attempt in attempts() if action in harmless]
    assert all(attempt(sessions["Root"]) for attempt in tried)


@pytest.mark.parametrize("number", range(len(EXTRAS)))
def test_a_right_too_many_is_found(number: int, sessions: dict[str, Session]) -> None:
    """One prefix more or one action more, added to a role of the template, is seen."""
    _, _, found = EXTRAS[number]
    action, thing = found
    rights = permitted(sessions[f"IndexerRole-{number}"])
    assert rights != MUST["IndexerRole"]
    assert thing in rights[action]


def test_conditions_are_as_in_the_table(principals: dict[str, Principal]) -> None:
    """None is lost, and none comes without a word here."""
    assert {
        (name, statement["Sid"]): statement["Condition"]
        for name, principal in principals.items()
        for statement in principal.statements
        if "Condition" in statement
    } == CONDITIONS


def test_nobody_is_denied_or_given_the_rest(principals: dict[str, Principal]) -> None:
    """What moto takes for something else is not written: NotAction, NotResource, denials; all have a Sid."""
    for principal in principals.values():
        for statement in principal.statements:
            assert statement["Effect"] == "Allow"
            assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
            assert "Sid" in statement


def test_policies_of_others_are_as_in_the_table(principals: dict[str, Principal]) -> None:
    """AWS can change them without us."""
    assert {name: one.borrowed for name, one in principals.items() if one.borrowed} == BORROWED


# ---- What the bucket denies --------------------------------------------------------------------------------


@pytest.fixture
def denials(deployment: Deployment) -> dict[str, Any]:
    """By their Sids."""
    statements = deployment.bucket_policy("Bucket")
    return {statement["Sid"]: statement for statement in statements if statement["Effect"] == "Deny"}


def test_every_denial_is_in_the_table(denials: dict[str, Any]) -> None:
    """With whom it is for, and when: moto takes everybody for its principal, and any condition for met."""
    assert {
        name: (statement["Principal"], statement.get("Condition")) for name, statement in denials.items()
    } == {name: (principal, condition) for name, (_, principal, condition) in DENIES.items()}


@pytest.mark.parametrize("name", DENIES)
def test_a_denial_outranks_every_right(
    name: str, denials: dict[str, Any], account: GuardedAccount, sessions: dict[str, Session]
) -> None:
    """Tried by who may do everything else, for each action on each kind of object."""
    document = {"Version": "2012-10-17", "Statement": [as_moto_reads(denials[name])]}
    found = denied(account, sessions["Root"], document)
    if "NotResource" in denials[name]:
        found = {action: set(KEYS) - found.get(action, set()) for action in DENIED_ACTIONS}
    assert found == DENIES[name][0]


def as_moto_reads(statement: Any) -> Any:
    """It knows no NotResource: what it would deny of these as resources is then what is spared."""
    found = {key: value for key, value in statement.items() if key not in ("Condition", "NotResource")}
    return found | {"Resource": statement.get("NotResource", statement.get("Resource"))}


def denied(account: GuardedAccount, session: Session, document: Any) -> dict[str, set[str]]:
    """What is refused under this bucket policy."""
    session.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    try:
        found: dict[str, set[str]] = {}
        for action, key, attempt in attempts():
            if action in DENIED_ACTIONS and not attempt(session):
                found.setdefault(action, set()).add(key)
        return found
    finally:
        session.client("s3").delete_bucket_policy(Bucket=BUCKET)


def test_the_bucket_of_access_logs_denies_what_is_not_encrypted(
    deployment: Deployment, denials: dict[str, Any]
) -> None:
    """In the words that are tried above."""
    (said,) = [one for one in deployment.bucket_policy("AccessLogBucket") if one["Effect"] == "Deny"]
    expected = denials["OnlyOverTls"]
    assert said | {"Resource": None} == expected | {"Resource": None}
    bucket = said["Resource"][0]
    assert (said["Resource"], expected["Resource"]) == (
        [bucket, f"{bucket}/*"],
        [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    )
