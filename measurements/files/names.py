"""Finds the indicator that a text in a file means: by key, or by name however it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurements.files.reading import PART_WORDS, KnownIndicator

PARTS = {word: part for part, words in PART_WORDS.items() for word in words.split("|")}
JOINING = ("of", "von", "av", "de")


def folded(text: str) -> str:
    """A text without what people write differently: case, spaces, marks.

    >>> folded(" Avg. order-value (kr) ")
    'avg order value kr'
    """
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


@dataclass(frozen=True, slots=True)
class Names:
    """The indicators of a person by what they may be called."""

    by_key: dict[str, KnownIndicator]
    by_name: dict[str, KnownIndicator]
    several: frozenset[str]  # names of more than one

    @classmethod
    def of(cls, known: Sequence[KnownIndicator]) -> Names:
        """The index; keys go before names."""
        by_key = {indicator.key: indicator for indicator in known}
        by_name: dict[str, KnownIndicator] = {}
        several: set[str] = set()
        for indicator in known:
            name = folded(indicator.name)
            if by_name.setdefault(name, indicator) is not indicator:
                several.add(name)
        by_name |= {folded(indicator.key): indicator for indicator in known}
        by_name.pop("", None)
        return cls(by_key, by_name, frozenset(several - {folded(key) for key in by_key}))

    def find(self, text: str) -> KnownIndicator | None:
        """The one indicator that is meant; None where none is, or several are."""
        found = self.by_key.get(text)
        if found is not None:
            return found
        name = folded(text)
        return None if name in self.several else self.by_name.get(name)

    def part(self, text: str) -> tuple[str, KnownIndicator] | None:
        """Which part of which ratio is meant, as in “Returns (numerator)”; None where none is."""
        words = folded(text).split()
        for count in (1, 2):
            for mark, rest in ((words[:count], words[count:]), (words[-count:], words[:-count])):
                part = PARTS.get(" ".join(mark))
                name = " ".join(rest[1:] if rest and rest[0] in JOINING else rest)
                known = self.find(name) if part and name else None
                if part and known and known.rollup == "ratio":
                    return part, known
        return None

    def is_unclear(self, text: str) -> bool:
        """Whether several indicators have this name."""
        return text not in self.by_key and folded(text) in self.several
