"""The command without a process of its own: the same `main`, where starting Python is not what is tested."""

import contextlib
import io
import os
import signal
import subprocess
from pathlib import Path
from unittest import mock

from serverless_pypi.command import main
from tests.cli.running import Command, stack_environment
from tests.road.road import Finished, clean_environment

__all__ = ["CommandHere"]


class CommandHere(Command):
    """As a `Command`: environment, working folder and the three streams are those of the one who runs it."""

    def __call__(self, *arguments: str | Path, typed: str = "", **environment: str) -> Finished:
        out, err = io.StringIO(), io.StringIO()
        variables = clean_environment(self.home, **{**stack_environment(self.road), **environment})
        on_terminate = signal.getsignal(signal.SIGTERM)
        with (
            mock.patch.dict(os.environ, variables, clear=True),
            mock.patch("sys.stdin", io.StringIO(typed)),
            contextlib.chdir(self.home),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as error:
                code = int(error.code or 0)
            finally:
                signal.signal(signal.SIGTERM, on_terminate)
        return subprocess.CompletedProcess(list(arguments), code, out.getvalue(), err.getvalue())
