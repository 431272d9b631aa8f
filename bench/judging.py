"""How many indicators a core judges a second: the judgement alone, and the whole of `recompute`.

The judgement alone is all of trend, limits, alerts, forecast, probability and status of monthly
values. `recompute` marks all as stale, claims, loads, judges and records them, in one process.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from analysis.values import Calendar, Definition, Entry, Previous, Series, Target
from bench import series

LENGTHS = (60, 120, 400)
ALONE = 150  # series judged for each length
STORED = 2000  # indicators recomputed
POINTS = 120
ROUNDS = 3
KINDS = (
    series.white, series.walk, series.rising, series.yearly,
    series.retail, series.heavy, series.skewed, series.shifted,
)  # fmt: skip
CALENDAR = Calendar()
NOW = datetime(2026, 11, 21, tzinfo=UTC)
BEFORE = Previous("on_track", "on_track", date(2026, 9, 1))


def main() -> None:
    """Print a line for each length, and one for the whole."""
    write = sys.stdout.write
    write(f"judging: indicators a second of one core's time (best of {ROUNDS} rounds)\n")
    for length in LENGTHS:
        write(f"  judge, {length} monthly points {alone(length):>22,.0f}\n")
    prepare(STORED)
    speed = recompute(STORED)
    write(f"  recompute, {STORED:,} indicators of {POINTS} points {speed:>7,.0f}\n")


def best(work: Callable[[], int], clock: Callable[[], float]) -> float:
    """Pieces of work a second in the quickest of some rounds."""
    speeds = []
    for _ in range(ROUNDS):
        gc.collect()
        begin = clock()
        done = work()
        speeds.append(done / (clock() - begin))
    return max(speeds)


def alone(length: int) -> float:
    """Series judged a second of processor time, with the answer made of each."""
    from analysis.judgement import judge
    from analysis.rollup import roll_up

    made = []
    for k in range(ALONE):
        entries = [Entry(at, value) for at, value in monthly(k, length)]
        made.append(roll_up(entries, grain="month", rule="last", calendar=CALENDAR, now=NOW))
    target = Target(value=Decimal("0.2"))

    def work() -> int:
        for found in made:
            judge(found, Definition(), target, now=NOW, previous=BEFORE).as_dict()
        return len(made)

    judged: list[Series] = made
    assert len(judged[0]) == length
    return best(work, time.process_time)


def monthly(seed: int, length: int) -> list[tuple[datetime, Decimal]]:
    """Times and values of a series of one of the kinds, up to last month."""
    values = np.round(KINDS[seed % len(KINDS)](np.random.default_rng(seed), length), 3)
    last = 2026 * 12 + 9
    months = range(last - length + 1, last + 1)
    return [
        (datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC), Decimal(str(value)))
        for m, value in zip(months, values.tolist(), strict=True)
    ]


def prepare(size: int) -> None:
    """A team with so many indicators, each with a target and its measurements."""
    from indicators.models import Indicator, Target
    from measurements.models import Batch, Measurement
    from teams.models import Team

    team = Team.objects.create(name="Judged", slug="judged")
    batch = Batch.objects.create(door=Batch.Door.API)
    for k in range(size):
        made = Indicator.objects.create(key=f"judged-{k}", name=f"Judged {k}", team=team)
        Target(value=Decimal("0.2")).start(made)
        Measurement.objects.bulk_create(
            Measurement(indicator=made, at=at, value=value, recorded_at=NOW, batch=batch)
            for at, value in monthly(k, POINTS)
        )
    Indicator.objects.filter(team=team).update(state=Indicator.State.ACTIVE)


def recompute(size: int) -> float:
    """Indicators judged and recorded a second, loading and writing included."""
    from indicators.models import StaleMark
    from verdicts import judging

    def work() -> int:
        StaleMark.objects.set_for(list(StaleMark.objects.values_list("pk", flat=True)), NOW)
        return judging.judge_stale(NOW)

    found = best(work, time.process_time)
    assert StaleMark.objects.filter(since=None).count() >= size
    return found
