"""Finished drawings: strings that templates may print as they are."""

from __future__ import annotations

from collections.abc import Iterable


class Markup(str):
    """Safe SVG: every text in it was escaped where it was put in.

    Django asks `__html__` and prints it without escaping; nothing of Django is needed here.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return self


def drawing(head: str, parts: Iterable[str]) -> Markup:
    """The opening tag, the parts and the end."""
    return Markup(head + "".join(parts) + "</svg>")
