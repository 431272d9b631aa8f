"""Runs the benchmarks named as arguments, or all of them: `python -m bench [ingest …]`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from bench.installation import installation

PRIVATE = (
    "__init__",
    "__main__",
    "clients",
    "installation",
    "memory",
    "scale",
    "series",
    "validate",
)


def main(names: list[str]) -> None:
    """Start servers of the benchmarks' own, and run each on them."""
    folder = Path(__file__).parent
    known = [path.stem for path in sorted(folder.glob("*.py")) if path.stem not in PRIVATE]
    with installation():
        for name in names or known:
            import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
