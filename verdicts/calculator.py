"""A judgement of values that are sent along: checks the shapes, then asks the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analysis import periods, values
from analysis.targets import target_problems
from indicators.models import Indicator, Target
from measurements.moments import moment
from teams.models import Organisation
from verdicts import served
from verdicts.models import Verdict
from web.numbers import Unacceptable, exact

MAX_VALUES, MAX_MILESTONES = 5000, 400
FIRST_YEAR, LAST_YEAR = 1000, 8999  # in which every calendar here can count
GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_year")


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}]})
class ExactField(serializers.DecimalField):
    """A finite decimal of any number of places, from a JSON number or a string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """The number as measurements take it: no booleans, underscores or other alphabets."""
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        try:
            return Decimal(exact(str(data)))
        except Unacceptable as refusal:
            raise serializers.ValidationError(str(refusal), refusal.code) from refusal


class DayField(serializers.DateField):
    """A day that is one in every time zone."""

    default_error_messages = {"range": f"It must lie in the years {FIRST_YEAR} to {LAST_YEAR}."}

    def to_internal_value(self, value: Any) -> date:
        found: date = super().to_internal_value(value)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.fail("range")
        return found


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field[datetime, str, str, datetime]):
    """A date-time with an offset, of a year that is one in every time zone."""

    default_error_messages = {
        "invalid": "It must be text.",
        "range": f"It must lie in the years {FIRST_YEAR} to {LAST_YEAR}.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        """The instant in UTC."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            found = moment(data)
        except Unacceptable as refusal:
            raise serializers.ValidationError(str(refusal), refusal.code) from refusal
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.fail("range")
        return found


class CalculationMilestone(serializers.Serializer[Any]):
    """An interim aim."""

    on = DayField()
    value = ExactField()


class CalculationTarget(serializers.Serializer[Any]):
    """A target as the API spells it."""

    kind = serializers.ChoiceField(Target.Kind.choices, default="standing")
    comparator = serializers.ChoiceField(Target.Comparator.choices, default="gte")
    strict = serializers.BooleanField(default=False)
    value = ExactField(required=False, allow_null=True)
    upper = ExactField(required=False, allow_null=True)
    baseline = ExactField(required=False, allow_null=True)
    baseline_on = DayField(required=False, allow_null=True)
    starts_on = DayField(required=False, allow_null=True)
    due_on = DayField(required=False, allow_null=True)
    growth = ExactField(required=False, allow_null=True)
    tolerance = ExactField(required=False, min_value=Decimal(0))
    tolerance_kind = serializers.ChoiceField(Target.ToleranceKind.choices, default="relative")
    path = serializers.ChoiceField(Target.Path.choices, default="linear")
    milestones = CalculationMilestone(many=True, default=list, max_length=MAX_MILESTONES)  # type: ignore[call-arg]


class CalculationOptions(serializers.Serializer[Any]):
    """What else may be said; everything has a default."""

    rules = serializers.ChoiceField(get_args(values.RuleSet), default="nhs")
    start = DayField(required=False, help_text="First period; else counted back.")
    now = MomentField(required=False)
    rebase = serializers.ListField(child=DayField(), default=list, max_length=MAX_VALUES)
    timezone = serializers.CharField(required=False)
    unit = serializers.CharField(default="number", max_length=20)
    unit_label = serializers.CharField(default="", max_length=40, allow_blank=True)
    rollup = serializers.ChoiceField(Indicator.RollUp.choices, default="last")
    decimals = serializers.IntegerField(default=2, min_value=0, max_value=10)
    minimum = ExactField(required=False, allow_null=True)
    maximum = ExactField(required=False, allow_null=True)
    meaningful_change = ExactField(required=False, allow_null=True)
    guard_status = serializers.CharField(required=False, max_length=20)
    guard_signal = serializers.ChoiceField(Verdict.Signal.choices, default="unknown")

    def validate_timezone(self, name: str) -> str:
        """It must be a name that the time zone database holds."""
        from teams.models.organisation import known_time_zone

        known_time_zone(name)
        return name


class Calculation(serializers.Serializer[Any]):
    """The body of a calculation."""

    period = serializers.ChoiceField(GRAINS, default="month")
    direction = serializers.ChoiceField(Indicator.Direction.choices, default="up")
    values = serializers.ListField(
        child=ExactField(allow_null=True),
        max_length=MAX_VALUES,
        help_text="Numbers or null, oldest first; all digits are kept.",
    )
    target = CalculationTarget(required=False, allow_null=True)
    options = CalculationOptions(default=dict)


def calculate(body: Any, *, now: datetime) -> dict[str, Any]:
    """The analysis document of the values in `body`; refusals as DRF validation errors."""
    from analysis.judgement import judge

    form = Calculation(data=body)
    form.is_valid(raise_exception=True)
    given = form.validated_data
    options = given["options"] or CalculationOptions().run_validation({})
    at = options.get("now", now)
    series = sent_series(given, options, now=at)
    definition = sent_definition(given, options)
    found = judge(
        series,
        definition,
        sent_target(given.get("target"), definition),
        now=at,
        guard=sent_guard(options),
        rules=options["rules"],
    )
    result = {"indicator": None, **found.as_dict()}
    return served.analysis_document(result, served.within_days(None, None), computed_at=at)


def sent_series(
    given: Mapping[str, Any], options: Mapping[str, Any], *, now: datetime
) -> values.Series:
    """The values on their grid; without a start, the newest is the last period that is over."""
    organisation = Organisation.current()
    calendar = values.Calendar(
        timezone=options.get("timezone", organisation.timezone),
        week_start=organisation.week_start,
        fiscal_year_start=organisation.fiscal_year_start,
    )
    grain = cast(values.Grain, given["period"])
    running = periods.start_of(now, grain, calendar)
    first = options.get("start") or stepped(running, -len(given["values"]), grain, calendar)
    first = periods.start_of(first, grain, calendar)
    stepped(first, len(given["values"]), grain, calendar)
    points = tuple(
        values.Point(
            period=(start := periods.step(first, place, grain, calendar)),
            value=value,
            n=0 if value is None else 1,
            provisional=start >= running,
        )
        for place, value in enumerate(given["values"])
    )
    latest = next((p.period for p in reversed(points) if p.value is not None), None)
    latest_at = None if latest is None else periods.midnight(latest, calendar)
    return values.Series(grain, calendar, points, latest_at, grain)


def stepped(start: date, count: int, grain: values.Grain, calendar: values.Calendar) -> date:
    """The period so many after `start`; a refusal where the values reach beyond all calendars."""
    try:
        found = periods.step(start, count, grain, calendar)
    except (ValueError, OverflowError):
        found = date.min
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        words = f"They reach beyond the years {FIRST_YEAR} to {LAST_YEAR}."
        raise serializers.ValidationError({"values": [serializers.ErrorDetail(words, "too_long")]})
    return found


def sent_definition(given: Mapping[str, Any], options: Mapping[str, Any]) -> values.Definition:
    """The definition that the body describes."""
    return values.Definition(
        direction=cast(values.Direction, given["direction"]),
        period=cast(values.Grain, given["period"]),
        unit=options["unit"],
        unit_label=options["unit_label"],
        rollup=cast(values.Rule, options["rollup"]),
        decimals=options["decimals"],
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        rebase=tuple(options["rebase"]),
        meaningful_change=options.get("meaningful_change"),
    )


def sent_target(
    given: Mapping[str, Any] | None, definition: values.Definition
) -> values.Target | None:
    """The target that the body describes; one that cannot be meant is refused with the reason."""
    if not given:
        return None
    fields = {k: v for k, v in given.items() if k != "milestones"}
    fields["baseline_on"] = fields.get("baseline_on") or fields.get("starts_on")
    milestones = tuple(sorted((m["on"], m["value"]) for m in given["milestones"]))
    target = values.Target(
        **fields, milestones=cast("tuple[tuple[date, Decimal], ...]", milestones)
    )
    if found := target_problems(target, definition):
        raise serializers.ValidationError(
            {"target": {p.field: [serializers.ErrorDetail(p.detail, p.code)] for p in found}}
        )
    return target


def sent_guard(options: Mapping[str, Any]) -> values.Guard | None:
    """The paired indicator's word, where one is given."""
    if "guard_status" not in options and options["guard_signal"] == "unknown":
        return None
    return values.Guard(options.get("guard_status"), options["guard_signal"])
