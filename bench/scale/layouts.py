"""Ways to lay the table of measurements out, each in its own schema, and what statements cost.

The product's own statements run in them: a schema's tables stand before those of `public`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.scale.filling import NOW, run

HASHES = 16
TABLES = ("measurements_measurement", "measurements_superseded")


@dataclass(frozen=True, slots=True)
class Layout:
    """A name, and how measurements are laid out: in one table, by month, by hash of indicator."""

    name: str
    words: str
    by: str = ""
    options: str = ""
    vacuum_at: float = 0.2  # share of dead rows at which autovacuum comes

    def build(self, days: int) -> None:
        """Empty tables like those of the product, with partitions for so many days."""
        run(f"CREATE SCHEMA {self.name}")
        for table in TABLES:
            run(
                f"CREATE TABLE {self.name}.{table} (LIKE public.{table} INCLUDING ALL)"
                + (f" {self.by}" if table == TABLES[0] else "")
            )
        for name, span in self.partitions(days):
            run(
                f"CREATE TABLE {self.name}.{name} PARTITION OF {self.name}.{TABLES[0]} "
                f"FOR VALUES {span}"
            )
        if self.options:
            run(f"ALTER TABLE {self.name}.{TABLES[0]} SET ({self.options})")

    def partitions(self, days: int) -> Iterator[tuple[str, str]]:
        """Names and bounds."""
        if "HASH" in self.by:
            for k in range(HASHES):
                yield f"part_{k}", f"WITH (MODULUS {HASHES}, REMAINDER {k})"
        elif "RANGE" in self.by:
            for start, end in months(days):
                yield f"month_{start:%Y_%m}", f"FROM ('{start}') TO ('{end}')"

    def use(self) -> None:
        """From now on statements mean these tables."""
        run(f"SET search_path = {self.name}, public")

    def drop(self) -> None:
        """Give the room back."""
        run("SET search_path = public")
        run(f"DROP SCHEMA {self.name} CASCADE")


ONE = Layout("one", "one table")
MONTHS = Layout("months", "by month", "PARTITION BY RANGE (at)")
HASHED = Layout("hashed", f"by indicator, {HASHES}", "PARTITION BY HASH (indicator_id)")


def months(days: int) -> Iterator[tuple[date, date]]:
    """First days of the months from so many days ago to half a year ahead, and of those after."""
    start = (NOW - timedelta(days=days)).date().replace(day=1)
    while start < (NOW + timedelta(days=200)).date():
        end = (start + timedelta(days=31)).replace(day=1)
        yield start, end
        start = end


def row(statement: str, *given: Any) -> tuple[Any, ...]:
    """The first row of what is asked."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchone() or ()


def sizes(schema: str, table: str) -> tuple[int, int]:
    """Bytes of a table and of its indexes, partitions included."""
    found = row(
        "SELECT sum(pg_table_size(part)), sum(pg_indexes_size(part)) FROM ("
        " SELECT %s::regclass AS part UNION SELECT relid FROM pg_partition_tree(%s::regclass)) t",
        f"{schema}.{table}",
        f"{schema}.{table}",
    )
    return int(found[0]), int(found[1])


@dataclass(slots=True)
class Cost:
    """What some work took: seconds on the clock, and seconds of processors."""

    seconds: float = 0.0
    busy: float = 0.0


@contextmanager
def cost() -> Iterator[Cost]:
    """Time work by the clock, and by the processor time of this process and its backend."""
    backend = backend_pid()
    found = Cost()
    begin, busy = time.perf_counter(), time.process_time() + processor_time(backend)
    yield found
    found.seconds = time.perf_counter() - begin
    found.busy = time.process_time() + processor_time(backend) - busy


def backend_pid() -> int:
    """The process that serves this connection."""
    from django.db import connection

    connection.ensure_connection()
    found: int = connection.connection.info.backend_pid
    return found


def processor_time(pid: int) -> float:
    """Seconds that a process has run, to the nanosecond where the kernel counts them so."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
