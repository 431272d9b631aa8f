"""How fast measurements come in, of the speed of a bare COPY into a table with a primary key.

Requests go over HTTP to the web server of a whole installation whose worker judges meanwhile:
token, roles, checks, history, audit, stale marks, commit with fsync.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bench import clients, memory
from bench.installation import Serving, serving

SERIES = 1000
ROUNDS = 5
COPIED = 100_000  # rows of the anchor
POINTS = {5000: 100_000, 100: 20_000, 1: 1000}  # of one run, by the size of its batches
CONNECTIONS = (1, 8)
SINGLES = (1, 8, 32)  # connections over which single measurements are sent
START = datetime(2020, 1, 1, tzinfo=UTC)
hours = count(1)
write = sys.stdout.write

Batch = list[dict[str, Any]]


@dataclass(slots=True)
class Runs:
    """All rounds of one kind of delivery."""

    speeds: list[float] = field(default_factory=list)  # points a second
    shares: list[float] = field(default_factory=list)  # of the anchor in the same round
    times: list[float] = field(default_factory=list)  # seconds of each request


def main() -> None:
    """Print a line for each kind of delivery, and what memory they took."""
    key = prepare()
    with serving() as site:
        clients.send([body(rows(10))], port=site.port, key=key, connections=1)
        found, anchors = measured(site, key)
        report(found, anchors)
        write(memory.under_large_bodies(site, key, rows))


def measured(site: Serving, key: str) -> tuple[dict[str, Runs], list[float]]:
    """Interleaved rounds of every kind, each beside an anchor of its own."""
    found: dict[str, Runs] = {}
    anchors = []
    for _ in range(ROUNDS):
        anchors.append(raw_copy())
        for size, points in POINTS.items():
            for connections in CONNECTIONS if size > 1 else SINGLES:
                fresh = [rows(size) for _ in range(points // size)]
                for kind, plus in (("new", 0), ("again", 0), ("corrected", 1)):
                    words = f"{kind:<9} {size:>5,} {connections:>4}"
                    bodies = [body(batch, plus=plus) for batch in fresh]
                    sent = clients.send(bodies, port=site.port, key=key, connections=connections)
                    if sent.refused:
                        raise SystemExit(f"{len(sent.refused)} refused: {sent.refused[0]}")
                    runs = found.setdefault(words, Runs())
                    runs.speeds.append(points / sent.seconds)
                    runs.shares.append(points / sent.seconds / anchors[-1])
                    runs.times += sent.times
    return found, anchors


def report(found: dict[str, Runs], anchors: list[float]) -> None:
    """Medians of the rounds; times over all of them."""
    write(f"ingest: {SERIES:,} series, medians of {ROUNDS} rounds, worker running\n")
    write(f"  raw COPY {statistics.median(anchors):>28,.0f} points/s\n")
    write("  kind      batch conn   points/s requests/s of COPY   p50 ms   p95 ms   p99 ms\n")
    for words, runs in found.items():
        size = int(words.split()[1].replace(",", ""))
        speed = statistics.median(runs.speeds)
        places = "".join(f" {clients.percentile(runs.times, q):>8.1f}" for q in (0.5, 0.95, 0.99))
        share = statistics.median(runs.shares)
        write(f"  {words} {speed:>10,.0f} {speed / size:>10,.0f} {share:>7.3f}{places}\n")


def prepare() -> str:
    """A team with many series, a person who may enter values, and a token."""
    from indicators.models import Indicator
    from teams.access import Scope
    from teams.models import AccessToken, Membership, Team, User

    team = Team.objects.create(name="Bench", slug="bench")
    user = User.objects.create_user("bench@example.org")
    Membership.objects.create(user=user, team=team, role="contributor")
    for k in range(SERIES):
        Indicator.objects.create(key=f"series-{k}", name=f"Series {k}", team=team, state="active")
    return AccessToken.issue(user, name="bench", scopes=[Scope.MEASUREMENTS_WRITE])[1]


def rows(size: int) -> Batch:
    """New points, spread over the series as a collector sends them."""
    found: Batch = []
    while len(found) < size:
        at = (START + timedelta(hours=next(hours))).isoformat()
        found += [
            {"indicator": f"series-{k}", "at": at, "value": round(k * 1.37 + len(found), 2)}
            for k in range(min(SERIES, size - len(found)))
        ]
    return found


def body(batch: Batch, *, plus: int = 0) -> bytes:
    """A body as a client writes it."""
    return json.dumps([row | {"value": row["value"] + plus} for row in batch]).encode()


def raw_copy() -> float:
    """Points a second of one bare COPY, committed, into an empty table with a primary key."""
    from django.db import connection

    text = "".join(
        f"{row['indicator'][7:]}\t{row['at']}\t{row['value']}\n" for row in rows(COPIED)
    ).encode()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_raw")
        cursor.execute(
            "CREATE TABLE bench_raw (indicator bigint, at timestamptz, value numeric,"
            " PRIMARY KEY (indicator, at))"
        )
        begin = time.perf_counter()
        cursor.copy_expert("COPY bench_raw FROM STDIN", io.BytesIO(text))
        return COPIED / (time.perf_counter() - begin)
