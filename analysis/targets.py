"""Whether a target can be meant at all: what is missing, impossible or against the direction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from analysis.expected import Plan
from analysis.values import Calendar, Definition, Target


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a target cannot be meant; ``confirmable`` ones a person may insist on."""

    field: str
    code: str
    detail: str
    confirmable: bool = False


def target_problems(target: Target, definition: Definition) -> list[Problem]:
    """Return what speaks against a target, empty when nothing does.

    >>> target = Target(value=Decimal(5), comparator="lte")
    >>> [problem.code for problem in target_problems(target, Definition(direction="up"))]
    ['against_direction']
    """
    return [
        *_missing(target),
        *_misdirected(target, definition),
        *_misdated(target),
        *_immeasurable(target, definition),
        *_unreachable(target, definition),
    ]


REQUIRED: dict[str, tuple[str, ...]] = {
    "standing": ("value",),
    "reach": ("value", "baseline", "due_on"),
    "accumulate": ("value", "starts_on", "due_on"),
    "grow": ("baseline", "growth", "baseline_on"),
}


def _missing(target: Target) -> list[Problem]:
    needed = list(REQUIRED[target.kind])
    if target.kind == "standing" and target.milestones:
        needed.remove("value")
    if target.comparator == "between":
        needed.append("upper")
    found = [
        Problem(name, "required", f"A {target.kind} target needs {name.replace('_', ' ')}.")
        for name in needed
        if getattr(target, name) is None
    ]
    if target.kind == "reach" and target.baseline_on is None and target.starts_on is None:
        found.append(Problem("baseline_on", "required", "Say from when the baseline is."))
    return found


def _misdirected(target: Target, definition: Definition) -> list[Problem]:
    wrong = {"up": "lte", "down": "gte"}.get(definition.direction)
    if target.comparator == wrong:
        better = "Higher" if definition.direction == "up" else "Lower"
        text = f"{better} is better for this indicator, but the target bounds it on that side."
        return [Problem("comparator", "against_direction", text)]
    if definition.direction == "range" and target.comparator in ("gte", "lte"):
        text = "A range needs between or exactly."
        return [Problem("comparator", "against_direction", text, confirmable=True)]
    return []


def _misdated(target: Target) -> list[Problem]:
    start = target.starts_on or target.baseline_on
    found = []
    if start and target.due_on and target.due_on <= start:
        found.append(Problem("due_on", "before_start", "The due date must be after the start."))
    for on, _ in target.milestones:
        if (target.due_on and on > target.due_on) or (start and on < start):
            text = f"The milestone on {on} lies outside the target's time."
            found.append(Problem("milestones", "outside", text))
    if len({on for on, _ in target.milestones}) < len(target.milestones):
        found.append(Problem("milestones", "twice", "Two milestones are on the same day."))
    return found


def _immeasurable(target: Target, definition: Definition) -> list[Problem]:
    """Return problems of tolerance and roll-up: a band nobody could compute."""
    found = []
    if target.kind == "accumulate" and definition.rollup != "sum":
        found.append(Problem("kind", "not_additive", "Only sums accumulate."))
    if target.tolerance < 0:
        found.append(Problem("tolerance", "negative", "A tolerance cannot be negative."))
    if target.comparator == "eq" and target.tolerance == 0:
        found.append(Problem("tolerance", "required", "Exactly needs a tolerance."))
    if target.tolerance_kind == "absolute":
        return found
    if target.tolerance >= 1:
        text = "A relative tolerance is a share: 0.10 is 10 %."
        found.append(Problem("tolerance", "not_a_share", text))
    base = target.baseline if target.kind == "grow" else target.value
    if target.kind != "reach" and base == 0:
        text = "A share of zero is zero: give an absolute tolerance."
        found.append(Problem("tolerance_kind", "absolute_needed", text))
    return found


def _unreachable(target: Target, definition: Definition) -> list[Problem]:
    found = []
    value, upper, baseline = target.value, target.upper, target.baseline
    levels = [("value", value), ("upper", upper)] if target.kind != "accumulate" else []
    low, high = definition.minimum, definition.maximum
    for name, level in levels:
        if level is None:
            continue
        if (low is not None and level < low) or (high is not None and level > high):
            found.append(Problem(name, "out_of_bounds", f"The indicator can never be {level}."))
    if (
        target.comparator == "between"
        and value is not None
        and upper is not None
        and upper <= value
    ):
        found.append(Problem("upper", "not_above", "The upper bound must be above the lower one."))
    if target.comparator == "between" and target.kind == "grow":
        found.append(Problem("comparator", "unsupported", "Growth has no range."))
    if target.growth is not None and target.growth <= -1:
        found.append(Problem("growth", "impossible", "Nothing can shrink by more than all of it."))
    if target.kind == "reach" and value is not None and baseline is not None:
        bounds = Plan.of(target, "day", Calendar()).final()
        if bounds and bounds.gap(baseline) >= 0:
            found.append(
                Problem(
                    "value",
                    "already_met",
                    "The baseline already meets this target.",
                    confirmable=True,
                )
            )
    return found + _turning(target)


def _turning(target: Target) -> list[Problem]:
    """Return the problem of milestones that go back and forth on the way."""
    if target.kind not in ("reach", "accumulate") or target.value is None:
        return []
    start = Decimal(0) if target.kind == "accumulate" else target.baseline
    levels = [level for _, level in sorted(target.milestones)] + [target.value]
    path = levels if start is None else [start, *levels]
    steps = [b - a for a, b in pairwise(path) if b != a]
    if any((a > 0) != (b > 0) for a, b in pairwise(steps)):
        return [
            Problem(
                "milestones", "turn_back", "The milestones go back and forth.", confirmable=True
            )
        ]
    if target.path == "geometric" and any(not level for level in path):
        return [Problem("path", "impossible", "Steady growth can neither start nor end at zero.")]
    return []
