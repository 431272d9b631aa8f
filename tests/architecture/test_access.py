"""Every address × every method × every role gives the answer of `access.txt`; none is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from indicators.models import Annotation, Comment, Indicator, StaleMark
from measurements.files import bringing, jobs
from measurements.files.reading import Reading
from measurements.models import Batch, EntryLink, Upload
from notifications.channels.email import unsubscribe_url
from notifications.models import Notification
from reviews.models import Action, Review, ReviewItem, ReviewPlan
from teams.access import Scope
from teams.models import AccessToken, Organisation, Team, User
from tests import clock, factories
from tests.architecture.access import BODIES, ROLES, ROUTES, ROWS, Row, routes

pytestmark = pytest.mark.django_db  # each test in a savepoint of the stage's transaction

UNSAFE = ("POST", "PATCH", "PUT", "DELETE")


SCOPED = [row for row in ROWS if row.scope]


@dataclass(frozen=True, slots=True)
class Stage:
    """What the requests are about, and who sends them."""

    people: dict[str, User | None]
    places: dict[str, str]
    cookies: dict[str, SimpleCookie]

    def address(self, path: str) -> str:
        """The path with each placeholder filled in, by the segment before it or by name."""
        parts: list[str] = [""]
        for part in path.split("/")[1:]:
            named = part.strip("<>").partition("=")[2]
            parts.append(self.places[named or parts[-1]] if part.startswith("<") else part)
        return "/".join(parts)

    def send(
        self, row: Row, role: str, headers: dict[str, str] | None = None, *, forged: bool = False
    ) -> HttpResponseBase:
        """The answer to one request, whose effects are undone."""
        client = Client(enforce_csrf_checks=forged)
        client.cookies = SimpleCookie(self.cookies[role].output(header="", sep=";"))
        with transaction.atomic():
            answer = ask(client, row, self.address(row.path), headers or {})
            if isinstance(answer, StreamingHttpResponse):
                answer.getvalue()  # to its end, which closes its file
            transaction.set_rollback(True)
        return answer


def ask(client: Client, row: Row, address: str, headers: dict[str, str]) -> HttpResponseBase:
    body = BODIES.get(str(row), {})
    if row.method == "GET":
        found = client.get(address, headers=headers)
    elif address.startswith("/api/"):
        kind = "application/json"
        found = client.generic(row.method, address, json.dumps(body), kind, headers=headers)
    else:
        found = client.post(address, body, headers=headers)
    return found


def told(answer: HttpResponseBase) -> str:
    """The answer as the table writes it."""
    if answer.status_code == 302 and "login" in answer["Location"].partition("?")[0]:
        return "sign-in"
    return str(answer.status_code)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The cast and one of everything, for the whole table; each request is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_stage(clock.NOW)
        transaction.set_rollback(True)


def make_stage(now: datetime) -> Stage:
    Organisation.current()
    red = factories.make_team("Red team", visibility=Team.Visibility.MEMBERS)
    people: dict[str, User | None] = {
        "anonymous": None,
        "charlie": factories.make_user("charlie", manager=factories.make_team("Blue team")),
        "bob": factories.make_user("bob", viewer=red),
        "carl": factories.make_user("carl", contributor=red),
        "alice": factories.make_user("alice", manager=red),
        "dora": factories.make_user("dora", administrator=True),
    }
    places = make_places(red, people, now)
    return Stage(people, places, {role: signed_in(user) for role, user in people.items()})


def signed_in(user: User | None) -> SimpleCookie:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.cookies


def make_places(red: Team, people: dict[str, User | None], now: datetime) -> dict[str, str]:
    """Where the placeholders lead."""
    wait = factories.make_indicator(red, "wait")
    factories.make_target(wait)
    factories.make_measurements(wait, [90, 95], first=date(2026, 9, 1))
    green = factories.make_team("Green team")
    factories.make_target(factories.make_indicator(green, "open"))
    owner, bob, carl = people["alice"], people["bob"], people["carl"]
    assert owner is not None and bob is not None and carl is not None
    factories.make_indicator(red, "private", level=Indicator.Level.INDIVIDUAL, owner=carl)
    StaleMark.objects.update(since=None)
    review, closed = make_reviews(red, wait, now)
    item = review.items.get()
    told = Notification.objects.create(kind="alert_status", occasion="1", recipient=owner, team=red)
    made = {
        "annotations": Annotation.objects.create(
            team=red, indicator=wait, on=now.date(), text="New queue"
        ),
        "comments": Comment.objects.create(
            indicator=wait, author=people["alice"], text="Why?", made_at=now
        ),
        "reviews": review,
        "items": item,
        "review-plans": ReviewPlan.objects.create(team=red, next_at=now + timedelta(days=9)),
        "actions": Action.objects.create(review=review, text="Call them", due_on=now.date()),
        "notifications": told,
        "closed": closed,
        "members": bob.memberships.get(),
        "people": bob,
    }
    return {
        "teams": red.slug,
        "green": green.slug,
        "indicators": wait.key,
        "open": "open",
        "wait": wait.key,
        "private": "private",
        "objectives": factories.make_objective(red, slug="grow").slug,
        "library": "conversion",
        "targets": "1",
        "rebases": str(wait.rebases.create(on=date(2026, 9, 1), note="Another till").on),
        "imports": make_file(carl, now).public_id,
        "tokens": AccessToken.issue(carl, name="Ward", scopes=list(Scope))[0].public_id,
        "unsubscribe": "none",
        "proof": unsubscribe_url(told).rstrip("/").rpartition("/")[2],
        "key": "1-none",
        **link_into(wait, owner),
        "deliveries": str(carls_delivery(carl, wait).pk),
        "mails": "none.log",
        "none.log": "1",
        **{name: str(row.pk) for name, row in made.items()},
    }


def link_into(indicator: Indicator, person: User) -> dict[str, str]:
    """A one-time link with its proof, and one that never was."""
    link, proof = EntryLink.issue(indicator, user=person, period=date(2026, 8, 1), now=clock.now())
    return {"enter": "none", "none": "none", "link": link.public_id, "proof_of_link": proof}


def make_file(user: User, now: datetime) -> Upload:
    """One that is checked and waits for its person."""
    lines = b"indicator,at,value\nwait,2026-10,93\n"
    upload = bringing.bring(lines, name="wait.csv", user=user, now=now)
    jobs.prepare_upload(upload, Reading.from_json(upload.reading), now=now)
    return upload


def carls_delivery(carl: User, wait: Indicator) -> Batch:
    """A file that was taken in and can be undone."""
    return Batch.objects.create(actor=carl, door=Batch.Door.FILE, indicator_ids=[wait.pk])


def make_reviews(red: Team, wait: Indicator, now: datetime) -> tuple[Review, Review]:
    """An open one with an item, and a closed one."""
    fields = {"team": red, "scheduled_at": now, "opened_at": now}
    review = Review.objects.create(title="November", **fields)
    ReviewItem.objects.create(review=review, indicator=wait)
    closed = Review.objects.create(title="October", state="closed", closed_at=now, **fields)
    return review, closed


@pytest.fixture(autouse=True)
def mails_are_files(settings: Settings, tmp_path: Path) -> None:
    """As in an installation without a mail server, whose mails administrators may read."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_gets_the_answer_of_the_table(stage: Stage, row: Row) -> None:
    found = {role: told(stage.send(row, role)) for role in ROLES}
    assert found == row.answers


def methods_of(view: Any) -> set[str]:
    """The methods that must be in the table: reading, sending, and what else a view knows."""
    known = getattr(view, "cls", None)
    more = {m for m in UNSAFE if known is not None and hasattr(known, m.lower())}
    return {"GET", "POST"} | more


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_every_address_is_in_the_table(route: str) -> None:
    told_of = {row.method for row in ROWS if row.route == route}
    assert methods_of(ROUTES[route]) <= told_of


def test_the_table_tells_of_nothing_that_is_gone() -> None:
    assert {row.route for row in ROWS} <= set(ROUTES)


def test_the_policy_of_every_api_view_is_the_one_of_the_table() -> None:
    for row in SCOPED:
        view = ROUTES[row.route].cls
        reading = getattr(view, "read_scope", None)
        declared = reading if row.method == "GET" else getattr(view, "write_scope", reading)
        assert row.scope == declared, row


# --- tokens ----------------------------------------------------------------------------------


def bearer(user: User | None, *scopes: str, teams: tuple[Team, ...] = ()) -> dict[str, str]:
    assert user is not None
    _, key = AccessToken.issue(user, name="test", scopes=[*map(Scope, scopes)], teams=teams)
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("row", SCOPED, ids=str)
def test_a_token_needs_the_scope_and_no_other(stage: Stage, row: Row) -> None:
    alice = stage.people["alice"]
    others = [scope.value for scope in Scope if scope != row.scope]
    lacking: Any = stage.send(row, "anonymous", bearer(alice, *others))
    assert told(lacking) == "403"
    assert json.loads(lacking.content)["detail"] == f"The token needs the scope {row.scope}."
    having = stage.send(row, "anonymous", bearer(alice, row.scope))
    assert told(having) == row.answers["alice"]


@pytest.mark.parametrize("row", [r for r in SCOPED if r.answers["charlie"] == "404"], ids=str)
def test_a_token_of_another_team_sees_nothing(stage: Stage, row: Row) -> None:
    """dora may do everything, but not through a token that is made for the green team."""
    green = Team.objects.get(slug="green-team")
    headers = bearer(stage.people["dora"], row.scope, teams=(green,))
    assert told(stage.send(row, "anonymous", headers)) == "404"


@pytest.mark.parametrize("row", SCOPED, ids=str)
def test_a_wrong_token_is_nobody(stage: Stage, row: Row) -> None:
    key = bearer(stage.people["alice"], row.scope)["Authorization"]
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert told(stage.send(row, "alice", {"Authorization": wrong})) == "401"


# --- options ---------------------------------------------------------------------------------

DOCUMENT: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def options_in_the_document(row: Row) -> list[str]:
    """The options of the query string that the OpenAPI document declares."""
    path = row.route.replace("<", "{").replace(">", "}")
    operation = DOCUMENT["paths"][path][row.method.lower()]
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]


@pytest.mark.parametrize("row", SCOPED, ids=str)
def test_an_option_that_is_not_in_the_document_is_refused(stage: Stage, row: Row) -> None:
    """Whoever writes ?dryrun=true for dry_run would otherwise store what was to be checked."""
    path = f"{row.path}{'&' if '?' in row.path else '?'}no-such=true"
    answer: Any = stage.send(Row(row.method, path, row.answers), "dora")
    allowed = ", ".join(sorted(options_in_the_document(row))) or "none"
    assert told(answer) == "422"
    [problem] = json.loads(answer.content)["errors"]
    assert (problem["field"], problem["code"]) == ("no-such", "unknown")
    assert problem["detail"] == f"There is no such option. Those of this address: {allowed}."


@pytest.mark.parametrize("row", SCOPED, ids=str)
def test_an_option_that_is_in_the_document_is_known(stage: Stage, row: Row) -> None:
    for name in options_in_the_document(row):
        answer = stage.send(Row(row.method, f"{row.path}?{name}=", row.answers), "dora")
        assert b"no such option" not in getattr(answer, "content", b""), name


# --- forgery ---------------------------------------------------------------------------------

# RFC 8058 and one-time links: the address in the mail is the proof.
WITHOUT_PROOF = {"/notifications/unsubscribe/<signed>/", "/enter/<public_id>/<secret>/"}
SENDING = [
    row
    for row in ROWS
    if row.method in UNSAFE
    and row.answers["alice"] not in ("404", "405")
    and row.path not in BODIES
]


@pytest.mark.parametrize("row", SENDING, ids=str)
def test_nothing_is_sent_by_another_site(stage: Stage, row: Row) -> None:
    """A request with the session of alice but without the token of a form changes nothing."""
    answer = stage.send(row, "alice", forged=True)
    expected = row.answers["alice"] if row.route in WITHOUT_PROOF else "403"
    assert told(answer) == expected


# --- the administration site -----------------------------------------------------------------


def admin_addresses() -> Iterator[str]:
    """Every page of the administration site that needs no row."""
    for one in (p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "admin"):
        for address, _ in routes(one.url_patterns, "/admin/"):  # type: ignore[union-attr]
            if "<" not in address and not address.endswith(("login/", "logout/")):
                yield address


@pytest.mark.parametrize("address", sorted(set(admin_addresses())))
def test_the_administration_site_is_for_administrators(stage: Stage, address: str) -> None:
    row = Row("GET", address, {})
    found = {role: told(stage.send(row, role)) for role in ROLES}
    assert {found[role] for role in ROLES if role != "dora"} <= {"sign-in", "302"}
    assert found["dora"] in ("200", "403")
