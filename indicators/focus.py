"""Focus: the gate before key indicators, the budget of five, and one KVI a team."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from indicators.models import Indicator, Sharing
from indicators.models.indicator import FOCUS_BUDGET
from teams.models import Team


def key_indicators(team: Team) -> list[Indicator]:
    """The key indicators at home in a team, by name."""
    return list(Indicator.objects.active().filter(team=team, is_key=True))


def check_gate(indicator: Indicator) -> None:
    """Refuse a key indicator that lacks something, and the sixth of a team."""
    missing = indicator.missing_for_key()
    if missing:
        words = f"To become a key indicator it needs {_and(missing)}."
        raise ValidationError({"is_key": ValidationError(words, code="gate")})
    check_budget(indicator)


def check_budget(indicator: Indicator) -> None:
    """Refuse the sixth key indicator of a team, whose row is locked until the transaction ends.

    Call it whenever a key indicator becomes one of the team's: made key, activated or moved there.
    """
    indicator.team.hold()
    held = [other for other in key_indicators(indicator.team) if other.pk != indicator.pk]
    if len(held) >= FOCUS_BUDGET:
        names = ", ".join(f"{other.name} ({other.key})" for other in held)
        words = f"The team has {FOCUS_BUDGET} key indicators. Remove one first: {names}."
        raise ValidationError({"is_key": ValidationError(words, code="focus_budget")})


def check_kvi(indicator: Indicator) -> None:
    """Refuse an active KVI of a team that shares another team's."""
    if indicator.kind != Indicator.Kind.KVI or not indicator.is_active:
        return
    indicator.team.hold()
    if Sharing.objects.filter(team=indicator.team, as_kvi=True).exists():
        words = f"{indicator.team} shares the key value indicator of another team."
        raise ValidationError({"kind": ValidationError(words, code="second_kvi")})


def refuse_second_kvi(sharing: Sharing) -> None:
    """Refuse to make a shared indicator the KVI of a team that has one."""
    sharing.team.hold()
    own = Indicator.objects.active().filter(team=sharing.team, kind=Indicator.Kind.KVI)
    other = Sharing.objects.filter(team=sharing.team, as_kvi=True).exclude(pk=sharing.pk)
    if own.exists() or other.exists():
        words = f"{sharing.team} has a key value indicator already."
        raise ValidationError({"kvi_of": ValidationError(words, code="second_kvi")})


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
