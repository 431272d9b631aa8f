"""The command that brings files in: all or nothing, in flat memory, through the same core."""

from __future__ import annotations

import io
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from indicators.models import Indicator
from measurements.files import bringing, jobs
from measurements.files.outcome import UploadOutcome
from measurements.models import Batch, Measurement, Superseded, Upload
from teams.models import AuditEntry, Team, User
from tests.factories import make_indicator
from tests.measurements.sheets.build import ods_of

pytestmark = pytest.mark.django_db
Write = Callable[..., str]


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
    monkeypatch.setattr("measurements.management.commands.import_measurements.PART", 10)
    lines = [f"sales,{1990 + k},{k}" for k in range(30)]
    bad = write(
        *lines, "sales,soon,1", "nothing,2026,1", *(f"sales,{k},1" for k in range(100, 130))
    )
    with pytest.raises(CommandError, match=r"stored\. 62 received: 0 created.*32 rejected"):
        run(bad)
    assert not Measurement.objects.exists()
    batch = Batch.objects.get()
    assert (batch.refused, batch.label, batch.received) == (True, "values.csv", 62)
    assert batch.rejected == 32
    assert batch.reason.startswith("32 values refused. Line 32, at: “soon”")
    told, complaints = run(bad, "--on-error", "skip")
    assert "30 created" in told and "32 rejected" in told
    assert "line 32, at:" in complaints and "line 33, indicator:" in complaints
    assert "… and 12 more." in complaints
    batch = Batch.objects.get(refused=False)
    assert (batch.received, batch.created, batch.rejected) == (62, 30, 32)


def test_a_dry_run_stores_nothing(sales: Indicator, write: Write) -> None:
    told, _ = run(write("sales,2026,1"), "--dry-run")
    assert "1 created" in told and "dry run" in told and not Measurement.objects.exists()
    with pytest.raises(CommandError, match=r"Nothing was stored"):
        run(write("sales,soon,1"), "--dry-run")
    assert not Batch.objects.exists()


def test_the_rights_of_the_person_hold(sales: Indicator, bob: User, write: Write) -> None:
    file = write("sales,2026,1")
    with pytest.raises(CommandError, match="1 rejected"):
        run(file, "--user", bob.email)
    with pytest.raises(CommandError, match=r"nobody@example\.org"):
        run(file, "--user", "nobody@example.org")
    assert "1 created" in run(file)[0]


def test_standard_input_is_read_like_a_file(
    sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"at,indicator,value\n2025,sales,2\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert "1 created" in run("-")[0]


@pytest.mark.parametrize(
    ("header", "line", "encoding"),
    [
        ("indicator;at;value", "sales;2026-01;1234,50", "utf-8"),
        ("KPI\tMonth\tValue", "SALES\tJan 2026\t1.234,50", "utf-16"),
        ("Datum;Sales;Größe", "01.01.2026;1.234,50;", "cp1252"),
        ("KPI|2025-12|2026-01", "sales||1 234.50", "utf-8-sig"),
    ],
)
def test_tables_as_people_keep_them(
    sales: Indicator, write: Write, header: str, line: str, encoding: str
) -> None:
    told, _ = run(write(line, header=header, encoding=encoding))
    assert "1 created" in told and "The names of the columns stand in line 1." in told
    assert Measurement.objects.get().value == Decimal("1234.50")
    assert f"{Measurement.objects.get().at:%Y-%m}" in ("2025-12", "2026-01")


def test_workbooks_are_read(sales: Indicator, tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.append(["See the other sheet"])
    for name, values in (("2025", [0.1 + 0.2]), ("2026", [1, 2])):
        sheet = workbook.create_sheet(name)
        sheet.append(["Date", "Sales"])
        for month, value in enumerate(values, start=1):
            sheet.append([datetime(int(name), month, 1), value])  # noqa: DTZ001
    workbook.save(path := str(tmp_path / "values.xlsx"))
    told, _ = run(path)
    assert "1 created" in told and "“2025” is read" in told
    assert Measurement.objects.get().value == Decimal("0.3")
    assert "2 created" in run(path, "--sheet", "2026")[0]


def test_a_spreadsheet_of_libreoffice_is_read(sales: Indicator, tmp_path: Path) -> None:
    path = tmp_path / "values.ods"
    path.write_bytes(ods_of(["indicator", "at", "value"], ["sales", "2026-01", "5"]))
    assert "1 created" in run(str(path))[0]
    assert Measurement.objects.get().value == 5


@pytest.mark.parametrize(
    ("header", "line", "says", "option"),
    [
        ("indicator;at;value", "sales;2026;1,234", "--decimal ,  A comma: “1,234” is 1.234", ","),
        ("at,sales", "03/04/2026,5", "--dates mdy  Month, day, year", "mdy"),
        ("at,value", "2026,5", "--indicator sales  Sales", "sales"),
    ],
)
def test_what_is_open_is_asked_by_the_name_of_its_option(
    sales: Indicator, red_team: Team, write: Write, header: str, line: str, says: str, option: str
) -> None:
    make_indicator(red_team, "other")
    file = write(line, header=header)
    with pytest.raises(CommandError, match="nothing was stored") as refusal:
        run(file)
    assert says in str(refusal.value) and not Measurement.objects.exists()
    assert "1 created" in run(file, says.split(maxsplit=1)[0], option)[0]


def test_columns_can_be_named(sales: Indicator, write: Write) -> None:
    file = write("5,2026-01-01,x,sales,7", header="A,B,C,D,E")
    with pytest.raises(CommandError, match="Say --column NAME=ROLE; the columns are A, B, C, D, E"):
        run(file)
    told, _ = run(file, "--column", "e=value", "--column", "3=note")
    assert "1 created" in told and "Left out: “A”." in told
    measured = Measurement.objects.get()
    assert (measured.value, measured.note) == (Decimal(7), "x")
    run(file, "--column", "A=key:sales")
    measured.refresh_from_db()
    assert measured.value == Decimal(5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--delimiter", "||"], "one character"),
        (["--column", "value"], "NAME=ROLE"),
        (["--column", "price=value"], "no column “price”; there are “indicator”, “at”, “value”"),
        (["--column", "value=price"], "'price'"),
        (["--indicator", "nothing", "--column", "indicator="], "no indicator “nothing”"),
        (["--sheet", "x", "--header", "9"], "Which column holds the date"),
        (["--layout", "periods"], "Which columns are periods"),
    ],
)
def test_choices_that_cannot_be_are_refused(
    sales: Indicator, write: Write, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(write("sales,2026,1"), *arguments)
    assert not Measurement.objects.exists()


def test_delimiters_and_headers_may_be_said(sales: Indicator, write: Write) -> None:
    assert "1 created" in run(write("sales\t2026\t1", header=""), "--delimiter", "tab")[0]
    file = write("sales;2025;1", header="sales;2024;1")
    assert "2 created" in run(file, "--header", "0", "--delimiter", ";")[0]
    assert "1 unchanged" in run(file, "--header", "1", "--layout", "long")[0]


def test_what_cannot_be_read_is_said(sales: Indicator, write: Write, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be opened"):
        run("no-such-file.csv")
    with pytest.raises(CommandError, match=r"cannot be read.*The file is not UTF-8"):
        run(write("sales,2026,1", "é,2025,1", encoding="latin-1"), "--encoding", "utf-8")
    with pytest.raises(CommandError, match="Which column holds the date"):
        run(write("sales,1", header="indicator,value"))
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04broken")
    with pytest.raises(CommandError, match=r"broken\.xlsx cannot be read.*damaged"):
        run(str(tmp_path / "broken.xlsx"))
    assert not Measurement.objects.exists()
    told = [(batch.refused, batch.reason[:18]) for batch in Batch.objects.all()]
    assert told == [(True, "It cannot be read:")] * 2, "what is asked is no refusal"


def test_a_question_that_comes_late_stores_nothing(
    sales: Indicator, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("measurements.files.source.MAX_BYTES", 1_000)
    monkeypatch.setattr("measurements.files.source.SNIFFED_BYTES", 1_000)
    lines = [f"sales;2020-01-01T00:{k // 60:02}:{k % 60:02}Z;5" for k in range(3000)]
    with pytest.raises(CommandError, match="nothing was stored: Choose which mark"):
        run(write(*lines, "sales;2021;1,234", header="indicator;at;value"), "--dry-run")
    assert not Batch.objects.exists()
    with pytest.raises(CommandError, match="nothing was stored: Choose which mark"):
        run(write(*lines, "sales;2021;1,234", header="indicator;at;value"))
    assert not Measurement.objects.exists()
    batch = Batch.objects.get()
    assert batch.refused and batch.reason.startswith("It cannot be read: Choose which mark")
    assert (batch.door, batch.label, batch.received) == ("command", "values.csv", 0)


def test_progress_is_shown_where_somebody_watches(sales: Indicator, write: Write) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    file = write("sales,2026,1", "sales,2025,1")
    call_command("import_measurements", file, stdout=io.StringIO(), stderr=shown)
    assert f"[{'#' * 24}] 100% 2 rows" in shown.getvalue()


def test_memory_does_not_grow_with_the_file(
    sales: Indicator, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("measurements.management.commands.import_measurements.PART", 500)
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


def test_the_zone_of_times_without_an_offset_may_be_said(sales: Indicator, write: Write) -> None:
    file = write("sales,2026-11-20 10:00,5")
    told, _ = run(file, "--timezone", "America/New_York")
    assert "Times without an offset from UTC are of America/New_York." in told
    assert Measurement.objects.get().at == datetime(2026, 11, 20, 15, tzinfo=UTC)
    with pytest.raises(CommandError, match="no choice for “zone”"):
        run(file, "--timezone", "Mars/Olympus")


def test_months_without_a_year_need_one(sales: Indicator, write: Write) -> None:
    file = write("Sales,1,2,3", header="KPI,Nov,Dec,Jan")
    with pytest.raises(CommandError, match=r"Of which year is “Nov”\? Say --year\."):
        run(file)
    run(file, "--year", "2025")
    days = Measurement.objects.order_by("at").values_list("at", flat=True)
    assert [f"{day:%Y-%m}" for day in days] == ["2025-11", "2025-12", "2026-01"]


CONTRADICTING = [
    "sales,2001-01-01,1",
    "sales,2002-01-01,2.50",
    *(f"sales,{1980 + k // 12}-{k % 12 + 1:02},1" for k in range(90)),
    "sales,2002,2.5",  # another spelling of the time and of the number
    "sales,2001,7",  # another spelling of the time, with another number
    "sales,2003,3",
]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("measurements.management.commands.import_measurements.PART", 10)
    monkeypatch.setattr("measurements.files.jobs.PART", 10)


def test_lines_that_contradict_each_other_far_apart_store_nothing(
    sales: Indicator, write: Write, small_parts: None
) -> None:
    with pytest.raises(CommandError, match=r"Nothing was stored.*95 received.*1 rejected"):
        run(write(*CONTRADICTING))
    assert not Measurement.objects.exists()
    assert "another value for the same indicator and time" in Batch.objects.get().reason


@pytest.mark.usefixtures("small_parts")
def test_command_and_browser_agree_on_contradictions(
    sales: Indicator, carl: User, write: Write, now: datetime
) -> None:
    file = write(*CONTRADICTING)
    told, complaints = run(file, "--on-error", "skip", "--dry-run")
    assert "95 received: 93 created, 0 updated, 1 unchanged, 1 rejected" in told
    assert complaints.startswith("line 95, at: Another row of this delivery has another value")
    upload = bringing.bring(Path(file).read_bytes(), name="values.csv", user=carl, now=now)
    assert jobs.commit(upload, on_error="skip", request_id="", now=now)
    assert jobs.take_next(now)
    tally = UploadOutcome.of(Upload.objects.get()).tally
    assert tally is not None
    counts = (tally.received, tally.created, tally.updated, tally.unchanged, tally.rejected)
    assert counts == (95, 93, 0, 1, 1)
    assert Measurement.objects.get(at__year=2001).value == 1


def test_notes_that_contradict_each_other_far_apart_are_refused(
    sales: Indicator, write: Write, small_parts: None
) -> None:
    months = [f"sales,{1980 + k // 12}-{k % 12 + 1:02},1," for k in range(90)]
    lines = ["sales,2001,1,", *months, "sales,2001,1,strike", *months, "sales,2001,1,holiday"]
    told, complaints = run(write(*lines, header="indicator,at,value,note"), "--on-error", "skip")
    assert "1 rejected" in told and complaints.startswith("line 184, note: ")
    assert Measurement.objects.get(at__year=2001).note == "strike"
