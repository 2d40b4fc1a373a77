"""The local stack as a process, and the clients that people use, cut off from this machine's settings."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["COMMAND", "OLD_PIP", "REPOSITORY", "Finished", "Road", "clean_environment", "run_road"]

REPOSITORY = Path(__file__).parents[2]
OLD_PIP = REPOSITORY / ".venv" / "old-pip"
_BIN = Path(sys.executable).parent
#: Installed beside this Python.
COMMAND = _BIN / "serverless-pypi"
_FOREIGN = re.compile(
    r"(PIP|UV|AWS|PYTHON|VIRTUAL_ENV|NETRC|XDG|SERVERLESS_PYPI|POETRY|PDM|HATCH|TWINE|FLIT|KEYRING|WORKON|CONDA|CI$)"
)

Finished = subprocess.CompletedProcess[str]


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a client that nobody has configured."""
    kept = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
    return {**kept, "HOME": str(home), "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", **more}


@dataclass(frozen=True, kw_only=True)
class Road:
    """A running stack, from one end to the other."""

    process: subprocess.Popen[str]
    home: Path
    printed: str
    username: str
    password: str
    #: Scheme, host and port.
    origin: str
    s3_endpoint: str
    bucket: str

    @property
    def index_url(self) -> str:
        return self.url_for(f"{self.username}:{self.password}")

    def url_for(self, credential: str | None) -> str:
        prefix = f"{credential}@" if credential else ""
        return self.origin.replace("://", f"://{prefix}") + "/simple/"

    def aws(self, *arguments: str) -> Finished:
        """The real AWS CLI."""
        return self._run(
            [str(_BIN / "aws"), "--endpoint-url", self.s3_endpoint, *arguments],
            AWS_ACCESS_KEY_ID="local",
            AWS_SECRET_ACCESS_KEY="local",
            AWS_DEFAULT_REGION="us-east-1",
        )

    def copy_in(self, source: Path, to: str = "incoming/", *options: str) -> None:
        done = self.aws("s3", "cp", str(source), f"s3://{self.bucket}/{to}", *options)
        assert done.returncode == 0, done.stderr

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        with self._s3() as s3:
            s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def remove(self, key: str) -> None:
        with self._s3() as s3:
            s3.delete_object(Bucket=self.bucket, Key=key)

    def read(self, key: str) -> bytes:
        """An object, from the bucket; nothing where there is none."""
        with self._s3() as s3:
            try:
                return s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except s3.exceptions.NoSuchKey:
                return b""

    def pip(
        self, *arguments: str, target: Path, index_url: str | None = None, retries: int | None = None
    ) -> Finished:
        """The newest pip, installing into *target*."""
        install = _pip_install(target, index_url or self.index_url)
        if retries is not None:
            install += ["--retries", str(retries)]
        return self._run([sys.executable, *install, *arguments])

    def old_pip(self, *arguments: str, target: Path) -> Finished:
        """A pip that reads nothing but HTML."""
        return self._run(
            [sys.executable, *_pip_install(target, self.index_url), *arguments], PYTHONPATH=str(OLD_PIP)
        )

    def uv(
        self, *arguments: str, target: Path, index_url: str | None = None, retries: int | None = None
    ) -> Finished:
        """The newest uv, installing into *target*."""
        url = index_url or self.index_url
        install = ["pip", "install", "--no-cache", "--python", sys.executable]
        return self._run(
            [str(_BIN / "uv"), *install, "--target", str(target), "--default-index", url, *arguments],
            **({} if retries is None else {"UV_HTTP_RETRIES": str(retries)}),
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What a viewer with the credential gets."""
        return self._request("GET", path, (self.username, self.password), headers)

    def get_as(self, credential: tuple[str, str] | None, path: str) -> httpx.Response:
        return self._request("GET", path, credential, {})

    def head(self, path: str, **headers: str) -> httpx.Response:
        return self._request("HEAD", path, (self.username, self.password), headers)

    def files(self, project: str) -> list[str]:
        """The filenames on a project's JSON page; none where there is no page."""
        page = self.get(f"/simple/{project}/", accept="application/vnd.pypi.simple.v1+json")
        return [file["filename"] for file in page.json()["files"]] if page.status_code == 200 else []

    def keys(self, prefix: str) -> list[str]:
        listed = self.aws("s3", "ls", "--recursive", f"s3://{self.bucket}/{prefix}")
        return [line.split(maxsplit=3)[3] for line in listed.stdout.splitlines()]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it has not come true"
            time.sleep(0.05)

    def _request(
        self, method: str, path: str, auth: tuple[str, str] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=20) as client:
            request = client.build_request(method, self.origin + path, headers=dict(headers))
            return client.send(request, auth=auth)

    @contextmanager
    def _s3(self) -> "Iterator[S3Client]":
        client = boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.s3_endpoint,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        try:
            yield client
        finally:
            client.close()

    def _run(self, command: list[str], **environment: str) -> Finished:
        return subprocess.run(
            command,
            env=clean_environment(self.home, **environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )


def _pip_install(target: Path, index_url: str) -> list[str]:
    return [
        "-m",
        "pip",
        "install",
        "--no-cache-dir",
        "--no-input",
        "--target",
        str(target),
        "--index-url",
        index_url,
    ]


@contextmanager
def run_road(home: Path, *options: str, **environment: str) -> Iterator[Road]:
    """`serverless-pypi local serve`, until the block ends; it must then end cleanly."""
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [COMMAND, "local", "serve", *options],
            cwd=REPOSITORY,
            env=clean_environment(home, **environment),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield _read_instructions(process, home)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()


def _read_instructions(process: subprocess.Popen[str], home: Path) -> Road:
    assert process.stdout is not None
    printed = ""
    while "uv pip install" not in printed:
        line = process.stdout.readline()
        assert line, f"it ended: {printed}\n{(home / 'log').read_text()}"
        printed += line
    url = re.search(r"index URL +(http)://([^:]+):([^@]+)@(\S+)/simple/", printed)
    endpoint = re.search(r"S3 endpoint +(\S+)", printed)
    bucket = re.search(r"bucket +(\S+)", printed)
    assert url is not None
    assert endpoint is not None
    assert bucket is not None
    return Road(
        process=process,
        home=home,
        printed=printed,
        username=url[2],
        password=url[3],
        origin=f"http://{url[4]}",
        s3_endpoint=endpoint[1],
        bucket=bucket[1],
    )
