"""The SMARTER check: what a definition says, letter by letter, and what is missing or weak.

It advises and blocks nothing, and works on what is not saved yet. The API and the panel beside the
form show the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias

from django.db.models import Prefetch

from indicators.models import Indicator, Target
from indicators.models.indicator import IndicatorQuerySet

Standing: TypeAlias = Literal["met", "weak", "open"]

WINDOW = 12  # periods in which a target should not have been met all the time
TOO_EASY = 9
TOO_HARD = 3  # times the best growth ever seen
LONG_AHEAD = timedelta(days=366)
NUMBER = re.compile(r"\d")
VAGUE = re.compile(
    r"\b(better|improve|optimi[sz]e|more|good|high quality|world.class)\b", re.IGNORECASE
)

# What people produce says nothing about what customers get of it.
OUTPUTS: tuple[tuple[str, str], ...] = (
    (r"lines? of code|\bloc\b", "lines of code"),
    (r"calls? (handled|taken|answered|made)", "calls handled"),
    (r"(tickets?|cases?|issues?|questions?) (closed|handled|processed|resolved)", "tickets closed"),
    (r"story points?|velocity", "story points"),
    (r"\bcommits?\b|pull requests?|merge requests?", "commits"),
    (r"(features?|releases?|projects?) (shipped|delivered|launched|completed)", "features shipped"),
    (r"(hours|days) (worked|booked|billed)|utili[sz]ation", "hours worked"),
    (r"(e-?mails?|letters?|newsletters?) sent", "e-mails sent"),
    (r"meetings? held|trainings? (held|given)", "meetings held"),
    (r"(posts?|articles?|pages?) (published|written)", "posts published"),
    (r"deployments?|deploys?\b", "deployments"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One of the seven, with the words that say why it stands so."""

    letter: str
    name: str
    standing: Standing
    evidence: str

    @property
    def tone(self) -> str:
        """The tone in which pages draw it."""
        return {"met": "good", "weak": "warn", "open": "none"}[self.standing]


@dataclass(frozen=True, slots=True)
class Check:
    """The seven letters and further hints."""

    letters: tuple[Letter, ...]
    hints: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """How many letters are met, 0 to 7."""
        return sum(letter.standing == "met" for letter in self.letters)

    @property
    def title(self) -> str:
        """The score in two words."""
        return {7: "SMARTER", 6: "Almost SMARTER", 5: "Almost SMARTER"}.get(
            self.score, "Getting there" if self.score > 2 else "A first thought"
        )

    @property
    def advice(self) -> list[str]:
        """What to do next, one sentence each."""
        open_points = [f"{x.name}: {x.evidence}" for x in self.letters if x.standing != "met"]
        return [*open_points, *self.hints]


def with_judging_target(rows: IndicatorQuerySet) -> IndicatorQuerySet:
    """Bring the target that gives the status, with its milestones, in a fixed number of queries."""
    judging = Target.objects.judging().select_related("made_by").prefetch_related("milestones")
    return rows.prefetch_related(Prefetch("targets", judging))


def judging_target(indicator: Indicator) -> Target | None:
    """Return the target that gives the status, among the prefetched ones."""
    current = (t for t in indicator.targets.all() if t.gives_status and t.ended_at is None)
    return next(current, None)


def tile_history(indicator: Indicator) -> list[float]:
    """Return the final period values that the tile draws, oldest first."""
    verdict = indicator.verdict
    values = verdict.spark_values[:-1] if verdict.spark_provisional else verdict.spark_values
    return [value for value in values if value is not None]


def check_saved(indicator: Indicator, *, today: date) -> Check:
    """Check an indicator that came `with_judging_target` and verdict; no query."""
    return check_definition(
        indicator, judging_target(indicator), tile_history(indicator), today=today
    )


def check_definition(
    indicator: Indicator, target: Target | None, history: Sequence[float] = (), *, today: date
) -> Check:
    """Check all seven letters as of `today`; `history` holds period values, oldest first.

    >>> check_definition(Indicator(name="Sales"), None, today=date(2026, 1, 1)).score
    0
    """
    letters = (
        Letter("S", "Specific", *_specific(indicator)),
        Letter("M", "Measurable", *_measurable(indicator)),
        Letter("A", "Achievable", *_achievable(indicator, target, history)),
        Letter("R", "Relevant", *_relevant(indicator)),
        Letter("T", "Time-bound", *_time_bound(indicator, target, today)),
        Letter("E", "Evaluate", *_evaluate(indicator, today)),
        Letter("R", "Re-evaluate", *_reevaluate(indicator, today)),
    )
    return Check(letters, tuple(_hints(indicator, target)))


def output_measure(*texts: str) -> str | None:
    """Name the output that a name or formula counts ("lines of code"); None for outcomes.

    >>> output_measure("Calls handled per agent")
    'calls handled'
    >>> output_measure("Calls per 1,000 customers") is None
    True
    """
    text = " ".join(texts)
    for pattern, words in OUTPUTS:
        if re.search(pattern, text, re.IGNORECASE):
            return words
    return None


def _specific(indicator: Indicator) -> tuple[Standing, str]:
    text = indicator.specific or indicator.description
    if not text.strip():
        return "open", "Say which outcome, and for whom."
    if len(text.split()) < 4:
        return "weak", "A few more words: which outcome, for whom?"
    if VAGUE.search(text) and not NUMBER.search(text) and len(text.split()) < 8:
        return "weak", "“Better” and “more” mean something else to everyone. Name the outcome."
    return "met", "The outcome is named."


def _measurable(indicator: Indicator) -> tuple[Standing, str]:
    how = (indicator.formula or indicator.measurable).strip()
    source = (indicator.source or (indicator.measurable if indicator.formula else "")).strip()
    if indicator.source_kind != "measured":
        return "met", "It is computed from other indicators."
    if not how:
        return "open", "Write down the formula, in words."
    if not source:
        return "weak", "The formula is there; say where the numbers come from."
    return "met", "Formula and source are set."


def _achievable(
    indicator: Indicator, target: Target | None, history: Sequence[float]
) -> tuple[Standing, str]:
    has_baseline = bool(
        (target and target.baseline is not None) or history or NUMBER.search(indicator.achievable)
    )
    if target and (warning := _too_easy(target, history) or _too_hard(target, history)):
        return "weak", warning
    if not has_baseline:
        if indicator.achievable.strip():
            return "weak", "There is no baseline: where do you start from, in numbers?"
        return "open", "There is no baseline. Say where you start from and why it can be done."
    return "met", "Baseline and history support it." if history else "A baseline is given."


def _relevant(indicator: Indicator) -> tuple[Standing, str]:
    value = [indicator.customer_impact.strip(), indicator.business_value.strip()]
    if indicator.kind == "kvi" and not all(value):
        return "weak" if any(value) else "open", (
            "A key value indicator says what customers and the company get from it."
        )
    if indicator.objective_id is not None:
        return "met", "Linked to an objective."
    if indicator.relevant.strip() or any(value):
        return "weak", "The reason is there; link the objective it serves."
    return "open", "Link an objective. Without one it is only a number."


def _time_bound(indicator: Indicator, target: Target | None, today: date) -> tuple[Standing, str]:
    if target is None:
        if not indicator.time_bound.strip():
            return "open", "Set a target and when it is to be reached."
        if not NUMBER.search(indicator.time_bound):
            return "weak", "There is no number in the goal."
        return "weak", "The goal is in words only; set it as a target."
    return _date_of(target, today)


def _date_of(target: Target, today: date) -> tuple[Standing, str]:
    if target.due_on is None:
        if target.kind in ("standing", "grow"):
            return "met", "It is to hold in every period."
        return "weak", "The target has no date."
    if target.due_on < today:
        return "weak", f"The target was due on {_day(target.due_on)}. Set the next one."
    return "met", f"The target is due on {_day(target.due_on)}."


def _evaluate(indicator: Indicator, today: date) -> tuple[Standing, str]:
    if not indicator.evaluate_every:
        return "open", "Say how often you look at it together."
    cadences, periods = Indicator.Cadence.values, Indicator.Period.values
    if cadences.index(indicator.evaluate_every) < periods.index(indicator.period):
        return (
            "weak",
            f"Evaluated {indicator.evaluate_every}, but values come each {indicator.period}.",
        )
    if indicator.evaluate_on is None:
        return "weak", f"Evaluated {indicator.evaluate_every}, but there is no next date."
    if indicator.evaluate_on < today:
        return "weak", f"It was due to be looked at on {_day(indicator.evaluate_on)}."
    return "met", f"Evaluated {indicator.evaluate_every}, next on {_day(indicator.evaluate_on)}."


def _reevaluate(indicator: Indicator, today: date) -> tuple[Standing, str]:
    if indicator.reevaluate_on is None:
        return "open", "Add a date to ask whether this target is still right."
    if indicator.reevaluate_on < today:
        return "weak", f"It was to be questioned on {_day(indicator.reevaluate_on)}."
    if indicator.reevaluate_on - today > LONG_AHEAD:
        return "weak", "More than a year is too long to find out that it was the wrong measure."
    return "met", f"Questioned on {_day(indicator.reevaluate_on)}."


def _hints(indicator: Indicator, target: Target | None) -> list[str]:
    found = []
    if target and indicator.guard_id is None:
        found.append("Pair it with a guard: what could reaching the target harm?")
    output = output_measure(indicator.name, indicator.formula)
    if output and indicator.kind == "kvi":
        found.append(
            f"It counts what you produce ({output}), not what customers get. "
            "A key value indicator measures an outcome."
        )
    return found


def _too_easy(target: Target, history: Sequence[float]) -> str:
    recent = list(history)[-WINDOW:]
    if target.kind != "standing" or target.value is None or len(recent) < WINDOW:
        return ""
    met = sum(_meets(target, value) for value in recent)
    return f"The target was met in {met} of the last {WINDOW} periods." if met >= TOO_EASY else ""


def _meets(target: Target, value: float) -> bool:
    wanted = float(target.value or 0)
    if target.comparator == "lte":
        return value <= wanted
    if target.comparator == "between":
        return wanted <= value <= float(target.upper if target.upper is not None else wanted)
    return value >= wanted if target.comparator == "gte" else value == wanted


def _too_hard(target: Target, history: Sequence[float]) -> str:
    """The growth that is asked for, against the best of the same sign that was ever seen."""
    if len(history) < 4 or target.growth is None or target.growth == 0:
        return ""
    sign = 1 if target.growth > 0 else -1
    steps = [sign * (b - a) / a for a, b in pairwise(history) if a > 0]
    best = max(steps, default=0.0)
    asked = abs(float(target.growth))
    if asked <= TOO_HARD * max(best, 0.0):
        return ""
    return f"It asks for {asked:.0%} a period; the best ever seen was {max(best, 0.0):.0%}."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
