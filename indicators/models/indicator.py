"""Indicators: what is measured, who owns it, how it is judged, and with whom it is shared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models, transaction
from django.utils import timezone as clock

from analysis import values
from indicators.models.objective import Objective, Perspective
from indicators.models.sharing import Sharing
from teams.access import Action, Reach
from teams.models import Organisation, Team, User, memory
from teams.models.organisation import known_time_zone
from web.decimals import ExactDecimalField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from indicators.models.definition import DefinitionVersion

FOCUS_BUDGET = 5
LONG_TEXT = 10_000  # characters that people may write in a text
KEY_PATTERN = r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*\Z"
KEY_LENGTH = 80
IS_KEY = re.compile(KEY_PATTERN).match
KEY_FORM = RegexValidator(
    KEY_PATTERN,
    "A key has lower-case letters, digits and single - _ . between them.",
    code="key",
)


def is_key(text: str) -> bool:
    """Whether an indicator can have this key, so that it is worth asking for."""
    return len(text) <= KEY_LENGTH and IS_KEY(text) is not None


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    """The vocabulary of reading indicators."""

    def visible_to(self, user: User | AnonymousUser) -> IndicatorQuerySet:
        """Indicators that this person may see.

        Those of visible teams and those shared with visible teams; an individual's indicator only
        by its owner, by the lead and managers of its team, and by administrators.
        """
        reach: Reach | None = getattr(user, "reach", None)
        if reach is None:
            return self.none()
        if reach.is_unbounded:
            return self
        seen, managed = reach.teams_for(Action.SEE), reach.teams_for(Action.MANAGE)
        shared = Sharing.objects.filter(team_id__in=seen).values("indicator_id")
        is_individual = models.Q(level=Indicator.Level.INDIVIDUAL)
        theirs = (
            models.Q(owner_id=reach.user_id)
            | models.Q(team__lead_id=reach.user_id)
            | models.Q(team_id__in=managed)
        )
        at_home = models.Q(team_id__in=seen) & (~is_individual | theirs)
        return self.filter(at_home | (~is_individual & models.Q(pk__in=shared)))

    def editable_by(self, user: User | AnonymousUser) -> IndicatorQuerySet:
        """Indicators whose definition and targets this person may change."""
        return self._within(user, Action.DEFINE)

    def enterable_by(self, user: User | AnonymousUser) -> IndicatorQuerySet:
        """Indicators for which this person may enter measurements and comments."""
        return self._within(user, Action.ENTER)

    def active(self) -> IndicatorQuerySet:
        """Neither draft nor retired."""
        return self.filter(state=Indicator.State.ACTIVE)

    def derived(self) -> IndicatorQuerySet:
        """Those whose values are computed from other indicators."""
        return self.exclude(source_kind=Indicator.SourceKind.MEASURED)

    def taking_values(self) -> IndicatorQuerySet:
        """Active ones whose values come in by hand, by file or from programs."""
        measured = self.active().filter(source_kind=Indicator.SourceKind.MEASURED)
        return measured.filter(team__archived_at=None)

    def on_board_of(self, team: Team | int) -> IndicatorQuerySet:
        """Active indicators at home in the team, or the one of the id, or shared with it.

        The ids come first: with "or", the database reads all indicators with all their verdicts.
        """
        home = Indicator.objects.filter(team=team).order_by().values("pk")
        shared = Sharing.objects.filter(team=team).values("indicator_id")
        return self.active().filter(pk__in=home.union(shared))

    def with_verdict(self) -> IndicatorQuerySet:
        """Bring what a tile needs in the same query."""
        return self.select_related("verdict", "stale_mark", "team", "owner")

    def _within(self, user: User | AnonymousUser, action: Action) -> IndicatorQuerySet:
        """Where the home team allows the action; private ones only for those who see them."""
        reach: Reach | None = getattr(user, "reach", None)
        if reach is None:
            return self.none()
        if reach.is_unbounded_for(action):
            return self
        return self.visible_to(user).filter(team_id__in=reach.teams_for(action))


class Indicator(models.Model):
    """One measure with everything that defines it now; past definitions are versions."""

    class Kind(models.TextChoices):
        """What role the measure plays."""

        KVI = "kvi", "Key value indicator"
        KPI = "kpi", "Key performance indicator"
        KRI = "kri", "Key risk indicator"
        PERFORMANCE = "performance", "Performance measure"

    class Level(models.TextChoices):
        """Whose measure it is."""

        COMPANY = "company", "Company"
        TEAM = "team", "Team"
        INDIVIDUAL = "individual", "Individual"

    class State(models.TextChoices):
        """The life cycle."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    class Unit(models.TextChoices):
        """What the values are made of."""

        NUMBER = "number", "Number"
        PERCENT = "percent", "Percent"
        CURRENCY = "currency", "Currency"
        DURATION = "duration", "Duration (seconds)"
        PER = "per", "Ratio per N"
        SCORE = "score", "Score with a range"

    class Direction(models.TextChoices):
        """Which way is good."""

        UP = "up", "Higher is better"
        DOWN = "down", "Lower is better"
        RANGE = "range", "Within a range"

    class Period(models.TextChoices):
        """The grain in which the indicator is judged."""

        DAY = "day", "Day"
        WEEK = "week", "Week"
        MONTH = "month", "Month"
        QUARTER = "quarter", "Quarter"
        YEAR = "year", "Year"

    class RollUp(models.TextChoices):
        """How measurements become the value of a period."""

        SUM = "sum", "Sum"
        MEAN = "mean", "Mean"
        LAST = "last", "Last value"
        MIN = "min", "Smallest value"
        MAX = "max", "Largest value"
        RATIO = "ratio", "Ratio of sums"
        NONE = "none", "Do not combine (distinct counts)"

    class Cadence(models.TextChoices):
        """How often something comes back."""

        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"
        MONTHLY = "monthly", "Every month"
        QUARTERLY = "quarterly", "Every quarter"
        YEARLY = "yearly", "Every year"

    class SourceKind(models.TextChoices):
        """Where the values come from."""

        MEASURED = "measured", "Measured"
        RATIO = "ratio", "Ratio of two indicators"
        FORMULA = "formula", "Formula over indicators"
        GROWTH = "growth", "Growth of an indicator"

    # identity
    key = models.CharField(max_length=KEY_LENGTH, unique=True, validators=[KEY_FORM])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What it is, in one sentence.")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.KPI)
    level = models.CharField(max_length=12, choices=Level, default=Level.TEAM)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    is_key = models.BooleanField(default=False, help_text="One of at most five a team steers on.")
    is_omtm = models.BooleanField(default=False, help_text="The one metric that matters now.")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    synthetic = models.BooleanField(default=False, help_text="Made-up numbers, said on the page.")
    # people
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="indicators")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="indicators"
    )
    stakeholders = models.ManyToManyField(User, blank=True, related_name="follows")
    shared_with = models.ManyToManyField(
        Team, through="Sharing", blank=True, related_name="shared_indicators"
    )
    # how it is measured
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.NUMBER)
    unit_label = models.CharField(max_length=40, blank=True, help_text="Such as kr, calls, points.")
    factor = ExactDecimalField(
        default=Decimal(1),
        help_text="A ratio is multiplied by it: 100 for percent, 1000 for per 1,000.",
    )
    decimals = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(10)])
    display_scale = models.CharField(
        max_length=1, blank=True, choices=[("", "Full"), ("k", "Thousands"), ("M", "Millions")]
    )
    minimum = ExactDecimalField(null=True, blank=True)
    maximum = ExactDecimalField(null=True, blank=True)
    direction = models.CharField(max_length=5, choices=Direction, default=Direction.UP)
    period = models.CharField(max_length=8, choices=Period, default=Period.MONTH)
    entry_period = models.CharField(
        max_length=8, choices=Period, blank=True, help_text="How fine values come in, if finer."
    )
    rollup = models.CharField(max_length=5, choices=RollUp, default=RollUp.LAST)
    timezone = models.CharField(max_length=64, blank=True, validators=[known_time_zone])
    source_kind = models.CharField(max_length=8, choices=SourceKind, default=SourceKind.MEASURED)
    source = models.CharField(max_length=200, blank=True, help_text="Where the numbers come from.")
    formula = models.CharField(max_length=500, blank=True)
    inputs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    meaningful_change = ExactDecimalField(null=True, blank=True)
    # SMARTER
    specific = models.TextField(blank=True, help_text="What outcome, for whom?")
    measurable = models.TextField(blank=True, help_text="How is it measured?")
    achievable = models.TextField(blank=True, help_text="Baseline and evidence.")
    relevant = models.TextField(blank=True, help_text="Why does it matter?")
    time_bound = models.TextField(blank=True, help_text="Achieved by when, and how will you know?")
    influence = models.TextField(blank=True, help_text="How can you influence it?")
    evaluate_every = models.CharField(max_length=10, choices=Cadence, default=Cadence.MONTHLY)
    evaluate_on = models.DateField(null=True, blank=True)
    reevaluate_on = models.DateField(null=True, blank=True)
    review_cadence = models.CharField(max_length=10, choices=Cadence, default=Cadence.MONTHLY)
    # why it matters
    customer_impact = models.TextField(blank=True)
    business_value = models.TextField(blank=True)
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.SET_NULL, related_name="indicators"
    )
    perspective = models.ForeignKey(
        Perspective, null=True, blank=True, on_delete=models.SET_NULL, related_name="indicators"
    )
    guard = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="guards"
    )
    # life cycle
    definition_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_reason = models.TextField(blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors"
    )

    objects = IndicatorQuerySet.as_manager()

    # A change of one of these changes what the numbers mean: it makes a new definition version.
    DEFINING = (
        "unit",
        "factor",
        "direction",
        "period",
        "rollup",
        "timezone",
        "source_kind",
        "source",
        "formula",
        "inputs",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                condition=models.Q(kind="kvi", state="active"),
                name="indicator_one_active_kvi",
                violation_error_message="The team has an active key value indicator already.",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=models.Q(is_omtm=True, state="active"),
                name="indicator_one_omtm",
                violation_error_message="The team has a metric that matters most already.",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum=None)
                | models.Q(maximum=None)
                | models.Q(maximum__gt=models.F("minimum")),
                name="indicator_maximum_above_minimum",
                violation_error_message="The maximum must lie above the minimum.",
            ),
            models.CheckConstraint(
                condition=models.Q(factor__gt=0),
                name="indicator_factor_positive",
                violation_error_message="The factor must be above zero.",
            ),
        ]
        indexes = [models.Index(fields=["team", "state"], name="indicator_team_state")]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new indicator gets its first definition version and a verdict to be computed."""
        from indicators.models.stale_mark import StaleMark

        is_new = self._state.adding
        super().save(*args, **kwargs)
        memory.forget()
        if is_new:
            self.record_version(effective_on=None, by=None)
            StaleMark.objects.create(indicator=self, since=clock.now())

    def clean(self) -> None:
        """Check what spans fields: KVIs say whom they help, keys passed the gate, no self-guard."""
        problems: dict[str, str] = {}
        if self.kind == self.Kind.KVI and self.state == self.State.ACTIVE:
            for name in ("customer_impact", "business_value"):
                if not getattr(self, name).strip():
                    problems[name] = "A key value indicator states it."
        if self.pk and self.guard_id == self.pk:
            problems["guard"] = "An indicator cannot guard itself."
        shares = {self.SourceKind.RATIO, self.SourceKind.GROWTH}
        is_share = self.rollup == self.RollUp.RATIO or self.source_kind in shares
        if is_share and self.unit == self.Unit.PERCENT and self.factor == 1:
            self.factor = Decimal(100)
        if problems:
            raise ValidationError(problems)

    @property
    def is_active(self) -> bool:
        """Neither draft nor retired."""
        return self.state == self.State.ACTIVE

    @property
    def is_derived(self) -> bool:
        """Whether its values are computed from other indicators."""
        return self.source_kind != self.SourceKind.MEASURED

    def calendar(self, organisation: Organisation) -> values.Calendar:
        """Return the calendar by which its periods are counted."""
        return organisation.calendar(self.timezone)

    def defining_fields(self) -> dict[str, Any]:
        """Return what a definition version keeps, as plain data."""
        found = {name: getattr(self, name) for name in self.DEFINING}
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in found.items()}

    def as_definition(
        self, restarts: Iterable[date] = (), *, effective_on: date | None = None
    ) -> values.Definition:
        """The definition as the analysis takes it; limits restart on `restarts`.

        From `effective_on` values mean what they mean now: forecasts learn from no earlier ones.
        """
        days = sorted(set(restarts))
        return values.Definition(
            direction=cast(values.Direction, self.direction),
            period=cast(values.Grain, self.period),
            unit=self.unit,
            unit_label=self.unit_label,
            rollup=cast(values.Rule, self.rollup),
            decimals=self.decimals,
            minimum=self.minimum,
            maximum=self.maximum,
            factor=self.factor,
            version=self.definition_version,
            effective_on=effective_on,
            rebase=tuple(days),
            meaningful_change=self.meaningful_change,
        )

    def retire(self, *, reason: str, now: datetime, successor: Indicator | None = None) -> None:
        """End it; it stays readable and never alerts again."""
        changes: dict[str, Any] = {
            "state": self.State.RETIRED,
            "retired_at": now,
            "retired_reason": reason,
            "successor": successor,
            "is_key": False,
            "is_omtm": False,
        }
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=[*changes, "updated_at"])

    def missing_for_key(self) -> list[str]:
        """List what is missing before it may become a key indicator."""
        wanted = {
            "an objective": self.objective_id,
            "an owner": self.owner_id,
            "a target": self.pk and self.targets.filter(ended_at=None).exists(),
            "a review cadence": self.review_cadence,
        }
        return [words for words, given in wanted.items() if not given]

    def record_version(
        self, *, effective_on: date | None, by: User | None, note: str = ""
    ) -> DefinitionVersion:
        """Keep the definition as it is now as its next version, and point to it."""
        from indicators.models.definition import DefinitionVersion

        last = self.versions.order_by("-number").first()
        number = last.number + 1 if last else 1
        version = DefinitionVersion.objects.create(
            indicator=self,
            number=number,
            effective_on=effective_on,
            fields=self.defining_fields(),
            note=note,
            made_by=by,
        )
        if self.definition_version != number:
            self.definition_version = number
            self.save(update_fields=["definition_version", "updated_at"])
        return version


# The fields of an indicator in which people write at length.
TEXTS = [
    field.name
    for field in Indicator._meta.local_fields  # noqa: SLF001  # documented by Django
    if isinstance(field, models.TextField)
]
