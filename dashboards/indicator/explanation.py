"""Why this status: the stored rules of a judgement, each as a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from analysis.statuses import look_of
from dashboards.board.hero import chance_text
from indicators.aims import distance
from indicators.models import Indicator
from web.formats import NumberFormat, plain, written
from web.wording import Lens, as_date, as_moment

Inputs: TypeAlias = Mapping[str, Any]
BOUND: Mapping[str, str] = {
    "gte": "at least",
    "lte": "at most",
    "between": "within the range, nearest bound",
    "eq": "exactly",
}
SIGNALS: Mapping[str, str] = {
    "improving": "the process is improving",
    "deteriorating": "the process is deteriorating",
    "steady": "the process is steady",
    "unknown": "there are too few values to tell whether the process changes",
}
NO_VERDICT: Mapping[str, str] = {
    "no_data": "No verdict: no current value was measured",
    "no_target": "No verdict: there is no target",
    "provisional": "No verdict yet: the period is not over",
    "stale": "No verdict: the newest value is too old",
}
WITHOUT_JUDGEMENT = ("stale", "no_data", "no_target", "provisional", None)


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How the numbers of one indicator are written in a sentence."""

    indicator: Indicator
    fmt: NumberFormat
    lens: Lens
    knows_guard: bool = True

    @property
    def grain(self) -> str:
        """Day, week, month, quarter or year."""
        return self.indicator.period

    def amount(self, value: Any) -> str:
        """A value with its unit and every digit."""
        return written(value, self.fmt, full=True)

    def gap(self, value: Any) -> str:
        """A distance without its sign; "" where it is unknown."""
        return "" if value is None else distance(value, self.fmt)

    def period(self, text: str | None) -> str:
        """The name of a period in the middle of a sentence."""
        return self.lens.in_sentence(as_date(text), self.grain)

    def day(self, text: str | None) -> str:
        """A day, or "an unknown day"."""
        on = as_date(text)
        return self.lens.day(on) if on else "an unknown day"


def sentence(step: Mapping[str, Any], phrasing: Phrasing) -> str:
    """The sentence of a rule; one that is not known here is shown as it was stored."""
    rule, inputs, outcome = step.get("rule", ""), step.get("inputs") or {}, step.get("outcome", "")
    words = SENTENCES.get(rule)
    if words is None:
        return f"{rule.replace('_', ' ').capitalize()}: {outcome}."
    return words(inputs, outcome, phrasing)


def _data_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    if outcome == "no value":
        return "There is no measurement to judge."
    latest = as_moment(inputs.get("latest_at"))
    on = phrasing.lens.day(phrasing.lens.local(latest).date()) if latest else "an unknown day"
    newest = f"The newest measurement is of {on}"
    bearable = f"{inputs.get('stale_after', 1.5):g} {phrasing.grain}s"
    if outcome == "fresh":
        return f"{newest}, which is recent enough: it counts for {bearable}."
    age = inputs.get("age")
    old = f" {plain(age, 1)} {phrasing.grain}s ago" if age is not None else ""
    return f"{newest}; its period ended{old}, longer than the {bearable} for which it counts."


def _target_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    if outcome == "not begun":
        return f"The target begins on {phrasing.day(inputs.get('starts_on'))}."
    if outcome == "no value":
        return "The target has no value to compare with."
    return "There is no target to compare with."


def _final_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    newest = inputs.get("newest_finished")
    known = f" The newest finished one is {phrasing.period(newest)}." if newest else ""
    if outcome == "stale":
        return f"The newest finished {phrasing.grain} is too long ago to be judged.{known}"
    return f"Only an unfinished {phrasing.grain} could be judged, so nothing is said yet.{known}"


def _value_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    what = "The total at the end of" if inputs.get("kind") == "accumulate" else "The value of"
    bound = BOUND.get(inputs.get("comparator", ""), "")
    start = (
        f"{what} {phrasing.period(inputs.get('period'))} is "
        f"{phrasing.amount(inputs.get('actual'))}; "
        f"expected by then is {bound} {phrasing.amount(inputs.get('expected'))}"
    )
    gap, band = phrasing.gap(inputs.get("gap")), phrasing.gap(inputs.get("band"))
    if outcome == "met":
        return f"{start}, which is met" + (f" with {gap} to spare." if inputs.get("gap") else ".")
    if outcome.endswith("inside the band"):
        return f"{start}. It is {gap} short, inside the band of {band} that counts as at risk."
    return f"{start}. It is {gap} short, beyond the band of {band} that counts as at risk."


def _date_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    due = inputs.get("due_on")
    return f"That meets the target of {phrasing.day(due)}." if due else "That meets the target."


def _probability_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    likely, unlikely = inputs.get("likely", 0.7), inputs.get("unlikely", 0.3)
    return (
        f"From {inputs.get('n')} values the chance to reach the target is "
        f"{chance_text(inputs['probability'])}; under {chance_text(unlikely)} it is off track, "
        f"under {chance_text(likely)} at risk."
    )


def _signal_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    since = phrasing.period(inputs.get("adverse_since"))
    return f"The target is met, but the process has been getting worse since {since}."


def _steady_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    before = look_of(inputs.get("previous") or "").word.lower()
    if outcome.startswith("changed"):
        return f"Two evaluations in a row agree: it is no longer {before}."
    return f"Too close to call; it stays {before} until two {phrasing.grain}s agree."


def _guard_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    status, signal = inputs.get("status"), inputs.get("signal")
    name = f"Its guard “{inputs.get('guard')}”" if phrasing.knows_guard else "Its guard"
    stands = look_of(status).word.lower() if status else "not judged"
    if outcome != "no harm":
        worse = " and getting worse" if signal == "deteriorating" else ""
        return f"{name} suffers: it is {stands}{worse}. A target met that way is met at a cost."
    if status in WITHOUT_JUDGEMENT:
        return f"{name} is {stands}, so it says nothing."
    return f"{name} does not suffer: it is {stands}."


def _verdict_sentence(inputs: Inputs, outcome: str, phrasing: Phrasing) -> str:
    process = SIGNALS.get(inputs.get("signal") or "unknown", SIGNALS["unknown"])
    if outcome in NO_VERDICT:
        return f"{NO_VERDICT[outcome]}; {process}."
    return f"So it is {look_of(outcome).word.lower()}, and {process}."


SENTENCES: Mapping[str, Callable[[Inputs, str, Phrasing], str]] = {
    "data": _data_sentence,
    "target": _target_sentence,
    "final": _final_sentence,
    "value": _value_sentence,
    "date": _date_sentence,
    "probability": _probability_sentence,
    "signal": _signal_sentence,
    "steady": _steady_sentence,
    "guard": _guard_sentence,
    "verdict": _verdict_sentence,
}
