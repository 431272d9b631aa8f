"""Spans of time and scores as people type them: read, kept in seconds, shown as they were meant."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from indicators.models import Indicator
from measurements.forms.values import ValueForm
from measurements.models import Measurement
from teams.models import Team, User
from tests import factories
from tests.conftest import signed_in
from web.form_fields import SpanField, read_span, span_text

URL = "/indicators/wait/values/"


@pytest.mark.parametrize(
    ("text", "label", "seconds"),
    [
        ("1:30:00", "", "5400"),
        ("0:00:42.5", "", "42.5"),
        ("100:00:00", "", "360000"),
        ("90 min", "", "5400"),
        ("90min", "hours", "5400"),
        ("1.5 h", "", "5400"),
        ("1,5 h", "", "5400"),
        ("1 h 30 min 5 s", "", "5405"),
        ("2 d", "", "172800"),
        ("-90 min", "", "-5400"),
        ("−1:00:00", "", "-3600"),
        ("42", "", "42"),
        ("1 500", "", "1500"),
        ("90", "minutes", "5400"),
        ("1.5", "hours", "5400"),
        ("-2", "days", "-172800"),
        ("7", "parsecs", "7"),
    ],
)
def test_a_span_is_read_as_it_is_meant(text: str, label: str, seconds: str) -> None:
    assert read_span(text, label) == Decimal(seconds)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1:30", "1:30:00 or 90 min"),
        ("1,234 h", "1234 or 1.234"),
        ("soon", "1:30:00, 90 min or 1.5 h"),
        ("90 parsecs", "1:30:00, 90 min or 1.5 h"),
        ("1:99:00", "1:30:00, 90 min or 1.5 h"),
        ("--5 min", "1:30:00, 90 min or 1.5 h"),
        ("1,500", "Did you mean 1500 or 1.500?"),
    ],
)
def test_what_may_mean_two_things_or_nothing_is_asked(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(words)):
        read_span(text)


@given(st.decimals(0, 10**9, places=3), st.sampled_from(["", "minutes", "hours", "s"]))
def test_what_stands_in_the_input_is_read_as_what_it_was(seconds: Decimal, label: str) -> None:
    whole = seconds if label in ("", "s") else seconds.to_integral_value() * 3600
    assert read_span(span_text(whole, label), label) == whole


def test_nothing_typed_is_nothing() -> None:
    field = SpanField(required=False)
    assert field.clean("") is None
    assert field.prepare_value("soon") == "soon" and "1:30:00" in str(field.help_text)
    assert "counts hours" in str(SpanField(unit_label="hours").help_text)


@pytest.fixture
def wait(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "wait", unit="duration", direction="down")


def enter(user: User, **given: str) -> Any:
    return signed_in(user).post(URL, {"at": "2026-10", **given}, follow=True)


@pytest.mark.django_db
def test_a_typed_span_is_stored_in_seconds_and_shown_as_a_span(wait: Indicator, carl: User) -> None:
    html = enter(carl, value="1:30:00").content.decode().replace("\u00a0", " ")
    assert Measurement.objects.get().value == 5400
    assert "1 h 30 min 00 s" in html and ">5400<" not in html
    again = signed_in(carl).get(URL, {"at": "2026-10-01T00:00:00+00:00"}).content.decode()
    assert 'value="1:30:00"' in again
    html = enter(carl, value="90 min").content.decode()
    assert (
        "Nothing changed: it had this value already." in html and Measurement.objects.count() == 1
    )


@pytest.mark.django_db
def test_a_doubtful_span_stays_in_the_input(wait: Indicator, carl: User) -> None:
    response = enter(carl, value="1:30")
    assert response.status_code == 422 and 'value="1:30"' in response.content.decode()
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_only_spans_are_read_as_spans(red_team: Team) -> None:
    share = factories.make_indicator(red_team, "share", unit="duration", rollup="ratio")
    form = ValueForm({"at": "2026", "numerator": "2 h", "denominator": "4"}, indicator=share)
    assert form.is_valid() and form.row().numerator == 7200 and form.row().denominator == 4
    sales = factories.make_indicator(red_team, "sales")
    assert not ValueForm({"at": "2026", "value": "2 h"}, indicator=sales).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "taken"), [("-100", 1), ("100", 1), ("100.01", 0), ("-101", 0)])
def test_a_score_stays_in_its_range(value: str, taken: int, red_team: Team, carl: User) -> None:
    factories.make_indicator(
        red_team, "wait", unit="score", minimum=Decimal(-100), maximum=Decimal(100)
    )
    response = enter(carl, value=value)
    assert Measurement.objects.count() == taken
    assert ("is never" in response.content.decode()) is not bool(taken)


@pytest.mark.django_db
def test_measurements_show_every_digit(red_team: Team, carl: User) -> None:
    factories.make_indicator(red_team, "wait", unit="percent")
    html = enter(carl, value="95.000000000000001").content.decode()
    assert "95.000000000000001\u00a0%" in html
