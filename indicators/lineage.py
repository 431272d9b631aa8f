"""What derived indicators are made of: inputs that exist, and never in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError

from indicators.models import Indicator
from teams.models import User


def check_inputs(indicator: Indicator, *, user: User) -> None:
    """Refuse inputs that the person does not see, and those that lead back to the indicator.

    Raises ValidationError on `inputs`; a circle is named with its path.
    """
    inputs = indicator.inputs
    if not inputs:
        return
    seen = Indicator.objects.visible_to(user).filter(key__in=inputs)
    known = {indicator.key, *seen.values_list("key", flat=True)}
    for key in inputs:
        if key not in known:
            raise _refusal(f"“{key}” is not known.", "unknown")
    if path := circle(indicator.key, inputs, feeding()):
        raise _refusal(f"It would be made of itself: {' → '.join(path)}.", "cycle")


def feeding() -> dict[str, list[str]]:
    """The inputs of every derived indicator, by key."""
    rows = Indicator.objects.exclude(inputs=[])
    return dict(rows.values_list("key", "inputs"))


def circle(key: str, inputs: Iterable[str], others: Mapping[str, list[str]]) -> list[str]:
    """The path from `key` through its inputs back to it, or nothing.

    >>> circle("a", ["b"], {"b": ["c"], "c": ["a"]})
    ['a', 'b', 'c', 'a']
    >>> circle("a", ["b"], {"b": ["c"]})
    []
    """
    waiting, walked = [[key, one] for one in inputs], set[str]()
    while waiting:
        path = waiting.pop()
        here = path[-1]
        if here == key:
            return path
        if here not in walked:
            walked.add(here)
            waiting.extend([*path, below] for below in others.get(here, []))
    return []


def _refusal(words: str, code: str) -> ValidationError:
    return ValidationError({"inputs": ValidationError(words, code=code)})
