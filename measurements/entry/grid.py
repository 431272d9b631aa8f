"""The grid in which people enter numbers: indicators by periods, in a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.core.paginator import Page, Paginator

from analysis.values import Grain
from indicators.models import Indicator
from measurements.entry.cells import (
    StoredCell,
    at_rest,
    edited,
    input_parts,
    plain_digits,
    stored_in,
)
from measurements.entry.columns import GRAINS, HEADINGS, PeriodColumn
from measurements.entry.due import (
    Clockwork,
    columns_of,
    due_first,
    due_to,
    enterable_for,
    entry_grain,
)
from teams.access import Action
from teams.models import Organisation, Team, User
from web.formats import SECONDS, NumberFormat, figure, part_names, unit_text

ROWS = 25  # a page of ratios in every grain stays below 1,500 elements
Show = Literal["due", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person typed into a cell that was not stored (None: left as it was), and why not."""

    texts: tuple[str | None, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellInput:
    """One input of a cell: a value, or one part of a ratio.

    `text` is what is edited, `shown` what stands there at rest, and `exact` the stored digits, for
    a script that sends them back as they are.
    """

    part: str
    label: str
    text: str
    shown: str
    exact: str
    typed: str | None = None

    @property
    def now(self) -> str:
        """What stands in the input: what was typed, else what is stored."""
        return self.text if self.typed is None else self.typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One period of one indicator; `together` where it holds several measurements."""

    column: PeriodColumn
    label: str
    inputs: tuple[CellInput, ...]
    seen: str = ""
    note: str = ""
    is_due: bool = False
    together: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One indicator with its cells."""

    indicator: Indicator
    unit: str
    is_due: bool
    cells: tuple[Cell, ...]

    @property
    def parts(self) -> str:
        """The two numbers of each cell, such as "orders / visits"; nothing where there is one."""
        if len(input_parts(self.indicator)) == 1:
            return ""
        return " / ".join(part_names(self.indicator.formula))

    @property
    def was(self) -> str:
        """What each cell held when the page was made, as JSON, for a page without scripts."""
        held = {
            cell.column.text: [cell.seen, [[entry.text, entry.exact] for entry in cell.inputs]]
            for cell in self.cells
            if not cell.together
        }
        return json.dumps(held, separators=(",", ":"))


@dataclass(slots=True)
class GridGroup:
    """The rows that share their columns."""

    grain: Grain
    columns: Sequence[PeriodColumn]
    rows: list[GridRow] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """What its columns are."""
        return HEADINGS[self.grain]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridQuery:
    """What of it somebody wants to see; `show` empty takes what is due, if anything is."""

    team: Team | None = None
    show: str = ""
    page: str = "1"
    said: Mapping[tuple[str, str], Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A page of the grid, and what it can be narrowed to."""

    groups: list[GridGroup]
    page: Page[Indicator]
    show: Show
    due: int
    total: int
    teams: list[tuple[str, str]]
    is_open: bool


def build_grid(user: User, asked: GridQuery, now: datetime) -> Grid:
    """The grid for a person at `now`: four queries, however many rows."""
    clock = Clockwork(Organisation.current(), now)
    every = enterable_for(user)
    teams = sorted({(one.team.name, one.team.slug) for one in every})
    wanted = [one for one in every if asked.team is None or one.team_id == asked.team.pk]
    due = due_to(user, wanted, clock)
    due_ids = {indicator_id for indicator_id, _ in due}
    show: Show = "due" if asked.show == "due" or (asked.show == "" and due_ids) else "all"
    shown = [one for one in wanted if one.pk in due_ids] if show == "due" else wanted
    page = Paginator(due_first(shown, due_ids), ROWS).get_page(asked.page)
    return Grid(
        groups=grid_groups(list(page), user, clock, due=due, said=asked.said),
        page=page,
        show=show,
        due=len(due_ids),
        total=len(wanted),
        teams=teams,
        is_open=bool(user.reach.teams_for(Action.ENTER)),
    )


def grid_groups(
    wanted: list[Indicator],
    user: User,
    clock: Clockwork,
    *,
    due: set[tuple[int, datetime]],
    said: Mapping[tuple[str, str], Said],
) -> list[GridGroup]:
    """The rows of a page by their columns, finest first; two queries."""
    rows = Indicator.objects.enterable_by(user).select_related("team", "owner")
    indicators = rows.in_bulk([one.pk for one in wanted])
    whole = [indicators[one.pk] for one in wanted if one.pk in indicators]
    placed = [(indicator, columns_of(indicator, clock)) for indicator in whole]
    stored = stored_in([(i.pk, c.begins_at, c.ends_at) for i, shown in placed for c in shown])
    found: dict[tuple[int, date], GridGroup] = {}
    for indicator, shown in placed:
        if shown:
            grain = entry_grain(indicator)
            place = GRAINS.index(grain), shown[-1].start
            group = found.setdefault(place, GridGroup(grain, shown))
            held = {c.text: stored.get((indicator.pk, c.begins_at)) for c in shown}
            locale = clock.organisation.locale
            group.rows.append(grid_row(indicator, shown, held, due=due, said=said, locale=locale))
    return [found[place] for place in sorted(found)]


def grid_row(
    indicator: Indicator,
    shown: Sequence[PeriodColumn],
    held: Mapping[str, StoredCell | None],
    *,
    due: set[tuple[int, datetime]],
    said: Mapping[tuple[str, str], Said],
    locale: str,
) -> GridRow:
    """One row."""
    cells = tuple(
        grid_cell(
            indicator,
            column,
            held[column.text],
            is_due=(indicator.pk, column.begins_at) in due,
            said=said.get((indicator.key, column.text)),
            locale=locale,
        )
        for column in shown
    )
    return GridRow(
        indicator=indicator,
        unit=typed_unit(indicator, locale=locale),
        is_due=any(cell.is_due for cell in cells),
        cells=cells,
    )


def grid_cell(
    indicator: Indicator,
    column: PeriodColumn,
    stored: StoredCell | None,
    *,
    locale: str,
    is_due: bool = False,
    said: Said | None = None,
) -> Cell:
    """One cell with one input, or two for a ratio."""
    label = f"{indicator.name}, {column.label}"
    together = ""
    if stored is not None and not stored.is_one:
        fmt = NumberFormat.of(indicator, locale=locale)
        together = str(figure(stored.together(indicator), fmt, full=True))
    return Cell(
        column=column,
        label=label,
        inputs=cell_inputs(indicator, label, stored, said=said, locale=locale),
        seen=stored.seen if stored else "",
        note=stored.note if stored else "",
        is_due=is_due,
        together=together,
        problem=said.detail if said else "",
    )


def cell_inputs(
    indicator: Indicator, label: str, stored: StoredCell | None, *, said: Said | None, locale: str
) -> tuple[CellInput, ...]:
    """The inputs of a cell with what is stored, and what was typed where that was refused."""
    parts = input_parts(indicator)
    typed = said.texts if said and len(said.texts) == len(parts) else [None] * len(parts)
    numbers = [stored.part(part) if stored and stored.is_one else None for part in parts]
    return tuple(
        CellInput(
            part=part,
            label=label if part == "value" else f"{label}, {part}",
            text=edited(number, indicator, part),
            shown=at_rest(number, indicator, part, locale=locale),
            exact="" if number is None else f"={plain_digits(number)}",
            typed=text,
        )
        for part, number, text in zip(parts, numbers, typed, strict=True)
    )


def typed_unit(indicator: Indicator, *, locale: str) -> str:
    """The unit of what is typed."""
    if indicator.unit == Indicator.Unit.DURATION and indicator.unit_label not in SECONDS:
        return "h:mm:ss"
    return unit_text(NumberFormat.of(indicator, locale=locale)) or indicator.unit_label
