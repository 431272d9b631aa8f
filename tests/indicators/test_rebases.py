"""New process limits through both doors: accept a shift with a note, list, take it back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator, StaleMark
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.analysis.generators import noise
from tests.conftest import signed_in, with_token
from tests.judged import judge_now
from verdicts.models import Analysis, Rebase

API = "/api/v1/indicators/waiting/rebases/"
PAGE, NEW = "/indicators/waiting/?tab=process", "/indicators/waiting/rebases/new/"
SHIFT = date(2025, 1, 1)
GOOD: dict[str, Any] = {"on": "2025-01-01", "note": "The second desk opened."}


@pytest.fixture
def waiting(red_team: Team, now: datetime) -> Indicator:
    """Sixty months up to October 2026, with the level down from January 2025 on."""
    made = factories.make_indicator(red_team, "waiting", direction="down")
    values = noise(60, 8) + 20
    values[38:] -= 6
    rows = [round(float(value), 3) for value in values]
    factories.make_measurements(made, rows, first=date(2021, 11, 1))
    judge_now([made.pk], now=now)
    StaleMark.objects.filter(pk=made.pk).update(since=None)
    return made


def judged(indicator: Indicator, now: datetime) -> dict[str, Any]:
    judge_now([indicator.pk], now=now)
    found: dict[str, Any] = Analysis.objects.get(pk=indicator.pk).result
    return found


class TestApi:
    def test_accepted_listed_and_taken_back(
        self, alice: User, waiting: Indicator, now: datetime
    ) -> None:
        client = with_token(alice)
        assert Analysis.objects.get(pk=waiting.pk).result["proposed_rebase"]["from"] == "2025-01-01"
        answer = client.post(API, GOOD, format="json")
        assert answer.status_code == 201
        assert answer.json() | {"made_at": ""} == GOOD | {
            "made_by": "alice@example.org", "made_at": "",
        }  # fmt: skip
        assert StaleMark.objects.get(pk=waiting.pk).since is not None
        assert [row["on"] for row in client.get(API).json()["results"]] == ["2025-01-01"]
        found = judged(waiting, now)
        assert [limits["from"] for limits in found["limits"]] == ["2021-11-01", "2025-01-01"]
        assert found["limits"][1]["centre"] < 16 < found["limits"][0]["centre"]
        assert found["proposed_rebase"] is None

        assert client.delete(f"{API}2025-01-01/").status_code == 204
        assert len(judged(waiting, now)["limits"]) == 1
        acts = AuditEntry.objects.filter(subject="waiting", action__startswith="limits.")
        assert [act.action for act in acts.order_by("id")] == [
            "limits.rebased", "limits.rebase_withdrawn",
        ]  # fmt: skip
        assert all(act.detail["note"] == GOOD["note"] for act in acts)

    def test_any_day_of_the_period_will_do(self, alice: User, waiting: Indicator) -> None:
        answer = with_token(alice).post(API, GOOD | {"on": "2025-01-17"}, format="json")
        assert answer.json()["on"] == "2025-01-01"

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"note": ""}, "note", "blank"),
            ({"note": "  "}, "note", "blank"),
            ({"note": "x" * 301}, "note", "max_length"),
            ({"on": "2021-11-30"}, "on", "outside"),
            ({"on": "2026-11-01"}, "on", "outside"),
            ({"on": "soon"}, "on", "invalid"),
            ({"made_by": "bob"}, "made_by", "read_only"),
        ],
    )
    def test_refused(
        self, alice: User, waiting: Indicator, change: dict[str, Any], field: str, code: str
    ) -> None:
        answer = with_token(alice).post(API, GOOD | change, format="json")
        assert answer.status_code == 422
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
        assert not Rebase.objects.exists()
        assert StaleMark.objects.get(pk=waiting.pk).since is None

    def test_a_note_is_required(self, alice: User, waiting: Indicator) -> None:
        answer = with_token(alice).post(API, {"on": "2025-01-01"}, format="json")
        assert answer.status_code == 422

    def test_the_same_day_twice(self, alice: User, waiting: Indicator) -> None:
        client = with_token(alice)
        client.post(API, GOOD, format="json")
        answer = client.post(API, GOOD | {"note": "Again"}, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "taken")
        assert Rebase.objects.get().note == GOOD["note"]

    def test_without_measurements_there_is_nothing_to_restart(
        self, alice: User, red_team: Team
    ) -> None:
        factories.make_indicator(red_team, "waiting")
        assert with_token(alice).post(API, GOOD, format="json").status_code == 422

    def test_viewer_reads_and_may_not_write(self, bob: User, waiting: Indicator) -> None:
        client = with_token(bob)
        assert client.get(API).status_code == 200
        assert client.post(API, GOOD, format="json").status_code == 403
        assert client.delete(f"{API}2025-01-01/").status_code == 403

    def test_outsider_and_unknown_are_404(
        self, alice: User, charlie: User, waiting: Indicator
    ) -> None:
        for client, address in (
            (with_token(charlie), API), (with_token(alice), API.replace("waiting", "none")),
        ):  # fmt: skip
            assert client.get(address).status_code == 404
            assert client.post(address, GOOD, format="json").status_code == 404
            assert client.delete(f"{address}2025-01-01/").status_code == 404

    @pytest.mark.parametrize("day", ["2025-02-01", "2025-13-01", "soon"])
    def test_a_restart_that_is_not_there(self, alice: User, waiting: Indicator, day: str) -> None:
        assert with_token(alice).delete(f"{API}{day}/").status_code == 404

    def test_anonymous_is_401(self, waiting: Indicator) -> None:
        assert APIClient().get(API).status_code == 401
        assert APIClient().post(API, GOOD, format="json").status_code == 401
        assert APIClient().delete(f"{API}2025-01-01/").status_code == 401

    def test_wrong_method(self, alice: User, waiting: Indicator) -> None:
        assert with_token(alice).put(API, GOOD, format="json").status_code == 405
        assert with_token(alice).get(f"{API}2025-01-01/").status_code == 405


class TestPages:
    def test_the_process_offers_the_shift_and_says_the_rate(
        self, alice: User, waiting: Indicator
    ) -> None:
        page = " ".join(signed_in(alice).get(PAGE).content.decode().split())
        assert "Recalculate limits from January 2025" in page
        assert "10 of the last 10 values lie below the mean" in page
        assert "about 1 false alert in 200 values" in page
        assert f'action="{NEW}"' in page and 'value="2025-01-01"' in page

    def test_accepted_shown_and_taken_back(
        self, alice: User, bob: User, waiting: Indicator, now: datetime
    ) -> None:
        browser = signed_in(alice)
        assert browser.post(NEW, GOOD)["Location"] == PAGE
        judged(waiting, now)
        for reader in (alice, bob):
            page = signed_in(reader).get(PAGE).content.decode()
            assert "Limits from January 2025: The second desk opened." in page
            assert ("Delete" in page) is (reader == alice)
            assert "Recalculate limits from January 2025" not in page
        away = f"{NEW[:-4]}2025-01-01/withdraw/"
        assert browser.post(away)["Location"] == PAGE
        assert not Rebase.objects.exists()
        assert browser.post(away).status_code == 404

    def test_refused_with_the_reason_and_nothing_lost(
        self, alice: User, waiting: Indicator
    ) -> None:
        browser = signed_in(alice)
        page = browser.post(NEW, {"on": "2025-01-01", "note": ""})
        assert (page.status_code, "note" in page.context["form"].errors) == (422, True)
        page = browser.post(NEW, {"on": "2030-01-01", "note": "The future"})
        assert page.status_code == 422 and "The future" in page.content.decode()
        assert not Rebase.objects.exists()

    def test_the_form_begins_with_the_day_of_the_address(
        self, alice: User, waiting: Indicator
    ) -> None:
        page = signed_in(alice).get(f"{NEW}?on=2025-01-01")
        assert page.status_code == 200 and 'value="2025-01-01"' in page.content.decode()

    def test_viewer_sees_no_form_and_may_not(self, bob: User, waiting: Indicator) -> None:
        browser = signed_in(bob)
        assert "Recalculate limits" not in browser.get(PAGE).content.decode()
        assert browser.get(NEW).status_code == browser.post(NEW, GOOD).status_code == 403
        assert browser.post(f"{NEW[:-4]}2025-01-01/withdraw/").status_code == 403

    def test_a_day_that_is_none(self, alice: User, waiting: Indicator) -> None:
        assert signed_in(alice).post(f"{NEW[:-4]}soon/withdraw/").status_code == 404

    def test_wrong_method(self, alice: User, waiting: Indicator) -> None:
        assert signed_in(alice).put(NEW).status_code == 405
        assert signed_in(alice).get(f"{NEW[:-4]}2025-01-01/withdraw/").status_code == 405


def test_the_newest_alert_is_named(alice: User, waiting: Indicator, now: datetime) -> None:
    found = Analysis.objects.get(pk=waiting.pk).result["alerts"]
    assert found, "the shift was told when it came"
    assert "The last one was about" in signed_in(alice).get(PAGE).content.decode()
    assert datetime.fromisoformat(found[-1]["period"]).replace(tzinfo=UTC) < now
