"""What `sam build` makes of the functions and the layer, before it goes to AWS."""

import ast
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCES = {
    "AuthenticatorFunction": "functions/authenticator",
    "IndexerFunction": "functions/indexer",
    "SimpleIndexLayer": "layers/simple_index",
}
PACKAGES = {
    "AuthenticatorFunction": "authenticator",
    "IndexerFunction": "indexer",
    "SimpleIndexLayer": "python/simple_index",
}

#: In the standard library of our oldest Python, but not in that of the runtime, 3.13 (PEP 594, PEP 632).
# fmt: off
GONE_FROM_RUNTIME = frozenset({
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp",
    "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd",
    "sunau", "telnetlib", "uu", "xdrlib",
})
# fmt: on

needs_lambda_like_machine = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="the bundle holds a library for Linux on x86_64",
)


def files(folder: Path) -> list[Path]:
    """Every file below *folder*."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and digest of every file below *folder*, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files(folder)
    }


def zipped_size(folder: Path, archive: Path) -> int:
    """Bytes of *folder* as sam would upload it."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in files(folder):
            target.write(path, path.relative_to(folder))
    return archive.stat().st_size


def imported(source: Path) -> Iterator[str]:
    """The module that each import statement of *source* names, wherever it stands."""
    for node in ast.walk(ast.parse(source.read_text(), filename=str(source))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def strangers(source: Path, friends: frozenset[str]) -> set[str]:
    """What *source* imports from neither the runtime's standard library nor *friends*."""
    known = (sys.stdlib_module_names - GONE_FROM_RUNTIME) | friends
    return {name for name in imported(source) if name.partition(".")[0] not in known}


def run_alone(code: str, *folders: Path, **variables: str) -> Any:
    """What *code* prints as JSON, where only *folders* and the standard library can be imported."""
    prologue = f"import sys; sys.path[:0] = {[str(folder) for folder in folders]!r}\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", prologue + code],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- All of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES)
def test_every_module_is_there(name: str, build: Path, repository: Path) -> None:
    """A bundle has each module of its folder, byte for byte, and no other; certificates too."""
    source = repository / SOURCES[name]
    package = source / "simple_index" if name == "SimpleIndexLayer" else source
    bundled = build / name / PACKAGES[name]

    def contents(folder: Path) -> dict[Path, bytes]:
        found = [path for suffix in ("*.py", "*.pem") for path in folder.rglob(suffix)]
        return {path.relative_to(folder): path.read_bytes() for path in found}

    assert contents(package) == contents(bundled)


@pytest.mark.parametrize("name", SOURCES)
def test_no_leftovers(name: str, build: Path) -> None:
    """No bytecode, tests, scripts or notes of the installer are shipped."""
    unwanted = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "Makefile", "requirements.txt"}
    found = [path.relative_to(build / name) for path in files(build / name)]

    assert found
    assert not [path for path in found if path.suffix == ".pyc" or path.name in unwanted]
    assert not [path for path in found if {"__pycache__", "bin", "tests"} & set(path.parts)]


@pytest.mark.parametrize("name", ["AuthenticatorFunction", "SimpleIndexLayer"])
def test_licences_stay(name: str, build: Path) -> None:
    """Each dependency comes with its licence."""
    distributions = list((build / name).rglob("*.dist-info"))

    assert distributions
    for distribution in distributions:
        assert [path for path in files(distribution) if "LICENSE" in path.name], distribution.name


@pytest.mark.parametrize("name", SOURCES)
def test_same_input_same_bytes(
    name: str, build: Path, repository: Path, sam_environment: dict[str, str], tmp_path: Path
) -> None:
    """A second build gives the same files and modes, whatever pip and the shell are configured to do."""
    scratch, artifacts = tmp_path / "scratch", tmp_path / "artifacts"
    shutil.copytree(repository / SOURCES[name], scratch, ignore=shutil.ignore_patterns("__pycache__"))
    before = contents(scratch)
    artifacts.mkdir()
    index = f"file://{tmp_path}/an-index-of-this-machine/simple"
    environment = sam_environment | {
        "ARTIFACTS_DIR": str(artifacts),
        "PIP_USER": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_EXTRA_INDEX_URL": f"{os.environ.get('PIP_EXTRA_INDEX_URL', '')} {index}",
    }
    done = subprocess.run(
        ["make", f"build-{name}"],
        cwd=scratch,
        env=environment,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert contents(artifacts) == contents(build / name)
    assert contents(scratch) == before
    traces = [str(tmp_path).encode(), sys.prefix.encode()]
    assert not [path for path in files(artifacts) if any(trace in path.read_bytes() for trace in traces)]


# ---- The authenticator's ----------------------------------------------------------------------


def test_edge_bundle_is_small(build: Path, tmp_path: Path, record_property: Any) -> None:
    """Zipped it is under 1 MB, which every version of Lambda@Edge's rules allows."""
    size = zipped_size(build / "AuthenticatorFunction", tmp_path / "edge.zip")
    record_property("edge bundle, zipped, bytes", size)

    assert size < 1_000_000


def test_edge_bundle_holds_our_folder_and_bcrypt(build: Path) -> None:
    """Nothing else stands at its top, and our folder holds modules alone."""
    bundle = build / "AuthenticatorFunction"
    names = {path.name for path in bundle.iterdir()}
    information = {name for name in names if name.startswith("bcrypt-") and name.endswith(".dist-info")}

    assert len(information) == 1
    assert names - information == {"authenticator", "bcrypt"}
    assert {path.suffix for path in files(bundle / "authenticator")} == {".py", ".pem"}
    assert [path.name for path in (bundle / "bcrypt").glob("*.so")] == ["_bcrypt.abi3.so"]


def test_edge_modules_import_nothing_else(build: Path) -> None:
    """Standard library, bcrypt and the folder itself, inside functions too."""
    modules = list((build / "AuthenticatorFunction" / "authenticator").glob("*.py"))
    friends = frozenset({"authenticator", "bcrypt"})

    assert {module.name: strangers(module, friends) for module in modules} == {
        module.name: set() for module in modules
    }


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("import boto3", {"boto3"}),
        ("def f():\n    from botocore.auth import SigV4Auth", {"botocore.auth"}),
        ("from simple_index import names", {"simple_index"}),
        ("from .. import indexer", {".."}),
        ("import crypt", {"crypt"}),
        ("import hmac, json.decoder\nfrom authenticator import routing\nimport bcrypt", set()),
    ],
)
def test_strangers_are_recognized(statement: str, found: set[str], tmp_path: Path) -> None:
    """The rule of the test above sees what it should, and no more."""
    module = tmp_path / "module.py"
    module.write_text(statement)

    assert strangers(module, frozenset({"authenticator", "bcrypt"})) == found


@needs_lambda_like_machine
def test_edge_handler_loads_no_aws_library(build: Path) -> None:
    """Importing the handler from the bundle alone works, and loads neither boto3 nor Powertools."""
    code = """
import json
import authenticator.handler
assert callable(authenticator.handler.handler)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    loaded = set(run_alone(code, build / "AuthenticatorFunction", AWS_REGION="eu-central-1"))

    assert "authenticator" in loaded
    assert not loaded & {"boto3", "botocore", "aws_lambda_powertools", "simple_index", "indexer"}


# ---- The indexer's, with its layer ------------------------------------------------------------


def test_layer_is_small(build: Path, tmp_path: Path, record_property: Any) -> None:
    """Without what boto3 says of 400 other services it is a few megabytes."""
    size = zipped_size(build / "SimpleIndexLayer", tmp_path / "layer.zip")
    record_property("layer, zipped, bytes", size)

    assert size < 4_000_000


def test_layer_suffices_for_s3(build: Path) -> None:
    """From the layer alone, an S3 client asks for a copy that overwrites nothing, and for a list in pages."""
    code = """
import json
import aws_lambda_powertools, boto3, packaging, simple_index
from botocore.awsrequest import AWSResponse

class Body:
    def stream(self):
        yield b"<CopyObjectResult/>"

sent = []
def answer(request, **rest):
    sent.append([request.url, request.headers["If-None-Match"].decode()])
    return AWSResponse(request.url, 200, {}, Body())

key = {"region_name": "us-east-1", "aws_access_key_id": "key", "aws_secret_access_key": "secret"}
client = boto3.client("s3", **key)
boto3.client("sqs", **key)
client.meta.events.register("before-send.s3.CopyObject", answer)
source = {"Bucket": "bucket", "Key": "incoming/file"}
client.copy_object(Bucket="bucket", Key="file", CopySource=source, IfNoneMatch="*")
client.get_paginator("list_objects_v2")
print(json.dumps(sent))
"""
    assert run_alone(code, build / "SimpleIndexLayer" / "python") == [
        ["https://bucket.s3.amazonaws.com/file", "*"]
    ]


def test_indexer_handler_imports_with_its_layer(build: Path) -> None:
    """The handler needs nothing but its bundle, its layer and the standard library."""
    code = """
import json
import indexer.handler
assert callable(indexer.handler.handler)
print(json.dumps([indexer.handler.__file__, indexer.handler.boto3.__file__]))
"""
    bundle, layer = build / "IndexerFunction", build / "SimpleIndexLayer" / "python"
    found = run_alone(code, bundle, layer, BUCKET="bucket", AWS_DEFAULT_REGION="us-east-1")

    assert found == [str(bundle / "indexer" / "handler.py"), str(layer / "boto3" / "__init__.py")]
