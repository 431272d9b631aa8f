"""Addresses of pages, those of other apps too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.urls import get_script_prefix, reverse


@dataclass(frozen=True, slots=True)
class Link:
    """A word and where it leads."""

    label: str
    url: str


def address(name: str, /, *args: object, **query: object) -> str:
    """Return the address of a named page with its query; NoReverseMatch where there is none."""
    found = path_of(name, args, get_script_prefix())
    wanted = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{found}?{urlencode(wanted)}" if wanted else found


@lru_cache(maxsize=16_384)
def path_of(name: str, args: tuple[object, ...], prefix: str) -> str:
    """The path of a named page below a prefix, looked up once: a page has hundreds of them."""
    return reverse(name, args=args)
