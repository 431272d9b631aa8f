"""Times on pages are those of the reader's clock; programs are answered in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import OperationalError

from kpitrack import local_time
from reviews.models import Review
from teams.models import Organisation, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator, make_measurements


@pytest.fixture(autouse=True)
def in_oslo(organisation: Organisation) -> None:
    organisation.timezone = "Europe/Oslo"
    organisation.save()


@pytest.fixture
def review(red_team: Team) -> Review:
    """A meeting at noon in UTC, in winter."""
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    return Review.objects.create(team=red_team, title="Talk", scheduled_at=at, opened_at=at)


def test_the_clock_of_the_organisation_is_that_of_everybody(bob: User, review: Review) -> None:
    assert "24 November, 13:00" in signed_in(bob).get("/reviews/").content.decode()


def test_a_person_may_have_another_clock(bob: User, review: Review) -> None:
    bob.timezone = "America/New_York"
    bob.save()
    assert "24 November, 07:00" in signed_in(bob).get("/reviews/").content.decode()


def test_programs_are_answered_in_utc(bob: User, review: Review) -> None:
    told = with_token(bob).get(f"/api/v1/reviews/{review.pk}/").json()
    assert told["scheduled_at"] == "2026-11-24T12:00:00Z"


def test_a_database_that_is_away_is_left_to_the_view(
    bob: User, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_request: object) -> Organisation:
        raise OperationalError

    monkeypatch.setattr(local_time, "organisation_of", away)
    assert "24 November, 12:00" in signed_in(bob).get("/reviews/").content.decode()


def test_a_month_begins_where_its_indicator_is_counted(alice: User, red_team: Team) -> None:
    """Midnight in Tokyo is the day before elsewhere."""
    tokyo = make_indicator(red_team, "tokyo", timezone="Asia/Tokyo")
    make_measurements(tokyo, ["61"], first=date(2026, 10, 1))
    tokyo.measurements.update(at=datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    page = signed_in(alice).get("/indicators/tokyo/values/").content.decode()
    assert "1 Oct 2026" in page and "30 Sep 2026" not in page
    corrected = signed_in(alice).get("/indicators/tokyo/values/?at=2026-10-01T00:00:00%2B09:00")
    assert 'value="61' in corrected.content.decode()
