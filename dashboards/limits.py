"""New process limits on the page of an indicator: those proposed, and those accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboards.detail import Detail
from verdicts.process import Headline
from web.links import address
from web.wording import as_date


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedLimits:
    """Limits that somebody restarted, and why."""

    since: str
    note: str
    made: str
    withdraw_url: str


@dataclass(frozen=True, slots=True)
class Shift:
    """From when on new limits are offered, and why."""

    on: date | None = None
    reason: str = ""


def offered_shift(detail: Detail, said: Headline) -> Shift:
    """The shift that the judgement proposes, else the run that the chart shows."""
    proposed = detail.result.get("proposed_rebase") or {}
    if proposed:
        return Shift(as_date(proposed["from"]), proposed["reason"])
    return Shift(as_date(said.shift_on))


def accepted_limits(detail: Detail) -> tuple[AcceptedLimits, ...]:
    """All that people accepted, newest first."""
    indicator, lens = detail.indicator, detail.lens
    rows = indicator.rebases.select_related("made_by").order_by("-on")
    return tuple(
        AcceptedLimits(
            since=lens.in_sentence(row.on, indicator.period),
            note=row.note,
            made=", ".join(
                filter(None, [str(row.made_by or ""), lens.day(lens.local(row.made_at).date())])
            ),
            withdraw_url=address("rebase_withdraw", indicator.key, row.on.isoformat()),
        )
        for row in rows
    )


def alerted_period(detail: Detail) -> str:
    """The period of the newest calibrated alert, "" for none."""
    alerts = detail.result.get("alerts") or []
    on = as_date(alerts[-1]["period"]) if alerts else None
    return detail.lens.in_sentence(on, detail.indicator.period) if on else ""
