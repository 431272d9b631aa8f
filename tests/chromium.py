"""The browser of the browser tests: where Chromium is, and what to do when it is not there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = """\
The browser tests need Chromium, which is not on the PATH.
  Debian, Ubuntu:   apt-get install chromium
  anything else:    .venv/bin/python -m playwright install chromium
or set CHROMIUM to the program."""


def find() -> str | None:
    """Return the path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    return found or _of_playwright()


def _of_playwright() -> str | None:
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache/ms-playwright")
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app")
    return next((str(path) for pattern in patterns for path in Path(folder).glob(pattern)), None)


if __name__ == "__main__":
    sys.exit(None if find() else MISSING)
