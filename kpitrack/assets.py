"""Which third-party files the pages load, and where they are: npm packages or Python wheels.

Nothing is copied into the repository: `VendorFinder` serves each file, under one name, from the
first package that has it. `node_modules/` (made by `make assets` where Node is installed) has
a small Plotly and the font; without Node the Plotly bundle of the `plotly` wheel is served and
pages use the fonts of the system.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

CHECKOUT = Path(__file__).resolve().parent.parent
PLOTLY = "vendor/plotly/plotly.min.js"
FONT = "vendor/inter/inter-latin-wght-normal.woff2"


def candidates(checkout: Path) -> dict[str, tuple[Path, ...]]:
    """Return for each served name the files it may come from, the best first."""
    modules = checkout / "node_modules"
    wheel = _package("plotly") / "package_data"
    return {
        PLOTLY: (modules / "plotly.js-basic-dist-min/plotly-basic.min.js", wheel / "plotly.min.js"),
        FONT: (modules / "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",),
    }


def found(checkout: Path = CHECKOUT) -> dict[str, Path]:
    """Return the file behind each served name; a name without a file is left out."""
    files = {
        name: next((path for path in paths if path.is_file()), None)
        for name, paths in candidates(checkout).items()
    }
    return {name: path for name, path in files.items() if path is not None}


class VendorFinder(BaseFinder):
    """Finds exactly the third-party files named above, for the server and `collectstatic`."""

    def find(self, path: str, find_all: Any = None, **options: Any) -> Any:
        """Return where a served name lies; a list with `find_all`, as Django asks for.

        Nothing is an empty list too: Django takes None for something that was found.
        """
        file = found().get(path)
        if file is None:
            return []
        return [str(file)] if find_all else str(file)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Yield the served names with a storage that opens each from its package."""
        storage = PackageStorage(found())
        yield from ((name, storage) for name in found())


class PackageStorage(FileSystemStorage):
    """Reads files under the name they are served by, wherever their package keeps them."""

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__(location="/")
        self.files = files
        self.prefix = ""

    def path(self, name: str) -> str:
        """Return the file behind a served name."""
        return str(self.files[name])


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else Path(name)
