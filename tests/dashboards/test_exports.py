"""Files of measurements in the browser: of one indicator and of a whole team."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client

from indicators.models import Indicator
from indicators.models.sharing import Sharing
from measurements.exports import COLUMNS, Format
from measurements.models import Measurement
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

PLACES = ("/indicators/calls/", "/teams/red-team/")


@pytest.fixture
def calls(red_team: Team) -> Indicator:
    indicator = factories.make_indicator(red_team, "calls")
    factories.make_measurements(indicator, ["43.50", "-2"], first=date(2026, 9, 1))
    Measurement.objects.filter(value=-2).update(note="=HYPERLINK(1)")
    return indicator


def lines(user: User, address: str) -> list[tuple[str, ...]]:
    """What a file holds, each part as text."""
    answer: Any = signed_in(user).get(address)
    assert answer.status_code == 200 and answer.streaming
    body = b"".join(answer.streaming_content)
    if address.endswith("csv"):
        return [tuple(line) for line in csv.reader(io.StringIO(body.decode(), newline=""))]
    if address.endswith("xlsx"):
        sheet: Any = openpyxl.load_workbook(io.BytesIO(body)).active
        return [tuple("" if c.value is None else str(c.value) for c in row) for row in sheet]
    found = [json.loads(line, parse_float=Decimal) for line in body.splitlines()]
    texts = [tuple("" if part is None else str(part) for part in one.values()) for one in found]
    return [COLUMNS, *texts]


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("place", PLACES)
def test_a_file_has_every_digit(place: str, form: Format, calls: Indicator, bob: User) -> None:
    head, one, other = lines(bob, f"{place}measurements.{form}")
    shown = "43.5" if form is Format.XLSX else "43.50"
    note = "=HYPERLINK(1)" if form is Format.NDJSON else "'=HYPERLINK(1)"
    assert head == COLUMNS
    assert one == ("calls", "2026-09-01T00:00:00Z", shown, "", "", "")
    assert other == ("calls", "2026-10-01T00:00:00Z", "-2", "", "", note)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("place", PLACES)
def test_the_doors(
    place: str, form: Format, calls: Indicator, bob: User, charlie: User, dora: User
) -> None:
    url = f"{place}measurements.{form}"
    assert lines(bob, url) == lines(dora, url)
    assert signed_in(charlie).get(url).status_code == 404
    assert signed_in(bob).post(url).status_code == 405
    assert (
        signed_in(bob).get(url.replace("calls", "no").replace("red-team", "no")).status_code == 404
    )
    assert signed_in(bob).get(url.replace(f".{form}", ".pdf")).status_code == 404
    assert Client().get(url)["Location"].startswith("/accounts/login/")


def test_a_team_s_file_is_all_that_the_reader_may_see(
    calls: Indicator, red_team: Team, alice: User, bob: User, carl: User
) -> None:
    others = factories.make_team("Other team", visibility=Team.Visibility.MEMBERS)
    shared, hidden = (factories.make_indicator(others, key) for key in ("shared", "hidden"))
    Sharing.objects.create(indicator=shared, team=red_team)
    mine = factories.make_indicator(red_team, "mine", level="individual", owner=carl)
    old = factories.make_indicator(red_team, "old", state="retired")
    for indicator in (shared, hidden, mine, old):
        factories.make_measurements(indicator, ["1"], first=date(2026, 9, 1))
    url = "/teams/red-team/measurements.csv"
    keys = {user: [line[0] for line in lines(user, url)[1:]] for user in (bob, carl, alice)}
    assert sorted(keys[bob]) == ["calls", "calls", "old", "shared"]
    assert sorted(keys[carl]) == sorted(keys[alice]) == ["calls", "calls", "mine", "old", "shared"]


@pytest.mark.parametrize("place", PLACES)
def test_who_took_figures_out_is_in_the_audit_trail(
    place: str, calls: Indicator, bob: User
) -> None:
    lines(bob, f"{place}measurements.xlsx")
    entry = AuditEntry.objects.get(action="measurements.exported")
    subject = "calls" if "calls" in place else "red-team"
    assert (entry.actor, entry.subject, entry.team) == (bob, subject, calls.team)
    assert entry.detail == {"format": "xlsx"} and entry.request_id


def test_the_list_of_a_team_offers_the_files(calls: Indicator, bob: User) -> None:
    html = signed_in(bob).get("/teams/red-team/indicators/").content.decode()
    for form in Format:
        assert f'href="/teams/red-team/measurements.{form}"' in html


def test_a_file_is_one_statement_however_many_indicators(
    calls: Indicator, red_team: Team, bob: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        other = factories.make_indicator(red_team)
        factories.make_measurements(other, ["1"], first=date(2026, 9, 1))
    client: Any = signed_in(bob)
    with django_assert_max_num_queries(9):
        answer = client.get("/teams/red-team/measurements.csv")
        assert b"".join(answer.streaming_content).count(b"\n") == 9
