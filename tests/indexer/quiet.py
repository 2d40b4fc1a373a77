"""No log lines and no counts, where a batch is run ten thousand times."""

import logging

import pytest

__all__ = ["be_quiet"]


def be_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    monkeypatch.setattr("indexer.batch.count", lambda **_numbers: None)
