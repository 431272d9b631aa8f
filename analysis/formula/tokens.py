"""The text of a formula cut into its pieces, and how a place in it is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

FUNCTIONS: frozenset[str] = frozenset({"min", "max", "sum", "mean", "abs"})
SPELLINGS = {"×": "*", "·": "*", "∙": "*", "÷": "/", "−": "-", "–": "-"}
BLANK = " \t\r\n\u00a0\u202f"
RUN = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?![a-z0-9_]|\.[a-z0-9])")
WORD = re.compile(r"[a-z]+")
GOES_ON = re.compile(r"[a-z0-9]|[_.][a-z0-9]")  # a key does not end before one of these
HINTS = {
    "%": "a percentage is written as a number: 0.05 or 5 / 100",
    "^": "there are no powers; multiply instead",
    "=": "a formula is only the part after the equals sign",
    ";": "the arguments of a function are parted by commas",
    "}": "there is no “{” before it",
}


class FormulaError(ValueError):
    """A text that is no formula; the words say where and why, `position` counts from 1."""

    def __init__(self, text: str, at: int, what: str) -> None:
        super().__init__(f"{where(text, at)}: {what}.")
        self.position = at + 1


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: what it is, what it says, and where it stands."""

    kind: Literal["number", "name", "function", "sign", "end"]
    text: str
    start: int
    end: int


def where(text: str, at: int) -> str:
    """Name a place in a text in words.

    >>> where("a + b", 0), where("a + ", 4)
    ('At the beginning', 'After “a +” (character 5)')
    """
    before = text[:at].strip(BLANK)
    if not before:
        return "At the beginning"
    shown = before if len(before) <= 20 else f"…{before[-20:]}"
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in shown)
    return f"After “{printable}” (character {at + 1})"


def tokens(text: str, known: Collection[str]) -> Iterator[Token]:
    """Cut the text into its pieces; the last one is the end."""
    at, longest_first = 0, sorted(known, key=len, reverse=True)
    while at < len(text):
        letter = text[at]
        if letter in BLANK:
            at += 1
            continue
        sign = SPELLINGS.get(letter, letter)
        if sign in "+-*/(),":
            token = Token("sign", sign, at, at + 1)
        elif letter == "{":
            token = _braced(text, at, known)
        elif RUN.match(text, at):
            token = _word(text, at, longest_first)
        else:
            raise _foreign(text, at)
        yield token
        at = token.end
    yield Token("end", "", len(text), len(text))


def _braced(text: str, at: int, known: Collection[str]) -> Token:
    end = text.find("}", at)
    if end < 0:
        raise FormulaError(text, at, "“{” is never closed by “}”")
    key = text[at + 1 : end].strip(BLANK)
    if key not in known:
        raise FormulaError(text, at, f"“{short(key)}” is not known")
    return Token("name", key, at, end + 1)


def _word(text: str, at: int, longest_first: Collection[str]) -> Token:
    """A function, a name or a number: whichever of the last two is longer."""
    run = WORD.match(text, at)
    if run and run[0] in FUNCTIONS and text[run.end() :].lstrip(BLANK).startswith("("):
        return Token("function", run[0], at, run.end())
    number = NUMBER.match(text, at)
    for key in longest_first:
        if number and len(key) <= len(number[0]):
            break
        end = at + len(key)
        if text.startswith(key, at) and not GOES_ON.match(text, end):
            return Token("name", key, at, end)
    if number:
        return Token("number", number[0], at, number.end())
    found = RUN.match(text, at)
    word = found[0] if found else text[at]
    if word in FUNCTIONS:
        raise FormulaError(text, at + len(word), f"“{word}” wants its arguments in parentheses")
    raise FormulaError(text, at, f"“{short(word)}” is not known")


def _foreign(text: str, at: int) -> FormulaError:
    letter = text[at]
    if letter.isalpha() and letter.lower() != letter:
        return FormulaError(text, at, "keys are written in small letters")
    hint = HINTS.get(letter, "it means nothing in a formula")
    return FormulaError(text, at, f"“{letter if letter.isprintable() else '?'}”: {hint}")


def short(word: str) -> str:
    """A word as a message may repeat it."""
    cut = word if len(word) <= 40 else f"{word[:39]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)
