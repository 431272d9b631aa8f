"""Starts the servers of a test run before anything reads the settings; the cast is in tests/."""

from __future__ import annotations

import django
import pytest

from tests import servers

servers.start()
django.setup()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the database, too, where the servers are kept."""
    config.option.reuse_db = config.option.reuse_db or servers.are_warm()


def pytest_unconfigure() -> None:
    """Stop the servers when the run is over, however it went."""
    servers.stop()
