"""The names in a formula: which keys a text may mean, where that is unclear, and who sees them."""

from __future__ import annotations

import re
from collections.abc import Collection

from analysis.formula.tokens import BLANK, NUMBER, RUN, FormulaError, tokens

MAX_GUESSES = 2000  # keys that a formula may be asked to hold, before they are looked up


def guesses(text: str) -> set[str]:
    """All keys that a text may mean: every run of letters, cut at its hyphens in every way.

    >>> sorted(guesses("gross-costs / 2"))
    ['costs', 'gross', 'gross-costs']
    """
    found = {inner.strip(BLANK) for inner in re.findall(r"\{([^{}]*)\}", text)}
    for run in RUN.findall(text):
        parts = run.split("-")
        for first in range(len(parts)):
            for last in range(first + 1, len(parts) + 1):
                word = "-".join(parts[first:last])
                if len(word) > 80:
                    break
                found.add(word)
        if len(found) > MAX_GUESSES:
            raise FormulaError(text, text.find(run), "put the keys in braces, such as {orders}")
    return {word for word in found if not NUMBER.fullmatch(word)}


def refuse_ambiguous(text: str, known: Collection[str]) -> None:
    """Raise `FormulaError` where a bare name may as well be a difference of known ones."""
    for token in tokens(text, known):
        if token.kind != "name" or text[token.start] == "{":
            continue
        if _divisible(token.text.split("-"), known):
            spaced = token.text.replace("-", " - ")
            raise FormulaError(
                text,
                token.start,
                f"“{token.text}” may be one indicator or “{spaced}”; "
                f"write {{{token.text}}} for the one, spaces around the minus for the other",
            )


def _divisible(parts: list[str], known: Collection[str]) -> bool:
    """Whether the parts, joined anew, make two or more known keys or numbers."""
    reached = {0}
    for end in range(1, len(parts) + 1):
        for start in sorted(reached):
            word = "-".join(parts[start:end])
            whole = (start, end) == (0, len(parts))
            if not whole and (word in known or NUMBER.fullmatch(word)):
                reached.add(end)
                break
    return len(parts) in reached


def masked(text: str, known: Collection[str], seen: Collection[str]) -> str:
    """The text with the names that may not be seen put as “{…}”; all of it where it is unreadable.

    >>> masked("orders / (visits - 1)", ["orders", "visits"], ["visits"])
    '{…} / (visits - 1)'
    """
    try:
        names = [token for token in tokens(text, known) if token.kind == "name"]
    except FormulaError:
        return "…"
    shown, at = "", 0
    for token in names:
        said = text[token.start : token.end] if token.text in seen else "{…}"
        shown, at = shown + text[at : token.start] + said, token.end
    return shown + text[at:]
