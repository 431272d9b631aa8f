"""The stylesheet and script of every page: many small sources, one file each on the wire.

`BundleFinder` is a staticfiles finder. It joins the sources in a declared order, keeps the
result outside the checkout, and builds it again when a source is newer; so `runserver`,
`collectstatic` and tests all see the same `css/app.css` and `js/app.js`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage, Storage

from web.icons import INTER, INTER_FACE


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file on the wire: glob patterns under `static/`, joined in this order."""

    name: str
    patterns: tuple[str, ...]
    squeeze: Callable[[str], str]


def squeeze_css(text: str) -> str:
    """Drop comments and runs of white space; strings keep their single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


def squeeze_js(text: str) -> str:
    """Drop whole-line comments, blank lines and indentation, which cannot change the meaning."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


BUNDLES = (
    Bundle(
        "css/app.css",
        (
            "css/tokens.css",
            "css/base.css",
            "css/layout.css",
            "css/components/*.css",
            "css/pages/*.css",
            "css/print.css",
        ),
        squeeze_css,
    ),
    Bundle("js/app.js", ("js/modules/*.js",), squeeze_js),
)


def sources(bundle: Bundle, root: Path) -> list[Path]:
    """The files of a bundle in their order."""
    return [path for pattern in bundle.patterns for path in sorted(root.glob(pattern))]


def joined(bundle: Bundle, paths: Iterable[Path]) -> str:
    """The text of the bundle; the stylesheet begins with the font where that is installed."""
    texts = [path.read_text("utf-8") for path in paths]
    if bundle.name.endswith(".css") and finders.find(INTER):
        texts.insert(0, INTER_FACE)
    return "\n".join(map(bundle.squeeze, texts)) + "\n"


class BundleFinder(finders.BaseFinder):
    """Offers the bundles to everything that looks for static files."""

    def __init__(self) -> None:
        self.root = Path(settings.BASE_DIR) / "static"
        self.target = Path(settings.KPITRACK_HOME) / "bundles"
        self.storage = FileSystemStorage(location=self.target)

    def find(self, path: str, **options: Any) -> Any:  # type: ignore[override]
        """Where the bundle of this name lies, built if need be; a list with `find_all`."""
        built = [str(self.build(bundle)) for bundle in BUNDLES if bundle.name == path]
        if options.get("find_all") or not built:
            return built  # an empty list: Django takes None for something that was found
        return built[0]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every bundle, for collectstatic."""
        for bundle in BUNDLES:
            self.build(bundle)
            yield bundle.name, self.storage

    def build(self, bundle: Bundle) -> Path:
        """Write the bundle where a source changed; whole or not at all."""
        text = joined(bundle, sources(bundle, self.root))
        built = self.target / bundle.name
        if not built.exists() or built.read_text("utf-8") != text:
            built.parent.mkdir(parents=True, exist_ok=True)
            fresh = built.with_suffix(".new")
            fresh.write_text(text, "utf-8")
            fresh.replace(built)
        return built
