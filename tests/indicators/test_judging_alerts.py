"""From a verdict to a message: the chart may cry wolf, people hear of calibrated alerts only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from analysis.arrays import Floats
from indicators.models import Indicator, Target
from measurements.models import Measurement
from measurements.series import entries_of
from notifications.alerts import announce_changes
from notifications.models import Notification
from teams.models import Organisation, Team, User
from tests.analysis.generators import noise
from tests.factories import make_indicator, make_measurements, make_target
from tests.judged import judge_now
from verdicts import judging
from verdicts.models import Analysis, Verdict, VerdictChange

FIRST = date(2021, 1, 1)
KNOWN = 40  # months measured before anybody looks
NOISY = (6, 8, 10, 17, 24, 30, 33, 34)  # seeds of pure noise in which the chart sees signals


def start_of(k: int) -> datetime:
    return datetime(FIRST.year + k // 12, k % 12 + 1, 1, tzinfo=UTC)


def rounded(values: Floats) -> list[float]:
    return [float(value) for value in np.round(values, 4)]


def measured(team: Team, owner: User, key: str, values: list[float]) -> Indicator:
    made = make_indicator(team, key, owner=owner)
    make_measurements(made, values[:KNOWN], first=FIRST)
    judge_now([made.pk], now=start_of(KNOWN))
    return made


def live_through(
    indicators: list[Indicator], values: list[list[float]], *, months: range
) -> list[str]:
    """One month after the other arrives, is judged and announced; what was told, in order."""
    ids = [indicator.pk for indicator in indicators]
    for k in months:
        for indicator, series in zip(indicators, values, strict=True):
            make_measurements(
                indicator, [series[k]], first=date(start_of(k).year, start_of(k).month, 1)
            )
        judge_now(ids, now=start_of(k + 1))
        announce_changes(start_of(k + 1))
    return [row.context["news"] for row in Notification.objects.order_by("pk")]


def test_noise_moves_the_chart_and_wakes_nobody(red_team: Team, alice: User) -> None:
    values = [rounded(20 + noise(64, seed)) for seed in NOISY]
    made = [measured(red_team, alice, f"quiet-{k}", row) for k, row in enumerate(values)]
    told = live_through(made, values, months=range(KNOWN, 64))
    signals = VerdictChange.objects.exclude(from_signal="").exclude(to_signal="steady")
    assert signals.filter(to_signal__in=["improving", "deteriorating"]).count() >= 8
    assert told == []


def test_a_real_shift_is_told_once(red_team: Team, alice: User) -> None:
    values = 20 + noise(60, 3) / 2
    values[KNOWN + 4 :] -= 4
    rows = [rounded(values)]
    made = [measured(red_team, alice, "shifted", rows[0])]
    assert live_through(made, rows, months=range(KNOWN, 56)) == ["deteriorating"]
    row = Notification.objects.get()
    assert row.occasion == f"alert:shifted:{start_of(KNOWN + 4).date()}"
    assert Verdict.objects.get(pk=made[0].pk).alert_on == start_of(KNOWN + 4).date()
    found = Analysis.objects.get(pk=made[0].pk).result["alerts"]
    assert found == [{"period": str(start_of(KNOWN + 4).date()), "kind": "concern"}]


def test_for_the_better_is_told_as_better(red_team: Team, alice: User) -> None:
    values = 20 + noise(60, 3) / 2
    values[KNOWN:] += 4
    rows = [rounded(values)]
    made = [measured(red_team, alice, "better", rows[0])]
    assert live_through(made, rows, months=range(KNOWN, KNOWN + 3)) == ["improving"]


def test_the_past_of_a_new_indicator_is_no_news(red_team: Team, alice: User) -> None:
    values = rounded(np.r_[noise(KNOWN - 1, 3), 30.0])
    made = measured(red_team, alice, "old", values)
    assert Verdict.objects.get(pk=made.pk).alert_on == start_of(KNOWN - 1).date()
    assert list(VerdictChange.objects.values_list("alert", flat=True)) == [""]
    assert announce_changes(start_of(KNOWN)) == 0


def test_judging_again_tells_nothing_again(red_team: Team, alice: User) -> None:
    rows = [rounded(np.r_[noise(KNOWN, 3), 30.0])]
    made = measured(red_team, alice, "again", rows[0])
    assert live_through([made], rows, months=range(KNOWN, KNOWN + 1)) == ["improving"]
    before = VerdictChange.objects.count()
    judge_now([made.pk], now=start_of(KNOWN + 1))
    assert VerdictChange.objects.count() == before
    assert announce_changes(start_of(KNOWN + 1)) == 0


def test_a_correction_takes_the_alert_back(red_team: Team, alice: User) -> None:
    rows = [rounded(np.r_[noise(KNOWN, 3), 30.0])]
    made = measured(red_team, alice, "typo", rows[0])
    live_through([made], rows, months=range(KNOWN, KNOWN + 1))
    wrong = Measurement.objects.filter(indicator=made, at=start_of(KNOWN))
    wrong.update(value=Decimal("0.3"))
    judge_now([made.pk], now=start_of(KNOWN + 1))
    assert Verdict.objects.get(pk=made.pk).alert_on is None
    assert Analysis.objects.get(pk=made.pk).result["alerts"] == []


@pytest.mark.parametrize(
    ("low", "upper", "alert"),
    [(None, None, ""), (-50, 50, ""), (-5, 5, "deteriorating"), (25, 50, "improving")],
    ids=["no target", "inside", "left", "entered"],
)
def test_a_range_is_news_when_it_is_left_or_entered(
    red_team: Team, alice: User, low: int | None, upper: int | None, alert: str
) -> None:
    rows = [rounded(np.r_[noise(KNOWN, 3), 30.0])]
    made = make_indicator(red_team, "range", owner=alice, direction="range")
    if low is not None and upper is not None:
        make_target(made, Decimal(low), comparator="between", upper=Decimal(upper))
    make_measurements(made, rows[0][:KNOWN], first=FIRST)
    judge_now([made.pk], now=start_of(KNOWN))
    told = live_through([made], rows, months=range(KNOWN, KNOWN + 1))
    # A status that worsens as well is told as that, in the same message.
    assert told == {"": [], "deteriorating": ["worsened"], "improving": ["improving"]}[alert]
    assert VerdictChange.objects.latest("pk").alert == alert
    assert Verdict.objects.get(pk=made.pk).signal == (alert or "unknown")


def test_an_earlier_range_is_judged_by_as_it_was(red_team: Team, alice: User) -> None:
    values = rounded(np.r_[noise(KNOWN, 3), 30.0])
    made = make_indicator(red_team, "moved", owner=alice, direction="range")
    wide = make_target(made, Decimal(-50), comparator="between", upper=Decimal(50))
    make_measurements(made, values, first=FIRST)
    Target.objects.filter(pk=wide.pk).update(made_at=start_of(0))
    narrow = Target(value=Decimal(-5), upper=Decimal(5), comparator="between", made_at=start_of(41))
    wide.replace(narrow, now=start_of(41))
    organisation = Organisation.current()
    found = {}
    for as_of in (start_of(40), start_of(42)):
        for indicator in judging.to_judge([made.pk], as_of=as_of):
            entries = entries_of([made.pk])[made.pk]
            judged = judging.judge_one(indicator, entries, organisation, now=start_of(KNOWN + 1))
            found[as_of] = (judged.judgement.signal, judged.judgement.alerts[-1].kind)
    assert list(found.values()) == [("unknown", "neutral_high"), ("deteriorating", "concern")]


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_what_is_not_active_raises_no_alert(red_team: Team, alice: User, state: str) -> None:
    rows = [rounded(np.r_[noise(KNOWN, 3), 30.0])]
    made = measured(red_team, alice, "asleep", rows[0])
    Indicator.objects.filter(pk=made.pk).update(state=state)
    before = VerdictChange.objects.count()
    assert live_through([made], rows, months=range(KNOWN, KNOWN + 1)) == []
    assert VerdictChange.objects.count() == before
