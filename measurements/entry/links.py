"""One-time links: made for the owner of a due value, opened without signing in, used once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from indicators.author import Author
from indicators.models import Indicator
from measurements.entry.cells import StoredCell, stored_in
from measurements.entry.columns import PeriodColumn, column, columns
from measurements.entry.due import Clockwork, entry_grain, newest_periods
from measurements.entry.grid import Cell, grid_cell, typed_unit
from measurements.entry.saving import WRITTEN, CellChange, CellOutcome, save_cells
from measurements.models import Batch, EntryLink
from measurements.models.entry_link import digest
from teams.models import Organisation, User

LAST = 4
NOBODY = digest("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A link that may be used, and what its page shows."""

    link: EntryLink
    column: PeriodColumn
    cell: Cell
    unit: str
    before: list[tuple[PeriodColumn, Cell]]

    @property
    def indicator(self) -> Indicator:
        """What it takes a value of."""
        return self.link.indicator


def takes_link(indicator: Indicator, user: User | None) -> bool:
    """Whether a link in the name of this person could enter a value."""
    if user is None or not user.is_active:
        return False
    rows = Indicator.objects.enterable_by(user).taking_values()
    return rows.filter(pk=indicator.pk).exists()


def asked_for(indicator: Indicator, now: datetime) -> PeriodColumn:
    """The period whose value somebody is asked for: the newest that is over."""
    return newest_periods(indicator, now)[0]


def issue_link(
    indicator: Indicator, *, period: date, now: datetime, made_by: User | None = None
) -> EntryLink | None:
    """A link for the owner, who is told it by mail; None where there is nobody to tell.

    The secret is not returned: `address_of` computes it again when the mail is written.
    """
    if indicator.owner is None or not takes_link(indicator, indicator.owner):
        return None
    link, _ = EntryLink.issue(
        indicator, user=indicator.owner, period=period, now=now, made_by=made_by
    )
    return link


def address_of(public_id: str) -> str:
    """The whole address of a link, for its mail and for nothing else."""
    path = reverse("entry_link", args=[public_id, EntryLink.secret_of(public_id)])
    return f"{settings.BASE_URL}{path}"


def open_link(public_id: str, secret: str, now: datetime) -> Opened | None:
    """What a link is for; None where it is dead.

    Unknown, used, revoked and expired ones are alike, and those whose person left or lost the role
    or whose indicator takes no values any more.
    """
    found = living(public_id, secret, now, lock=False)
    return with_cells(found, now) if found else None


@transaction.atomic
def use_link(
    public_id: str, secret: str, change: CellChange, *, request_id: str, now: datetime
) -> tuple[Opened, CellOutcome] | None:
    """Store the value in the name of the link's person and end the link, both or neither.

    None where the link is dead, also when another request used it a moment before. A change that is
    refused, or meets another value than the one seen, leaves the link alive.
    """
    link = living(public_id, secret, now, lock=True)
    if link is None:
        return None
    opened = with_cells(link, now)
    made_by = f", made by {link.made_by}" if link.made_by else ""
    saved = save_cells(
        [change],
        author=Author(link.user, request_id=request_id),
        door=Batch.Door.LINK,
        label=f"Link {link.public_id}{made_by}",
        now=now,
    )
    outcome = saved.outcomes[0]
    if outcome.state in WRITTEN:
        link.mark_used(now, batch_id=saved.batch_id)
    return opened, outcome


def living(public_id: str, secret: str, now: datetime, *, lock: bool) -> EntryLink | None:
    """The link if it may still be used; `lock` lets one request at a time go on from here."""
    rows = EntryLink.objects.alive(now).filter(public_id=public_id)
    if lock:
        rows = rows.select_for_update(of=("self",))
    link = rows.select_related("indicator__team", "user", "made_by").first()
    if link is None:
        hmac.compare_digest(NOBODY, digest(secret))  # the same work as for one that exists
        return None
    alike = link.matches(secret)
    return link if alike and takes_link(link.indicator, link.user) else None


def with_cells(link: EntryLink, now: datetime) -> Opened:
    """The link with its period, what is stored there, and a few values before it."""
    indicator, organisation = link.indicator, Organisation.current()
    calendar = Clockwork(organisation, now).calendar(indicator.timezone)
    grain = entry_grain(indicator)
    asked = column(link.period, grain, calendar, now)
    earlier = columns(grain, calendar, asked.begins_at, LAST)[:-1]
    spans = [(indicator.pk, c.begins_at, c.ends_at) for c in (*earlier, asked)]
    stored = stored_in(spans)

    def cell(of: PeriodColumn, held: StoredCell | None) -> Cell:
        return grid_cell(indicator, of, held, locale=organisation.locale)

    before = [(c, stored.get((indicator.pk, c.begins_at))) for c in reversed(earlier)]
    return Opened(
        link=link,
        column=asked,
        unit=typed_unit(indicator, locale=organisation.locale),
        cell=cell(asked, stored.get((indicator.pk, asked.begins_at))),
        before=[(c, cell(c, held)) for c, held in before if held is not None],
    )
