"""What may be a derived indicator: its inputs, its formula, and whether units and periods fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import connection

from analysis import formula, units
from indicators import lineage
from indicators.deriving.recipes import finest, is_too_coarse, unit_of
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


def check(indicator: Indicator, *, user: User, changed: Collection[str] | None = None) -> None:
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
            raise refusal("inputs", words, "unused")


def _taken(indicator: Indicator, user: User) -> list[str]:
    """The inputs that a formula names, among what the person sees."""
    try:
        guessed = formula.guesses(indicator.formula)
        seen = Indicator.objects.visible_to(user).filter(key__in=guessed)
        known = {*seen.values_list("key", flat=True)} | guessed.intersection({indicator.key})
        formula.refuse_ambiguous(indicator.formula, known)
    except formula.FormulaError as problem:
        raise refusal("formula", str(problem), "formula") from problem
    if indicator.state == Indicator.State.DRAFT and not indicator.formula.strip():
        return []
    return list(_parsed(indicator, known).names)


def _parsed(indicator: Indicator, known: Collection[str]) -> formula.Formula:
    try:
        return formula.parse(indicator.formula, known)
    except formula.FormulaError as problem:
        raise refusal("formula", str(problem), "formula") from problem


def _check_named(indicator: Indicator, inputs: Sequence[str], user: User) -> None:
    """Each input is there for this person, once, not retired; and none leads back."""
    if not inputs:
        return
    if len(inputs) > formula.MAX_NAMES:
        words = f"At most {formula.MAX_NAMES} inputs."
        raise refusal("inputs", words, "too_many")
    _wait_for_others()
    rows = Indicator.objects.visible_to(user).filter(key__in=inputs)
    states = dict(rows.values_list("key", "state")) | {indicator.key: indicator.state}
    for place, key in enumerate(inputs):
        if key not in states:
            raise refusal("inputs", f"“{key}” is not known.", "unknown")
        if states[key] == Indicator.State.RETIRED and key not in _saved_inputs(indicator):
            words = f"“{key}” is retired and gets no further values. Choose its successor."
            raise refusal("inputs", words, "retired")
        if key in inputs[:place]:
            raise refusal("inputs", f"“{key}” is named twice.", "twice")
    if path := lineage.circle(indicator.key, inputs, lineage.feeding()):
        shown = Indicator.objects.visible_to(user).filter(key__in=path)
        seen = {indicator.key, *shown.values_list("key", flat=True)}
        words = f"It would be made of itself: {lineage.shown_path(path, seen)}."
        raise refusal("inputs", words, "cycle")


def _saved_inputs(indicator: Indicator) -> list[str]:
    """What it is made of already; it may stay so when one of them retires."""
    saved = Indicator.objects.filter(pk=indicator.pk).values_list("inputs", flat=True).first()
    return saved or []


def _wait_for_others() -> None:
    """One definition at a time, so that two made at once cannot close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineage', 0))")


def _check_count(indicator: Indicator) -> None:
    if indicator.source_kind in COUNTS:
        wanted, words = COUNTS[indicator.source_kind]
        if len(indicator.inputs) != wanted:
            raise refusal("inputs", words, "count")
    elif not indicator.inputs:
        raise refusal("formula", "A formula names at least one indicator by its key.", "required")


def _check_own(indicator: Indicator) -> None:
    """Roll-up, factor and entry period, as far as the kind of derivation decides them."""
    refused, words = NO_ROLLUPS[indicator.source_kind]
    if indicator.rollup in refused:
        raise refusal("rollup", words, "rollup")
    if indicator.source_kind == Indicator.SourceKind.FORMULA and indicator.factor != 1:
        words = "A formula holds its own factor: multiply there, and leave 1 here."
        raise refusal("factor", words, "factor")
    if indicator.entry_period not in ("", indicator.period):
        words = "Its values are computed once a period: leave this empty."
        raise refusal("entry_period", words, "derived")


def _check_periods(
    indicator: Indicator, inputs: Sequence[Indicator], seen: Collection[str]
) -> None:
    """No input is coarser; one that never adds up has the same period."""
    for one in inputs:
        name = f"“{one.key}”" if one.key in seen else "An input that you do not see"
        if is_too_coarse(one, indicator.period):
            words = (
                f"{name} has one value a {finest(one)}, which is coarser than a "
                f"{indicator.period}. Judge this indicator by the {finest(one)}."
            )
            raise refusal("period", words, "coarser")
        never_adds = one.rollup == Indicator.RollUp.NONE
        if never_adds and finest(one) != indicator.period:
            words = (
                f"{name} holds distinct counts, which never add up: "
                f"judge this indicator by the {finest(one)} as well."
            )
            raise refusal("period", words, "rollup")


def _check_units(indicator: Indicator, inputs: Sequence[Indicator]) -> None:
    """What comes out is what is declared, as far as that is certain."""
    known = {one.key: unit_of(one) for one in inputs}
    try:
        if indicator.source_kind == Indicator.SourceKind.FORMULA:
            computed = units.of_formula(_parsed(indicator, indicator.inputs), known)
        elif indicator.source_kind == Indicator.SourceKind.RATIO:
            computed = units.unit_quotient(*(known[key] for key in indicator.inputs))
        else:
            computed = units.PLAIN
    except units.Mismatch as problem:
        raise refusal("formula", f"{_capital(str(problem))}.", "unit") from problem
    is_formula = indicator.source_kind == Indicator.SourceKind.FORMULA
    if is_formula and computed.kind == "plain" and indicator.unit == Indicator.Unit.PERCENT:
        words = "It comes out as a share, such as 0.03. Multiply by 100 in the formula for percent."
        raise refusal("formula", words, "unit")
    try:
        units.refuse_unit(computed, unit_of(indicator))
    except units.Mismatch as problem:
        raise refusal("unit", str(problem), "unit") from problem


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def refusal(field: str, words: str, code: str) -> ValidationError:
    """The refusal of one field."""
    return ValidationError({field: ValidationError(words, code=code)})
