"""The text font: where it lies when its package is installed, and how pages name it."""

from __future__ import annotations

from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

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
