"""The table of `access.txt`, the addresses of the site, and what the requests send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

ROLES = ("anonymous", "charlie", "bob", "carl", "alice", "dora")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    method: str
    path: str
    answers: dict[str, str]
    scope: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def route(self) -> str:
        """The address without the choice of a subject."""
        return re.sub(r"=[^>]+>", ">", self.path.partition("?")[0])


def rows(table: Path) -> Iterator[Row]:
    """The lines of the table."""
    for line in table.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            method, path, *rest = line.split()
            answers, scope = rest[: len(ROLES)], rest[len(ROLES) :]
            yield Row(method, path, dict(zip(ROLES, answers, strict=True)), "".join(scope))


def routes(patterns: Any, before: str = "/") -> Iterator[tuple[str, Any]]:
    """Every address with the view behind it, as the table writes it."""
    for one in patterns:
        address = before + str(one.pattern).removeprefix("^")
        if isinstance(one, URLResolver) and one.namespace != "admin":
            yield from routes(one.url_patterns, address)
        elif isinstance(one, URLPattern):
            yield written(address), one.callback


def written(pattern: str) -> str:
    """The address as the table writes it: `/teams/<slug>/`."""
    return re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(pattern))


ROWS = list(rows(Path(__file__).with_name("access.txt")))
ROUTES = dict(routes(get_resolver().url_patterns))

# What is sent, where an empty body would not get as far as the role.
NOTE = {"on": "2026-11-20", "text": "Release 5"}
STEPS = {"steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0"}
TARGET = {
    "kind": "standing",
    "comparator": "gte",
    "value": "120",
    "path": "step",
    "tolerance_kind": "relative",
    **STEPS,
}
REBASE = {"on": "2026-10-01", "note": "A second desk"}
PLAN = {"total": 90, "starts_on": "2027-01-01", "due_on": "2027-03-31"}
VALUE = {"at": "2026-10", "value": "93"}
DECISION = {"indicator": "wait", "kind": "keep", "reason": "It works"}
ORGANISATION = {
    "name": "Lumen",
    "timezone": "UTC",
    "week_start": "1",
    "fiscal_year_start": "1",
    "currency": "kr",
    "locale": "nb",
}
OBJECTIVE = {"statement": "Nobody waits"}
BODIES: dict[str, Any] = {
    "POST /teams/<slug>/indicators/check/": {"name": "Waiting time"},
    "POST /indicators/<key>/demote/": {"reason": "Not steered on"},
    "POST /indicators/<key>/retire/": {"reason": "Learnt enough"},
    "POST /indicators/<key=open>/retire/": {"reason": "Learnt enough"},
    "POST /indicators/<key>/target/": TARGET,
    "POST /indicators/<key>/targets/<version>/end/": {"reason": "Reached"},
    "POST /indicators/<key>/rebases/new/": REBASE,
    "POST /indicators/<key>/values/": VALUE,
    "POST /indicators/<key=open>/values/": VALUE,
    "POST /enter/<public_id=link>/<secret=proof_of_link>/": {"value": "93", "seen": ""},
    "POST /imports/<public_id>/take/": {"on_error": "refuse"},
    "POST /indicators/<key>/comments/": {"text": "Why?"},
    "POST /annotations/new/?indicator=wait": NOTE,
    "POST /annotations/new/?team=red-team": NOTE,
    "POST /teams/<slug>/objectives/new/": OBJECTIVE,
    "POST /objectives/<slug>/": OBJECTIVE,
    "POST /teams/<slug>/members/": {"email": "bob@example.org", "role": "contributor"},
    "POST /teams/<slug>/members/<membership_id>/": {"role": "contributor"},
    "POST /organisation/": ORGANISATION,
    "POST /organisation/people/new/": {"email": "ed@example.org", "name": "Ed"},
    "POST /organisation/people/<person_id>/": {
        "email": "bob@example.org",
        "name": "Bobby",
        "is_active": "on",
    },
    "POST /account/": {"name": "Somebody", "timezone": "Europe/Oslo"},
    "POST /integrations/": {"name": "Sheet", "scopes": ["measurements:write"], "days": "90"},
    "POST /perspectives/": {"name": "Customers", "position": "1"},
    "POST /reviews/<review_id>/actions/": {"text": "Call them"},
    "POST /reviews/<review_id>/items/<item_id>/decide/": {"kind": "keep", "reason": "It works"},
    "POST /api/v1/teams/": {"name": "Pink team", "parent": "red-team"},
    "PATCH /api/v1/teams/<slug>/": {"purpose": "Nobody waits"},
    "PATCH /api/v1/teams/<slug=green>/": {"purpose": "Nobody waits"},
    "POST /api/v1/indicators/": {"name": "Waiting time", "team": "red-team"},
    "PATCH /api/v1/indicators/<key>/": {"description": "Minutes at the door"},
    "PATCH /api/v1/indicators/<key=open>/": {"description": "Minutes at the door"},
    "POST /api/v1/indicators/<key>/targets/": {"kind": "standing", "comparator": "gte", "value": 9},
    "POST /api/v1/indicators/<key>/targets/plan/": PLAN,
    "POST /api/v1/indicators/<key>/rebases/": REBASE,
    "POST /api/v1/indicators/<key>/annotations/": NOTE,
    "POST /api/v1/indicators/<key>/comments/": {"text": "Why?"},
    "POST /api/v1/indicators/<key>/definition-versions/": {"note": "Counted at the door"},
    "POST /api/v1/objectives/": {"statement": "Nobody waits", "team": "red-team"},
    "PATCH /api/v1/objectives/<slug>/": {"why": "It hurts"},
    "POST /api/v1/measurements/": [{"indicator": "wait", "at": "2026-10", "value": 93}],
    "POST /api/v1/indicators/<key>/measurements/": {"at": "2026-10", "value": 93},
    "POST /api/v1/indicators/<key=open>/measurements/": {"at": "2026-10", "value": 93},
    "POST /api/v1/analysis/": {"period": "month", "direction": "up", "values": [1, 2, 3]},
    "POST /api/v1/review-plans/": {"team": "red-team", "name": "Weekly", "cadence": "weekly"},
    "PATCH /api/v1/review-plans/<plan_id>/": {"minutes": 30},
    "POST /api/v1/reviews/open/": {"team": "red-team"},
    "PATCH /api/v1/reviews/<review_id>/items/<key=wait>/": {"commentary": "It was the weather"},
    "POST /api/v1/reviews/<review_id>/decisions/": DECISION,
    "POST /api/v1/reviews/<review_id>/actions/": {"text": "Call them"},
    "PATCH /api/v1/reviews/<review_id>/actions/<action_id>/": {"done": True},
}
