"""People entering numbers: the grid of what is due, saving its cells, and one-time links."""

from measurements.entry.cells import is_span, parts_of
from measurements.entry.grid import Asked, Grid, Said, build_grid, cell_of
from measurements.entry.links import (
    Opened,
    address_of,
    asked_for,
    issue_link,
    missing,
    open_link,
    takes_link,
    use_link,
)
from measurements.entry.saving import WRITTEN, CellResult, Change, Outcome, Saved, save_cells
from measurements.entry.takers import named

__all__ = [
    "WRITTEN",
    "Asked",
    "CellResult",
    "Change",
    "Grid",
    "Opened",
    "Outcome",
    "Said",
    "Saved",
    "address_of",
    "asked_for",
    "build_grid",
    "cell_of",
    "is_span",
    "issue_link",
    "missing",
    "named",
    "open_link",
    "parts_of",
    "save_cells",
    "takes_link",
    "use_link",
]
