"""The one table of roles: who may do what, as plain values without a database.

A person's *reach* is computed once a request (`User.reach`) and asked everywhere: by the
`visible_to` and `editable_by` of every team-owned QuerySet, by views and by templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Role(StrEnum):
    """What a membership makes of a person in a team and in every team below it."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    MANAGER = "manager"


class Action(StrEnum):
    """What somebody may want to do with what a team owns."""

    SEE = "see"
    ENTER = "enter"  # measurements, comments, annotations, commentary
    DEFINE = "define"  # indicators, targets, objectives
    REVIEW = "review"  # run reviews, decide, close
    MANAGE = "manage"  # members and the team itself


class Scope(StrEnum):
    """What a token may be used for; the person's own rights are the upper bound."""

    MEASUREMENTS_WRITE = "measurements:write"
    MEASUREMENTS_READ = "measurements:read"
    INDICATORS_WRITE = "indicators:write"
    INDICATORS_READ = "indicators:read"
    REVIEWS_WRITE = "reviews:write"
    REVIEWS_READ = "reviews:read"


ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.SEE}),
    Role.CONTRIBUTOR: frozenset({Action.SEE, Action.ENTER}),
    Role.MANAGER: frozenset(Action),
}

# What nobody does in an archived team, which is only read, and restored by its managers.
CHANGING = frozenset({Action.ENTER, Action.DEFINE, Action.REVIEW})

RANK: Mapping[Role, int] = {Role.VIEWER: 0, Role.CONTRIBUTOR: 1, Role.MANAGER: 2}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one person (perhaps through a token) reaches.

    `roles` holds the strongest role per team id, inherited down the tree. `open_team_ids` are the
    teams that every member of the organisation may see, `archived_team_ids` those that are only
    read. `limit` narrows all of it to some teams (a token's), and `None` means no narrowing.
    """

    user_id: int | None = None
    is_administrator: bool = False
    is_member: bool = False
    roles: Mapping[int, Role] = field(default_factory=dict)
    open_team_ids: frozenset[int] = frozenset()
    all_team_ids: frozenset[int] = frozenset()
    archived_team_ids: frozenset[int] = frozenset()
    limit: frozenset[int] | None = None

    @property
    def is_unbounded(self) -> bool:
        """Whether nothing is closed to this person, not even a team made a moment ago."""
        return self.is_administrator and self.limit is None

    def teams_for(self, action: Action) -> frozenset[int]:
        """The ids of the teams in which `action` is allowed."""
        if self.is_administrator:
            found = self.all_team_ids
        else:
            found = frozenset(t for t, role in self.roles.items() if action in ALLOWED[role])
            if action is Action.SEE and self.is_member:
                found |= self.open_team_ids
        if action in CHANGING:
            found -= self.archived_team_ids
        return found if self.limit is None else found & self.limit

    def is_unbounded_for(self, action: Action) -> bool:
        """Whether this person may do `action` in every team there is."""
        return self.is_unbounded and not (action in CHANGING and self.archived_team_ids)

    def may(self, action: Action, team_id: int) -> bool:
        """Whether `action` is allowed in the team."""
        return team_id in self.teams_for(action)

    def role_in(self, team_id: int) -> Role | None:
        """The role held in the team (managers' for administrators), or None."""
        if self.limit is not None and team_id not in self.limit:
            return None
        return Role.MANAGER if self.is_administrator else self.roles.get(team_id)

    def limited_to(self, team_ids: Iterable[int]) -> Reach:
        """Return this reach, narrowed to some teams."""
        narrowed = frozenset(team_ids)
        return replace(self, limit=narrowed if self.limit is None else self.limit & narrowed)


NOWHERE = Reach()


def stronger(one: Role | None, other: Role) -> Role:
    """The role that allows more."""
    return other if one is None or RANK[other] > RANK[one] else one
