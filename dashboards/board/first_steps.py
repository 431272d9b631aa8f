"""The checklist of somebody who begins: of an empty installation, and of a new team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists

from dashboards.board.board import Board, examples
from indicators.models import Indicator, Target
from measurements.models import Measurement
from reviews.models import Review, ReviewPlan
from teams.models import AuditEntry, Membership, Organisation, Team, User
from web.links import Link, address

UNNAMED = Organisation().name
# With more than these it is no beginning any more, whatever it lacks.
MOST_TEAMS, MOST_TILES = 5, 2
NEEDED = ("people", "kvi", "value", "target", "review")  # a KVI has a team


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStep:
    """One thing to do; without links where a step before it comes first."""

    name: str
    why: str
    done: bool
    links: tuple[Link, ...] = ()
    examples: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The steps in their order."""

    steps: tuple[FirstStep, ...]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> FirstStep | None:
        """The first that is not done."""
        return next((step for step in self.steps if not step.done), None)

    @property
    def place(self) -> int:
        """The number of that step."""
        return self.steps.index(self.next) + 1 if self.next else 0


def installation_first_steps(
    user: User, organisation: Organisation, *, teams: int
) -> FirstSteps | None:
    """What an administrator still has to do before the first review; None where all is done."""
    if not user.reach.is_administrator or teams > MOST_TEAMS:
        return None
    facts = what_is_there(user)
    is_named = organisation.name != UNNAMED or facts["set_up"]
    if is_named and all(facts[name] for name in NEEDED):
        return None
    kvi = Indicator.objects.visible_to(user).active().filter(kind=Indicator.Kind.KVI)
    first = kvi.select_related("team").order_by("pk").first()
    team = first.team if first else Team.objects.visible_to(user).order_by("pk").first()
    number = steps_of_number(
        team,
        first.key if first else "",
        value=facts["value"],
        target=facts["target"],
        review=facts["review"],
    )
    # name, calendar and currency come first: they decide what a day and a week are
    return FirstSteps(
        (
            FirstStep(
                name="Set up the organisation",
                why="Name, time zone, first day of the week, fiscal year and currency.",
                done=is_named,
                links=(Link("Set it up", address("organisation_settings")),),
            ),
            FirstStep(
                name="Create the first team",
                why="A company, a department or a team. "
                "Everything that is measured belongs to one.",
                done=team is not None,
                links=(Link("New team", address("team_new")),),
            ),
            FirstStep(
                name="Add the people",
                why="Each has a role in a team: view, enter values, or manage.",
                done=facts["people"],
                links=(Link("Add a person", address("person_new")),),
            ),
            *number,
        )
    )


def team_first_steps(board: Board) -> FirstSteps | None:
    """What the managers of a new team still have to do; None for others and where all is done.

    A team whose KVI is that of another only looks.
    """
    tiles, team = board.tiles, board.team
    is_guest = board.hero is not None and bool(board.hero.tile.home)
    if not board.rights.define or len(tiles) > MOST_TILES or is_guest:
        return None
    number = steps_of_number(
        team,
        board.kvi.key if board.kvi else "",
        value=any(tile.state != "empty" for tile in tiles),
        target=any(tile.target for tile in tiles),
        review=board.meeting is not None or Review.objects.filter(team=team).exists(),
    )
    settings = address("team_settings", team.slug)
    purpose = FirstStep(
        name="Say what the team is there for",
        why="One sentence under its name. The number you choose should show that it works.",
        done=bool(team.purpose),
        links=(Link("Write the purpose", f"{settings}#team"),),
    )
    members = FirstStep(
        name="Add the members",
        why="Those who enter values and those who only look.",
        done=members_of(team) > 1,
        links=(Link("Add members", f"{settings}#add-member"),),
    )
    found = FirstSteps((purpose, *number, members))
    return found if found.next else None


def members_of(team: Team) -> int:
    """How many people have a role in the team, given there or in a team above."""
    held = Membership.objects.filter(team__in=[*team.ancestor_ids, team.pk])
    return held.order_by().values("user").distinct().count()


def steps_of_number(
    team: Team | None, key: str, *, value: bool, target: bool, review: bool
) -> Iterator[FirstStep]:
    """Choose the number, enter its first value, set a target, plan the review."""
    library = [
        Link("Choose from the library", address("indicator_library", team.slug, kind="kvi")),
        Link("Start empty", address("indicator_new", team.slug, kind="kvi")),
    ] if team else []  # fmt: skip
    entry = [
        Link("Enter a value", address("value_new", key)),
        Link("Import a file", address("import_new", indicator=key)),
    ] if key else []  # fmt: skip
    yield FirstStep(
        name="Choose the one number",
        why="The key value indicator (KVI) ties what customers notice to what you gain.",
        done=bool(key),
        links=tuple(library),
        examples=examples(team) if team else (),
    )
    yield FirstStep(
        name="Enter the first value",
        why="By hand, from a spreadsheet, or by a program later.",
        done=value,
        links=tuple(entry),
    )
    yield FirstStep(
        name="Set a target",
        why="From then on the number has a status: on track, at risk or off track.",
        done=target,
        links=(Link("Set a target", address("target_edit", key)),) if key else (),
    )
    yield FirstStep(
        name="Plan the first review",
        why="Where the team looks at what changed, decides, and later sees whether it worked.",
        done=review,
        links=(Link("Plan reviews", address("review_plan_new", team.slug)),) if team else (),
    )


def what_is_there(user: User) -> dict[str, bool]:
    """Tell what the installation has already, in one query."""
    asked = {
        "set_up": AuditEntry.objects.filter(action="organisation.changed"),
        "people": User.objects.filter(is_active=True).exclude(pk=user.pk),
        "kvi": Indicator.objects.active().filter(kind=Indicator.Kind.KVI),
        "value": Measurement.objects.all(),
        "target": Target.objects.all(),
        "review": ReviewPlan.objects.all(),
        "past_review": Review.objects.all(),
    }
    row = Organisation.objects.values_list(*(Exists(rows) for rows in asked.values())).first()
    found = dict(zip(asked, row or [False] * len(asked), strict=True))
    return found | {"review": found["review"] or found["past_review"]}
