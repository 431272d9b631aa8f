"""The board of a team, through its door."""

from __future__ import annotations

import pytest
from django.test import Client

from indicators.models import Indicator, Verdict
from indicators.models.indicator import Sharing
from teams.models import Team, User
from tests import factories
from tests.conftest import signed_in
from tests.dashboards import rows

pytestmark = pytest.mark.django_db


def page(user: User, team: Team, **query: str) -> str:
    response = signed_in(user).get(f"/teams/{team.slug}/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_shows_hero_keys_and_supporting(red_team: Team, bob: User) -> None:
    kvi = factories.make_indicator(red_team, "calls", kind="kvi", name="Calls per 1,000")
    rows.make_verdict(kvi, "at_risk", reason="1.2 above the milestone.")
    rows.make_analysis(kvi, [50.0, 48.0, 47.0])
    key = factories.make_indicator(red_team, "conversion", is_key=True)
    rows.make_verdict(key)
    watched = factories.make_indicator(red_team, "abandonment")
    rows.make_verdict(watched)
    html = page(bob, red_team)
    assert "1.2 above the milestone." in html
    assert html.index("Calls per 1,000") < html.index("Key indicators") < html.index("Conversion")
    assert html.index("Supporting metrics") < html.index("Abandonment")
    assert 'class="chart wide"' in html and 'class="chart narrow"' in html
