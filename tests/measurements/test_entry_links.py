"""One-time links: opened by anybody who has them, used once, dead alike for every reason."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase

from indicators.models import Indicator
from kpitrack.redaction import Redaction, redacted
from measurements.entry.links import address_of, issue_link
from measurements.models import Batch, EntryLink, Measurement
from teams.models import AuditEntry, Membership, Organisation, Team, User
from tests import clock
from tests.conftest import signed_in
from tests.factories import make_indicator, make_measurements, make_team, make_user
from tests.threads import run_together

DEAD = "This link does not work"
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def made(indicator: Indicator, *, now: datetime | None = None, **more: Any) -> str:
    """The path of a new link."""
    link = issue_link(indicator, period=OCTOBER, now=now or clock.now(), **more)
    assert link is not None
    return path_of(link)


def path_of(link: EntryLink) -> str:
    return "/" + address_of(link.public_id).split("/", 3)[3]


def stored() -> dict[str, str]:
    return {f"{m.at:%Y-%m}": str(m.value) for m in Measurement.objects.order_by("at")}


@pytest.mark.django_db
class TestLink:
    @pytest.fixture(autouse=True)
    def _sales(self, red_team: Team, carl: User) -> None:
        fields = {"unit_label": "kr", "description": "What was sold."}
        self.sales = make_indicator(red_team, "sales", owner=carl, **fields)

    def test_it_shows_what_the_entry_needs_and_no_more(self) -> None:
        make_measurements(self.sales, ["11", "12", "1234"], first=date(2026, 7, 1))
        make_indicator(self.sales.team, "secret", name="Another one")
        answer = Client().get(made(self.sales))
        text = answer.content.decode()
        for words in ("Sales", "What was sold.", "October 2026", "kr", "1,234", "Carl"):
            assert words in text
        assert "Another one" not in text and "Red team" not in text and "<nav" not in text
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]

    def test_it_stores_one_value_in_the_name_of_its_person(self, carl: User) -> None:
        path = made(self.sales)
        browser = Client(enforce_csrf_checks=True)  # a page without referrer has no origin to show
        answer = browser.post(path, {"value": "3,2", "note": "Late", "seen": ""})
        assert answer.status_code == 200 and "Thank you" in answer.content.decode()
        assert (stored(), Measurement.objects.get().note) == ({"2026-10": "3.2"}, "Late")
        batch, link = Batch.objects.get(), EntryLink.objects.get()
        assert (batch.actor, batch.door) == (carl, "link")
        assert link.used_at is not None and link.batch == batch
        used = AuditEntry.objects.get(action="entry_link.used")
        assert used.actor == carl and used.detail["batch"] == batch.pk
        again = browser.post(path, {"value": "4", "seen": ""})
        assert again.status_code == 404 and DEAD in again.content.decode()
        assert stored() == {"2026-10": "3.2"}

    def test_looking_does_not_use_it_up(self) -> None:
        path = made(self.sales)
        for _ in range(3):
            assert Client().get(path).status_code == 200
            assert Client().head(path).status_code == 200
        assert EntryLink.objects.get().used_at is None
        assert Client().post(path, {"value": "5", "seen": ""}).status_code == 200

    @pytest.mark.parametrize("text", ["", "abc", "1,234", "500"])
    def test_a_refused_value_leaves_it_alive_and_typed(self, text: str) -> None:
        Indicator.objects.update(maximum=100)
        path = made(self.sales)
        answer = Client().post(path, {"value": text, "note": "Late", "seen": ""})
        shown = answer.content.decode()
        assert answer.status_code == 422 and 'aria-invalid="true"' in shown
        assert f'value="{text}"' in shown or not text
        assert "Late" in shown and stored() == {}
        assert EntryLink.objects.get().used_at is None

    def test_what_stands_there_already_is_not_read_again(self) -> None:
        """1.234 could be two numbers when it is typed, and is one when it is stored."""
        make_measurements(self.sales, ["1.234"], first=OCTOBER)
        path = made(self.sales)
        page = Client().get(path).content.decode()
        assert "There is a value for October 2026 already" in page
        seen = re.search(r'name="seen" value="(\w+)"', page)
        assert seen is not None
        asked = Client().post(path, {"value": "1,234", "seen": seen[1]})
        assert asked.status_code == 422 and "write a 0 more" in asked.content.decode()
        sent = {"value": "1.234", "note": "Estimated", "seen": seen[1]}
        assert Client().post(path, sent).status_code == 200
        assert (stored(), Measurement.objects.get().note) == ({"2026-10": "1.234"}, "Estimated")

    def test_a_ratio_takes_two(self) -> None:
        Indicator.objects.update(rollup="ratio")
        path = made(self.sales)
        assert Client().post(path, {"numerator": "9", "seen": ""}).status_code == 422
        sent = {"numerator": "9", "denominator": "280", "seen": ""}
        assert Client().post(path, sent).status_code == 200
        row = Measurement.objects.get()
        assert (str(row.numerator), str(row.denominator)) == ("9", "280")

    def test_what_somebody_stored_meanwhile_is_asked_about(self) -> None:
        path = made(self.sales)
        assert 'name="seen"' in Client().get(path).content.decode()
        make_measurements(self.sales, ["7"], first=OCTOBER)
        answer = Client().post(path, {"value": "5", "seen": ""})
        text = answer.content.decode()
        assert answer.status_code == 409 and "it is 7 now" in text
        assert stored() == {"2026-10": "7"} and EntryLink.objects.get().used_at is None
        seen = re.search(r'name="seen" value="(\w+)"', text)
        assert seen is not None
        assert Client().post(path, {"value": "5", "seen": seen[1]}).status_code == 200
        assert stored() == {"2026-10": "5"}

    def test_the_same_value_uses_it_up_as_well(self) -> None:
        make_measurements(self.sales, ["7"], first=OCTOBER)
        path = made(self.sales)
        seen = re.search(r'name="seen" value="(\w+)"', Client().get(path).content.decode())
        assert seen is not None
        assert (
            "was there already"
            in Client().post(path, {"value": "7", "seen": seen[1]}).content.decode()
        )
        assert EntryLink.objects.get().used_at is not None

    def test_whoever_is_signed_in_enters_in_the_name_of_its_person(
        self, alice: User, carl: User
    ) -> None:
        signed_in(alice).post(made(self.sales), {"value": "5", "seen": ""})
        assert Batch.objects.get().actor == carl

    def test_the_period_is_that_of_the_indicators_zone(self) -> None:
        Indicator.objects.update(timezone="Pacific/Auckland")
        self.sales.refresh_from_db()
        Client().post(made(self.sales), {"value": "5", "seen": ""})
        assert Measurement.objects.get().at == datetime(2026, 9, 30, 11, tzinfo=UTC)


# --- dead ------------------------------------------------------------------------------------


def use(sales: Indicator) -> None:
    link = EntryLink.objects.get()
    Client().post(path_of(link), {"value": "1", "seen": ""})


def revoke(sales: Indicator) -> None:
    EntryLink.objects.get().revoke(clock.now())


def expire(sales: Indicator) -> None:
    EntryLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))


def send_next(sales: Indicator) -> None:
    issue_link(sales, period=date(2026, 11, 1), now=clock.now())


def let_go(sales: Indicator) -> None:
    User.objects.filter(name="Carl").update(is_active=False)


def take_role(sales: Indicator) -> None:
    Membership.objects.filter(user__name="Carl").update(role="viewer")


def take_membership(sales: Indicator) -> None:
    Membership.objects.filter(user__name="Carl").delete()


def retire(sales: Indicator) -> None:
    sales.retire(reason="Learnt enough", now=clock.now())


def compute(sales: Indicator) -> None:
    Indicator.objects.update(source_kind="formula")


REASONS: list[Callable[[Indicator], None]] = [
    use, revoke, expire, send_next, let_go, take_role, take_membership, retire, compute,
]  # fmt: skip


def page(answer: Any) -> str:
    """The page but for the proof of a form, which is another one each time."""
    return re.sub(r'"X-CSRFToken": "\w+"', "", answer.content.decode())


@pytest.mark.django_db
class TestDead:
    @pytest.fixture(autouse=True)
    def _sales(self, red_team: Team, carl: User) -> None:
        self.sales = make_indicator(red_team, "sales", owner=carl)

    @pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.__name__)
    def test_every_dead_link_answers_like_one_that_never_was(
        self, reason: Callable[[Indicator], None]
    ) -> None:
        path = made(self.sales)
        assert Client().get(path).status_code == 200
        reason(self.sales)
        before = stored()
        never = Client().get("/enter/abcdefghijkl/" + "0" * 64 + "/")
        for answer in (Client().get(path), Client().post(path, {"value": "5", "seen": ""})):
            assert (answer.status_code, page(answer)) == (404, page(never))
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "no-store"
        assert stored() == before

    def test_a_wrong_secret_is_an_unknown_link(self) -> None:
        path = made(self.sales)
        cut = path.rstrip("/")
        other = cut[:-1] + ("0" if cut[-1] != "0" else "1")
        for wrong in (f"{other}/", f"{cut[:-1]}/", f"{cut}0/", "/enter/x/\u0661/", "/enter/x/%ff/"):
            answer = Client().get(wrong)
            assert answer.status_code == 404 and DEAD in answer.content.decode(), wrong
        swapped = made(make_indicator(self.sales.team, "other", owner=self.sales.owner))
        mixed = "/".join([*path.split("/")[:3], swapped.split("/")[3], ""])
        assert Client().get(mixed).status_code == 404

    def test_methods(self) -> None:
        path = made(self.sales)
        for method in ("put", "delete", "patch"):
            assert getattr(Client(), method)(path).status_code == 405

    def test_an_address_that_tries_many_has_to_wait(self) -> None:
        path = made(self.sales)
        found = [
            Client().get("/enter/x/y/", REMOTE_ADDR="192.0.2.1").status_code for _ in range(61)
        ]
        assert found == [404] * 60 + [429]
        busy = Client().post(path, {"value": "5", "seen": ""}, REMOTE_ADDR="192.0.2.1")
        assert busy.status_code == 429 and stored() == {}
        assert Client().get(path, REMOTE_ADDR="192.0.2.2").status_code == 200


@pytest.mark.django_db
class TestSecret:
    def test_no_table_holds_it(self, red_team: Team, carl: User) -> None:
        sales = make_indicator(red_team, "sales", owner=carl)
        secret = made(sales).split("/")[3]
        assert len(secret) == 64
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"]
                )
                assert cursor.fetchone() == (0,), table
        assert EntryLink.objects.get().secret_hash != secret

    def test_no_log_holds_it(
        self, red_team: Team, carl: User, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Django itself logs the address of every answer from 400 on."""
        path = made(make_indicator(red_team, "sales", owner=carl))
        secret = path.split("/")[3]
        handler = logging.getLogger().handlers
        records: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                records.append(record.getMessage())

        ours = next(h for h in handler if any("Redaction" in type(f).__name__ for f in h.filters))
        keep = Keep()
        keep.filters = ours.filters
        logging.getLogger("django.request").addHandler(keep)
        try:
            Client().post(path, {"value": "abc"})
        finally:
            logging.getLogger("django.request").removeHandler(keep)
        assert any("/enter/" in record for record in records)
        assert secret not in " ".join(records)

    def test_the_access_log_writes_addresses_without_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO", "kpitrack.access"):
            Client().get("/enter/abc/f00ba4/")
        [record] = [r for r in caplog.records if r.name == "kpitrack.access"]
        assert Redaction().filter(record)
        assert record.getMessage().startswith("GET /enter/abc/…/ 404 ")

    @pytest.mark.parametrize(
        ("text", "short"),
        [
            ("GET /enter/abc/f00/?x=1 HTTP/1.1", "GET /enter/abc/…/?x=1 HTTP/1.1"),
            ("/notifications/unsubscribe/Ab:c-1/", "/notifications/unsubscribe/…/"),
            ("/entry/?show=due", "/entry/?show=due"),
        ],
    )
    def test_redaction(self, text: str, short: str) -> None:
        assert redacted(text) == short

    def test_acts_are_in_the_audit_trail(self, red_team: Team, carl: User, alice: User) -> None:
        sales = make_indicator(red_team, "sales", owner=carl)
        made(sales, made_by=alice)
        made(sales)
        trail = AuditEntry.objects.filter(action__startswith="entry_link").order_by("id")
        assert [(e.action, e.actor, e.subject, e.team) for e in trail] == [
            ("entry_link.issued", alice, "sales", red_team),
            ("entry_link.revoked", None, "sales", red_team),
            ("entry_link.issued", None, "sales", red_team),
        ]
        assert trail[0].detail["user"] == "carl@example.org"

    def test_a_batch_says_who_made_the_link(self, red_team: Team, carl: User, alice: User) -> None:
        sales = make_indicator(red_team, "sales", owner=carl)
        Client().post(made(sales, made_by=alice), {"value": "5", "seen": ""})
        assert Batch.objects.get().label.endswith("made by Alice")

    def test_there_is_nobody_to_make_one_for(self, red_team: Team, bob: User) -> None:
        now = clock.now()
        for owner in (None, bob):
            sales = make_indicator(red_team, f"sales-{owner}".lower(), owner=owner)
            assert issue_link(sales, period=OCTOBER, now=now) is None
        assert not EntryLink.objects.exists()


# --- several at once -------------------------------------------------------------------------


class TestTwoPosts(TransactionTestCase):
    def test_one_of_them_wins(self) -> None:
        cache.clear()
        Organisation.current()
        team = make_team("Red team")
        sales = make_indicator(team, "sales", owner=make_user("carl", contributor=team))
        path = made(sales)

        def post(text: str) -> int:
            return Client().post(path, {"value": text, "seen": ""}).status_code

        answers = run_together(*(partial(post, str(k)) for k in range(1, 5)))
        assert sorted(answers) == [200, 404, 404, 404]
        assert Measurement.objects.count() == 1
        assert AuditEntry.objects.filter(action="entry_link.used").count() == 1
