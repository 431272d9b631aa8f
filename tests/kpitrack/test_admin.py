"""The administrators' site: every list and row opens, nothing can be deleted, one sign-in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from indicators import defining
from indicators.author import Author
from indicators.models import Annotation, Comment, StaleMark
from measurements.models import Batch, Superseded
from notifications.models import Preference
from teams.models import AccessToken, AuditEntry, Organisation, Team, User
from tests import factories
from tests.conftest import signed_in
from verdicts.models import Verdict, VerdictChange

MODELS = sorted(
    (model for model in admin.site._registry), key=lambda model: model._meta.label_lower
)


def address(model: type[models.Model], act: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{act}", args=args)


@pytest.fixture
def rows(red_team: Team, alice: User, now: datetime) -> None:
    """Something of most kinds."""
    sales = factories.make_indicator(red_team, "sales", owner=alice)
    factories.make_target(sales)
    factories.make_objective(red_team)
    Annotation.objects.create(team=red_team, on=date(2026, 1, 1), text="A release")
    Comment.objects.create(indicator=sales, text="Why?", author=alice)
    VerdictChange.objects.create(indicator=sales, at=now, to_status="at_risk", to_signal="steady")
    batch = Batch.objects.create(door="api")
    Superseded.objects.create(
        indicator=sales, at=now, value=1, recorded_at=now, batch=batch,
        superseded_at=now, superseded_by=batch,
    )  # fmt: skip
    AccessToken.issue(alice, name="till", scopes=[])
    Preference.objects.create(user=alice)
    defining.revise(sales, {"name": "Sales!"}, author=Author(alice), now=now)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_lists_searches_and_rows_open(dora: User, rows: None, model: type[models.Model]) -> None:
    browser = signed_in(dora)
    assert browser.get(address(model, "changelist")).status_code == 200
    assert browser.get(address(model, "changelist"), {"q": "a"}).status_code in (200, 302)
    row = model._default_manager.first()
    if row is not None:
        assert browser.get(address(model, "change", row.pk)).status_code == 200
        assert browser.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_nobody_else_enters(alice: User, model: type[models.Model]) -> None:
    url = address(model, "changelist")
    assert signed_in(alice).get(url).status_code in (302, 403)
    assert Client().get(url).status_code == 302


def test_signing_in_has_one_door(db: None) -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_organisation_is_changed_with_an_entry(dora: User, organisation: Organisation) -> None:
    url = address(Organisation, "change", 1)
    sent = {
        "name": "Nordvik", "timezone": "Europe/Oslo", "week_start": "1",
        "fiscal_year_start": "4", "currency": "NOK", "locale": "nb", "notice": "",
    }  # fmt: skip
    assert signed_in(dora).post(url, sent).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.timezone, organisation.fiscal_year_start) == ("Europe/Oslo", 4)
    assert AuditEntry.objects.get().action == "organisation.changed"
    assert signed_in(dora).post(url, sent | {"timezone": "Mars"}).status_code == 200


def test_tokens_are_revoked_and_indicators_judged_again(dora: User, rows: None) -> None:
    browser, token = signed_in(dora), AccessToken.objects.get()
    chosen = {"action": "revoke", "_selected_action": [token.pk]}
    browser.post(address(AccessToken, "changelist"), chosen)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1
    StaleMark.objects.update(since=None)
    verdict = Verdict.objects.get()
    chosen = {"action": "judge_again", "_selected_action": [verdict.pk]}
    browser.post(reverse("admin:indicators_indicator_changelist"), chosen)
    since = StaleMark.objects.get().since
    assert since is not None and since > datetime(2020, 1, 1, tzinfo=UTC)
    assert (
        "secret_hash" not in browser.get(address(AccessToken, "change", token.pk)).content.decode()
    )
