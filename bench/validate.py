"""Check every claim of the statistics by simulation and reference: ``python -m bench.validate``.

A module in ``bench/tables`` holds one table: functions marked with ``row`` measure one figure each.
``--runs`` scales the simulations, names (parts of titles) choose rows. Exit code 1 when a bar is
missed.
"""

from __future__ import annotations

import argparse
import pkgutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

Measure = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``measure(runs)`` must be at most, or at least, ``bar``."""

    title: str
    bar: float
    measure: Measure
    at_least: bool
    anchor: str
    unit: str

    def holds(self, figure: float) -> bool:
        return figure >= self.bar if self.at_least else figure <= self.bar


@dataclass(slots=True)
class Table:
    """Rows in the order they were written."""

    title: str
    rows: list[Row] = field(default_factory=list)

    def row(
        self,
        title: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        anchor: str = "",
        unit: str = "",
    ) -> Callable[[Measure], Measure]:
        """Add the marked function as a row; give exactly one bar."""
        if (at_most is None) == (at_least is None):
            raise ValueError("a row has exactly one bar")
        bar = at_least if at_most is None else at_most
        assert bar is not None

        def mark(measure: Measure) -> Measure:
            lower = at_most is None
            self.rows.append(Row(title, bar, measure, lower, anchor, unit))
            return measure

        return mark


def tables() -> list[Table]:
    """Collect the table of every module in ``bench/tables``."""
    names = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent / "tables")]))
    return [import_module(f"bench.tables.{name}").TABLE for name in names]


def show(table: Table, chosen: list[Row], runs: int) -> int:
    """Print one table as Markdown and return how many bars were missed."""
    missed = 0
    heads = "figure | measured | must be | anchor | s | "
    sys.stdout.write(f"\n## {table.title}\n\n| {heads}|\n{'|---' * 6}|\n")
    for row in chosen:
        began = time.perf_counter()
        figure = row.measure(runs)
        seconds = time.perf_counter() - began
        missed += not row.holds(figure)
        sign = "≥" if row.at_least else "≤"
        verdict = "ok" if row.holds(figure) else "MISSED"
        sys.stdout.write(
            f"| {row.title} | {figure:.4g}{row.unit} | {sign} {row.bar:g}{row.unit} "
            f"| {row.anchor} | {seconds:.1f} | {verdict} |\n"
        )
        sys.stdout.flush()
    return missed


def main() -> int:
    """Measure what was asked for; all of it by default."""
    parser = argparse.ArgumentParser(prog="python -m bench.validate", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of table or row titles")
    parser.add_argument("--runs", type=int, default=400, help="series a simulated figure rests on")
    asked = parser.parse_args()
    missed = 0
    for table in tables():
        names = [name.lower() for name in asked.names]
        chosen = [
            row
            for row in table.rows
            if not names or any(name in f"{table.title} {row.title}".lower() for name in names)
        ]
        if chosen:
            missed += show(table, chosen, asked.runs)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
