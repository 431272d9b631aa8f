"""How an indicator is defined, as the card of its page prints it, and its SMARTER letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.words import decimal_text
from indicators.aims import aim_sentence, tolerance_words
from indicators.lineage import shown_definition, shown_formula
from indicators.models import DefinitionVersion, Indicator, Target
from indicators.smarter import Check, check_definition
from web.formats import NumberFormat, unit_text, written
from web.wording import CADENCE, Lens

FIELD_WORDS = {
    "unit": "unit",
    "factor": "factor",
    "direction": "direction",
    "period": "period",
    "rollup": "roll-up",
    "timezone": "time zone",
    "source_kind": "kind of source",
    "source": "source",
    "formula": "formula",
    "inputs": "inputs",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a definition: the term and what it says."""

    term: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTarget:
    """A target as a history tells it."""

    version: int
    words: str
    rationale: str
    tolerance: str
    when: str
    by: str
    is_current: bool
    gives_status: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """A version of the definition as a history tells it."""

    number: int
    effective: str
    changed: str
    note: str
    by: str


def definition_pairs(indicator: Indicator, lens: Lens, *, seen: Mapping[str, str]) -> list[Pair]:
    """Who, how often, which way, from where, how fresh; lines without an answer are left out.

    `seen` holds what is named of other things, as far as the reader may see them.
    """
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    measured = f"{CADENCE[indicator.period].capitalize()}, {rollup_words(indicator)}"
    pairs = [
        ("Owner", indicator.owner.as_owner if indicator.owner else "Nobody"),
        ("Team", indicator.team.name),
        ("Computed" if indicator.is_derived else "Measured", measured),
        ("Unit", unit_text(fmt)),
        ("Direction", indicator.get_direction_display()),
        ("Range", range_words(indicator, fmt)),
        ("Source", indicator.source),
        ("Objective", seen["Objective"]),
        ("Perspective", str(indicator.perspective) if indicator.perspective else ""),
        ("Guard", seen["Guard"]),
        ("Evaluated", indicator.get_evaluate_every_display().lower()),
        ("Re-evaluate", lens.day(indicator.reevaluate_on) if indicator.reevaluate_on else ""),
        ("Freshness", freshness_words(indicator, lens)),
        ("Tags", ", ".join(indicator.tags)),
    ]
    return [Pair(term, text) for term, text in pairs if text]


def freshness_words(indicator: Indicator, lens: Lens) -> str:
    """To which period the newest value belongs, and when it was judged."""
    verdict = indicator.verdict
    if verdict.period is None or verdict.computed_at is None:
        return "–"
    name = lens.period(verdict.period, indicator.period)
    return f"{name}, judged {lens.ago(verdict.computed_at)}"


def rollup_words(indicator: Indicator) -> str:
    """How measurements become a period's value: "as a sum", "as the last value"."""
    return {
        "sum": "as a sum",
        "mean": "as a mean",
        "last": "the last value",
        "min": "the smallest value",
        "max": "the largest value",
        "ratio": "as a ratio of sums",
        "none": "never added up",
    }[indicator.rollup]


def range_words(indicator: Indicator, fmt: NumberFormat) -> str:
    """Which values are possible at all, where that is limited."""
    low, high = indicator.minimum, indicator.maximum
    if low is not None and high is not None:
        return f"{written(low, fmt)} to {written(high, fmt)}"
    if low is not None:
        return f"from {written(low, fmt)}"
    return f"up to {written(high, fmt)}" if high is not None else ""


def formula_of(indicator: Indicator, seen: Collection[str]) -> str:
    """The formula as it is shown to who sees these inputs; of a plain ratio its factor."""
    if indicator.formula:
        return shown_formula(indicator, seen)
    if indicator.is_derived:
        return ""
    if indicator.rollup == Indicator.RollUp.RATIO:
        return f"Σ numerator / Σ denominator × {decimal_text(indicator.factor)}"
    return ""


def smarter_of(
    indicator: Indicator, target: Target | None, history: Sequence[float], lens: Lens
) -> Check:
    """The seven letters of the definition as it is saved."""
    return check_definition(indicator, target, history, today=lens.today)


def past_targets(targets: Iterable[Target], indicator: Indicator, lens: Lens) -> list[PastTarget]:
    """Every version of every target, newest first."""
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    return [
        PastTarget(
            version=target.version,
            words=aim_sentence(target, fmt, indicator.period, lens),
            rationale=target.rationale,
            tolerance=tolerance_words(target, fmt),
            when=lived(target, lens),
            by=str(target.made_by) if target.made_by else "",
            is_current=target.ended_at is None,
            gives_status=target.gives_status,
        )
        for target in targets
    ]


def lived(target: Target, lens: Lens) -> str:
    """From when until when a target was aimed at."""
    since = f"since {lens.day(lens.local(target.made_at).date())}"
    if target.ended_at is None:
        return since
    made, ended = lens.local(target.made_at).date(), lens.local(target.ended_at).date()
    return f"{lens.day(made)} to {lens.day(ended)}"


def past_versions(
    versions: Sequence[DefinitionVersion], lens: Lens, seen: Collection[str]
) -> list[PastVersion]:
    """Every version of the definition, newest first, with what it changed; inputs where seen."""
    found = []
    for place, version in enumerate(versions):
        before = versions[place - 1] if place else None
        found.append(
            PastVersion(
                number=version.number,
                effective=f"since {lens.day(version.effective_on)}"
                if version.effective_on
                else "original",
                changed=changed_words(before, version, seen),
                note=version.note,
                by=str(version.made_by) if version.made_by else "",
            )
        )
    return found[::-1]


def changed_words(
    before: DefinitionVersion | None, version: DefinitionVersion, seen: Collection[str]
) -> str:
    """Which defining fields differ from the version before, with both values."""
    if before is None:
        return "First definition"
    former, fields = (shown_definition(one.fields, seen) for one in (before, version))
    parts = [
        f"{words}: {shown(former.get(name))} → {shown(fields.get(name))}"
        for name, words in FIELD_WORDS.items()
        if before.fields.get(name) != version.fields.get(name)
    ]
    return ", ".join(parts) or "Same fields"


def shown(value: object) -> str:
    """A field's value as plain text; "–" where there is none."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)
