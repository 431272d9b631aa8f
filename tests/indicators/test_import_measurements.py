"""The command that brings files in: all or nothing, in flat memory, through the same core."""

from __future__ import annotations

import io
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Batch, Indicator, Measurement, Superseded
from teams.models import AuditEntry, Team, User
from tests.factories import make_indicator

pytestmark = pytest.mark.django_db
Write = Callable[..., str]


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*lines: str, header: str = "indicator,at,value", encoding: str = "utf-8") -> str:
        path = tmp_path / "values.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
        return str(path)

    return written


def run(*arguments: str, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_measurements", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_a_file_is_one_delivery_and_may_come_again(
    sales: Indicator, alice: User, write: Write
) -> None:
    file = write(*(f"sales,{1990 + k}-0{m},{k}.50" for k in range(30) for m in range(1, 10)))
    told, _ = run(file, "--user", "alice@example.org")
    assert "270 received: 270 created, 0 updated, 0 unchanged, 0 rejected." in told
    batch = Batch.objects.get()
    assert (batch.actor, batch.door, batch.label) == (alice, "command", "values.csv")
    assert AuditEntry.objects.get().detail["created"] == 270
    assert "270 unchanged" in run(file)[0]
    assert Measurement.objects.count() == 270 and not Superseded.objects.exists()


def test_a_file_in_parts_is_still_all_or_nothing(
    sales: Indicator, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indicators.management.commands.import_measurements.PART", 10)
    lines = [f"sales,{1990 + k},{k}" for k in range(30)]
    bad = write(
        *lines, "sales,soon,1", "nothing,2026,1", *(f"sales,{k},1" for k in range(100, 130))
    )
    with pytest.raises(CommandError, match=r"stored\. 62 received: 0 created.*32 rejected"):
        run(bad)
    assert not Measurement.objects.exists() and not Batch.objects.exists()
    told, complaints = run(bad, "--on-error", "skip")
    assert "30 created" in told and "32 rejected" in told
    assert "row 31, at:" in complaints and "row 32, indicator:" in complaints
    assert "… and 12 more." in complaints
    batch = Batch.objects.get()
    assert (batch.received, batch.created, batch.rejected) == (62, 30, 32)


def test_a_dry_run_stores_nothing(sales: Indicator, write: Write) -> None:
    told, _ = run(write("sales,2026,1"), "--dry-run")
    assert "1 created" in told and "dry run" in told and not Measurement.objects.exists()


def test_the_rights_of_the_person_hold(sales: Indicator, bob: User, write: Write) -> None:
    file = write("sales,2026,1")
    with pytest.raises(CommandError, match="1 rejected"):
        run(file, "--user", bob.email)
    with pytest.raises(CommandError, match=r"nobody@example\.org"):
        run(file, "--user", "nobody@example.org")
    assert "1 created" in run(file)[0]


def test_other_delimiters_and_standard_input(
    sales: Indicator, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("sales;2026;1.5", header="indicator;at;value")
    with pytest.raises(CommandError, match="unknown"):
        run(file)
    with pytest.raises(CommandError, match="one character"):
        run(file, "--delimiter", "||")
    assert "1 created" in run(file, "--delimiter", ";")[0]
    stdin = io.TextIOWrapper(io.BytesIO(b"at,indicator,value\n2025,sales,2\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert "1 created" in run("-")[0]


def test_what_cannot_be_read_is_said(sales: Indicator, write: Write) -> None:
    with pytest.raises(CommandError, match="cannot be opened"):
        run("no-such-file.csv")
    with pytest.raises(CommandError, match="cannot be read"):
        run(write("sales,2026,1", "sales,2025,é", encoding="latin-1"))
    with pytest.raises(CommandError, match="no column “at”"):
        run(write("sales,1", header="indicator,value"))
    assert not Measurement.objects.exists()


def test_memory_does_not_grow_with_the_file(
    sales: Indicator, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indicators.management.commands.import_measurements.PART", 500)
    peaks = []
    for year, rows in ((2020, 2_000), (2021, 20_000)):
        minutes = (k * 10 for k in range(rows))
        start = datetime(year, 1, 1, tzinfo=UTC)
        file = write(*(f"sales,{(start + timedelta(minutes=m)).isoformat()},1" for m in minutes))
        tracemalloc.start()
        run(file)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert Measurement.objects.count() == 22_000
    assert peaks[1] < 1.2 * peaks[0] + 100_000
