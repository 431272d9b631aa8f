"""Targets of the four kinds with their milestones; a change makes a new version of the target."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from analysis import values
from analysis.targets import target_problems
from indicators.models.indicator import Indicator
from teams.models import User
from web.decimals import ExactDecimalField


class TargetQuerySet(models.QuerySet["Target"]):
    """The vocabulary of reading targets."""

    def visible_to(self, user: User) -> TargetQuerySet:
        """Targets of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User) -> TargetQuerySet:
        """Targets that this person may change."""
        return self.filter(indicator__in=Indicator.objects.editable_by(user))

    def current(self) -> TargetQuerySet:
        """Not replaced and not ended."""
        return self.filter(ended_at=None)

    def judging(self) -> TargetQuerySet:
        """The targets that give a status: at most one an indicator."""
        return self.current().filter(gives_status=True)

    def judging_at(self, moment: datetime) -> TargetQuerySet:
        """The targets that gave a status at some time."""
        held = models.Q(ended_at=None) | models.Q(ended_at__gt=moment)
        return self.filter(held, gives_status=True, made_at__lte=moment)


class Target(models.Model):
    """What is aimed at. Rows are never changed: a change ends one and makes the next version."""

    class Kind(models.TextChoices):
        """The four kinds of aim."""

        STANDING = "standing", "Every period"
        REACH = "reach", "Reach by a date"
        ACCUMULATE = "accumulate", "Total by a date"
        GROW = "grow", "Growth rate"

    class Comparator(models.TextChoices):
        """How an actual value is compared."""

        GTE = "gte", "at least (≥)"
        LTE = "lte", "at most (≤)"
        BETWEEN = "between", "between"
        EQ = "eq", "exactly"

    class ToleranceKind(models.TextChoices):
        """What the tolerance is a part of."""

        RELATIVE = "relative", "Share of the expected value"
        ABSOLUTE = "absolute", "In the indicator's own unit"

    class Path(models.TextChoices):
        """How the expected value moves between milestones."""

        LINEAR = "linear", "Straight line"
        STEP = "step", "Steps"
        GEOMETRIC = "geometric", "Constant growth"

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="targets")
    version = models.PositiveIntegerField(default=1, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STANDING)
    comparator = models.CharField(max_length=7, choices=Comparator, default=Comparator.GTE)
    strict = models.BooleanField(default=False, help_text="Equality does not meet it: < and >.")
    value = ExactDecimalField(null=True, blank=True)
    upper = ExactDecimalField(null=True, blank=True)
    baseline = ExactDecimalField(null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    growth = ExactDecimalField(
        null=True,
        blank=True,
        help_text="Share a period, compounding: 0.10 is ten percent.",
    )
    tolerance = ExactDecimalField(
        default=Decimal("0.1"),
        help_text="A share (0.10 is ten percent) when relative, else in the indicator's unit.",
    )
    tolerance_kind = models.CharField(
        max_length=8, choices=ToleranceKind, default=ToleranceKind.RELATIVE
    )
    path = models.CharField(max_length=9, choices=Path, default=Path.LINEAR)
    rationale = models.TextField(blank=True)
    gives_status = models.BooleanField(default=True, help_text="The status comes from this one.")
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    replaced_by = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaces", editable=False
    )

    objects = TargetQuerySet.as_manager()

    # What people answer to set one, in the order of the form.
    ANSWERS = (
        "kind",
        "comparator",
        "value",
        "upper",
        "strict",
        "baseline",
        "baseline_on",
        "starts_on",
        "due_on",
        "growth",
        "tolerance",
        "tolerance_kind",
        "path",
        "rationale",
        "gives_status",
    )

    class Meta:
        ordering = ["indicator", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "version"], name="target_version_once"),
            models.UniqueConstraint(
                fields=["indicator"],
                condition=models.Q(gives_status=True, ended_at=None),
                name="target_one_gives_status",
            ),
            models.CheckConstraint(
                condition=models.Q(tolerance__gte=0), name="target_tolerance_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="grow") | models.Q(value__isnull=False),
                name="target_has_value",
                violation_error_message="A target needs a value.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.get_kind_display()} {self.value or self.growth}"

    def clean(self) -> None:
        """Refuse an aim that cannot be judged, saying which field and why."""
        found = target_problems(self.as_value(milestones=()), self.indicator.as_definition())
        if found:
            raise ValidationError(
                {p.field: ValidationError(p.detail, code=p.code) for p in reversed(found)}
            )

    def as_value(
        self, *, milestones: Iterable[tuple[date, Decimal]] | None = None
    ) -> values.Target:
        """The target as the analysis takes it; its milestones are read unless they are given."""
        if milestones is None:
            milestones = ((m.on, m.value) for m in self.milestones.all())
        return values.Target(
            kind=cast(values.TargetKind, self.kind),
            comparator=cast(values.Comparator, self.comparator),
            strict=self.strict,
            value=self.value,
            upper=self.upper,
            baseline=self.baseline,
            baseline_on=self.baseline_on or self.starts_on,
            starts_on=self.starts_on,
            due_on=self.due_on,
            growth=self.growth,
            tolerance=self.tolerance,
            tolerance_kind=cast(values.ToleranceKind, self.tolerance_kind),
            milestones=tuple(sorted(milestones)),
            path=cast(values.Path, self.path),
            version=self.version,
        )

    def replace(self, successor: Target, *, now: datetime) -> Target:
        """End this version and save `successor` as the next one of the same indicator."""
        type(self).objects.filter(pk=self.pk).update(ended_at=now)
        self.ended_at = now
        successor.start(self.indicator)
        type(self).objects.filter(pk=self.pk).update(replaced_by=successor)
        return successor

    def start(self, indicator: Indicator) -> Target:
        """Save as the newest version of the indicator's targets, after checking it."""
        last = indicator.targets.aggregate(newest=models.Max("version"))["newest"] or 0
        self.indicator, self.version, self.pk = indicator, last + 1, None
        self.full_clean(exclude=["replaced_by"], validate_constraints=False)
        self.save(force_insert=True)
        return self

    def end(self, *, now: datetime) -> None:
        """Aim at it no longer; the row stays."""
        self.ended_at = now
        self.save(update_fields=["ended_at"])


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    """The vocabulary of reading milestones."""

    def visible_to(self, user: User) -> MilestoneQuerySet:
        """Milestones of targets that this person may see."""
        return self.filter(target__in=Target.objects.visible_to(user))

    def editable_by(self, user: User) -> MilestoneQuerySet:
        """Milestones that this person may change."""
        return self.filter(target__in=Target.objects.editable_by(user))


class Milestone(models.Model):
    """An interim aim on the way to a target."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="milestones")
    on = models.DateField()
    value = ExactDecimalField()

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ["target", "on"]
        constraints = [models.UniqueConstraint(fields=["target", "on"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.value} on {self.on}"
