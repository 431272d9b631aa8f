"""The icons, drawn on a 16-px grid; status shapes differ in form, not only in colour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

DRAWINGS: Mapping[str, Mapping[str, str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text("utf-8")
)


@lru_cache(maxsize=256)
def icon_svg(name: str, css_class: str = "") -> SafeString:
    """The drawing as markup, hidden from screen readers: a word always stands beside it.

    Raises KeyError for a name that is not drawn.
    """
    solid = name in DRAWINGS["solid"]
    drawing = DRAWINGS["solid" if solid else "stroked"][name]
    classes = " ".join(filter(None, ("icon", "solid" if solid else "", css_class)))
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        classes,
        mark_safe(drawing),  # noqa: S308 - from our own file
    )
