"""Saving cells: only over what the person has seen, through the one core, one answer a cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from indicators.author import Author
from indicators.models import Indicator
from measurements.delivery import deliver, withdraw
from measurements.entry.cells import (
    Span,
    StoredCell,
    edited,
    from_measurement,
    input_parts,
    locked_in,
    stored_in,
)
from measurements.entry.columns import PeriodColumn, column, parse_period
from measurements.entry.due import Clockwork, entry_grain, indicators_by_key
from measurements.models import Batch, Measurement
from measurements.retries import Overtaken, transactional
from measurements.row import Row, RowResult, Sender
from teams.models import Organisation


class CellResult(StrEnum):
    """The result for a cell that is not the result of a row."""

    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"  # the stored value is not the one the person saw
    ASKED = "asked"  # the text may mean two numbers


State = RowResult | CellResult
WRITTEN: frozenset[State] = frozenset(
    {RowResult.CREATED, RowResult.CORRECTED, RowResult.UNCHANGED, CellResult.WITHDRAWN}
)
SEVERAL = "This period holds several values. Correct them one by one on the indicator's page."


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """What a person wants a cell to hold; without any number the value is taken back.

    `note` None keeps the note that is there. `seen` is the fingerprint of what the person saw, ""
    an empty cell; None takes whatever is there. `problem` is what the form could not read, and
    `is_question` that it only has to be asked; `typed` is the text as it came.
    """

    key: str
    period: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    note: str | None = None
    seen: str | None = None
    problem: str = ""
    is_question: bool = False
    typed: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the cell was emptied."""
        return self.value is None and self.numerator is None and self.denominator is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutcome:
    """The result for one cell: its state, why, and what it holds now and held before."""

    change: CellChange
    state: State
    detail: str = ""
    indicator: Indicator | None = None
    column: PeriodColumn | None = None
    before: StoredCell | None = None
    stored: StoredCell | None = None
    by: str = ""

    @property
    def label(self) -> str:
        """The name of the cell: "Conversion, October 2026"."""
        if self.indicator is None or self.column is None:
            return f"{self.change.key}, {self.change.period}"
        return f"{self.indicator.name}, {self.column.label}"

    @property
    def now(self) -> str:
        """The stored digits as one text; "–" for nothing."""
        if self.stored is None or self.indicator is None:
            return "–"
        if not self.stored.is_one:
            return "several"
        parts = input_parts(self.indicator)
        return " / ".join(edited(self.stored.part(p), self.indicator, p) for p in parts)

    @property
    def wanted(self) -> str:
        """The number as it was read, else as it was typed."""
        if self.indicator is None or self.change.is_empty:
            return self.change.typed
        of = self.indicator
        return " / ".join(edited(getattr(self.change, p), of, p) for p in input_parts(of))

    @property
    def span(self) -> Span:
        """Whose period it is."""
        assert self.indicator is not None and self.column is not None
        return self.indicator.pk, self.column.begins_at, self.column.ends_at


@dataclass(frozen=True, slots=True)
class Saved:
    """The answers in the order of the changes, and the delivery that they were."""

    outcomes: list[CellOutcome]
    batch_id: int | None = None


@transactional
def save_cells(
    changes: Sequence[CellChange],
    *,
    author: Author,
    door: Batch.Door,
    now: datetime,
    label: str = "",
    dry_run: bool = False,
) -> Saved:
    """Store the changes of cells in one transaction, and report the result of each.

    A cell whose value is not the one the person saw is a conflict and stays as it is; the others
    are delivered together, and those that `deliver` refuses are refused. `dry_run` stores nothing.
    It is retried where somebody fills an empty cell between the look at it and the delivery.
    """
    sender = Sender(
        actor=author.user,
        door=door,
        token=author.token,
        label=label,
        request_id=author.request_id,
    )
    outcomes = compare_cells(place_changes(changes, author, now))
    if not dry_run:
        outcomes = [refuse_lost_note(one, sender, now) for one in outcomes]
        take_back(outcomes, sender, now)
    rows = [row_to_send(outcome, k) for k, outcome in enumerate(outcomes) if is_sent(outcome)]
    if not rows:
        return Saved(with_stored(outcomes))
    report = deliver(rows, sender, on_error="skip", dry_run=dry_run, now=now)
    reasons = {refusal.index: refusal.detail for refusal in report.rejected}
    outcomes = [
        replace(outcome, state=RowResult.REFUSED, detail=reasons[k]) if k in reasons else outcome
        for k, outcome in enumerate(outcomes)
    ]
    if not dry_run and report.created != sum(is_new(one) for one in outcomes):
        raise Overtaken("an empty cell was filled meanwhile")
    return Saved(with_stored(outcomes), report.batch_id)


# --- where each change belongs ---------------------------------------------------------------


def place_changes(
    changes: Sequence[CellChange], author: Author, now: datetime
) -> list[CellOutcome]:
    """Each change with its indicator and period, or refused."""
    indicators = indicators_by_key({change.key for change in changes}, author.user)
    clock = Clockwork(Organisation.current(), now)
    taken: set[tuple[str, str]] = set()
    found = []
    for change in changes:
        found.append(place_change(change, indicators.get(change.key), clock, taken))
        taken.add((change.key, change.period))
    return found


def place_change(
    change: CellChange, indicator: Indicator | None, clock: Clockwork, taken: set[tuple[str, str]]
) -> CellOutcome:
    """One change with its indicator and period; its state is to be found yet."""
    if indicator is None:
        detail = "There is no such indicator into which you may enter values."
        return CellOutcome(change=change, state=RowResult.REFUSED, detail=detail)
    here = CellOutcome(change=change, state=RowResult.CREATED, indicator=indicator)
    try:
        calendar, grain = clock.calendar(indicator.timezone), entry_grain(indicator)
        period = column(parse_period(change.period, grain, calendar), grain, calendar, clock.now)
    except (ValueError, OverflowError, LookupError):
        detail = f"There is no such {entry_grain(indicator)}."
        return replace(here, state=RowResult.REFUSED, detail=detail)
    here = replace(here, column=period)
    if (change.key, change.period) in taken:
        return replace(here, state=RowResult.REFUSED, detail="The same cell twice.")
    if change.problem:
        state: State = CellResult.ASKED if change.is_question else RowResult.REFUSED
        return replace(here, state=state, detail=change.problem)
    if period.begins_at > clock.now:
        return replace(here, state=RowResult.REFUSED, detail="This period has not begun.")
    return here


def is_pending(outcome: CellOutcome) -> bool:
    """Whether nothing stands against it so far."""
    return outcome.state in WRITTEN


# --- what is there already -------------------------------------------------------------------


def compare_cells(outcomes: list[CellOutcome]) -> list[CellOutcome]:
    """Each pending change against what is stored, which is locked from here on."""
    held = locked_in([one.span for one in outcomes if is_pending(one)])
    return [compare_cell(one, held[one.span[:2]]) if is_pending(one) else one for one in outcomes]


def compare_cell(outcome: CellOutcome, held: list[Measurement]) -> CellOutcome:
    """What the change would do to what is there."""
    if len(held) > 1:
        return replace(outcome, state=RowResult.REFUSED, detail=SEVERAL)
    before = from_measurement(held[0]) if held else None
    change, outcome = outcome.change, replace(outcome, before=before)
    if change.seen is not None and change.seen != (before.seen if before else ""):
        return replace(outcome, state=CellResult.CONFLICT, by=author_of(held))
    if change.is_empty:
        return replace(outcome, state=CellResult.WITHDRAWN if before else RowResult.UNCHANGED)
    if before is None:
        return replace(outcome, state=RowResult.CREATED)
    same = (change.value, change.numerator, change.denominator) == (
        before.last,
        before.numerator,
        before.denominator,
    ) and change.note in (None, before.note)
    return replace(outcome, state=RowResult.UNCHANGED if same else RowResult.CORRECTED)


def author_of(held: Iterable[Measurement]) -> str:
    """Who stored what is there; "" where a program or nobody did."""
    batches = Batch.objects.filter(pk__in=[one.batch_id for one in held])
    return next((str(b.actor) for b in batches.select_related("actor") if b.actor), "")


# --- writing ---------------------------------------------------------------------------------


def take_back(outcomes: list[CellOutcome], sender: Sender, now: datetime) -> None:
    """Withdraw what was emptied, and what is to lose its note, which no correction takes away."""
    for one in outcomes:
        if one.state == CellResult.WITHDRAWN or loses_note(one):
            assert one.indicator is not None and one.before is not None
            withdraw(one.indicator, one.before.at, sender, now=now)


def refuse_lost_note(outcome: CellOutcome, sender: Sender, now: datetime) -> CellOutcome:
    """Refuse what loses its note before it is taken back, where it could not come in again."""
    if not loses_note(outcome):
        return outcome
    report = deliver([row_to_send(outcome, 0)], sender, dry_run=True, now=now)
    if report.rejected:
        return replace(outcome, state=RowResult.REFUSED, detail=report.rejected[0].detail)
    return outcome


def loses_note(outcome: CellOutcome) -> bool:
    """Whether only the note goes and the number stays."""
    before, change = outcome.before, outcome.change
    return (
        outcome.state == RowResult.CORRECTED
        and before is not None
        and change.note == ""
        and before.note != ""
        and (change.value, change.numerator, change.denominator)
        == (before.last, before.numerator, before.denominator)
    )


def is_sent(outcome: CellOutcome) -> bool:
    """Whether the core has to see it: everything that is not settled already."""
    return is_pending(outcome) and not outcome.change.is_empty


def is_new(outcome: CellOutcome) -> bool:
    """Whether the core must have made a new row of it."""
    return is_sent(outcome) and (outcome.state == RowResult.CREATED or loses_note(outcome))


def row_to_send(outcome: CellOutcome, index: int) -> Row:
    """The change as the core takes it: at the instant of what it corrects, else the period."""
    change, before = outcome.change, outcome.before
    note = change.note if change.note is not None else before.note if before else ""
    return Row(
        index=index,
        indicator=change.key,
        at=before.at if before else change.period,
        value=change.value,
        numerator=change.numerator,
        denominator=change.denominator,
        note=note,
    )


def with_stored(outcomes: list[CellOutcome]) -> list[CellOutcome]:
    """The outcomes with what their cells hold now."""
    now = stored_in([one.span for one in outcomes if one.column is not None])
    return [
        replace(one, stored=now.get(one.span[:2])) if one.column is not None else one
        for one in outcomes
    ]
