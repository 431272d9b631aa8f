"""The edge cases that every front door of the analysis passes, by name, without a warning."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import changepoints, evidence, forecast, periods, spc, trend
from analysis.arrays import floats
from analysis.judgement import judge
from analysis.values import Calendar, Definition, Entry, Series
from tests.analysis.build import after, monthly, rolled, target
from tests.analysis.generators import gapped, noise

STOCKHOLM = Calendar("Europe/Stockholm")
SPRING = datetime(2026, 3, 1, 11, tzinfo=UTC)  # the clocks go forward on the 29th


def stamped(stamps: list[datetime], **how: Any) -> Series:
    """A value at each stamp, rolled up on the calendar of Stockholm."""
    values = np.round(20 + noise(len(stamps), 1), 3).tolist()
    entries = [Entry(at, Decimal(str(value))) for at, value in zip(stamps, values, strict=True)]
    return rolled(entries, calendar=STOCKHOLM, **how)


def irregular() -> Series:
    """Some days without, some with several entries, two of them at the same instant."""
    hours = np.random.default_rng(2).integers(0, 60 * 24, 90).tolist()
    stamps = sorted(SPRING + timedelta(hours=int(hour)) for hour in hours)
    return stamped([*stamps, stamps[40]], grain="day", rule="mean")


def across_summer_time() -> Series:
    return stamped([SPRING + timedelta(days=day) for day in range(60)], grain="day", rule="sum")


def across_week_53() -> Series:
    days = [datetime(2020, 3, 4, 12, tzinfo=UTC) + timedelta(weeks=k) for k in range(60)]
    return stamped(days, grain="week", rule="last")


RNG = np.random.default_rng(3)
EDGES: dict[str, Any] = {
    "n = 0": [],
    "n = 1": [3.0],
    "n = 2": [3.0, 4.0],
    "constant": np.full(60, 4.2),
    "one gap": np.r_[noise(30, 2), np.nan, noise(29, 3)],
    "60 % gaps": gapped(50 + noise(120, 4), 0.6),
    "irregular and duplicate stamps": irregular().floats(),
    "a daylight-saving day": across_summer_time().floats(),
    "week 53": across_week_53().floats(),
    "zero": np.zeros(60),
    "zeros among values": np.where(RNG.random(60) < 0.5, 0.0, RNG.lognormal(1, 1, 60)),
    "negative": -100 - noise(60, 8),
    "mixed sign": noise(60, 9),
    "magnitude 1e-12": 1e-12 * (5 + noise(60, 10)),
    "magnitude 1e15": 1e15 * (5 + noise(60, 11)),
    "offset 1e12 plus noise": 1e12 + noise(60, 12),
    "counts": RNG.poisson(0.7, 60).astype(np.float64),
    "percent bounds": np.clip(99 + noise(60, 15), 0, 100),
    "Decimal in": [Decimal(str(value)) for value in np.round(noise(60, 16), 3)],
    "None in": [None, *np.round(noise(59, 16), 3).tolist()],
}
SEASONS = (1, 4, 7, 12)


def known(values: Any) -> int:
    return int(np.isfinite(floats(values)).sum())


def fitted(values: Any, season: int) -> None:
    found = trend.fit(values, season=season)
    assert found.window == found.stop - found.start and found.method
    assert found.n <= known(values) and found.stop == len(values)
    assert found.direction or found.reason, "what declines says why"
    assert found.n < 2 or np.isfinite([found.slope, *found.line[found.start :]]).all()


def referred(values: Any, season: int) -> None:
    found = trend.reference(range(len(values)), values)
    assert (known(values) < 2) == bool(np.isnan(found["slope"]))
    assert known(values) < 2 or 0 <= found["mk_p"] <= 1


def limited(values: Any, season: int) -> None:
    found = spc.limits(values)
    assert (found.n, found.window, found.method) == (known(values), len(values), "XmR")
    assert found.reason or found.lower < found.centre < found.upper
    assert found.n < 2 or found.lower <= found.centre <= found.upper


def classified(values: Any, season: int) -> None:
    found = spc.classify(values, direction="up", target=1.0)
    assert (found.n, found.window) == (known(values), len(values)) and found.method
    missing = [kind is None for kind in found.point_types]
    assert missing == (~np.isfinite(floats(values))).tolist()
    assert found.n > 1 or (found.reason and found.variation == "unknown")


def alerted(values: Any, season: int) -> None:
    for base in (0, 8, len(values) // 2, len(values)):
        flags = spc.alerts(values, base, season=season)
        assert flags.shape == (len(values),) and flags.dtype == np.bool_
        assert not flags[:base].any() and not flags[~np.isfinite(floats(values))].any()


def divided(values: Any, season: int) -> None:
    found = changepoints.find(values)
    assert found == sorted(set(found)) and all(0 < k < len(values) for k in found)


def predicted(values: Any, season: int) -> None:
    found = forecast.predict(values, 3, season=season)
    assert (found.n, found.window) == (known(values), len(values)) and found.method
    assert found.mean.shape == (3,) and found.lower.shape == found.upper.shape == (2, 3)
    bounded = bool(np.isfinite(found.lower).all())
    assert bounded == (found.n >= 3) and (bounded or found.reason)
    assert not bounded or ((found.lower <= found.mean) & (found.mean <= found.upper)).all()


def chanced(values: Any, season: int) -> None:
    for goal in (0.0, Decimal("0.1"), 1e9, -1e9):
        chance = forecast.probability(values, 2, goal, season=season)
        assert 0.003 <= chance <= 0.997 if known(values) >= 3 else np.isnan(chance)


def related(values: Any, season: int) -> None:
    found = evidence.lead_lag(values, noise(len(values), 99), season=season)
    assert found.window == len(values) and found.n <= known(values)
    assert found.method and found.reason and 0 < found.p <= 1


def judged(values: Any, season: int) -> None:
    grain: Any = {1: "year", 4: "quarter", 7: "day", 12: "month"}[season]
    given = [None if value is None or np.isnan(float(value)) else str(value) for value in values]
    series = monthly(given, grain=grain)
    now = after(series) if series.points else datetime(2026, 1, 1, tzinfo=UTC)
    found = judge(series, Definition(period=grain), target(value=1), now=now)
    assert found.n == known(values) and len(found.points) == len(series)
    assert (found.status == "no_data") == (found.n == 0) and found.reason
    assert found.forecast is not None and found.forecast.method
    assert found.forecast.points or found.forecast.reason
    json.dumps(found.as_dict(), allow_nan=False)


DOORS: dict[str, Callable[[Any, int], None]] = {
    "judge": judged,
    "trend.fit": fitted,
    "trend.reference": referred,
    "spc.limits": limited,
    "spc.classify": classified,
    "spc.alerts": alerted,
    "changepoints.find": divided,
    "forecast.predict": predicted,
    "forecast.probability": chanced,
    "evidence.lead_lag": related,
}


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("edge", EDGES)
def test_every_door_passes_every_edge(edge: str, door: str, season: int) -> None:
    DOORS[door](EDGES[edge], season)


# --- what each of them is ---------------------------------------------------------------------


def test_a_constant_has_no_width_and_says_so() -> None:
    values = EDGES["constant"]
    assert trend.fit(values).word() == "flat"
    assert spc.limits(values).reason == "the values do not vary"
    found = forecast.predict(values, 3)
    assert found.reason == "constant so far: no interval can be learnt"
    assert (found.lower == 4.2).all() and (found.upper == 4.2).all()
    assert changepoints.find(values) == [] and not spc.alerts(values, 30).any()


def test_a_missing_period_is_never_zero() -> None:
    series = monthly([5, None, 5, 5, 5, 5, 5, 5, 5])
    assert np.isnan(series.floats()[1]) and len(series) == 9
    assert spc.limits(series.floats()).centre == 5.0
    found = judge(series, Definition(), target(value=5), now=after(series))
    assert found.points[1].value is None and found.points[1].status is None


def test_a_day_has_one_value_whatever_came_and_whenever() -> None:
    series = irregular()
    assert series.periods == tuple(
        series.periods[0] + timedelta(days=k) for k in range(len(series))
    )
    assert {point.n for point in series} >= {0, 1, 2}
    assert sum(point.n for point in series) == 91


def test_the_short_day_is_a_day() -> None:
    series = across_summer_time()
    assert len(series) == 60 and all(point.n == 1 for point in series)
    begin, end = periods.bounds(date(2026, 3, 29), "day", STOCKHOLM)
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=23)


def test_week_53_is_a_week() -> None:
    series = across_week_53()
    names = [periods.label(day, "week", STOCKHOLM) for day in series.periods]
    assert len(series) == 60 and all(point.n == 1 for point in series)
    assert sum("53" in name for name in names) == 1
    at = next(k for k, name in enumerate(names) if "53" in name)
    assert series.periods[at] == date(2020, 12, 28)
    assert series.periods[at + 1] == date(2021, 1, 4)


@pytest.mark.parametrize("scale", [1e-12, 1e15])
def test_the_unit_changes_nothing_but_the_unit(scale: float) -> None:
    plain = 5 + 0.05 * np.arange(60) + noise(60, 10)
    small, there = trend.fit(plain), trend.fit(plain * scale)
    assert there.slope == pytest.approx(small.slope * scale, rel=1e-9)
    assert there.direction == small.direction and there.p == pytest.approx(small.p)
    assert (
        spc.classify(plain * scale, direction="up").signals
        == spc.classify(plain, direction="up").signals
    )
    assert forecast.predict(plain * scale, 3).upper == pytest.approx(
        forecast.predict(plain, 3).upper * scale, rel=1e-6
    )
    assert changepoints.find(plain * scale) == changepoints.find(plain)


def test_a_large_offset_hides_nothing() -> None:
    plain = 0.05 * np.arange(60) + noise(60, 12)
    near, far = trend.fit(plain), trend.fit(1e12 + plain)
    assert far.slope == pytest.approx(near.slope, abs=1e-4)
    assert far.direction == near.direction == 1
    assert spc.limits(1e12 + plain).mr_bar == pytest.approx(spc.limits(plain).mr_bar, abs=1e-4)
    exact = trend.reference(range(60), 1e12 + plain)
    assert exact["slope"] == pytest.approx(trend.reference(range(60), plain)["slope"], abs=1e-6)


def test_counts_and_percent_stay_inside_their_bounds() -> None:
    rare = forecast.predict(EDGES["counts"], 6)
    assert (rare.lower >= 0).all()
    share = forecast.predict(EDGES["percent bounds"], 6, floor=0, ceiling=100)
    assert (share.upper <= 100).all() and (share.lower >= 0).all()


def test_decimals_say_what_floats_say() -> None:
    given = EDGES["Decimal in"]
    plain = [float(value) for value in given]
    assert trend.fit(given) == trend.fit(plain)
    assert spc.limits(given) == spc.limits(plain)
    assert evidence.lead_lag(given, given) == evidence.lead_lag(plain, plain)
    assert (forecast.predict(given, 3).upper == forecast.predict(plain, 3).upper).all()
    series = monthly(["0.1"] * 8)
    assert judge(series, Definition(), target(value=Decimal("0.1")), now=after(series)).gap == 0


@pytest.mark.parametrize(
    ("door", "names", "result"),
    [
        (judge, "series definition target *now", ""),
        (trend.fit, "values *season", "slope slope_low slope_high direction line n window method"),
        (trend.reference, "t y", ""),
        (spc.limits, "values *screen", "centre mr_bar lower upper near_lower near_upper n window"),
        (
            spc.classify,
            "values *direction *target *rebase",
            "point_types signals variation assurance n window method reason",
        ),
        (spc.alerts, "values n_base *season", ""),
        (changepoints.find, "values", ""),
        (forecast.predict, "values horizon *season *levels", "mean lower upper n window method"),
        (forecast.probability, "values horizon target *season", ""),
        (evidence.lead_lag, "x y *max_lag *season", "lag r p claim n window method reason"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_the_front_doors_have_their_shapes(
    door: Callable[..., Any], names: str, result: str
) -> None:
    taken = inspect.signature(door).parameters
    by_name, by_place = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    for name in names.split():
        kind = by_name if name.startswith("*") else by_place
        assert taken[name.lstrip("*")].kind == kind
    if result:
        given: tuple[Any, ...]
        values = [5.0, 6.0, 5.5] * 10
        given = (values, 3) if door is forecast.predict else (values,)
        given = (values, values) if door is evidence.lead_lag else given
        more = {"direction": "up"} if door is spc.classify else {}
        found = door(*given, **more)
        assert all(hasattr(found, name) for name in [*result.split(), "reason"])


def test_doors_open_in_a_tenth_of_a_second(tmp_path: Path) -> None:
    """Once they are compiled, which the first of the runs does, whatever keeps others from it."""
    kept = {name: word for name, word in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    code = (
        "import numpy, time; begin = time.process_time();"
        "from analysis import changepoints, evidence, forecast, judge, spc, trend;"
        "from analysis import alerts, decisions, seasonality, rollup, status;"
        "took = time.process_time() - begin;"
        "import sys; assert 'scipy.stats' not in sys.modules and 'django' not in sys.modules;"
        "print(took)"
    )
    command = [sys.executable, "-c", code]
    took = min(
        float(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
        for _ in range(4)
    )
    assert took <= 0.1
