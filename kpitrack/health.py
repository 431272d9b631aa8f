"""`/healthz` says that the process answers, `/readyz` that everything it needs does too."""

from __future__ import annotations

import functools
from collections.abc import Callable

import redis
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kpitrack import heartbeats


class Down(Exception):
    """Why a part is not ready."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer without asking anybody."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ask every part; 503 when one is down."""
    parts = {name: state_of(part) for name, part in PARTS.items()}
    ready = all(part["status"] == "ok" for part in parts.values())
    answer = {"status": "ok" if ready else "down", "parts": parts}
    return JsonResponse(answer, status=200 if ready else 503)


def state_of(part: Callable[[], None]) -> dict[str, str]:
    """Return `status`, and `detail` when the part is down."""
    try:
        part()
    except Down as reason:
        return {"status": "down", "detail": str(reason)}
    except (DatabaseError, redis.RedisError) as error:
        return {"status": "down", "detail": type(error).__name__}
    return {"status": "ok"}


def database() -> None:
    """Ask PostgreSQL for a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    """Ask Redis for an answer."""
    heartbeats.client().ping()


def migrations() -> None:
    """Compare the migrations of this code with those the database has seen."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    if missing := sorted(known_migrations() - applied):
        raise Down(f"{len(missing)} not applied, first {'.'.join(missing[0])}")


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this code; they cannot change while the process lives."""
    return frozenset(MigrationLoader(None).disk_migrations)


def sign_of_life(name: str) -> None:
    """Look for a fresh sign of life in Redis."""
    if heartbeats.age(name) is None:
        raise Down(f"no sign of life for {heartbeats.STALE_AFTER} seconds")


PARTS: dict[str, Callable[[], None]] = {
    "database": database,
    "redis": broker,
    "migrations": migrations,
    "worker": functools.partial(sign_of_life, "worker"),
    "errands": functools.partial(sign_of_life, "errands"),
    "beat": functools.partial(sign_of_life, "beat"),
}
