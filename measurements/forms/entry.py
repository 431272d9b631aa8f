"""What people type or paste into cells: numbers in any notation, asked where two are possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from indicators.models import Indicator
from measurements.entry.cells import input_parts, is_span
from measurements.entry.links import Opened
from measurements.entry.saving import CellChange, CellOutcome, CellResult
from measurements.forms.values import name_parts
from web import numbers
from web.formats import SECONDS
from web.numbers import Unacceptable, exact

MOST_CELLS = 400
MOST_CHARACTERS = 400_000
NOTE_LENGTH = 500

NUMBER_WORDS = "Write a number, such as 1500 or 3.2."
HINT = " Leave the mark out, or write a 0 more at the end."  # where no button can be pressed
SPAN_WORDS = "Write a time such as 1:30:00, 90 min or 1.5 h."

Mark = Literal["", ".", ","]


# What the cells of a row held: by period the fingerprint, and text and exact digits of each input.
Was = dict[str, tuple[str, list[tuple[str, str]]]]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """One cell as it was sent: texts as typed; `seen` is what it held when the page was made."""

    indicator: str
    period: str
    texts: tuple[str, ...]
    seen: str = ""
    note: str | None = None


def read_typed(
    text: str, indicator: Indicator, part: str = "value", *, mark: Mark = "", decimals: int = 0
) -> Decimal:
    """The number that people mean; ValidationError with the code "mark" where two are possible.

    `mark` says which decimal mark the text uses, when somebody was asked. With three `decimals` or
    more, a point before three digits is that of the indicator's own values. A text that begins with
    "=" is exact digits: what a script sends back as it was stored.
    """
    short = text.strip()
    if short.startswith("="):
        return number_in(short[1:])
    possible = numbers.number_meanings(short)
    marks: list[str] = [mark] if mark else list(possible) or ["."]
    if len(marks) > 1 and decimals >= 3 and "." in short and "," not in short:
        marks = ["."]
    found = {reading(short, indicator, part, mark=one): one for one in marks}
    if len(found) > 1:
        raise ValidationError("Is it {} or {}?".format(*possible.values()), "mark")
    return next(iter(found))


def reading(short: str, indicator: Indicator, part: str, *, mark: str) -> Decimal:
    """The number in a text with this decimal mark; a span of time alone counts in its own unit."""
    is_time = is_span(indicator, part)
    unit = indicator.unit if part == "value" and not is_time else "number"
    try:
        if is_time and (span := numbers.span_of(short, mark)):
            return number_in(span)
        text = numbers.of_text(short, unit=unit, name=indicator.name, decimal=mark)
    except Unacceptable as problem:
        raise ValidationError(str(problem), "invalid") from problem
    words = SPAN_WORDS if is_time else NUMBER_WORDS
    return number_in(text, words) * (SECONDS.get(indicator.unit_label, 1) if is_time else 1)


def number_in(text: str, words: str = NUMBER_WORDS) -> Decimal:
    """The number in digits; ValidationError with the words where it is none."""
    try:
        return Decimal(exact(text))
    except Unacceptable as problem:
        raise ValidationError(words, "invalid") from problem


def cells_of(text: str) -> list[Typed]:
    """The cells of a request from the page's script; ValueError where it is not one."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError("too much at once")
    cells = msgspec.json.decode(text, type=list[Typed])
    if len(cells) > MOST_CELLS:
        raise ValueError(f"at most {MOST_CELLS} cells at once")
    return cells


def cells_of_row(sent: QueryDict) -> list[Typed]:
    """The changed cells of one row that was sent as a plain form; what was not changed is exact."""
    try:
        was = msgspec.json.decode(sent.get("was", ""), type=Was)
    except (msgspec.MsgspecError, UnicodeError):
        return []
    key, found = sent.get("indicator", ""), []
    for period, (seen, before) in list(was.items())[:MOST_CELLS]:
        names = [f"{period}.{k}" for k in range(len(before))]
        texts = [sent.get(name, "").strip() for name in names]
        if all(name in sent for name in names) and texts != [text for text, _ in before]:
            kept = (left(text, *held) for text, held in zip(texts, before, strict=True))
            found.append(Typed(indicator=key, period=period, texts=tuple(kept), seen=seen))
    return found


def left(typed: str, text: str, exact_text: str) -> str:
    """What was typed, or the exact digits of what was left as it stood there."""
    return exact_text if typed == text else typed


def changes_of(
    cells: Iterable[Typed], indicators: Mapping[str, Indicator], *, mark: Mark, is_block: bool
) -> list[CellChange]:
    """What the cells are to hold; what cannot be read says why, or what has to be asked."""
    return [
        typed_change(c, indicators.get(c.indicator), mark=mark, is_block=is_block) for c in cells
    ]


def typed_change(
    cell: Typed, indicator: Indicator | None, *, mark: Mark, is_block: bool
) -> CellChange:
    """One cell's change; in a block nothing is taken for granted."""
    change = CellChange(
        key=cell.indicator,
        period=cell.period,
        note=cell.note,
        seen=cell.seen,
        typed=" / ".join(cell.texts),
    )
    if indicator is None or not any(text.strip() for text in cell.texts):
        return change
    decimals = 0 if is_block else indicator.decimals
    try:
        found = read_all(cell.texts, indicator, mark=mark, decimals=decimals)
    except ValidationError as problem:
        return replace(change, problem=problem.messages[0], is_question=is_mark(problem))
    by_part: dict[str, Any] = dict(zip(input_parts(indicator), found, strict=True))
    return replace(change, **by_part)


def read_all(
    texts: Sequence[str], indicator: Indicator, *, mark: Mark, decimals: int
) -> list[Decimal]:
    """The numbers of a cell; ValidationError where one is missing or cannot be read."""
    parts = input_parts(indicator)
    if len(texts) != len(parts):
        raise ValidationError("This cell takes other numbers.", "parts")
    missing = [part for part, text in zip(parts, texts, strict=True) if not text.strip()]
    if missing:
        raise ValidationError(f"The {missing[0]} is missing.", "required")
    return [
        read_typed(text, indicator, part, mark=mark, decimals=decimals)
        for part, text in zip(parts, texts, strict=True)
    ]


def is_mark(problem: ValidationError) -> bool:
    """Whether only the decimal mark is in question."""
    return problem.code == "mark"


def as_mark(text: str) -> Mark:
    """The decimal mark that somebody named, or none."""
    marks: dict[str, Mark] = {".": ".", ",": ","}
    return marks.get(text, "")


class LinkForm(forms.Form):
    """The one value of a link; what cannot be read stays as it was typed."""

    value = forms.CharField(max_length=60, label="Value")
    numerator = forms.CharField(max_length=60, label="Numerator")
    denominator = forms.CharField(max_length=60, label="Denominator")
    note = forms.CharField(
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Say what others should know about this number.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, sent: QueryDict | None, *, opened: Opened) -> None:
        super().__init__(
            None if sent is None else sent.copy(),
            initial={"seen": opened.cell.seen, "note": opened.cell.note},
        )
        self.opened = opened
        self.parts = input_parts(opened.indicator)
        for name in {"value", "numerator", "denominator"} - set(self.parts):
            del self.fields[name]
        name_parts(self, opened.indicator)
        for name, entry in zip(self.parts, opened.cell.inputs, strict=True):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "class": "num"}
            self.fields[name].widget.attrs["autocomplete"] = "off"
            self.initial[name] = entry.text

    def clean(self) -> dict[str, object]:
        """Read the numbers, each beside its own input."""
        given, indicator = dict(self.cleaned_data), self.opened.indicator
        for name, held in zip(self.parts, self.opened.cell.inputs, strict=True):
            if name not in given:
                continue
            text = left(str(given[name]).strip(), held.text, held.exact)
            try:
                given[name] = read_typed(text, indicator, name, decimals=indicator.decimals)
            except ValidationError as problem:
                self.add_error(name, problem.messages[0] + (HINT if is_mark(problem) else ""))
        return given

    def change(self) -> CellChange:
        """What the cell is to hold."""
        given = self.cleaned_data
        return CellChange(
            key=self.opened.indicator.key,
            period=self.opened.column.text,
            note=str(given["note"]),
            seen=str(given["seen"]),
            **{name: given[name] for name in self.parts},
        )

    def refuse(self, outcome: CellOutcome) -> None:
        """Show why the value was not taken, and what is there now."""
        if outcome.state == CellResult.CONFLICT:
            who = outcome.by or "Somebody"
            there = outcome.now if outcome.stored else "nothing any more"
            words = f"{who} changed it meanwhile: it is {there} now. Save again to replace it."
            assert isinstance(self.data, QueryDict)
            self.data["seen"] = outcome.stored.seen if outcome.stored else ""
            self.add_error(self.parts[0], words)
        else:
            self.add_error(self.parts[0], outcome.detail)
