"""Saving objectives: a slug of their own, no circles, an audit entry."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction

from indicators.author import Author
from indicators.models import Objective
from web.slugs import free_slug

SLUG_FORM = RegexValidator(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z",
    "A slug has lower-case letters, digits and single hyphens between them.",
    code="slug",
)
DEEPEST = 50


@transaction.atomic
def save(objective: Objective, *, author: Author) -> Objective:
    """Check and save; ValidationError names the fields that cannot be."""
    is_new = objective.pk is None
    objective.slug = objective.slug or _free_slug(objective.statement)
    refuse_circle(objective)
    objective.full_clean()
    objective.save()
    action = "objective.created" if is_new else "objective.changed"
    author.note(action, subject=objective.slug, team=objective.team)
    return objective


def refuse_circle(objective: Objective) -> None:
    """Refuse a parent that stands below the objective."""
    above, steps = objective.parent, 0
    while above is not None and steps < DEEPEST:
        if above.pk == objective.pk:
            words = "An objective cannot serve itself or one of its own."
            raise ValidationError({"parent": ValidationError(words, code="circle")})
        above, steps = above.parent, steps + 1


def _free_slug(statement: str) -> str:
    rows = Objective.objects.all()
    return free_slug(
        statement,
        lambda start: rows.filter(slug__startswith=start).values_list("slug", flat=True),
        longest=60,
        otherwise="objective",
    )
