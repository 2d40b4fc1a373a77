"""No log lines and no counts, where a batch is run ten thousand times."""

import logging

import pytest

from indexer.telemetry import logger

__all__ = ["be_quiet"]


def be_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not logging's own switch: loggers remember what it was, and would say nothing in the tests after these.
    monkeypatch.setattr(logging.getLogger(logger.name), "disabled", True)
    monkeypatch.setattr("indexer.batch.count", lambda **_numbers: None)
