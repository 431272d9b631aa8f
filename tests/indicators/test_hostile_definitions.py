"""Hostile input at every defining door: refused with a 4xx, never a 5xx, and nothing stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, Objective, Target
from teams.models import Team, User
from tests import factories
from tests.conftest import signed_in, with_token

BASE = "/api/v1/"
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "indicators/": ("post", {"name": "New", "team": "red-team"}),
    "indicators/sales/": ("patch", {"name": "Sales", "factor": 1, "tags": [], "shared_with": []}),
    "indicators/sales/targets/": ("post", {"value": 1, "milestones": [], "due_on": "2027-01-01"}),
    "indicators/sales/annotations/": ("post", {"on": "2026-11-20", "text": "x"}),
    "indicators/sales/comments/": ("post", {"text": "x", "period": "2026-11-01"}),
    "indicators/sales/definition-versions/": ("post", {"note": "x", "definition": {}}),
    "objectives/": ("post", {"statement": "x", "team": "red-team"}),
    "objectives/top/": ("patch", {"why": "x", "parent": None}),
    "teams/": ("post", {"name": "x", "parent": "red-team"}),
    "teams/red-team/": ("patch", {"name": "Red team", "position": 1}),
}
JUNK: list[Any] = [
    "\x00", "\ud800", "\u202e", "x" * 100_000, "٣", "0000-00-00", 2**63, 10**400, 1e308, True,
    [None], [{}], {"a": {}},
]  # fmt: skip


@pytest.fixture
def api(alice: User, red_team: Team) -> APIClient:
    factories.make_indicator(red_team, "sales")
    factories.make_objective(red_team, slug="top")
    return with_token(alice)


@pytest.mark.parametrize("door", DOORS)
def test_junk_in_every_field_is_never_a_5xx(api: APIClient, door: str) -> None:
    method, good = DOORS[door]
    for field in [*good, "key", "slug", "kind", "owner", "no-such-field"]:
        for junk in JUNK:
            body = json.dumps({**good, field: junk})
            answer = getattr(api, method)(BASE + door, body, content_type="application/json")
            assert answer.status_code < 500, (door, field, junk, answer.content)
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "body", ["", "{", "[" * 5000 + "]" * 5000, '{"a":' * 30 + "1" + "}" * 30, "\ufeff{}", "NaN"]
)
def test_broken_bodies_are_4xx(api: APIClient, door: str, body: str) -> None:
    method, _ = DOORS[door]
    answer = getattr(api, method)(BASE + door, body, content_type="application/json")
    # an empty PATCH changes nothing, and says so by answering what is stored
    assert 400 <= answer.status_code < 500 or (method == "patch" and answer.status_code == 200)


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ed%a0%80", "team=%27--", "owner=%FF", "page_size=-1", "page_size=1e9",
     "page_size=99999999999999999999", "cursor=%00", "ordering=-", "ordering=pk;", "kind=KPI",
     "objective=" + "x" * 5000, "q=" + "%25_%5C" * 50, "shared=%F0%9F%92%A9"],
)  # fmt: skip
def test_hostile_query_strings_are_never_5xx(api: APIClient, query: str) -> None:
    for door in ("indicators/", "indicators/sales/targets/", "objectives/", "teams/", "library/"):
        assert api.get(f"{BASE}{door}?{query}").status_code < 500


@pytest.mark.parametrize("key", ["..", "%00", "a%2Fb", "x" * 3000, "%F0%9F%92%A9", "'"])
def test_hostile_keys_are_404_or_400(api: APIClient, key: str) -> None:
    for door in ("indicators/{}/", "indicators/{}/targets/", "objectives/{}/", "teams/{}/"):
        assert api.get(BASE + door.format(key)).status_code in (400, 404)


def test_nothing_of_a_refused_request_is_stored(api: APIClient) -> None:
    before = counts()
    steps = [{"on": "2027-01-31", "value": 1}, {"on": "2027-01-31", "value": 2}]
    bad = {"value": 3, "due_on": "2027-03-01", "milestones": steps}
    assert api.post(f"{BASE}indicators/sales/targets/", bad, format="json").status_code == 422
    changes = {"unit": "percent", "formula": "x", "is_key": True}
    assert api.patch(f"{BASE}indicators/sales/", changes, format="json").status_code == 422
    assert counts() == before
    assert Indicator.objects.get().unit == "number"


def counts() -> list[int]:
    models = (Indicator, Target, DefinitionVersion, Annotation, Comment, Objective, Team)
    return [model.objects.count() for model in models]


@pytest.mark.parametrize(
    "url",
    ["/teams/red-team/indicators/new/", "/indicators/sales/edit/", "/indicators/sales/target/",
     "/indicators/sales/values/", "/indicators/sales/comments/", "/annotations/new/?team=red-team",
     "/indicators/sales/retire/", "/indicators/sales/share/", "/teams/red-team/settings/",
     "/teams/red-team/members/", "/objectives/top/", "/account/"],
)  # fmt: skip
def test_junk_in_forms_is_never_a_5xx(api: APIClient, alice: User, url: str) -> None:
    browser = signed_in(alice)
    page = browser.get(url) if not url.endswith("members/") else None
    names = {"email", "name", "role", "at", "value", "on", "text", "reason", "shared_with"}
    for part in ("form", "target_form"):
        if page is not None and page.context and page.context.get(part):
            names |= {page.context[part][name].html_name for name in page.context[part].fields}
    for junk in ("\x00", "x" * 20_000, "999999999999999999999999", "-1", "[]", "1e400", "٣"):
        sent = dict.fromkeys(names, junk) | {"steps-TOTAL_FORMS": junk, "steps-0-value": junk}
        assert browser.post(url, sent).status_code < 500
