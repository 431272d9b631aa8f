"""The SMARTER check: what a definition says, letter by letter, and what is missing or weak.

Pure: it advises and blocks nothing. The API and the panel beside the form show the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal, TypeAlias

Standing: TypeAlias = Literal["met", "weak", "open"]

WINDOW = 12  # periods in which a target should not have been met all the time
TOO_EASY = 9
TOO_HARD = 3  # times the best growth ever seen
LONG_AHEAD = timedelta(days=366)
NUMBER = re.compile(r"\d")
VAGUE = re.compile(
    r"\b(better|improve|optimi[sz]e|more|good|high quality|world.class)\b", re.IGNORECASE
)
DAYS = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}
PERIOD_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}

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


# The fields of a draft that are plain text in an indicator.
TEXTS = (
    "name",
    "description",
    "formula",
    "source",
    "specific",
    "measurable",
    "achievable",
    "relevant",
    "time_bound",
    "customer_impact",
    "business_value",
    "evaluate_every",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The target as far as the check needs it; numbers in the indicator's unit."""

    kind: str = "standing"
    comparator: str = "gte"
    value: Decimal | None = None
    upper: Decimal | None = None
    baseline: Decimal | None = None
    growth: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was written so far. `history` holds period values, oldest first."""

    name: str = ""
    description: str = ""
    kind: str = "kpi"
    period: str = "month"
    formula: str = ""
    source: str = ""
    source_kind: str = "measured"
    specific: str = ""
    measurable: str = ""
    achievable: str = ""
    relevant: str = ""
    time_bound: str = ""
    customer_impact: str = ""
    business_value: str = ""
    has_objective: bool = False
    has_guard: bool = False
    evaluate_every: str = ""
    evaluate_on: date | None = None
    reevaluate_on: date | None = None
    aim: Aim | None = None
    history: Sequence[float] = ()


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


def check(draft: Draft, *, today: date) -> Check:
    """All seven letters of a definition, as of `today`.

    >>> check(Draft(name="Sales"), today=date(2026, 1, 1)).score
    0
    """
    letters = (
        Letter("S", "Specific", *_specific(draft)),
        Letter("M", "Measurable", *_measurable(draft)),
        Letter("A", "Achievable", *_achievable(draft)),
        Letter("R", "Relevant", *_relevant(draft)),
        Letter("T", "Time-bound", *_time_bound(draft, today)),
        Letter("E", "Evaluate", *_evaluate(draft, today)),
        Letter("R", "Re-evaluate", *_reevaluate(draft, today)),
    )
    return Check(letters, tuple(_hints(draft)))


def output_measure(*texts: str) -> str | None:
    """What kind of output a name or formula counts ("lines of code"), or None.

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


def _specific(draft: Draft) -> tuple[Standing, str]:
    text = draft.specific or draft.description
    if not text.strip():
        return "open", "Say which outcome, and for whom."
    if len(text.split()) < 4:
        return "weak", "A few more words: which outcome, for whom?"
    if VAGUE.search(text) and not NUMBER.search(text) and len(text.split()) < 8:
        return "weak", "“Better” and “more” mean something else to everyone. Name the outcome."
    return "met", "The outcome is named."


def _measurable(draft: Draft) -> tuple[Standing, str]:
    how = (draft.formula or draft.measurable).strip()
    source = (draft.source or (draft.measurable if draft.formula else "")).strip()
    if draft.source_kind != "measured":
        return "met", "It is computed from other indicators."
    if not how:
        return "open", "Write down the formula, in words."
    if not source:
        return "weak", "The formula is there; say where the numbers come from."
    return "met", "Formula and source are set."


def _achievable(draft: Draft) -> tuple[Standing, str]:
    aim = draft.aim
    has_baseline = bool(
        (aim and aim.baseline is not None) or draft.history or NUMBER.search(draft.achievable)
    )
    if aim and (warning := _too_easy(aim, draft.history) or _too_hard(aim, draft.history)):
        return "weak", warning
    if not has_baseline:
        if draft.achievable.strip():
            return "weak", "There is no baseline: where do you start from, in numbers?"
        return "open", "There is no baseline. Say where you start from and why it can be done."
    return "met", "Baseline and history support it." if draft.history else "A baseline is given."


def _relevant(draft: Draft) -> tuple[Standing, str]:
    value = [draft.customer_impact.strip(), draft.business_value.strip()]
    if draft.kind == "kvi" and not all(value):
        return "weak" if any(value) else "open", (
            "A key value indicator says what customers and the company get from it."
        )
    if draft.has_objective:
        return "met", "Linked to an objective."
    if draft.relevant.strip() or any(value):
        return "weak", "The reason is there; link the objective it serves."
    return "open", "Link an objective. Without one it is only a number."


def _time_bound(draft: Draft, today: date) -> tuple[Standing, str]:
    aim = draft.aim
    if aim is None:
        if not draft.time_bound.strip():
            return "open", "Set a target and when it is to be reached."
        if not NUMBER.search(draft.time_bound):
            return "weak", "There is no number in the goal."
        return "weak", "The goal is in words only; set it as a target."
    return _date_of(aim, today)


def _date_of(aim: Aim, today: date) -> tuple[Standing, str]:
    if aim.due_on is None:
        if aim.kind in ("standing", "grow"):
            return "met", "It is to hold in every period."
        return "weak", "The target has no date."
    if aim.due_on < today:
        return "weak", f"The target was due on {_day(aim.due_on)}. Set the next one."
    return "met", f"The target is due on {_day(aim.due_on)}."


def _evaluate(draft: Draft, today: date) -> tuple[Standing, str]:
    if not draft.evaluate_every:
        return "open", "Say how often you look at it together."
    if DAYS[draft.evaluate_every] < PERIOD_DAYS[draft.period]:
        return "weak", f"Evaluated {draft.evaluate_every}, but values come each {draft.period}."
    if draft.evaluate_on is None:
        return "weak", f"Evaluated {draft.evaluate_every}, but there is no next date."
    if draft.evaluate_on < today:
        return "weak", f"It was due to be looked at on {_day(draft.evaluate_on)}."
    return "met", f"Evaluated {draft.evaluate_every}, next on {_day(draft.evaluate_on)}."


def _reevaluate(draft: Draft, today: date) -> tuple[Standing, str]:
    if draft.reevaluate_on is None:
        return "open", "Add a date to ask whether this target is still right."
    if draft.reevaluate_on < today:
        return "weak", f"It was to be questioned on {_day(draft.reevaluate_on)}."
    if draft.reevaluate_on - today > LONG_AHEAD:
        return "weak", "More than a year is too long to find out that it was the wrong measure."
    return "met", f"Questioned on {_day(draft.reevaluate_on)}."


def _hints(draft: Draft) -> list[str]:
    found = []
    if draft.aim and not draft.has_guard:
        found.append("Pair it with a guard: what could reaching the target harm?")
    output = output_measure(draft.name, draft.formula)
    if output and draft.kind == "kvi":
        found.append(
            f"It counts what you produce ({output}), not what customers get. "
            "A key value indicator measures an outcome."
        )
    return found


def _too_easy(aim: Aim, history: Sequence[float]) -> str:
    recent = list(history)[-WINDOW:]
    if aim.kind != "standing" or aim.value is None or len(recent) < WINDOW:
        return ""
    met = sum(_meets(aim, value) for value in recent)
    return f"The target was met in {met} of the last {WINDOW} periods." if met >= TOO_EASY else ""


def _meets(aim: Aim, value: float) -> bool:
    wanted = float(aim.value or 0)
    if aim.comparator == "lte":
        return value <= wanted
    if aim.comparator == "between":
        return wanted <= value <= float(aim.upper if aim.upper is not None else wanted)
    return value >= wanted if aim.comparator == "gte" else value == wanted


def _too_hard(aim: Aim, history: Sequence[float]) -> str:
    """The growth that is asked for, against the best of the same sign that was ever seen."""
    if len(history) < 4 or aim.growth is None or aim.growth == 0:
        return ""
    sign = 1 if aim.growth > 0 else -1
    steps = [sign * (b - a) / a for a, b in pairwise(history) if a > 0]
    best = max(steps, default=0.0)
    asked = abs(float(aim.growth))
    if asked <= TOO_HARD * max(best, 0.0):
        return ""
    return f"It asks for {asked:.0%} a period; the best ever seen was {max(best, 0.0):.0%}."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
