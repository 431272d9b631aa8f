"""The planner on the target form: it fills the steps, and nothing is saved until the target is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from indicators.models import Indicator, Target
from teams.models import Team, User
from tests import factories
from tests.conftest import signed_in

TARGET = "/indicators/sales/target/"
QUARTER = {
    "kind": "accumulate",
    "comparator": "gte",
    "value": "1500",
    "starts_on": "2027-01-01",
    "due_on": "2027-03-31",
    "tolerance": "10",
    "tolerance_kind": "relative",
    "path": "linear",
    "gives_status": "on",
    "steps-TOTAL_FORMS": "2",
    "steps-INITIAL_FORMS": "0",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "sales", rollup="sum")


def split(user: User, **sent: Any) -> Any:
    return signed_in(user).post(TARGET, QUARTER | {"plan": "1"} | sent)


def amounts(page: Any) -> list[str]:
    return [part.amount for part in page.context["parts"]]


@pytest.mark.parametrize(
    ("sent", "parts", "totals"),
    [
        ({"by": "equal"}, ["500", "500", "500"], ["500", "1000"]),
        ({"by": "calendar_days"}, ["517", "467", "516"], ["517", "984"]),
        ({"by": "equal", "hand-2027-02-01": "800"}, ["350", "800", "350"], ["350", "1150"]),
        ({}, ["500", "500", "500"], ["500", "1000"]),
    ],
)
def test_the_examples_come_out_exactly(
    alice: User, sales: Indicator, sent: dict[str, str], parts: list[str], totals: list[str]
) -> None:
    page = split(alice, **sent)
    assert page.status_code == 200
    assert amounts(page) == parts
    assert sum(map(Decimal, amounts(page))) == 1500
    shown = [(row["on"].value(), row["value"].value()) for row in page.context["milestones"]]
    assert shown[:2] == [(date(2027, 1, 31), totals[0]), (date(2027, 2, 28), totals[1])]
    assert not Target.objects.exists()


def test_what_was_set_by_hand_stays_in_its_row(alice: User, sales: Indicator) -> None:
    page = split(alice, **{"hand-2027-02-01": "800"})
    typed = {part.label: part.typed for part in page.context["parts"]}
    assert typed == {"January 2027": "", "February 2027": "800", "March 2027": ""}
    assert 'name="hand-2027-02-01"' in page.content.decode()


def test_like_last_year(alice: User, sales: Indicator) -> None:
    factories.make_measurements(sales, [100, 50, 150], first=date(2026, 1, 1))
    assert amounts(split(alice, by="last_year")) == ["500", "250", "750"]


def test_with_htmx_only_the_steps_come_back(alice: User, sales: Indicator) -> None:
    page = signed_in(alice).post(TARGET, QUARTER | {"plan": "1"}, headers=HTMX).content.decode()
    assert page.lstrip().startswith('<div class="field" id="steps">')
    assert "<html" not in page and 'value="2027-01-31"' in page and 'value="500"' in page


def test_the_plan_is_saved_as_it_is_shown(alice: User, sales: Indicator) -> None:
    page = split(alice, by="calendar_days")
    rows = page.context["milestones"]
    steps = {
        f"steps-{k}-{name}": str(row[name].value())
        for k, row in enumerate(rows.forms[:2])
        for name in ("on", "value")
    }
    assert signed_in(alice).post(TARGET, QUARTER | steps).status_code == 302
    held = Target.objects.get().milestones.values_list("on", "value")
    assert list(held) == [(date(2027, 1, 31), Decimal(517)), (date(2027, 2, 28), Decimal(984))]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"due_on": ""}, "Fill in the target, its start and its due date first."),
        ({"due_on": "2026-12-31"}, "The due date must not be before the start."),
        ({"due_on": "2070-12-31"}, "A plan has at most 400 parts."),
        ({"due_on": "2040-12-31"}, "The form holds at most 121 parts."),
        ({"by": "last_year"}, "Last year has no shape to follow"),
        ({"hand-2027-02-01": "1600"}, "exceed the total"),
        ({"hand-2027-02-01": "many"}, "Write a number"),
    ],
)
def test_why_it_cannot_is_said_beside_the_steps(
    alice: User, sales: Indicator, sent: dict[str, str], words: str
) -> None:
    for headers in (None, HTMX):
        page = signed_in(alice).post(TARGET, QUARTER | {"plan": "1"} | sent, headers=headers)
        assert page.status_code == 200
        assert words in page.content.decode()
        assert page.context["parts"] == []
    assert not Target.objects.exists()


@pytest.mark.parametrize("name", ["hand-2030-05-01", "hand-soon", "hand-"])
def test_amounts_of_other_periods_are_left_out(alice: User, sales: Indicator, name: str) -> None:
    assert amounts(split(alice, **{name: "7"})) == ["500", "500", "500"]


def test_nobody_else_plans(bob: User, charlie: User, sales: Indicator) -> None:
    assert split(bob).status_code == 403
    assert split(charlie).status_code == 404
