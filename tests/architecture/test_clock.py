"""No test depends on the day, the hour or the shell in which it runs."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from tests import clock, servers, shifted

TESTS = Path(__file__).resolve().parents[1]
READING = re.compile(r"(?:timezone\.now|datetime\.(?:utc)?now|date(?:time)?\.today|time\.time)\(")
# These drive whole installations, whose processes read the real clock.
REAL = {
    "browser/test_empty_installation.py",
    "browser/test_journey.py",
    "journeys/test_derived.py",
    "journeys/test_nhs_push.py",
}
OURS = {"architecture/test_clock.py", "clock.py"}


def test_no_test_reads_the_clock_for_itself() -> None:
    reading = {
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if READING.search(path.read_text("utf-8"))
    }
    assert reading == REAL | OURS


def test_the_clock_shows_what_the_command_line_says(request: pytest.FixtureRequest) -> None:
    shown = datetime.fromisoformat(request.config.getoption("clock"))
    assert (clock.now(), timezone.now(), date.today()) == (shown, shown, shown.date())  # noqa: DTZ011


@pytest.mark.at("2027-10-31T00:59:30Z")
def test_a_test_of_given_days_has_a_clock_of_its_own() -> None:
    assert clock.now() == timezone.now() == datetime(2027, 10, 31, 0, 59, 30, tzinfo=UTC)


def test_nothing_of_the_shell_is_left() -> None:
    misled = {name for name, value in shifted.HOSTILE.items() if os.environ.get(name) == value}
    assert misled == {"KPITRACK_DEMO"}  # ours is 0 as well
    assert settings.BASE_URL == "http://127.0.0.1:8000"


def test_what_programs_need_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "environ", {"PATH": "/bin", "PYTHONPATH": "x", "PATHS": "", "PORT": "1"}
    )
    servers.forget_the_shell()
    assert os.environ == {"PATH": "/bin", "PYTHONPATH": "x"}
