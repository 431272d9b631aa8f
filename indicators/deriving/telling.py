"""What a page says of where computed values come from, and of what keeps them from coming."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.words import decimal_text
from indicators.deriving.recipes import finest, is_too_coarse
from indicators.models import Indicator

UNSEEN = "an indicator that you do not see"


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
    """Where its values come from, naming only the inputs in `seen`; None where it is measured."""
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
    """Why there are no further values, in sentences."""
    for row in inputs:
        if row.key not in indicator.inputs:
            continue
        if row.state == Indicator.State.RETIRED:
            yield f"{row.name} is retired: there are no values for later periods."
        elif row.state == Indicator.State.DRAFT:
            yield f"{row.name} is a draft and has no values yet."
        if is_too_coarse(row, indicator.period):
            yield (
                f"{row.name} has one value a {finest(row)}, coarser than a {indicator.period}: "
                "nothing can be computed."
            )
