"""Icons on a 16-px grid, whose shapes differ in form and not only in colour, and the text font."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
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


INTER = "vendor/inter/inter-latin-wght-normal.woff2"

# Not among the stylesheets: collecting one that names a missing file fails.
INTER_FACE = """
@font-face {
  font-family: "Inter Variable";
  src: url("../vendor/inter/inter-latin-wght-normal.woff2") format("woff2");
  font-weight: 100 900;
  font-display: swap;
  unicode-range: U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC,
    U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD;
}
"""


@cache
def inter_url() -> str:
    """The font's address for preloading; empty when it is not installed."""
    collected = getattr(staticfiles_storage, "hashed_files", None)
    present = INTER in collected if collected else finders.find(INTER) is not None
    return staticfiles_storage.url(INTER) if present else ""
