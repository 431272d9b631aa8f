"""The demo: loaded once, real figures untouched, every status and signal on show."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Indicator, Sharing, Target
from kpitrack.demo import aims, nhs
from kpitrack.demo.people import PEOPLE
from measurements.models import Measurement
from reviews.models import ReviewPlan
from teams.models import Team, User
from tests import clock
from verdicts.models import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> str:
    output = StringIO()
    call_command("load_demo", password="one for all of them", stdout=output)
    return output.getvalue()


def test_it_says_how_to_sign_in_and_the_accounts_work(demo: str) -> None:
    assert "one for all of them" in demo
    for person in PEOPLE:
        assert person.email in demo
        assert User.objects.get(email=person.email).check_password("one for all of them")


def published(code: str) -> list[tuple[int, int]]:
    """(seen within four hours, attendances) of a provider, month by month, from the file."""
    months: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    with nhs.FILE.open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row["org_code"] == code:
                attendances, breaches = int(row["attendances"]), int(row["breaches"])
                months[row["period"]][0] += attendances - breaches
                months[row["period"]][1] += attendances
    return [(cell[0], cell[1]) for _, cell in sorted(months.items())]


def test_the_figures_are_the_published_ones(demo: str) -> None:
    assert len(nhs.PROVIDERS) >= 20
    for code in nhs.PROVIDERS:
        stored = Measurement.objects.filter(indicator__key=f"ae-4h-{code.lower()}").order_by("at")
        found = [(row.numerator, row.denominator) for row in stored]
        assert found == [(Decimal(seen), Decimal(every)) for seen, every in published(code)]
    beginning = clock.now().date().replace(day=1)
    series = Verdict.objects.get(indicator__key="ae-4h-r1h").spark_starts
    assert nhs.moved(series[-1], 1) == beginning, "the series ends last month"


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(day, marks=pytest.mark.at(f"{day}T12:00Z"))
        for day in ("2026-11-21", "2027-01-01", "2027-04-30")
    ],
)
def test_every_status_and_signal_is_on_show(day: str, demo: str) -> None:
    active = Verdict.objects.filter(indicator__state="active")
    assert set(active.values_list("status", flat=True)) == set(Verdict.Status.values)
    assert set(active.values_list("signal", flat=True)) == set(Verdict.Signal.values)
    assert not active.exclude(indicator__stale_mark__since=None).exists()


def test_the_four_examples_come_out_as_promised(demo: str) -> None:
    promised = {
        "mrr": (Decimal(480000), "at_risk"),
        "conversion": (Decimal("3.2"), "on_track"),
        "average-order-value": (Decimal(750), "at_risk"),
        "cart-abandonment": (Decimal(58), "on_track"),
    }
    for key, (value, status) in promised.items():
        verdict = Verdict.objects.get(indicator__key=key)
        assert verdict.status == status
        assert verdict.value is not None and round(verdict.value, 1) == value


def test_all_four_kinds_of_target_and_one_kvi_a_team(demo: str) -> None:
    assert set(Target.objects.values_list("kind", flat=True)) == set(Target.Kind.values)
    for team in Team.objects.all():
        own = Indicator.objects.filter(team=team, kind="kvi", state="active").count()
        shared = Sharing.objects.filter(team=team, as_kvi=True).count()
        assert own + shared == 1, team


def test_every_indicator_passes_its_own_checks(demo: str) -> None:
    for indicator in Indicator.objects.all():
        indicator.full_clean()


def test_where_the_numbers_are_from_is_said(demo: str) -> None:
    assert "Open Government Licence" in Team.objects.get(slug="rj2").notice
    assert "Synthetic" in Team.objects.get(slug="growth").notice
    assert not Indicator.objects.filter(team__slug="growth", synthetic=False).exists()


def test_reviews_are_planned(demo: str) -> None:
    assert ReviewPlan.objects.filter(next_at__gt=clock.now(), cadence="monthly").count() >= 6


def test_a_second_time_is_refused_and_changes_nothing(demo: str) -> None:
    before = Measurement.objects.count(), User.objects.count()
    with pytest.raises(CommandError, match="empty installation"):
        call_command("load_demo")
    assert (Measurement.objects.count(), User.objects.count()) == before


@pytest.mark.parametrize(
    ("today", "months"),
    [(date(2026, 11, 21), 91), (date(2019, 4, 1), 0), (date(2027, 1, 1), 93)],
)
def test_the_series_ends_last_month(today: date, months: int) -> None:
    assert nhs.months_to_move(today) == months
    end = nhs.moved(nhs.LAST, months)
    assert nhs.moved(end, 1) == today.replace(day=1)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("year-start", date(2026, 1, 1)),
        ("quarter-start", date(2026, 10, 1)),
        ("-11m", date(2025, 12, 1)),
        ("+2m", date(2027, 1, 1)),
    ],
)
def test_days_are_counted_from_today(word: str, day: date) -> None:
    assert aims.day(word, date(2026, 11, 21)) == day
