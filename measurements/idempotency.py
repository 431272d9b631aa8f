"""A request that may be sent again: one effect, and the first answer each time for 48 hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from measurements.models import IdempotencyKey
from measurements.retries import transactional

KEPT_FOR = timedelta(hours=48)

Answer = dict[str, Any]


class KeyReused(Exception):
    """The key came with another body before."""


class UnderWay(Exception):
    """The same request is being answered now."""


@transactional
def once(
    work: Callable[[], Answer], *, holder: str, key: str, body_hash: str, now: datetime
) -> tuple[Answer, bool]:
    """The answer of `work`, kept in the same transaction, and whether it is an earlier one.

    Nothing is kept where `work` raises: a refused request stored nothing and may be corrected.
    """
    if not is_alone(holder, key):
        raise UnderWay
    kept = IdempotencyKey.objects.filter(holder=holder, key=key).first()
    if kept is not None and kept.created_at > now - KEPT_FOR:
        if kept.body_hash != body_hash:
            raise KeyReused
        return json.loads(kept.answer), True
    answer = work()
    IdempotencyKey.objects.update_or_create(
        holder=holder,
        key=key,
        defaults={
            "body_hash": body_hash,
            "status": 200,
            "answer": json.dumps(answer),  # as text: jsonb would forget the order of the fields
            "created_at": now,
        },
    )
    return answer, False


def is_alone(holder: str, key: str) -> bool:
    """Take the key until the transaction ends; False when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{holder} {key}"]
        )
        return bool(cursor.fetchone()[0])


def forget_expired(now: datetime) -> int:
    """Delete the answers that nobody may ask for any more."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
