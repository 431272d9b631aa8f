"""Tags and filters of the visual language: icons, status pills, change arrows, written numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from analysis.statuses import look_of
from web.charts.small import ring
from web.formats import Change, Figure, NumberFormat, exactly, figure, plain, written
from web.icons import icon_svg, inter_url

register = template.Library()
STOCK_TEXTS = tuple(
    (re.compile(stock), ours)
    for stock, ours in (
        (r"This field is required\.", "Fill in this field."),
        (r"Enter a valid date\.", "Write a day, such as 2026-11-20."),
        (r"Enter a valid time\.", "Write a time, such as 10:00."),
        (r"Enter a valid \S+ address\.", "Write an e-mail address, such as ingrid@example.org."),
        (r"Enter a (whole )?number\.", r"Write a \1number."),
        (r"Select a valid choice\. .*", "Choose one of the list."),
        (r"Ensure this value has at most (\d+) characters? \(it has (\d+)\)\.",
         r"At most \1 characters fit; it has \2."),
        (r"Ensure this value is greater than or equal to (.+)\.", r"Write \1 or more."),
        (r"Ensure this value is less than or equal to (.+)\.", r"Write \1 or less."),
    )
)  # fmt: skip

HEADINGS = ('<th scope="col">{}</th>', '<th class="right" scope="col">{}</th>')


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """`{% icon "plus" %}`: a drawing of `web/icons.py`."""
    return icon_svg(name, css_class)


@register.simple_tag
def font_url() -> str:
    """The address of the text font, for preloading; empty without the font."""
    return inter_url()


@register.simple_tag
def status_icon(status: str) -> SafeString:
    """The shape of a status alone; the word must stand beside it."""
    shown = look_of(status)
    return icon_svg(shown.icon, f"status {shown.tone}")


@register.simple_tag
def status_pill(status: str, label: str = "") -> SafeString:
    """Shape, word and tint; `label` replaces the word ("Stale, 23 days")."""
    return drawn_pill(status, label)


@lru_cache(maxsize=512)
def drawn_pill(status: str, label: str) -> SafeString:
    """The pill; a long page has the same few over and over."""
    shown = look_of(status)
    return format_html(
        '<span class="pill {}">{}{}</span>',
        "outlined" if shown.outlined else shown.tone,
        icon_svg(shown.icon),
        label or shown.word,
    )


@register.simple_tag
def table_head(caption: str, *columns: str) -> SafeString:
    """What a table is and what its columns hold; `">Value"` stands at the right side."""
    return format_html(
        '<caption class="visually-hidden">{}</caption>{}', caption, column_heads(columns)
    )


@lru_cache(maxsize=64)
def column_heads(columns: tuple[str, ...]) -> SafeString:
    """The line of headings; the same few tables are drawn over and over."""
    cells = [format_html(HEADINGS[word[0] == ">"], word.removeprefix(">")) for word in columns]
    return format_html("<thead><tr>{}</tr></thead>", SafeString("".join(cells)))


@register.simple_tag
def smarter_ring(met: int) -> SafeString:
    """`{% smarter_ring 5 as ring %}`: how many of the seven criteria are met."""
    return SafeString(ring(met))


@register.simple_tag
def trend_arrow(change: Change | None) -> SafeString:
    """The arrow says where the number went, colour and hidden word whether that is good."""
    if change is None:
        return SafeString("")
    words = {"good": "better", "bad": "worse", "flat": "no clear change"}[change.meaning]
    where = {"up": "up ", "down": "down ", "flat": ""}[change.arrow]
    return format_html(
        '<span class="delta {} num">{}<span class="visually-hidden">{}</span>{}'
        '<span class="visually-hidden">, {}</span></span>',
        change.meaning,
        icon_svg(change.arrow),
        where,
        change.text,
        words,
    )


@register.simple_tag
def number(value: Figure | None, small: str = "") -> SafeString:
    """A written number with its unit in small grey; `small` replaces the unit."""
    shown = value or Figure("\u2013")
    unit = small or shown.unit
    if not unit:
        return format_html("{}", shown.number)
    return format_html("{}<small>{}</small>", shown.number, unit)


@register.filter
def tone(status: str) -> str:
    """The CSS tone of a status: good, warn, bad or none."""
    return look_of(status).tone


@register.filter
def status_word(status: str) -> str:
    """The word of a status in the middle of a sentence: "off track"."""
    return look_of(status).word.lower()


@register.filter
def in_format(value: Decimal | float | None, fmt: NumberFormat) -> str:
    """`{{ value|in_format:format }}`: every digit, with unit."""
    return written(value, fmt, full=True)


@register.filter
def exact(value: Decimal | None, fmt: NumberFormat) -> str:
    """A measurement with every digit that it was sent with, and its unit."""
    return written(None, fmt) if value is None else exactly(value, fmt)


@register.filter
def of_difference(unit: str, label: str) -> str:
    """The unit in which a change of a value is typed: percentages change by percentage points."""
    return {"percent": "percentage points", "duration": "seconds"}.get(unit, label)


@register.filter
def on_card(value: Decimal | float | None, fmt: NumberFormat) -> Figure:
    """`{{ value|on_card:format }}`: three significant digits, as a Figure."""
    return figure(value, fmt)


@register.filter
def grouped(value: int) -> str:
    """A count with separators."""
    return plain(value, 0)


@register.filter
def long_number(value: Figure | None) -> bool:
    """Whether a big number needs the smaller size to fit its column."""
    return value is not None and len(value.number) > 7


@register.inclusion_tag("components/field.html")
def field(bound: Any, unit: str = "", wide: str = "", label: str = "") -> dict[str, Any]:
    """A form field in our look: label, control, hint, error; works for every Django widget.

    `label` stands in place of the form's own, for forms of libraries.
    """
    return {
        "field": bound,
        "unit": unit,
        "wide": wide,
        "label": label or bound.label,
        "kind": control_kind(bound),
        "is_marked": is_marked(bound),
    }


def is_marked(bound: Any) -> bool:
    """Whether a field is marked as required: only where others of its form are not."""
    shown = [f for f in bound.form.fields.values() if not f.widget.is_hidden]
    return bool(bound.field.required) and not all(f.required for f in shown)


@register.filter
def problems(bound: Any) -> list[str]:
    """`{{ field|problems }}`: its errors, Django's stock texts in our words."""
    return [in_our_words(str(error)) for error in bound.errors]


def in_our_words(text: str) -> str:
    """A message of a form; one that is Django's own says what to do instead."""
    for stock, ours in STOCK_TEXTS:
        if found := stock.fullmatch(text):
            return found.expand(ours)
    return text


def control_kind(bound: Any) -> str:
    """Which arrangement a bound field needs: hidden, checkbox, choices or input."""
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    kind = getattr(widget, "input_type", "")
    if kind == "checkbox" and not hasattr(widget, "option_template_name"):
        return "checkbox"
    return "choices" if kind in ("radio", "checkbox") else "input"


@register.filter
def control(bound: Any) -> SafeString:
    """The widget with class, `aria-invalid` and `aria-describedby` in place."""
    attrs: dict[str, Any] = {}
    if control_kind(bound) == "input":
        attrs["class"] = f"{bound.field.widget.attrs.get('class', '')} input".strip()
    described = [f"{bound.id_for_label}_hint"] if bound.help_text else []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{bound.id_for_label}_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    widget: SafeString = bound.as_widget(attrs=attrs)
    return widget
