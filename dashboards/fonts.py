"""Where the text font lies, when its package is installed."""

from __future__ import annotations

from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

INTER = "vendor/inter/inter-latin-wght-normal.woff2"


@cache
def inter_url() -> str:
    """The font's address for preloading; empty when it is not installed."""
    collected = getattr(staticfiles_storage, "hashed_files", None)
    present = INTER in collected if collected else finders.find(INTER) is not None
    return staticfiles_storage.url(INTER) if present else ""
