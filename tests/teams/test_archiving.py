"""A team that is archived: read by everybody who read it, changed by nobody, and restored."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from indicators.models import Indicator
from notifications.reminders import due_values
from reviews.models import ReviewPlan
from teams.access import CHANGING, Action, Reach
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

ARCHIVE, RESTORE = "/teams/red-team/archive/", "/teams/red-team/restore/"
BOARD = "/teams/red-team/"


@pytest.fixture
def wait(red_team: Team, alice: User) -> Indicator:
    """An indicator of the red team with values, owned by its manager."""
    found = factories.make_indicator(red_team, "wait", owner=alice)
    factories.make_measurements(found, [90], first=date(2026, 8, 1))
    return found


@pytest.mark.parametrize("action", list(Action))
def test_what_an_archived_team_allows(action: Action) -> None:
    reach = Reach(
        is_administrator=True, all_team_ids=frozenset({1, 2}), archived_team_ids=frozenset({2})
    )
    assert reach.may(action, 1)
    assert reach.may(action, 2) is (action not in CHANGING)
    assert reach.is_unbounded_for(action) is (action not in CHANGING)


def test_it_is_only_read_until_it_is_restored(
    wait: Indicator, alice: User, bob: User, dora: User
) -> None:
    assert signed_in(alice).post(ARCHIVE)["Location"] == f"{BOARD}settings/"
    for user in (alice, bob, dora):
        html = signed_in(user).get(BOARD).content.decode()
        assert "This team is archived" in html
        assert signed_in(user).get("/indicators/wait/").status_code == 200
    for user in (alice, dora):
        for path in ("edit/", "values/", "target/", "comments/"):
            assert signed_in(user).get(f"/indicators/wait/{path}").status_code in (403, 405), path
        for path in ("indicators/new/", "review-plans/new/", "objectives/new/"):
            assert signed_in(user).get(BOARD + path).status_code == 403, path
        assert signed_in(user).post(f"{BOARD}reviews/open/").status_code == 403
        assert not Indicator.objects.enterable_by(user).exists()
        user.forget_reach()
    signed_in(alice).post(RESTORE)
    assert signed_in(alice).get("/indicators/wait/edit/").status_code == 200
    told = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert told == ["team.archived", "team.restored"]


def test_repeating_it_changes_nothing(alice: User, red_team: Team) -> None:
    for url, action in ((ARCHIVE, "team.archived"), (RESTORE, "team.restored")):
        for _ in range(2):
            assert signed_in(alice).post(url).status_code == 302
        assert AuditEntry.objects.filter(action=action).count() == 1


def test_it_leaves_sidebar_overview_and_pickers(wait: Indicator, alice: User, dora: User) -> None:
    factories.make_team("Green")
    signed_in(dora).post(ARCHIVE)
    page = signed_in(dora).get("/overview/")
    assert "Red team" not in page.content.decode()
    form = signed_in(dora).get("/organisation/teams/new/").context["form"]
    assert [team.name for team in form.fields["parent"].queryset] == ["Green"]
    shown = signed_in(alice).get(BOARD).context["frame"]
    assert shown.team.name == "Red team"  # where it is in view it is named


def test_nobody_is_reminded_and_no_review_opens(
    wait: Indicator, red_team: Team, now: datetime, dora: User
) -> None:
    ReviewPlan.objects.create(team=red_team, next_at=now)
    Indicator.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert due_values(now) and ReviewPlan.objects.due(now).exists()
    signed_in(dora).post(ARCHIVE)
    assert not due_values(now) and not ReviewPlan.objects.due(now).exists()


def test_the_tree_is_closed_from_below_and_opened_from_above(red_team: Team, alice: User) -> None:
    below = factories.make_team("Below", parent=red_team)
    refused = signed_in(alice).post(ARCHIVE, follow=True).content.decode()
    assert "Archive the teams below it first" in refused
    signed_in(alice).post("/teams/below/archive/")
    signed_in(alice).post(ARCHIVE)
    refused = signed_in(alice).post("/teams/below/restore/", follow=True).content.decode()
    assert "Restore the team above it first" in refused
    below.refresh_from_db()
    assert below.archived_at is not None


def test_who_may(alice: User, bob: User, carl: User, charlie: User) -> None:
    for url in (ARCHIVE, RESTORE):
        for user, status in ((bob, 403), (carl, 403), (charlie, 404)):
            assert signed_in(user).post(url).status_code == status
        assert Client().post(url)["Location"].startswith("/accounts/login/")
        assert signed_in(alice).get(url).status_code == 405
    assert signed_in(alice).post("/teams/no-such/archive/").status_code == 404
