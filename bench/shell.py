"""How fast `import_measurements` takes a file of 100 MB in, of the speed of a bare COPY of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SERIES = 1000
BYTES = 100_000_000
SMALL = 5_000_000  # of a file whose import shows how much memory the length does not take
START = datetime(2010, 1, 1, tzinfo=UTC)
write = sys.stdout.write


def main() -> None:
    """Print seconds, rows a second, the share of COPY, and the most memory that was held."""
    prepare()
    write("import_measurements: a file of canonical lines, nothing known before\n")
    with tempfile.TemporaryDirectory() as folder:
        path, bare = Path(folder, "values.csv"), Path(folder, "bare.csv")
        for size, first in ((SMALL, START), (BYTES, START + timedelta(days=3650))):
            count = make(path, bare, size, first)
            copied = count / raw_copy(bare)
            begin = time.perf_counter()
            most = imported(path)
            taken = count / (time.perf_counter() - begin)
            write(
                f"  {size / 1e6:>4.0f} MB, {count:>9,} rows: {taken:>8,.0f} rows/s, "
                f"{taken / copied:.2f} of COPY ({copied:,.0f}), at most {most:.0f} MB held\n"
            )


def prepare() -> None:
    """A team with many series."""
    from indicators.models import Indicator
    from teams.models import Team

    team = Team.objects.create(name="Shell", slug="shell")
    for k in range(SERIES):
        Indicator.objects.create(key=f"shell-{k}", name=f"Series {k}", team=team, state="active")


def make(path: Path, bare: Path, size: int, first: datetime) -> int:
    """Write a file of about that many bytes, and its rows with bare numbers; returns how many."""
    count = 0
    with path.open("w", encoding="ascii") as file, bare.open("w", encoding="ascii") as other:
        file.write("indicator,at,value\n")
        other.write("indicator,at,value\n")
        for line in lines(first):
            file.write(f"shell-{line}")
            other.write(line)
            count += 1
            if count % SERIES == 0 and file.tell() >= size:
                break
    return count


def lines(first: datetime) -> Iterator[str]:
    """One value of every series each hour, without end."""
    hour = 0
    while True:
        at = (first + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for k in range(SERIES):
            yield f"{k},{at},{hour * 1.25 + k}\n"
        hour += 1


def raw_copy(path: Path) -> float:
    """Seconds of one bare COPY of the same rows, by number, into a table with a primary key."""
    from django.db import connection

    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute("DROP TABLE IF EXISTS bench_shell")
        cursor.execute(
            "CREATE TABLE bench_shell (indicator bigint, at timestamptz, value numeric,"
            " PRIMARY KEY (indicator, at))"
        )
        begin = time.perf_counter()
        cursor.copy_expert("COPY bench_shell FROM STDIN (FORMAT csv, HEADER)", file)
        taken = time.perf_counter() - begin
        cursor.execute("DROP TABLE bench_shell")
        return taken


def imported(path: Path) -> float:
    """Import the file in a process of its own; the most megabytes that it held."""
    manage = Path(__file__).parents[1] / "manage.py"
    program = [sys.executable, str(manage), "import_measurements", str(path)]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the import failed")
    return usage.ru_maxrss / 1000
