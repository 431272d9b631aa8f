"""What the frame around every page shows: the person, their teams, the organisation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of `base.html`."""
    return {}
