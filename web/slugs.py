"""Slugs and keys from names: plain ASCII, unique among what exists."""

from __future__ import annotations

import unicodedata
from itertools import count
from typing import Any

from django.db import models
from django.utils.text import slugify

LETTERS = str.maketrans(
    {"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "œ": "oe"}
)


def slug_of(name: str, *, longest: int = 80, otherwise: str = "item") -> str:
    """The name in lower-case ASCII letters, digits and single hyphens; never empty.

    >>> slug_of("Årlige besøk — København"), slug_of("新しい")
    ('arlige-besok-kobenhavn', 'item')
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    words = slugify(plain.encode("ascii", "ignore").decode()).replace("_", "-")
    return "-".join(filter(None, words[:longest].split("-"))) or otherwise


def free_slug(
    name: str,
    rows: models.QuerySet[Any],
    field: str = "slug",
    *,
    longest: int = 80,
    otherwise: str = "item",
) -> str:
    """Return a slug that none of `rows` has in `field`."""
    start = slug_of(name, longest=longest - 6, otherwise=otherwise)
    used = set(rows.filter(**{f"{field}__startswith": start}).values_list(field, flat=True))
    numbered = (f"{start}-{number}" for number in count(2))
    return start if start not in used else next(slug for slug in numbered if slug not in used)
