"""Runs what is named: `python -m bench.scale [pages|storage] [--rows N …]`; both by default."""

from __future__ import annotations

import argparse
import os
from importlib import import_module

# The owner of the tables gives up on a lock after two seconds; autovacuum holds some for longer.
os.environ.setdefault("PGOPTIONS", "-c lock_timeout=0")


def main() -> None:
    """Start servers of the benchmark's own, fill them, and print tables."""
    from bench.installation import installation

    asked = arguments()
    for part in asked.parts or ("pages", "storage"):
        with installation():
            import_module(f"bench.scale.{part}").main(asked.rows)


def arguments() -> argparse.Namespace:
    """The parts, and the numbers of measurements at which to look."""
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=("pages", "storage", []), metavar="PART")
    parser.add_argument("--rows", nargs="+", type=int, default=[50_000, 5_000_000, 20_000_000])
    return parser.parse_args()


if __name__ == "__main__":
    main()
