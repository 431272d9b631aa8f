"""What is stored, so that a test can tell that nothing was."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection

# A refused delivery is told of, an answer is kept, sessions and look-ups are remembered.
COUNTED = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {"indicators", "reviews", "teams", "notifications"}
    and model.__name__ not in {"Batch", "IdempotencyKey", "Upload", "AccessToken"}
]


def standing() -> dict[str, int]:
    """How many rows each table has."""
    tables = [model._meta.db_table for model in COUNTED]
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return dict(zip(tables, cursor.fetchone(), strict=True))


def problem_of(answer: Any) -> dict[str, Any]:
    """The document of a refusal, which is a problem and tells nothing about the inside."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:500])
    assert answer["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code and document["detail"], document
    assert "Traceback" not in str(document) and "psycopg" not in str(document)
    assert len(answer.content) < 200_000
    return document
