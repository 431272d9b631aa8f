"""Process limits and point types against the NHS's rules on real hospitals."""

from __future__ import annotations

from analysis import spc
from bench.validate import Table
from tests.analysis import nhs

TABLE = Table("Process limits")


def hospitals() -> list[list[float]]:
    """Return the shares of every provider whose limits have a width."""
    found = []
    for _, shares in nhs.providers():
        known = nhs.limits(shares)
        if known is not None and known[0] < known[2]:
            found.append(shares)
    return found


@TABLE.row("NHS providers with 36 months and non-zero limits", at_least=172)
def providers(_: int) -> float:
    """Count the hospitals compared."""
    return len(hospitals())


@TABLE.row("largest error of a limit", at_most=1e-9, anchor="the rules, point by point")
def limits(_: int) -> float:
    """Compare every limit."""
    worst = 0.0
    for shares in hospitals():
        found, known = spc.limits(shares, screen=True), nhs.limits(shares)
        assert known is not None
        ours = (found.lower, found.centre, found.upper)
        worst = max(worst, *(abs(a - b) for a, b in zip(ours, known, strict=True)))
    return worst


@TABLE.row("point types that agree", at_least=100, anchor="the rules, point by point", unit=" %")
def types(_: int) -> float:
    """Compare every point."""
    same = total = 0
    for shares in hospitals():
        found = spc.classify(shares, direction="up").point_types
        known = nhs.point_types(shares, up=True)
        same += sum(a == b for a, b in zip(found, known, strict=True))
        total += len(shares)
    return 100 * same / total
