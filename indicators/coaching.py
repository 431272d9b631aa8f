"""What the SMARTER check wants to know of an indicator as it is saved; without any query."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from indicators import smarter
from indicators.models import Indicator, Target
from indicators.models.indicator import IndicatorQuerySet


def with_judging_target(rows: IndicatorQuerySet) -> IndicatorQuerySet:
    """Bring the target that gives the status, with its milestones, in a fixed number of queries."""
    judging = Target.objects.judging().select_related("made_by").prefetch_related("milestones")
    return rows.prefetch_related(Prefetch("targets", judging))


def judging_target(indicator: Indicator) -> Target | None:
    """The target that gives the status, among the prefetched ones."""
    current = (t for t in indicator.targets.all() if t.gives_status and t.ended_at is None)
    return next(current, None)


def draft_of(indicator: Indicator) -> smarter.Draft:
    """What the SMARTER check wants to know of an indicator as saved; no query."""
    return draft_with(indicator, judging_target(indicator), history_of(indicator))


def draft_with(
    indicator: Indicator, target: Target | None, history: Sequence[float]
) -> smarter.Draft:
    """The same with a target and a history that are at hand."""
    names = (*smarter.TEXTS, "kind", "period", "source_kind")
    texts = {name: getattr(indicator, name) for name in names}
    return smarter.Draft(
        **texts,
        has_objective=indicator.objective_id is not None,
        has_guard=indicator.guard_id is not None,
        evaluate_on=indicator.evaluate_on,
        reevaluate_on=indicator.reevaluate_on,
        aim=aim_of(target),
        history=history,
    )


def aim_of(target: Target | None) -> smarter.Aim | None:
    """The part of a target that the check reads."""
    if target is None:
        return None
    return smarter.Aim(
        kind=target.kind,
        comparator=target.comparator,
        value=target.value,
        upper=target.upper,
        baseline=target.baseline,
        growth=target.growth,
        due_on=target.due_on,
    )


def history_of(indicator: Indicator) -> list[float]:
    """The final period values that the tile draws, oldest first."""
    verdict = indicator.verdict
    values = verdict.spark_values[:-1] if verdict.spark_provisional else verdict.spark_values
    return [value for value in values if value is not None]
