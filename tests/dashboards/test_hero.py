"""What the hero reads: the points in view of its analysis, and how many there are."""

from __future__ import annotations

import pytest

from dashboards.board import hero
from dashboards.board.hero import read_chart
from indicators.models import Indicator
from teams.models import Team
from tests import factories
from tests.dashboards import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def kvi(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "calls", kind="kvi")


@pytest.mark.parametrize(("span", "shown"), [(24, 24), (12, 12), (1, 1), (None, 30)])
def test_it_reads_the_points_in_view_and_counts_all(
    span: int | None, shown: int, kvi: Indicator
) -> None:
    values: list[float | None] = [*map(float, range(29)), None]
    rows.make_analysis(kvi, values, through="2026-10-01")
    result, length, _ = read_chart(kvi, None, span)
    assert [row["value"] for row in result["points"]] == values[-shown:]
    assert (length, result["through"]) == (30, "2026-10-01")
    offered = [choice.label for choice in hero.span_segments("month", span, length)]
    assert offered == ["12 m", "24 m", "All"]


def test_fewer_points_than_could_be_seen_are_all_read(kvi: Indicator) -> None:
    rows.make_analysis(kvi, [1.0, 2.0])
    result, length, _ = read_chart(kvi, None, 24)
    assert [row["value"] for row in result["points"]] == [1.0, 2.0]
    assert length == 2


def test_without_values_there_is_nothing_to_read(kvi: Indicator) -> None:
    assert read_chart(kvi, None, 24) == ({}, 0, [])
    rows.make_analysis(kvi, [])
    result, length, _ = read_chart(kvi, None, 24)
    assert (result["points"], length) == ([], 0)
