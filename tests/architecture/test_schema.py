"""The OpenAPI document: every refusal of every operation has an example, and none is left out."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from teams.access import Scope
from teams.models import AccessToken, User
from tests import factories
from web.api.schema import DETAILS, PROBLEM, WORDS

GENERATOR: Any = SchemaGenerator
DOCUMENT: dict[str, Any] = GENERATOR().get_schema(request=None, public=True)
OPERATIONS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]
each = pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]
    return found


def refusals(method: str, path: str) -> dict[int, dict[str, Any]]:
    found = operation(method, path)["responses"]
    return {int(status): answer for status, answer in found.items() if int(status) >= 400}


def misfits(document: Any) -> list[str]:
    """Where a document is not a problem as the schema describes it."""
    shape = {"$ref": "#/components/schemas/Problem", "components": DOCUMENT["components"]}
    return [one.message for one in Draft202012Validator(shape).iter_errors(document)]


def test_the_check_finds_what_is_wrong() -> None:
    assert misfits({"type": "a"}) and misfits({"status": "x"})
    assert len(OPERATIONS) > 40


@each
def test_every_refusal_has_an_example_of_its_shape(method: str, path: str) -> None:
    for status, answer in refusals(method, path).items():
        assert list(answer["content"]) == [PROBLEM], status
        content = answer["content"][PROBLEM]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert answer["description"] and content["examples"], status
        for one in content["examples"].values():
            example = one["value"]
            assert misfits(example) == []
            assert example["status"] == status and example["title"] == HTTPStatus(status).phrase
            assert len(example["detail"]) > 12
            assert ("errors" in example) is (status == 422)


@each
def test_every_operation_says_what_it_can_refuse(method: str, path: str) -> None:
    found = set(refusals(method, path))
    assert {400, 401, 403, 406, 503} <= found <= set(WORDS)
    assert (404 in found) or "{" not in path
    if "requestBody" in operation(method, path):
        assert {413, 415, 422} <= found
    assert "WWW-Authenticate" in refusals(method, path)[401]["headers"]
    assert "Retry-After" in refusals(method, path)[503]["headers"]


def test_a_bad_field_is_one_that_the_operation_takes() -> None:
    [one] = refusals("post", "/api/v1/teams/")[422]["content"][PROBLEM]["examples"].values()
    assert one["value"]["errors"][0]["field"] == "name"
    examples = refusals("post", "/api/v1/measurements/")[422]["content"][PROBLEM]["examples"]
    assert [e["value"]["errors"][0]["code"] for e in examples.values()] == ["offset_required"]


# --- and so it answers ------------------------------------------------------------------------


def ask(method: str, path: str, key: str, **more: Any) -> Any:
    """The answer to a request about nothing that exists."""
    address = re.sub(r"\{(\w+_id)\}", "999999", path)
    address = re.sub(r"\{on\}", "2026-11-20", address)
    address = re.sub(r"\{\w+\}", "nothing", address) + more.pop("query", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body, kind = more.pop("body", "{}"), more.pop("kind", "application/json")
    return Client().generic(
        method.upper(), address, body, kind, headers=headers | more.pop("headers", {})
    )


@pytest.fixture
def person(organisation: object) -> User:
    return factories.make_user("pia", manager=factories.make_team("Pink team"))


@pytest.fixture
def key(person: User) -> str:
    return AccessToken.issue(person, name="x", scopes=tuple(Scope))[1]


@pytest.mark.django_db
@each
def test_it_answers_as_it_says(method: str, path: str, person: User, key: str) -> None:
    found = refusals(method, path)
    powerless = AccessToken.issue(person, name="x", scopes=())[1]
    answers = {
        401: ask(method, path, ""),
        403: ask(method, path, powerless),
        406: ask(method, path, key, headers={"Accept": "image/png"}),
        400: ask(method, path, key, query="?q=%00"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status and answer["Content-Type"].startswith(PROBLEM)
        assert misfits(answer.json()) == []
    odd = [
        ask(method, path, key),
        ask(method, path, key, body="["),
        ask(method, path, key, body="[]"),
        ask(method, path, key, body='{"name": 1}'),
        ask(method, path, key, kind="text/html"),
        ask(method, path, key, body=" " * (17 * 2**20)),
        ask(method, path, key, query="?cursor=x&page_size=x&from=x&team=x&kind=x&ordering=x"),
    ]
    for answer in odd:
        assert answer.status_code in {*found, 200, 201, 204}, answer.content
        if answer.status_code >= 400:
            assert misfits(answer.json()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("size", [2 * 2**20, 2 * 2**20 + 1])
def test_a_body_has_a_limit_that_is_named(size: int, key: str) -> None:
    body = '{"name": "Pink"}'
    answer = ask("post", "/api/v1/teams/", key, body=body + " " * (size - len(body)))
    assert (answer.status_code == 413) is (size > 2 * 2**20)
    assert answer.status_code != 413 or answer.json()["detail"] == DETAILS[413]


# --- examples -----------------------------------------------------------------------------------


def contents(method: str, path: str) -> list[tuple[str, dict[str, Any]]]:
    """The bodies that an operation takes and gives, as JSON, with where they stand."""
    found = operation(method, path)
    taken = found.get("requestBody", {}).get("content", {})
    given = {
        f"{status} {kind}": content
        for status, answer in found["responses"].items()
        for kind, content in answer.get("content", {}).items()
    }
    both = {**{f"request {kind}": content for kind, content in taken.items()}, **given}
    return [(place, content) for place, content in both.items() if place.endswith("json")]


@each
def test_every_body_and_every_answer_has_an_example_that_fits(method: str, path: str) -> None:
    for place, content in contents(method, path):
        assert content.get("examples"), place
        shape = {**content["schema"], "components": DOCUMENT["components"]}
        for one in content["examples"].values():
            faults = [
                f"{fault.json_path} {fault.message}"
                for fault in Draft202012Validator(shape).iter_errors(one["value"])
            ]
            assert not faults, (place, one["value"], faults)


@each
def test_every_answer_says_what_it_is(method: str, path: str) -> None:
    for status, answer in operation(method, path)["responses"].items():
        assert len(answer["description"]) > 8, status


@each
def test_pages_can_be_turned(method: str, path: str) -> None:
    found = operation(method, path)
    shape = found["responses"].get("200", {}).get("content", {}).get("application/json", {})
    names = {parameter["name"] for parameter in found.get("parameters", ())}
    is_page = "Paginated" in shape.get("schema", {}).get("$ref", "")
    assert not is_page or names >= {"cursor", "page_size"}
