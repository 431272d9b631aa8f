"""Decides between ways of reading by all texts of a file, and says when they do not decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT = 3


@dataclass(slots=True)
class Tally:
    """The ways in which everything seen so far can be read.

    Each text is given with what it means in each way that fits it; where all fitting ways mean
    the same, it neither decides nor asks anything.
    """

    possible: frozenset[str]
    decided_by: str = ""
    clashed_by: str = ""
    unclear: dict[frozenset[str], list[str]] = field(default_factory=dict)

    def add(self, text: str, meanings: Mapping[str, str]) -> None:
        """Take a text into account."""
        ways = frozenset(meanings)
        if not ways:
            return
        if not self.possible <= ways:
            left = self.possible & ways
            if left:
                self.decided_by = text
            elif not self.clashed_by:
                self.clashed_by = text
            self.possible = left
        if len(ways) > 1 and len(set(meanings.values())) > 1:
            examples = self.unclear.setdefault(ways, [])
            if len(examples) < KEPT and text not in examples:
                examples.append(text)

    @property
    def decision(self) -> str:
        """The one way that fits everything; "" where there are several or none."""
        return next(iter(self.possible)) if len(self.possible) == 1 else ""

    def examples(self) -> tuple[str, ...]:
        """Texts that mean different things in the ways that are left; none when nothing is open."""
        if self.clashed_by:
            return (self.decided_by, self.clashed_by)
        found = [
            t
            for ways, texts in self.unclear.items()
            if len(ways & self.possible) > 1
            for t in texts
        ]
        return tuple(found[:KEPT])
