"""What is published before anybody asks: the sample, or a folder of distributions."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from local.sample_project import build_sample
from local.stack import Stack

__all__ = ["publish_first"]


def publish_first(stack: Stack, folder: Path | None, say: Callable[[str], None]) -> None:
    """Publish the distributions in *folder*, and the sample, and wait until the index has them.

    Raises `NoDistributionsError` and `NotIndexedError`.
    """
    if folder is not None:
        names = stack.publish(folder)
        say(f"Publishing {len(names)} distributions from {folder} …")
    say("Publishing the sample project …")
    with tempfile.TemporaryDirectory() as built:
        build_sample(Path(built))
        stack.publish(Path(built))
    stack.wait_until_indexed()
