"""Predictions: the clock finds out whether a decision did what it was to do."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from reviews.models import Decision
from teams.models import Organisation

log = logging.getLogger(__name__)


def check_due(now: datetime) -> int:
    """Check every prediction whose day has come; returns how many have an outcome now.

    What was too early to say is looked at again when the indicator has been judged since.
    """
    today = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    due = Decision.objects.to_check(today).select_related("item__indicator__verdict")
    checked = 0
    for decision in due.order_by("pk"):
        try:
            checked += check_one(decision, now)
        except Exception:
            log.exception("decision %s not checked", decision.pk)
    return checked


def check_one(decision: Decision, now: datetime) -> bool:
    """Compare before and after, and note the outcome once."""
    raise NotImplementedError
