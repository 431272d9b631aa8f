"""The rules by which indicators accept rows, and the check of a delivery against them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from indicators.models import Indicator
from indicators.models.indicator import is_key
from measurements.moments import Clock
from measurements.row import Accepted, Refusal, Row
from teams.models import User, memory
from web.numbers import Unacceptable, cited, exact

NOTE_LENGTH = 500
MANY_ASKED = 10  # look-ups of an actor within memory.SECONDS
MOST_AHEAD = memory.MOST // 2
DUPLICATE = {
    "at": "Another row of this delivery has another value for the same indicator and time.",
    "note": "Another row of this delivery has another note for the same indicator and time.",
}


@dataclass(frozen=True, slots=True)
class Intake:
    """The fields of an indicator that decide which measurements it accepts."""

    id: int
    key: str
    state: str
    source_kind: str
    rollup: str
    factor: Decimal
    minimum: Decimal | None
    maximum: Decimal | None
    timezone: str
    team_id: int

    def closed(self, *, derived: bool) -> Unacceptable | None:
        """Why it accepts no rows at all, or None; `derived` rows are computed and not sent."""
        if self.state != Indicator.State.ACTIVE:
            state = Indicator.State(self.state).label.lower()
            return Unacceptable("not_active", f"{cited(self.key)} is {state} and takes no values.")
        if (self.source_kind != Indicator.SourceKind.MEASURED) is not derived:
            return Unacceptable("derived", f"{cited(self.key)} is computed from other indicators.")
        return None

    def accept(self, row: Row, clock: Clock) -> Accepted | Refusal:
        """The row as it may be stored, or why not."""
        value = numerator = denominator = None
        field = "at"
        try:
            at = clock.read(row.at, self.timezone)
            if self.rollup == "ratio":
                field = "numerator"
                numerator, denominator = self._ratio(row)
            elif row.numerator is not None or row.denominator is not None:
                raise self._no_ratio(row)
            else:
                field = "value"
                value = self._value(row)
            field = "note"
            note = note_of(row) if row.note else ""
        except Misplaced as problem:
            return Refusal(row.index, problem.field, problem.code, str(problem))
        except Unacceptable as problem:
            return Refusal(row.index, field, problem.code, str(problem))
        return Accepted(self.id, at, value, numerator, denominator, note, row.index)

    def _value(self, row: Row) -> str:
        if row.value is None:
            raise Unacceptable("required", "A value is needed.")
        text = exact(row.value)
        if self.minimum is not None or self.maximum is not None:
            self._within(Decimal(text))
        return text

    def _no_ratio(self, row: Row) -> Misplaced:
        field = "denominator" if row.numerator is None else "numerator"
        return Misplaced(field, "unexpected", f"{cited(self.key)} takes a value, not a ratio.")

    def _ratio(self, row: Row) -> tuple[str, str]:
        if row.value is not None:
            raise Misplaced(
                "value", "unexpected", f"{cited(self.key)} takes numerator and denominator."
            )
        if row.numerator is None:
            raise Unacceptable("required", "A numerator is needed.")
        numerator = exact(row.numerator)
        denominator = denominator_of(row)
        if Decimal(denominator):
            self._within(Decimal(numerator) / Decimal(denominator) * self.factor)
        return numerator, denominator

    def _within(self, number: Decimal) -> None:
        if self.minimum is not None and number < self.minimum:
            raise Unacceptable("too_small", f"{cited(self.key)} is never below {self.minimum}.")
        if self.maximum is not None and number > self.maximum:
            raise Unacceptable("too_large", f"{cited(self.key)} is never above {self.maximum}.")


Rules = Mapping[str, Intake | Unacceptable]  # by key; why where it accepts no rows at all


class Checked(NamedTuple):
    """The result of a check: rows to store, refusals, and how many rows repeat an earlier one."""

    accepted: list[Accepted]
    refused: list[Refusal]
    repeated: int


def check(
    rows: Sequence[Row], intakes: Mapping[str, Intake], clock: Clock, *, derived: bool
) -> Checked:
    """Check rows against their indicators and against each other.

    The accepted ones have distinct keys (indicator, at). `intakes` are those into which the sender
    may enter values, by key.
    """
    accepted: list[Accepted] = []
    refused: list[Refusal] = []
    repeated = 0
    rules = rules_of(intakes, derived=derived)
    places: dict[int, dict[datetime, int]] = {intake.id: {} for intake in intakes.values()}
    for row in rows:
        result = examine(row, rules, clock)
        if isinstance(result, Refusal):
            refused.append(result)
            continue
        place = places[result.indicator_id].setdefault(result.at, len(accepted))
        if place == len(accepted):
            accepted.append(result)
        elif (field := contradiction(accepted[place], result)) is not None:
            refused.append(Refusal(row.index, field, "duplicate", DUPLICATE[field]))
        else:
            repeated += 1
            if result.note:  # the earlier one has none, or the same
                accepted[place] = result
    return Checked(accepted, refused, repeated)


def rules_of(intakes: Mapping[str, Intake], *, derived: bool) -> Rules:
    """The rules of a delivery; `derived` where its rows are computed and not sent."""
    return {key: intake.closed(derived=derived) or intake for key, intake in intakes.items()}


def examine(row: Row, rules: Rules, clock: Clock) -> Accepted | Refusal:
    """Check one row against its indicator."""
    if row.problem is not None:
        return row.problem
    rule = rules.get(row.indicator)
    if rule is None:
        return unknown(row)
    if isinstance(rule, Unacceptable):
        return Refusal(row.index, "indicator", rule.code, str(rule))
    return rule.accept(row, clock)


def unknown(row: Row) -> Refusal:
    """Refuse a row in the same words whether its indicator is missing or closed to the actor."""
    if not row.indicator:
        return Refusal(row.index, "indicator", "required", "An indicator is needed.")
    detail = f"There is no indicator {cited(row.indicator)} into which you may enter values."
    return Refusal(row.index, "indicator", "unknown", detail)


def contradiction(first: Accepted, other: Accepted) -> str | None:
    """The field in which two rows of one indicator and time disagree, or None."""
    if first.parts != other.parts:
        return "at"
    return "note" if first.note and other.note not in ("", first.note) else None


class Misplaced(Unacceptable):
    """A problem of another field than the one being read."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.field = field


def denominator_of(row: Row) -> str:
    """The denominator: 0 is stored and yields no value, a negative one is refused."""
    if row.denominator is None:
        raise Misplaced("denominator", "required", "A denominator is needed.")
    try:
        text = exact(row.denominator)
    except Unacceptable as problem:
        raise Misplaced("denominator", problem.code, str(problem)) from problem
    if text.startswith("-") and Decimal(text):
        raise Misplaced("denominator", "too_small", "A denominator is never below 0.")
    return text


def note_of(row: Row) -> str:
    """The note; `Unacceptable` where it is too long or cannot be stored as text."""
    note = row.note
    if len(note) > NOTE_LENGTH:
        raise Unacceptable("too_long", f"A note has at most {NOTE_LENGTH} characters.")
    if "\x00" in note or any("\ud800" <= letter <= "\udfff" for letter in note):
        raise Unacceptable("not_text", "The note holds characters that are not text.")
    return note


def intakes_for(keys: Iterable[str], actor: User | None) -> dict[str, Intake]:
    """The indicators with these keys into which the actor may enter values, by key.

    Unknown and forbidden ones are both missing. An actor of None is the installation itself. The
    result is remembered for `memory.SECONDS`, so that a stream of small deliveries does not query
    each time; after `MANY_ASKED` look-ups the actor's other indicators are read ahead.
    """
    reach = None if actor is None else (actor.pk, actor.reach.limit)
    known = {key: memory.recall(("intake", reach, key)) for key in keys}
    found = {key: intake for key, intake in known.items() if intake is not None}
    unknown = known.keys() - found.keys()
    if possible := [key for key in unknown if is_key(key)]:
        fresh = read_intakes(actor, possible)
        found |= {intake.key: intake for intake in fresh}
        if memory.count(("asked for intakes", reach)) == MANY_ASKED:
            fresh += read_intakes(actor)
        for intake in fresh:
            memory.remember(("intake", reach, intake.key), intake)
    return found


def read_intakes(actor: User | None, keys: Collection[str] | None = None) -> list[Intake]:
    """Read intakes from the database; without keys up to `MOST_AHEAD` active ones."""
    gate = Indicator.objects.all() if actor is None else Indicator.objects.enterable_by(actor)
    named = gate.active()[:MOST_AHEAD] if keys is None else gate.filter(key__in=keys)
    return [Intake(*fields) for fields in named.values_list(*Intake.__slots__)]
