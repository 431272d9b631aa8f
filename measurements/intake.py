"""What one indicator accepts of a row, and the gate through which its numbers come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from indicators.models import Indicator
from indicators.models.indicator import is_key
from measurements.moments import Clock
from measurements.row import Accepted, Refusal, Row
from teams.models import User, memory
from web.numbers import Unacceptable, cited, exact

NOTE_LENGTH = 500
MANY_ASKED = 10  # times within the seconds for which is remembered
MOST_AHEAD = memory.MOST // 2


@dataclass(frozen=True, slots=True)
class Intake:
    """An indicator as far as the coming in of numbers is concerned."""

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

    @property
    def is_bounded(self) -> bool:
        """Whether it has a smallest or largest possible value."""
        return self.minimum is not None or self.maximum is not None

    def takes_values(self, *, derived: bool) -> bool:
        """Whether it takes values, and not ratios, through this door."""
        return self.rollup != "ratio" and self.closed(derived=derived) is None

    def allows(self, number: Decimal) -> bool:
        """Whether it can have this value at all."""
        return (self.minimum is None or number >= self.minimum) and (
            self.maximum is None or number <= self.maximum
        )

    def closed(self, *, derived: bool) -> Unacceptable | None:
        """Why it takes no numbers through this door at all, or None when it does."""
        if self.state != Indicator.State.ACTIVE:
            state = Indicator.State(self.state).label.lower()
            return Unacceptable("not_active", f"{cited(self.key)} is {state} and takes no values.")
        if (self.source_kind != Indicator.SourceKind.MEASURED) is not derived:
            return Unacceptable("derived", f"{cited(self.key)} is computed from other indicators.")
        return None

    def accept(self, row: Row, clock: Clock) -> Accepted | Refusal:
        """The row as it may be stored, or why not."""
        field = "at"
        try:
            at = clock.read(row.at, self.timezone)
            field = "numerator" if self.rollup == "ratio" else "value"
            value, numerator, denominator = (
                self._ratio(row) if self.rollup == "ratio" else (self._value(row), None, None)
            )
            field = "note"
            return Accepted(self.id, at, value, numerator, denominator, note_of(row), row.index)
        except Misplaced as problem:
            return Refusal(row.index, problem.field, problem.code, str(problem))
        except Unacceptable as problem:
            return Refusal(row.index, field, problem.code, str(problem))

    def _value(self, row: Row) -> str:
        for field in ("numerator", "denominator"):
            if getattr(row, field) is not None:
                raise Misplaced(
                    field, "unexpected", f"{cited(self.key)} takes a value, not a ratio."
                )
        if row.value is None:
            raise Unacceptable("required", "A value is needed.")
        text = exact(row.value)
        if self.is_bounded:
            self._within(Decimal(text))
        return text

    def _ratio(self, row: Row) -> tuple[None, str, str]:
        if row.value is not None:
            raise Misplaced(
                "value", "unexpected", f"{cited(self.key)} takes numerator and denominator."
            )
        if row.numerator is None:
            raise Unacceptable("required", "A numerator is needed.")
        numerator = exact(row.numerator)
        denominator = denominator_of(row)
        if self.is_bounded and Decimal(denominator):
            self._within(Decimal(numerator) / Decimal(denominator) * self.factor)
        return None, numerator, denominator

    def _within(self, number: Decimal) -> None:
        if self.minimum is not None and number < self.minimum:
            raise Unacceptable("too_small", f"{cited(self.key)} is never below {self.minimum}.")
        if self.maximum is not None and number > self.maximum:
            raise Unacceptable("too_large", f"{cited(self.key)} is never above {self.maximum}.")


class Misplaced(Unacceptable):
    """A problem of another field than the one being read."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.field = field


def denominator_of(row: Row) -> str:
    """The denominator; 0 is stored and yields no value, less than 0 is refused."""
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
    """The note, short enough and storable."""
    note = row.note
    if not note:
        return ""
    if len(note) > NOTE_LENGTH:
        raise Unacceptable("too_long", f"A note has at most {NOTE_LENGTH} characters.")
    if "\x00" in note or any("\ud800" <= letter <= "\udfff" for letter in note):
        raise Unacceptable("not_text", "The note holds characters that are not text.")
    return note


def intakes_for(keys: Iterable[str], actor: User | None) -> dict[str, Intake]:
    """Those of the indicators into which the actor may enter values, by key.

    Unknown and forbidden look alike: both are missing. `None` is the installation itself. What is
    found is remembered for seconds, so that a stream of small deliveries does not ask each time;
    where many are asked for one by one, the others are read with them.
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
    """The same from the database, through the gate; without keys as many as can be remembered."""
    gate = Indicator.objects.all() if actor is None else Indicator.objects.enterable_by(actor)
    named = gate.active()[:MOST_AHEAD] if keys is None else gate.filter(key__in=keys)
    return [Intake(*fields) for fields in named.values_list(*Intake.__slots__)]
