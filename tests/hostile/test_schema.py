"""Requests made up from the OpenAPI document: every answer is one that the document knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pytest_django.plugin import DjangoDbBlocker

from reviews.models import Action, Review, ReviewItem, ReviewPlan
from teams.access import Scope
from teams.models import AccessToken, Organisation, Team, User
from tests import clock, factories
from tests.hostile.from_schema import Maker, Request
from tests.hostile.payloads import NO_JSON
from tests.hostile.standing import problem_of, standing

pytestmark = pytest.mark.django_db

GENERATOR: Any = SchemaGenerator
DOCUMENT: dict[str, Any] = GENERATOR().get_schema(request=None, public=True)
PROBLEM = "application/problem+json"
ROLES = ("anonymous", "charlie", "bob", "carl", "alice", "dora", "narrow", "powerless")
FEW, MANY = 300, 1000  # requests of one role, in every run and in `make e2e`
SEED = 20261122

Names = dict[str, list[Any]]
Stage = tuple[Names, dict[str, str]]


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One of everything and a token of everybody, for all requests; each is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        red = make_stage()
        yield names_of(red), tokens_of(red)
        transaction.set_rollback(True)


def make_stage() -> Team:
    Organisation.current()
    red = factories.make_team("Red team", visibility=Team.Visibility.MEMBERS)
    sales = factories.make_indicator(red, "sales")
    factories.make_indicator(red, "costs", unit="currency", direction="down")
    factories.make_indicator(red, "share", rollup="ratio", source_kind="ratio")
    factories.make_target(sales)
    factories.make_measurements(sales, range(40, 76), first=date(2023, 11, 1))
    sales.rebases.create(on=date(2026, 9, 1), note="Another till")
    factories.make_objective(red, slug="grow")
    ReviewPlan.objects.create(team=red, next_at=clock.now() + timedelta(days=9))
    fields = {"team": red, "scheduled_at": clock.now(), "opened_at": clock.now()}
    review = Review.objects.create(title="November", **fields)
    ReviewItem.objects.create(review=review, indicator=sales)
    Action.objects.create(review=review, text="Call them", due_on=date(2026, 12, 1))
    return red


def names_of(red: Team) -> Names:
    """What exists, by the names of parameters and fields."""
    review = Review.objects.get()
    return {
        "key": ["sales", "costs", "share", "conversion"],
        "indicator": ["sales", "costs", "share"],
        "indicators": ["sales", "costs"],
        "slug": ["red-team", "grow", "green-team"],
        "team": ["red-team"],
        "parent": ["red-team"],
        "objective": ["grow"],
        "owner": ["alice@example.org", "bob@example.org"],
        "on": ["2026-09-01", "2026-11-20"],
        "at": ["2026-10", "2026-10-01", "2026-11-20T10:00:00Z"],
        "review_id": [review.pk],
        "plan_id": [ReviewPlan.objects.get().pk],
        "action_id": [review.actions.get().pk],
    }


def tokens_of(red: Team) -> dict[str, str]:
    """The key of each role; "" is nobody's."""
    green = factories.make_team("Green team")
    dora = factories.make_user("dora", administrator=True)
    people = {
        "charlie": factories.make_user("charlie", manager=factories.make_team("Blue team")),
        "bob": factories.make_user("bob", viewer=red),
        "carl": factories.make_user("carl", contributor=red),
        "alice": factories.make_user("alice", manager=red),
        "dora": dora,
    }
    found = {role: key_of(user) for role, user in people.items()}
    narrow, powerless = key_of(dora, teams=(green,)), key_of(people["alice"], scopes=())
    return {"anonymous": "", "narrow": narrow, "powerless": powerless, **found}


def key_of(
    user: User, *, scopes: tuple[Scope, ...] = tuple(Scope), teams: tuple[Team, ...] = ()
) -> str:
    return AccessToken.issue(user, name="fuzz", scopes=scopes, teams=teams)[1]


def sent(request: Request, key: str) -> Any:
    """The answer to one request, whose effects are undone."""
    client = Client(raise_request_exception=False)
    headers = {**request.headers, **({"Authorization": f"Bearer {key}"} if key else {})}
    with transaction.atomic():
        answer: Any = client.generic(
            request.method.upper(), request.address, request.body, request.kind, headers=headers
        )
        if answer.streaming:  # and read while the rows are there
            answer = HttpResponse(answer.getvalue(), headers=dict(answer.items()))
        transaction.set_rollback(True)
    return answer


def misfit(request: Request, answer: Any) -> str:
    """What is wrong with an answer; "" for one that the document knows."""
    declared = request.operation["responses"].get(str(answer.status_code))
    if answer.status_code >= 500 or declared is None:
        return f"{answer.status_code} {answer.content[:300]!r}"
    kind = answer.get("Content-Type", "").partition(";")[0]
    if answer.status_code >= 400 and kind != PROBLEM:
        return f"{answer.status_code} as {kind}"
    contents = declared.get("content", {})
    if contents and kind not in contents:
        return f"{kind} is none of {list(contents)}"
    if not kind.endswith(("/json", "+json")) or not contents:
        return ""
    faults = validator(request.operation["operationId"], answer.status_code, kind).iter_errors(
        answer.json()
    )
    return "; ".join(f"{fault.json_path}: {fault.message[:200]}" for fault in faults)


@cache
def validator(operation: str, status: int, kind: str) -> Any:
    """What checks the answers of one kind; it is slow to make."""
    operations = (one for item in DOCUMENT["paths"].values() for one in item.values())
    [found] = [one for one in operations if one["operationId"] == operation]
    shape = found["responses"][str(status)]["content"][kind].get("schema", {})
    return Draft202012Validator({**shape, "components": DOCUMENT["components"]})


def misfits(stage: Stage, role: str, count: int, seed: int) -> list[str]:
    """Every request with an answer that the document does not know."""
    names, tokens = stage
    made = Maker(DOCUMENT, names, Random(f"{seed} {role}")).requests(count)
    answered = ((request, misfit(request, sent(request, tokens[role]))) for request in made)
    return [f"{request.in_short()}: {wrong}" for request, wrong in answered if wrong]


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_in_the_document(stage: Stage, role: str) -> None:
    before = standing()
    found = misfits(stage, role, FEW, SEED)
    assert not found, "\n".join(found)
    assert standing() == before


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_in_the_document_however_often_it_is_asked(stage: Stage, role: str) -> None:
    found = misfits(stage, role, MANY, SEED + 1)
    assert not found, "\n".join(found)


def test_the_made_up_requests_reach_everything(stage: Stage) -> None:
    """A generator of which nothing is ever accepted tests nothing."""
    names, tokens = stage
    good: set[str] = set()
    statuses: set[int] = set()
    for request in Maker(DOCUMENT, names, Random(SEED)).requests(FEW * 2):
        answer = sent(request, tokens["dora"])
        statuses.add(answer.status_code)
        if answer.status_code < 300:
            good.add(request.operation["operationId"])
    count = sum(len(item) for item in DOCUMENT["paths"].values())
    assert statuses >= {200, 201, 204, 400, 404, 406, 415, 422}
    assert len(good) > 0.8 * count, sorted(good)


# --- bodies that no door takes -----------------------------------------------------------------

WRITING = [
    (method, path)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if "requestBody" in operation
]


@pytest.mark.parametrize(("method", "path"), WRITING, ids=lambda part: part)
def test_what_is_no_json_changes_nothing(stage: Stage, method: str, path: str) -> None:
    names, tokens = stage
    where = path
    for name, known in names.items():
        where = where.replace(f"{{{name}}}", str(known[0]))
    before = standing()
    for name, body in {**NO_JSON, "twice": b'{"text":"a","text":"b"}'}.items():
        request = Request({}, method, where, body, "application/json", {})
        answer = sent(request, tokens["dora"])
        # Some doors need no body at all.
        assert name in ("nothing", "blanks") or problem_of(answer), (name, answer.content)
    assert standing() == before
