"""What somebody copies who has just started a stack."""

import shlex
import sys
from pathlib import Path

from local.sample_project import SAMPLE
from local.stack import Stack

__all__ = ["environment_of", "instructions_for"]


def environment_of(stack: Stack) -> dict[str, str]:
    """The variables by which `serverless-pypi` finds the stack."""
    if stack.external:
        # Its key is not ours to tell. Where nothing but S3 answers, nobody can be asked for the account.
        way_in = {"SERVERLESS_PYPI_BUCKET": stack.bucket}
    else:
        way_in = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    url = stack.index_url_with_credential if stack.credential else stack.index_url
    return {"AWS_ENDPOINT_URL": stack.s3_endpoint, **way_in, "SERVERLESS_PYPI_INDEX_URL": url}


def instructions_for(stack: Stack) -> str:
    """Lines that work as they stand, in any shell of this machine."""
    key = "" if stack.external else "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
    url = stack.index_url_with_credential
    users = "" if stack.credential else "  (the users are those of auth/htpasswd in the bucket)\n"
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment_of(stack).items())
    return f"""
serverless-pypi runs on this machine. Stop it with Ctrl-C.

  index URL    {url}
{users}  S3 endpoint  {stack.s3_endpoint}
  bucket       {stack.bucket}

Publish the distributions in dist/, by the command or by the AWS CLI:

  export {variables}
  {_program("serverless-pypi")} publish dist/*

  {key}AWS_DEFAULT_REGION=us-east-1 {_program("aws")} --endpoint-url {stack.s3_endpoint} \\
    s3 cp dist/ s3://{stack.bucket}/incoming/ --recursive

Install from the index, with pip or with uv:

  python3 -m pip install --index-url {url} {SAMPLE}

  uv pip install --default-index {url} {SAMPLE}
"""


def _program(name: str) -> str:
    """One of those that were installed with us, which need not be on the path."""
    return shlex.quote(str(Path(sys.executable).with_name(name)))
