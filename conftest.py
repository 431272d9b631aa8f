"""Starts the servers of a test run before anything reads the settings; the cast is in tests/."""

from __future__ import annotations

import django

from tests import servers

servers.start()
django.setup()


def pytest_unconfigure() -> None:
    """Stop the servers when the run is over, however it went."""
    servers.stop()
