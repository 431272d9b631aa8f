"""One table or partitions, retention, and what constant re-sending and corrections leave behind."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.scale.filling import AT_ONCE, INDICATORS, NOW, copy, run
from bench.scale.layouts import HASHED, MONTHS, ONE, TABLES, Cost, Layout, cost, row, sizes

LAYOUTS = (ONE, MONTHS, HASHED)
SERIES = 1_000  # indicators of one delivery
BATCH = 5_000
BATCHES = 12
READS = 30
CHURN = 20  # the table that is corrected again and again has a share of one in so many
TIMES = 50
WINDOW = 0.05  # share of the rows, the newest, that comes in again
DELIVERIES = 5_000
VARIANTS = (
    ONE,
    Layout("filled", "fillfactor 90", options="fillfactor = 90"),
    Layout("swept", "vacuum at 2 % dead", vacuum_at=0.02),
)

Costs = dict[str, list[Cost]]


def main(stages: Sequence[int]) -> None:
    """The layouts at the largest size, then the life of rows, then what deliveries leave."""
    rows = max(stages)
    days = rows // INDICATORS
    compare_layouts(days)
    for again in (False, True):
        churn(rows // CHURN // INDICATORS, corrections=again)
    deliveries()


def compare_layouts(days: int) -> None:
    """Fill, write, read, and give up a month, in each layout."""
    say(f"\nlayouts: {days * INDICATORS:,} rows, {INDICATORS:,} indicators of {days:,} days")
    say(f"{'':<42}" + "".join(f"{one.words:>28}" for one in LAYOUTS))
    ONE.build(days)
    ONE.use()
    fill(days)
    for layout in LAYOUTS[1:]:
        layout.build(days)
        run(f"INSERT INTO {layout.name}.{TABLES[0]} SELECT * FROM {ONE.name}.{TABLES[0]}")  # noqa: S608
    for layout in LAYOUTS:
        run(f"VACUUM (ANALYZE) {layout.name}.{TABLES[0]}")
    found = [sizes(layout.name, TABLES[0]) for layout in LAYOUTS]
    tell("table, index (MB)", [f"{a / 1e6:,.0f}, {b / 1e6:,.0f}" for a, b in found])
    writes()
    for words, statement in READING.items():
        reads(words, statement, days)
    retire_month(days)
    for layout in LAYOUTS:
        layout.drop()


def fill(days: int) -> None:
    """Day by day across all indicators, as collectors send them."""
    text: list[str] = []
    for back in range(days, 0, -1):
        tail = (
            f"\t{(NOW - timedelta(days=back)).isoformat()}\t{{}}\t\\N\t\\N\t\t{NOW.isoformat()}\t1"
        )
        before, after = tail.split("{}")
        text += [f"{pk}{before}{pk * 7 % 9973}.{back % 97:02}{after}\n" for pk in indicators()]
        if len(text) >= AT_ONCE:
            copy(text)
            text.clear()
    copy(text)


def indicators() -> range:
    """The numbers of the indicators; there need be none, because nothing refers to them."""
    return range(1, INDICATORS + 1)


def writes() -> None:
    """New points through the product's own writing, in turns."""
    from django.db import transaction

    from measurements import storage
    from measurements.row import Accepted

    found: Costs = {}
    for number in range(BATCHES):
        ats = [NOW + timedelta(days=number, hours=k) for k in range(BATCH // SERIES)]
        start = number * SERIES % INDICATORS + 1
        batch = [
            Accepted(pk, at, f"{pk}.5", None, None, "")
            for pk in range(start, start + SERIES)
            for at in ats
        ]
        for layout in LAYOUTS:
            layout.use()
            with cost() as took, transaction.atomic():
                storage.store(batch, batch_id=1, now=datetime.now(UTC))
            found.setdefault(layout.name, []).append(took)
    tell(f"{BATCH:,} new points of {SERIES:,} series", spent(found))


READING = {
    "a whole series": "ORDER BY at",
    "its last year": "AND at >= now() - interval '1 year' ORDER BY at",
    "its newest 50": "ORDER BY at DESC LIMIT 50",
}


def reads(words: str, condition: str, days: int) -> None:
    """One series, in turns."""
    from django.db import connection

    found: Costs = {}
    for number in range(READS):
        pk = number * 163 % INDICATORS + 1
        for layout in LAYOUTS:
            layout.use()
            with cost() as took, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT at, value, numerator, denominator FROM measurements_measurement"  # noqa: S608
                    f" WHERE indicator_id = %s {condition}",
                    [pk],
                )
                cursor.fetchall()
            found.setdefault(layout.name, []).append(took)
    tell(f"{words} of {days:,}", spent(found))


def retire_month(days: int) -> None:
    """The oldest whole month: a dropped partition, or a DELETE and the VACUUM it needs."""
    first = (NOW - timedelta(days=days)).replace(day=1)
    start = (first + timedelta(days=31)).replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1)

    def delete(layout: Layout) -> str:
        return f"DELETE FROM {layout.name}.{TABLES[0]} WHERE at >= '{start}' AND at < '{end}'"  # noqa: S608

    drop = f"DROP TABLE {MONTHS.name}.month_{start:%Y_%m}"
    tell("a month is given up", [once(delete(ONE)), once(drop), once(delete(HASHED))])
    vacuums = [once(f"VACUUM {layout.name}.{TABLES[0]}") for layout in (ONE, HASHED)]
    tell("VACUUM after it", [vacuums[0], "-", vacuums[1]])


def once(statement: str) -> str:
    """The time of one statement, in words."""
    with cost() as took:
        run(statement)
    return f"{took.seconds * 1000:,.0f} ms"


def spent(found: Costs) -> list[str]:
    """Medians: on the clock, and of processors."""
    return [
        f"{statistics.median(one.seconds for one in costs) * 1000:.1f} ms"
        f" ({statistics.median(one.busy for one in costs) * 1000:.1f} busy)"
        for costs in found.values()
    ]


def churn(days: int, *, corrections: bool) -> None:
    """The newest rows sent again and again, unchanged or corrected; vacuum comes as it would."""
    what = "corrected" if corrections else "sent again unchanged"
    window = max(round(days * WINDOW), 1)
    say(
        f"\n{days * INDICATORS:,} rows, the newest {window * INDICATORS:,} {what} {TIMES} times"
        f"\n{'':<22}{'table MB':>16}{'index MB':>16}{'history MB':>14}{'updates':>12}{'HOT':>7}"
        f"{'WAL MB':>10}{'vacuums':>9}{'rows/s':>10}"
    )
    for layout in VARIANTS if corrections else VARIANTS[:1]:
        layout.build(days)
        layout.use()
        run(f"ALTER TABLE {TABLES[0]} SET (autovacuum_enabled = off)")
        fill(days)
        run(f"VACUUM (ANALYZE) {TABLES[0]}")
        wear(layout, window, corrections=corrections)
        layout.drop()


def wear(layout: Layout, window: int, *, corrections: bool) -> None:
    """Send, vacuum where autovacuum would, and tell what is left."""
    before = sizes(layout.name, TABLES[0])
    (wal,) = row("SELECT pg_current_wal_lsn()")
    rows, vacuums, seconds = 0, 0, 0.0
    for number in range(TIMES):
        with cost() as took:
            rows += send_window(window, plus=number + 1 if corrections else 0)
        seconds += took.seconds
        vacuums += vacuum_if_due(layout)
    after = sizes(layout.name, TABLES[0])
    history = sum(sizes(layout.name, TABLES[1]))
    (written,) = row("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", wal)
    updates, hot, _ = rows_of(layout)
    parts = [f"{a / 1e6:,.0f} > {b / 1e6:,.0f}" for a, b in zip(before, after, strict=True)]
    say(
        f"{layout.words:<22}{parts[0]:>16}{parts[1]:>16}{history / 1e6:>14,.0f}{updates:>12,}"
        f"{hot / updates if updates else 0:>7.0%}{float(written) / 1e6:>10,.0f}{vacuums:>9}"
        f"{rows / seconds:>10,.0f}"
    )


def send_window(window: int, *, plus: int) -> int:
    """The newest days of all indicators once more, `plus` added to each; how many rows."""
    from django.db import transaction

    from measurements import storage
    from measurements.row import Accepted

    for back in range(window, 0, -1):
        at = NOW - timedelta(days=back)
        day = [
            Accepted(pk, at, f"{pk * 7 % 9973 + plus}.{back % 97:02}", None, None, "")
            for pk in indicators()
        ]
        with transaction.atomic():
            storage.store(day, batch_id=2, now=datetime.now(UTC))
    return window * INDICATORS


def rows_of(layout: Layout) -> tuple[int, int, int]:
    """Updated, of these without touching the index, and dead."""
    row("SELECT pg_stat_force_next_flush()")
    found = row(
        "SELECT n_tup_upd, n_tup_hot_upd, n_dead_tup FROM pg_stat_user_tables"
        " WHERE schemaname = %s AND relname = %s",
        layout.name,
        TABLES[0],
    )
    return int(found[0]), int(found[1]), int(found[2])


def vacuum_if_due(layout: Layout) -> bool:
    """VACUUM where autovacuum would find enough dead rows."""
    dead = rows_of(layout)[2]
    (alive,) = row("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", TABLES[0])
    due = dead > 50 + layout.vacuum_at * float(alive)
    if due:
        run(f"VACUUM {TABLES[0]}")
    return due


def deliveries() -> None:
    """What a delivery of one point leaves besides the point, for a million of them."""
    from django.utils import timezone

    from indicators.models import Indicator
    from measurements.delivery import deliver
    from measurements.models import Batch
    from measurements.row import Row, Sender
    from teams.models import Membership, Team, User

    team = Team.objects.create(name="Small", slug="small")
    user = User.objects.create_user("small@example.org")
    Membership.objects.create(user=user, team=team, role="contributor")
    Indicator.objects.create(key="one", name="One", team=team, state="active")
    tables = ("measurements_batch", "teams_auditentry", "measurements_measurement")
    before = [sum(sizes("public", table)) for table in tables]
    for at in moments():
        point = Row(index=0, indicator="one", at=at, value="1.25")
        name = f"{at.timestamp():024.0f}"
        sender = Sender(actor=user, door=Batch.Door.API, request_id=name)
        deliver([point], sender, now=timezone.now())
    say(f"\n{DELIVERIES:,} deliveries of one point; MB a million of them take")
    for table, size in zip(tables, before, strict=True):
        each = (sum(sizes("public", table)) - size) / DELIVERIES
        say(f"{table:<26}{each:>10,.0f}")


def moments() -> Iterator[datetime]:
    """A minute after another."""
    return (NOW - timedelta(minutes=k) for k in range(DELIVERIES, 0, -1))


def tell(words: str, told: Sequence[str]) -> None:
    """One line of a table of layouts."""
    say(f"  {words:<40}" + "".join(f"{text:>28}" for text in told))


def say(line: str) -> None:
    """Print, and let it be seen at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
