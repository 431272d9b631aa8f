"""Where a definition changes, everything learnt from its values starts anew, by every path."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from indicators.models import Indicator
from teams.models import Team, User
from tests import factories
from tests.analysis.generators import noise
from tests.conftest import with_token
from tests.judged import judge_now
from verdicts import verifying
from verdicts.models import Analysis

SECOND, THIRD = date(2024, 7, 15), date(2025, 11, 1)
STARTS = ["2021-11-01", "2024-07-01", "2025-11-01"]
LEVELS = [20.0] * 32 + [60.0] * 16 + [100.0] * 12
VALUES = [round(float(value), 3) for value in noise(60, 8) + LEVELS]


@pytest.fixture
def visits(red_team: Team, alice: User) -> Indicator:
    """Sixty months up to October 2026, in three units one after the other."""
    made = factories.make_indicator(red_team, "visits", direction="up")
    factories.make_measurements(made, VALUES, first=date(2021, 11, 1))
    made.record_version(effective_on=SECOND, by=alice)
    made.record_version(effective_on=THIRD, by=alice)
    return made


def stored(indicator: Indicator, now: datetime) -> dict[str, Any]:
    judge_now([indicator.pk], now=now)
    found: dict[str, Any] = Analysis.objects.get(pk=indicator.pk).result
    return found


def starts(result: dict[str, Any]) -> list[str]:
    return [limits["from"] for limits in result["limits"]]


def test_stored_limits_restart_with_each_version(visits: Indicator, now: datetime) -> None:
    found = stored(visits, now)
    assert starts(found) == STARTS
    assert [round(limits["centre"], -1) for limits in found["limits"]] == [20, 60, 100]
    assert found["verdict"]["definition_version"] == 3
    assert (found["variation"], found["alerts"]) == ("steady", [])


def test_trend_and_forecast_learn_from_the_version_in_force(
    visits: Indicator, now: datetime
) -> None:
    found = stored(visits, now)
    assert found["trend"]["line"][0]["period"] == "2025-11-01"
    assert found["trend"]["n"] == 12
    first = found["forecast"]["points"][0]
    assert 90 < first["low95"] < first["high95"] < 110


def test_a_version_that_has_not_begun_changes_nothing(
    visits: Indicator, alice: User, now: datetime
) -> None:
    before = stored(visits, now)
    visits.record_version(effective_on=date(2027, 1, 1), by=alice)
    after = stored(visits, now)
    assert after["forecast"] == before["forecast"] and after["trend"] == before["trend"]
    assert starts(after) == STARTS


def test_a_version_without_values_yet_forecasts_nothing(
    visits: Indicator, alice: User, now: datetime
) -> None:
    visits.record_version(effective_on=now.date().replace(day=1), by=alice)
    found = stored(visits, now)["forecast"]
    assert (found["points"], found["probability_of_target"]) == ([], None)
    assert found["reason"] == "no value since the definition changed"


def test_judging_again_and_reading_back_find_the_same_restarts(
    visits: Indicator, bob: User, now: datetime
) -> None:
    result = stored(visits, now)
    assert [different for _, different in verifying.judged_again([visits.pk])] == [[]]
    address = "/api/v1/indicators/visits/analysis/"
    assert starts(with_token(bob).get(address).json()) == STARTS
    wheeler = with_token(bob).get(address, {"rules": "wheeler"}).json()
    assert (
        starts(wheeler) == STARTS
        and wheeler["forecast"]["points"] == (result["forecast"]["points"])
    )
    early = {"as_of": "2024-06-30T00:00:00Z"}
    assert starts(with_token(bob).get(address, early).json()) in ([], STARTS[:1])


def test_the_calculator_restarts_where_it_is_told(bob: User) -> None:
    options = {"start": "2021-11-01", "rebase": [SECOND.isoformat(), THIRD.isoformat()]}
    body = {"values": VALUES, "options": options}
    answer = with_token(bob).post("/api/v1/analysis/", body, format="json")
    assert answer.status_code == 200
    assert starts(answer.json()) == STARTS
    assert answer.json()["trend"]["line"][0]["period"] == "2025-11-01"
