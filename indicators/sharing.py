"""Sharing: one indicator on the boards of further teams, perhaps as their KVI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from indicators.author import Author
from indicators.focus import refuse_second_kvi
from indicators.models import Indicator, Sharing
from teams.access import Action
from teams.models import Team


def share(indicator: Indicator, teams: Iterable[Team], *, author: Author) -> dict[str, Any]:
    """Show it on exactly these further boards; returns the slugs shared and unshared.

    Teams that the author does not see stay as they are.
    """
    seen = author.user.reach.teams_for(Action.SEE)
    wanted = {team.pk: team for team in teams if team.pk != indicator.team_id}
    held = {x.team_id: x for x in indicator.sharings.select_related("team")}
    gone = [held[pk] for pk in (held.keys() - wanted.keys()) & seen]
    new = [wanted[pk] for pk in wanted.keys() - held.keys()]
    Sharing.objects.filter(pk__in=[x.pk for x in gone]).delete()
    Sharing.objects.bulk_create(
        [Sharing(indicator=indicator, team=team, shared_by=author.user) for team in new]
    )
    found = {"shared": [t.slug for t in new], "unshared": [x.team.slug for x in gone]}
    return {name: slugs for name, slugs in found.items() if slugs}


@transaction.atomic
def share_as(
    indicator: Indicator, teams: Iterable[Team], *, kvi_of: Iterable[Team], author: Author
) -> None:
    """Show it on exactly these boards, as the KVI of some of their teams.

    Raises ValidationError where a team has another KVI.
    """
    changed: dict[str, Any] = share(indicator, teams, author=author)
    wanted = {team.pk for team in kvi_of}
    manages = author.user.reach.teams_for(Action.DEFINE)
    sharings = indicator.sharings.select_related("team").filter(team_id__in=manages)
    for sharing in sharings.order_by("team_id"):
        if sharing.as_kvi is (sharing.team_id in wanted):
            continue
        sharing.as_kvi = not sharing.as_kvi
        if sharing.as_kvi:
            refuse_second_kvi(sharing)
        sharing.save(update_fields=["as_kvi"])
        changed.setdefault("kvi_of" if sharing.as_kvi else "kvi_no_more_of", []).append(
            sharing.team.slug
        )
    if changed:
        author.note_on(indicator, "indicator.shared", **changed)
