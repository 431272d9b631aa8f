"""The pages of targets and of values entered by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from analysis.words import decimal_text
from indicators.models import Indicator, StaleMark, Target
from measurements.models import Batch, Measurement, Superseded
from teams.models import Team, User
from tests import factories
from tests.conftest import signed_in
from verdicts.models import Verdict
from web.form_fields import PercentField, read_number

TARGET, VALUES = "/indicators/sales/target/", "/indicators/sales/values/"


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "sales", rollup="sum", unit_label="kr")


def aimed(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "standing",
        "comparator": "gte",
        "value": "100",
        "tolerance": "10",
        "tolerance_kind": "relative",
        "path": "linear",
        "gives_status": "on",
        "steps-TOTAL_FORMS": "2",
        "steps-INITIAL_FORMS": "0",
        **fields,
    }


QUARTER = {"kind": "accumulate", "value": "1500", "starts_on": "2027-01-01", "due_on": "2027-03-31"}


class TestTarget:
    def test_first_one_begins_with_the_last_value(self, alice: User, sales: Indicator) -> None:
        Verdict.objects.update(value=Decimal(312), period=date(2026, 10, 1))
        form = signed_in(alice).get(TARGET).context["target_form"]
        assert (form["baseline"].value(), form["comparator"].value()) == ("312", "gte")

    def test_of_a_duration_is_a_span_of_time(self, alice: User, sales: Indicator) -> None:
        Indicator.objects.update(unit="duration", unit_label="minutes", direction="down")
        steps = {"steps-0-on": "2027-01-31", "steps-0-value": "1:10:00"}
        reach = {
            "kind": "reach",
            "comparator": "lte",
            "baseline": "90 min",
            "baseline_on": "2026-11-01",
        }
        sent = aimed(value="60", due_on="2027-02-28", **reach, **steps)
        answer = signed_in(alice).post(TARGET, sent)
        assert answer.status_code == 302, answer.context["target_form"].errors
        made = Target.objects.get()
        assert (made.value, made.baseline) == (Decimal(3600), Decimal(5400))
        assert [step.value for step in made.milestones.all()] == [4200]
        shown = signed_in(alice).get(TARGET)
        assert shown.context["target_form"]["value"].value() == "60"
        assert shown.context["milestones"][0]["value"].value() == "70"

    def test_set_and_changed(self, alice: User, sales: Indicator) -> None:
        browser = signed_in(alice)
        answer = browser.post(TARGET, aimed())
        assert answer.status_code == 302, answer.context["target_form"].errors
        browser.post(TARGET, aimed(value="3,2", tolerance="2.5", rationale="Better."))
        first, second = Target.objects.order_by("version")
        assert first.ended_at is not None
        assert (second.value, second.tolerance) == (Decimal("3.2"), Decimal("0.025"))
        shown = browser.get(TARGET).context["target_form"]
        assert (shown["value"].value(), shown["tolerance"].value()) == ("3.2", "2.5")

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ({"strict": "on"}, {"strict": True}),
            (
                {"kind": "reach", "baseline": "80", "baseline_on": "2026-12-31",
                 "due_on": "2027-12-31", "path": "step"},
                {"kind": "reach", "path": "step", "baseline": 80},
            ),
            (QUARTER, {"kind": "accumulate", "value": 1500, "due_on": date(2027, 3, 31)}),
            (
                {"kind": "grow", "value": "", "growth": "10", "baseline": "1000",
                 "baseline_on": "2026-12-01", "starts_on": "2027-01-01"},
                {"kind": "grow", "growth": Decimal("0.1"), "baseline": 1000},
            ),
            ({"tolerance": "5", "tolerance_kind": "absolute"}, {"tolerance": 5}),
        ],
    )  # fmt: skip
    def test_all_four_kinds(
        self, alice: User, sales: Indicator, sent: dict[str, Any], kept: dict[str, Any]
    ) -> None:
        answer = signed_in(alice).post(TARGET, aimed(**sent))
        assert answer.status_code == 302, answer.context["target_form"].errors
        target = Target.objects.get()
        assert {name: getattr(target, name) for name in kept} == kept

    def test_steps_are_kept_and_shown_again(self, alice: User, sales: Indicator) -> None:
        steps = {"steps-0-on": "2027-01-31", "steps-0-value": "350"}
        browser = signed_in(alice)
        browser.post(TARGET, aimed(**QUARTER, **steps))
        assert Target.objects.get().milestones.get().value == 350
        rows = browser.get(TARGET).context["milestones"]
        assert rows[0]["value"].value() == "350"

    @pytest.mark.parametrize(
        ("by", "totals"),
        [("equal", ["500", "1000"]), ("calendar_days", ["517", "984"])],
    )
    def test_planner_splits_the_total_and_saves_nothing(
        self, alice: User, sales: Indicator, by: str, totals: list[str]
    ) -> None:
        page = signed_in(alice).post(TARGET, aimed(**QUARTER, by=by, plan="1"))
        assert page.status_code == 200
        rows = [row["value"].value() for row in page.context["milestones"]]
        assert rows[:2] == totals
        assert not Target.objects.exists()

    def test_planner_says_what_it_needs(self, alice: User, sales: Indicator) -> None:
        page = signed_in(alice).post(TARGET, aimed(plan="1"))
        assert "Fill in the target, its start" in page.content.decode()

    def test_more_rows_keep_what_was_typed(self, alice: User, sales: Indicator) -> None:
        steps = {"steps-1-on": "2027-01-31", "steps-1-value": "350"}
        page = signed_in(alice).post(TARGET, aimed(**QUARTER, **steps, more="1"))
        assert page.context["milestones"][0]["value"].value() == "350"
        assert len(page.context["milestones"].forms) == 4

    @pytest.mark.parametrize(
        "sent",
        [
            {"value": ""},
            {"value": "1,500"},
            {"comparator": "lte"},
            {"kind": "reach"},
            {"steps-0-on": "2027-01-31"},
            {"steps-0-value": "3"},
            {"steps-0-on": "31.1.", "steps-0-value": "3"},
            {"steps-TOTAL_FORMS": "many"},
            {"tolerance": "100"},
        ],
    )
    def test_refusals_set_nothing(
        self, alice: User, sales: Indicator, sent: dict[str, Any]
    ) -> None:
        answer = signed_in(alice).post(TARGET, aimed(rationale="Kept words", **sent))
        assert answer.status_code == 422
        assert "Kept words" in answer.content.decode()
        assert not Target.objects.exists()

    def test_ends(self, alice: User, sales: Indicator) -> None:
        factories.make_target(sales)
        browser = signed_in(alice)
        assert browser.post("/indicators/sales/targets/1/end/").status_code == 302
        assert Target.objects.get().ended_at is not None
        assert browser.post("/indicators/sales/targets/1/end/").status_code == 404

    def test_roles(self, bob: User, carl: User, charlie: User, sales: Indicator) -> None:
        factories.make_target(sales)
        for url in (TARGET, "/indicators/sales/targets/1/end/"):
            statuses = [signed_in(u).post(url, aimed()).status_code for u in (bob, carl, charlie)]
            assert statuses == [403, 403, 404]
            assert Client().post(url)["Location"].startswith("/accounts/login/")
        assert signed_in(bob).delete(TARGET).status_code == 405
        assert Target.objects.current().count() == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", "1500"),
        ("1 500", "1500"),
        ("1\u00a0500.50", "1500.50"),
        ("3,2", "3.2"),
        ("12,50", "12.50"),
        ("1,234,567", "1234567"),
        ("1,500.5", "1500.5"),
        ("\u22124", "-4"),
        ("0.10", "0.10"),
    ],
)
def test_numbers_as_people_type_them(text: str, number: str) -> None:
    assert str(read_number(text)) == number


@pytest.mark.parametrize("text", ["1,500", "many", "1e5", "NaN", "٣", "1.2.3", "--1", "9" * 21])
def test_numbers_that_are_asked_about(text: str) -> None:
    with pytest.raises(ValidationError):
        read_number(text)


def test_shares_are_shown_in_percent() -> None:
    field = PercentField(required=False)
    assert field.clean("12.5") == Decimal("0.125")
    assert field.prepare_value(Decimal("0.10")) == "10"
    assert field.clean("") is None


def test_a_number_in_an_input_keeps_every_digit_and_has_no_exponent() -> None:
    assert decimal_text(Decimal("1E+3")) == "1000"
    assert decimal_text(Decimal("-0.00")) == "0"
    assert decimal_text(Decimal("1234567890123456789012345678901.50")) == (
        "1234567890123456789012345678901.5"
    )


class TestValues:
    def test_entered_and_corrected_through_the_one_core(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        StaleMark.objects.update(since=None)
        assert browser.post(VALUES, {"at": "2026-10", "value": "480000"}).status_code == 302
        browser.post(VALUES, {"at": "2026-10", "value": "481000.5", "note": "Late invoice"})
        kept = Measurement.objects.get()
        assert (kept.value, kept.note) == (Decimal("481000.5"), "Late invoice")
        assert Superseded.objects.get().value == 480000
        assert Batch.objects.filter(door="form", actor=carl).count() == 2
        assert StaleMark.objects.get().since is not None

    def test_ratio_has_two_parts(self, carl: User, red_team: Team) -> None:
        factories.make_indicator(red_team, "sales", rollup="ratio")
        signed_in(carl).post(VALUES, {"at": "2026-10", "numerator": "3", "denominator": "100"})
        kept = Measurement.objects.get()
        assert (kept.numerator, kept.denominator) == (Decimal(3), Decimal(100))

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"at": "", "value": "1"}, "at"),
            ({"at": "yesterday", "value": "1"}, "at"),
            ({"at": "2999-01-01", "value": "1"}, "at"),
            ({"at": "2026-10", "value": ""}, "value"),
            ({"at": "2026-10", "value": "1,500"}, "value"),
            ({"at": "2026-10", "value": "-1"}, "value"),
        ],
    )
    def test_refusals_stand_at_their_field(
        self, carl: User, red_team: Team, sent: dict[str, str], field: str
    ) -> None:
        factories.make_indicator(red_team, "sales", minimum=0)
        answer = signed_in(carl).post(VALUES, sent)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not Measurement.objects.exists()

    @pytest.mark.at("2026-11-21T12:00Z")
    def test_the_period_that_is_missing_stands_there(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)

        def offered() -> str:
            found: str = browser.get(VALUES).context["form"]["at"].value()
            return found

        assert offered() == "2026-10"
        factories.make_measurements(sales, [1], first=date(2026, 10, 1))
        assert offered() == "2026-11"
        factories.make_measurements(sales, [1], first=date(2026, 11, 1))
        assert offered() == ""

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("20.11.2026", "2026-11-20T00:00+01:00"),
            (" Nov 2026 ", "2026-11-01T00:00+01:00"),
            ("11/20/2026", "2026-11-20T00:00+01:00"),
            ("2026-11-20 10:30", "2026-11-20T10:30+01:00"),
            ("03/04/2026", ""),
            ("2026-10-25 02:30", ""),
        ],
    )
    def test_a_time_may_be_written_as_people_do(
        self, carl: User, sales: Indicator, text: str, at: str
    ) -> None:
        Indicator.objects.update(timezone="Europe/Oslo")
        answer = signed_in(carl).post(VALUES, {"at": text, "value": "1"})
        if at:
            assert Measurement.objects.get().at == datetime.fromisoformat(at)
        else:
            assert answer.status_code == 422 and "at" in answer.context["form"].errors
            assert answer.context["form"]["at"].value() == text

    def test_stored_value_is_offered_for_correction(self, carl: User, sales: Indicator) -> None:
        factories.make_measurements(sales, [480000], first=date(2026, 10, 1))
        browser = signed_in(carl)
        assert "?at=2026-10-01T00%3A00%3A00%2B00%3A00" in browser.get(VALUES).content.decode()
        form = browser.get(VALUES, {"at": "2026-10-01T00:00:00+00:00"}).context["form"]
        assert form["value"].value() == "480000"

    def test_taken_back(self, carl: User, sales: Indicator) -> None:
        factories.make_measurements(sales, [480000], first=date(2026, 10, 1))
        browser, url = signed_in(carl), f"{VALUES}withdraw/"
        browser.post(url, {"at": "nonsense"})
        assert Measurement.objects.count() == 1
        browser.post(url, {"at": datetime(2026, 10, 1, tzinfo=UTC).isoformat()})
        assert not Measurement.objects.exists()
        assert Superseded.objects.get().withdrawn

    def test_roles(self, bob: User, charlie: User, sales: Indicator) -> None:
        for url in (VALUES, f"{VALUES}withdraw/"):
            statuses = [signed_in(u).post(url, {}).status_code for u in (bob, charlie)]
            assert statuses == [403, 404]
            assert Client().post(url).status_code == 302
        assert signed_in(bob).put(VALUES).status_code == 405
        assert signed_in(bob).get("/indicators/no-such/values/").status_code == 404
