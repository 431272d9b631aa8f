"""The pages of the organisation: calendar, e-mail and audit trail, for administrators alone."""

from __future__ import annotations

from datetime import UTC, datetime
from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from dashboards import organisation as views
from dashboards.organisation import AUDIT_PAGE, format_example
from indicators.models import StaleMark
from teams.models import AuditEntry, Organisation, Team, User
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

GENERAL, EMAIL, AUDIT = "/organisation/", "/organisation/email/", "/organisation/audit/"
MARKUP = "<script>alert(1)</script>"


def given(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Lumen",
        "timezone": "UTC",
        "week_start": "1",
        "fiscal_year_start": "1",
        "currency": "kr",
        "locale": "nb",
        "notice": "",
    } | fields


@pytest.mark.parametrize("url", [GENERAL, EMAIL, AUDIT])
def test_for_administrators_only(url: str, alice: User, bob: User, dora: User) -> None:
    for user in (alice, bob):
        assert signed_in(user).get(url).status_code == 403
        assert signed_in(user).post(url).status_code in (403, 405)
    assert Client().get(url)["Location"].startswith("/accounts/login/")
    assert signed_in(dora).get(url).status_code == 200
    assert signed_in(dora).delete(url).status_code == 405
    assert signed_in(dora).get(f"{url}none/").status_code == 404


class TestGeneral:
    def test_it_is_kept_and_audited(self, dora: User) -> None:
        answer = signed_in(dora).post(GENERAL, given())
        assert answer["Location"] == "/overview/"  # from the first name on to the first steps
        held = Organisation.current()
        assert (held.name, held.currency, held.locale) == ("Lumen", "kr", "nb")
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor) == ("organisation.changed", dora)
        assert entry.detail["before"]["name"] == "Our organisation"
        assert signed_in(dora).post(GENERAL, given(currency="€"))["Location"] == GENERAL

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("timezone", "Mars/Olympus"),
            ("week_start", "8"),
            ("fiscal_year_start", "0"),
            ("currency", "a very long one"),
            ("locale", "xx"),
        ],
    )
    def test_refusals_keep_what_was_typed(self, field: str, value: str, dora: User) -> None:
        answer = signed_in(dora).post(GENERAL, given(notice="Kept words", **{field: value}))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert "Kept words" in answer.content.decode()
        assert Organisation.current().name == "Our organisation"

    @pytest.mark.parametrize(
        "change", [{"timezone": "Europe/Oslo"}, {"week_start": "7"}, {"fiscal_year_start": "9"}]
    )
    def test_another_calendar_judges_everything_again(
        self, change: dict[str, str], dora: User, red_team: Team
    ) -> None:
        factories.make_indicator(red_team, "calls")
        StaleMark.objects.update(since=None)
        signed_in(dora).post(GENERAL, given())
        assert not StaleMark.objects.waiting().exists()
        page = signed_in(dora).post(GENERAL, given(**change), follow=True)
        assert "judged again" in page.content.decode()
        assert StaleMark.objects.waiting().count() == 1

    def test_the_example_follows_what_is_typed_and_saves_nothing(self, dora: User) -> None:
        htmx = {"HX-Request": "true"}
        typed = given(currency=MARKUP[:8], week_start="7")
        answer = signed_in(dora).get(GENERAL, typed, headers=htmx)
        html = answer.content.decode().replace("\u00a0", " ")
        assert "480 000 &lt;script&gt;" in html and "<html" not in html
        broken = signed_in(dora).get(GENERAL, given(week_start="9"), headers=htmx)
        assert "another look" in broken.content.decode()
        assert Organisation.current().currency == "EUR"

    def test_a_language_that_is_not_listed_stays_a_choice(self, dora: User) -> None:
        Organisation.objects.update(locale="en-GB")
        assert signed_in(dora).post(GENERAL, given(locale="en-GB")).status_code == 302

    def test_the_example_is_written_by_the_calendar(self) -> None:
        place = Organisation(
            currency="kr", locale="nb", timezone="Europe/Oslo", fiscal_year_start=9
        )
        told = format_example(place, datetime(2026, 11, 26, 6, 5, tzinfo=UTC))
        assert told.replace("\u00a0", " ") == "480 000 kr · Week 48 · Q1 FY 2026/27 · 07:05"


class TestEmail:
    def test_a_test_goes_to_oneself(self, dora: User) -> None:
        page = signed_in(dora).post(EMAIL, {"to": "eve@example.com"}, follow=True)
        assert [message.to for message in mail.outbox] == [["dora@example.org"]]
        assert "Sent to dora@example.org" in page.content.decode()

    @pytest.mark.parametrize("problem", [ConnectionRefusedError("refused"), SMTPException("535")])
    def test_what_the_server_answers_is_shown(
        self, problem: Exception, dora: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_kwargs: object) -> None:
            raise problem

        monkeypatch.setattr(views, "send_mail", broken)
        page = signed_in(dora).post(EMAIL, follow=True).content.decode()
        assert "refused it" in page and str(problem) in page

    def test_without_a_server_it_says_what_to_set(
        self, dora: User, settings: Settings, tmp_path: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path
        assert "EMAIL_URL" in signed_in(dora).get(EMAIL).content.decode()
        page = signed_in(dora).post(EMAIL, follow=True).content.decode()
        assert "read it under E-mails" in page and list(tmp_path.iterdir())


class TestAudit:
    @pytest.fixture
    def trail(self, dora: User, alice: User, red_team: Team) -> None:
        for day, action, subject, team, actor in (
            (1, "team.created", "red-team", red_team, dora),
            (2, "membership.added", "alice@example.org", red_team, dora),
            (3, "indicator.created", MARKUP, red_team, alice),
        ):
            at = datetime(2026, 11, day, 12, tzinfo=UTC)
            AuditEntry.record(action, actor=actor, subject=subject, team=team, now=at, role="x")

    def told(self, user: User, **query: str) -> list[str]:
        found = signed_in(user).get(AUDIT, query).context["found"]
        return [entry.action for entry in found["entries"]]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, ["indicator.created", "membership.added", "team.created"]),
            ({"about": "team"}, ["team.created"]),
            ({"about": "nonsense"}, ["indicator.created", "membership.added", "team.created"]),
            ({"who": "ALICE"}, ["indicator.created", "membership.added"]),
            ({"since": "2026-11-02", "until": "2026-11-02"}, ["membership.added"]),
            ({"since": "soon"}, ["indicator.created", "membership.added", "team.created"]),
            ({"who": "%"}, []),
        ],
    )
    def test_newest_first_and_filtered(
        self, query: dict[str, str], expected: list[str], trail: None, dora: User
    ) -> None:
        assert self.told(dora, **query) == expected

    def test_it_reads_as_sentences_and_escapes(self, trail: None, dora: User) -> None:
        html = signed_in(dora).get(AUDIT).content.decode()
        assert "Membership added" in html and "role: x" in html and MARKUP not in html

    def test_older_entries_follow_with_the_same_filter(self, dora: User) -> None:
        for place in range(AUDIT_PAGE + 3):
            AuditEntry.record("team.changed", actor=dora, subject=f"team-{place}")
        html = signed_in(dora).get(AUDIT, {"about": "team"}).content.decode()
        below = signed_in(dora).get(AUDIT).context["found"]["older"]
        assert f'href="?about=team&amp;below={below}"' in html
        assert len(self.told(dora, about="team", below=str(below))) == 3
        assert len(self.told(dora, below="nonsense")) == AUDIT_PAGE
