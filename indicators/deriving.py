"""Derived indicators: what may be one, its recipe, and what pages say of where values come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.core.exceptions import ValidationError
from django.db import connection

from analysis import formula, periods, units
from analysis.derivation import Kind, Recipe
from analysis.values import Grain
from analysis.words import decimal_text
from indicators import lineage
from indicators.models import Indicator
from teams.models import User

NAMING = frozenset({"inputs", "formula", "source_kind"})
CHECKED = NAMING | {
    "entry_period", "factor", "period", "rollup", "state", "unit", "unit_label",
}  # fmt: skip
COUNTS: Mapping[str, tuple[int, str]] = {
    "ratio": (2, "A ratio has two inputs: the numerator and the denominator, in this order."),
    "growth": (1, "Growth has one input."),
}
# What a kind's values never become over a longer period, and what to choose instead.
NO_ROLLUPS: Mapping[str, tuple[frozenset[str], str]] = {
    "ratio": (
        frozenset({"sum", "mean"}),
        "Ratios neither add up nor have a mean: choose Ratio of sums, which adds up both parts.",
    ),
    "growth": (
        frozenset({"sum", "ratio"}),
        "Growth rates do not add up: choose Last value or Mean.",
    ),
    "formula": (
        frozenset({"ratio"}),
        "A formula gives one value, not two parts: choose another, or a ratio of two indicators.",
    ),
}
UNSEEN = "an indicator that you do not see"


def recipe_of(indicator: Indicator) -> Recipe:
    """Return how its values are computed; raises `FormulaError` for an unreadable formula."""
    is_formula = indicator.source_kind == Indicator.SourceKind.FORMULA
    is_ratio = indicator.source_kind == Indicator.SourceKind.RATIO
    return Recipe(
        kind=cast(Kind, indicator.source_kind),
        inputs=tuple(indicator.inputs),
        formula=formula.parse(indicator.formula, indicator.inputs) if is_formula else None,
        factor=indicator.factor,
        parts=is_ratio and indicator.rollup == Indicator.RollUp.RATIO,
    )


def entry_grain(indicator: Indicator) -> str:
    """Return the finest period in which its values come in."""
    return indicator.entry_period or indicator.period


def is_too_coarse(indicator: Indicator, period: str) -> bool:
    """Whether its values come in coarser than `period`, by which they are needed."""
    return periods.DAYS[cast(Grain, entry_grain(indicator))] > periods.DAYS[cast(Grain, period)]


def declared_unit(indicator: Indicator) -> units.Unit:
    """Its unit as the checks know it."""
    return units.unit_of(indicator.unit, indicator.unit_label)


def check_derivation(
    indicator: Indicator, *, user: User, changed: Collection[str] | None = None
) -> None:
    """Refuse what cannot be computed; a formula's inputs are taken from it where none are given.

    `changed` are the fields that differ from what is saved; None says that all of it is new. A
    draft may still lack its inputs. Raises ValidationError on the field that is to be changed.
    """
    fields = CHECKED if changed is None else CHECKED.intersection(changed)
    if not fields:
        return
    if not indicator.is_derived:
        if changed is not None and "source_kind" in fields and "inputs" not in fields:
            indicator.inputs = []  # what it was made of feeds it no longer
        if "inputs" in fields:
            _check_named(indicator, indicator.inputs, user)
        return
    if fields & NAMING:
        given = changed is None or "inputs" in changed
        _check_inputs(indicator, user=user, given=given and bool(indicator.inputs))
    if indicator.state == Indicator.State.DRAFT and not indicator.inputs:
        return
    _check_count(indicator)
    rows = Indicator.objects.filter(key__in=indicator.inputs).in_bulk(field_name="key")
    inputs = [rows[key] for key in indicator.inputs if key in rows]
    _check_own(indicator)
    _check_periods(indicator, inputs, lineage.seen_keys(indicator.inputs, user))
    _check_units(indicator, inputs)


def _check_inputs(indicator: Indicator, *, user: User, given: bool) -> None:
    """The inputs exist, are seen, alive and in no circle; those of a formula are those it names."""
    is_formula = indicator.source_kind == Indicator.SourceKind.FORMULA
    if is_formula and not given:
        indicator.inputs = _taken(indicator, user)
    _check_named(indicator, indicator.inputs, user)
    empty_draft = indicator.state == Indicator.State.DRAFT and not indicator.formula.strip()
    if is_formula and not empty_draft:
        names = _parsed(indicator, indicator.inputs).names
        if unused := [key for key in indicator.inputs if key not in names]:
            words = f"“{unused[0]}” is not in the formula. Leave it out, or use it there."
            raise field_refusal("inputs", words, "unused")


def _taken(indicator: Indicator, user: User) -> list[str]:
    """Return the inputs that a formula names, among what the person sees."""
    try:
        guessed = formula.guesses(indicator.formula)
        seen = Indicator.objects.visible_to(user).filter(key__in=guessed)
        known = {*seen.values_list("key", flat=True)} | guessed.intersection({indicator.key})
        formula.refuse_ambiguous(indicator.formula, known)
    except formula.FormulaError as problem:
        raise field_refusal("formula", str(problem), "formula") from problem
    if indicator.state == Indicator.State.DRAFT and not indicator.formula.strip():
        return []
    return list(_parsed(indicator, known).names)


def _parsed(indicator: Indicator, known: Collection[str]) -> formula.Formula:
    try:
        return formula.parse(indicator.formula, known)
    except formula.FormulaError as problem:
        raise field_refusal("formula", str(problem), "formula") from problem


def _check_named(indicator: Indicator, inputs: Sequence[str], user: User) -> None:
    """Each input is there for this person, once, not retired; and none leads back."""
    if not inputs:
        return
    if len(inputs) > formula.MAX_NAMES:
        words = f"At most {formula.MAX_NAMES} inputs."
        raise field_refusal("inputs", words, "too_many")
    _wait_for_others()
    rows = Indicator.objects.visible_to(user).filter(key__in=inputs)
    states = dict(rows.values_list("key", "state")) | {indicator.key: indicator.state}
    for place, key in enumerate(inputs):
        if key not in states:
            raise field_refusal("inputs", f"“{key}” is not known.", "unknown")
        if states[key] == Indicator.State.RETIRED and key not in _saved_inputs(indicator):
            words = f"“{key}” is retired and gets no further values. Choose its successor."
            raise field_refusal("inputs", words, "retired")
        if key in inputs[:place]:
            raise field_refusal("inputs", f"“{key}” is named twice.", "twice")
    if path := lineage.circle_through(indicator.key, inputs, lineage.feeding()):
        shown = Indicator.objects.visible_to(user).filter(key__in=path)
        seen = {indicator.key, *shown.values_list("key", flat=True)}
        words = f"It would be made of itself: {lineage.shown_path(path, seen)}."
        raise field_refusal("inputs", words, "cycle")


def _saved_inputs(indicator: Indicator) -> list[str]:
    """Return its saved inputs; they may stay when one of them retires."""
    saved = Indicator.objects.filter(pk=indicator.pk).values_list("inputs", flat=True).first()
    return saved or []


def _wait_for_others() -> None:
    """Define one at a time, so that two made at once cannot close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineage', 0))")


def _check_count(indicator: Indicator) -> None:
    if indicator.source_kind in COUNTS:
        wanted, words = COUNTS[indicator.source_kind]
        if len(indicator.inputs) != wanted:
            raise field_refusal("inputs", words, "count")
    elif not indicator.inputs:
        raise field_refusal(
            "formula", "A formula names at least one indicator by its key.", "required"
        )


def _check_own(indicator: Indicator) -> None:
    """Roll-up, factor and entry period, as far as the kind of derivation decides them."""
    refused, words = NO_ROLLUPS[indicator.source_kind]
    if indicator.rollup in refused:
        raise field_refusal("rollup", words, "rollup")
    if indicator.source_kind == Indicator.SourceKind.FORMULA and indicator.factor != 1:
        words = "A formula holds its own factor: multiply there, and leave 1 here."
        raise field_refusal("factor", words, "factor")
    if indicator.entry_period not in ("", indicator.period):
        words = "Its values are computed once a period: leave this empty."
        raise field_refusal("entry_period", words, "derived")


def _check_periods(
    indicator: Indicator, inputs: Sequence[Indicator], seen: Collection[str]
) -> None:
    """No input is coarser; one that never adds up has the same period."""
    for one in inputs:
        name = f"“{one.key}”" if one.key in seen else "An input that you do not see"
        if is_too_coarse(one, indicator.period):
            words = (
                f"{name} has one value a {entry_grain(one)}, which is coarser than a "
                f"{indicator.period}. Judge this indicator by the {entry_grain(one)}."
            )
            raise field_refusal("period", words, "coarser")
        never_adds = one.rollup == Indicator.RollUp.NONE
        if never_adds and entry_grain(one) != indicator.period:
            words = (
                f"{name} holds distinct counts, which never add up: "
                f"judge this indicator by the {entry_grain(one)} as well."
            )
            raise field_refusal("period", words, "rollup")


def _check_units(indicator: Indicator, inputs: Sequence[Indicator]) -> None:
    """Refuse a declared unit that the inputs certainly do not give."""
    known = {one.key: declared_unit(one) for one in inputs}
    try:
        if indicator.source_kind == Indicator.SourceKind.FORMULA:
            computed = units.of_formula(_parsed(indicator, indicator.inputs), known)
        elif indicator.source_kind == Indicator.SourceKind.RATIO:
            computed = units.unit_quotient(*(known[key] for key in indicator.inputs))
        else:
            computed = units.PLAIN
    except units.Mismatch as problem:
        raise field_refusal("formula", f"{_capital(str(problem))}.", "unit") from problem
    is_formula = indicator.source_kind == Indicator.SourceKind.FORMULA
    if is_formula and computed.kind == "plain" and indicator.unit == Indicator.Unit.PERCENT:
        words = "It comes out as a share, such as 0.03. Multiply by 100 in the formula for percent."
        raise field_refusal("formula", words, "unit")
    try:
        units.refuse_unit(computed, declared_unit(indicator))
    except units.Mismatch as problem:
        raise field_refusal("unit", str(problem), "unit") from problem


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def field_refusal(field: str, words: str, code: str) -> ValidationError:
    """Refuse one field, with the reason and its code."""
    return ValidationError({field: ValidationError(words, code=code)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where computed values come from: words around the inputs, and what is amiss.

    `parts` alternates between words and inputs; an input is None where it may not be seen.
    """

    parts: tuple[str | Indicator, ...]
    troubles: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else part.name for part in self.parts)


def origin_of(indicator: Indicator, seen: Iterable[Indicator]) -> Origin | None:
    """Say where its values come from, naming only inputs in `seen`; None if it is measured."""
    if not indicator.is_derived:
        return None
    rows = {row.key: row for row in seen}
    named = [rows.get(key, UNSEEN) for key in indicator.inputs]
    return Origin(
        parts=tuple(_parts(indicator, named)), troubles=tuple(troubles(indicator, rows.values()))
    )


def _parts(indicator: Indicator, named: list[str | Indicator]) -> Iterator[str | Indicator]:
    if indicator.source_kind == Indicator.SourceKind.RATIO and len(named) == 2:
        yield from (named[0], " ÷ ", named[1])
        if indicator.factor != 1:
            yield f" × {decimal_text(indicator.factor)}"
    elif indicator.source_kind == Indicator.SourceKind.GROWTH and named:
        yield "Relative change of "
        yield named[0]
        yield f" against the {indicator.period} before"
    else:
        for place, one in enumerate(named):
            yield ", " if place else ""
            yield one


def troubles(indicator: Indicator, inputs: Iterable[Indicator]) -> Iterator[str]:
    """Say in sentences why there are no further values."""
    for row in inputs:
        if row.key not in indicator.inputs:
            continue
        if row.state == Indicator.State.RETIRED:
            yield f"{row.name} is retired: there are no values for later periods."
        elif row.state == Indicator.State.DRAFT:
            yield f"{row.name} is a draft and has no values yet."
        if is_too_coarse(row, indicator.period):
            yield (
                f"{row.name} has one value a {entry_grain(row)}, coarser than a "
                f"{indicator.period}: nothing can be computed."
            )
