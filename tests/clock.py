"""The clock of the tests: it stands still, and shows the same instant on every day of the year.

`pytest --clock 2028-02-29T23:30Z` shows another one to all tests but those that are about given
days, which say so with `@pytest.mark.at("2026-11-21T12:00Z")`, and those of whole installations,
whose processes read the real clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday


def now() -> datetime:
    """Return what the clock shows to this test."""
    return datetime.now(UTC)


@contextmanager
def standing(item: pytest.Item) -> Iterator[None]:
    """Stop the clock where the test wants it, or where the command line says."""
    if item.get_closest_marker("e2e"):
        yield
        return
    wanted = item.get_closest_marker("at")
    shown = wanted.args[0] if wanted else item.config.getoption("clock")
    with time_machine.travel(datetime.fromisoformat(shown), tick=False):
        yield
