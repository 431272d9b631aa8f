"""Mistakes of a deployment, found by `manage.py check --deploy` and `manage.py doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import connections

OLDEST = 180_000  # as PostgreSQL counts its versions
DOCS = "docs/how-to/run-in-production.md"
LOCAL = {"localhost", "127.0.0.1", "::1"}


@register(Tags.database)
def only_postgresql(**kwargs: Any) -> list[CheckMessage]:
    """Refuse another engine: the tables need what only PostgreSQL has."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return []
    hint = "Set DATABASE_URL to postgres://… or leave it unset to use the embedded server."
    return [checks.Error("KPItrack runs on PostgreSQL alone.", hint=hint, id="kpitrack.E001")]


@register(Tags.database)
def recent_postgresql(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a server that is too old to return the old and the new row of one statement."""
    connection = connections["default"]
    if not databases or getattr(connection, "pg_version", OLDEST) >= OLDEST:
        return []
    hint = "Point DATABASE_URL at PostgreSQL 18 or newer."
    return [checks.Error("This PostgreSQL is older than 18.", hint=hint, id="kpitrack.E002")]


@register(Tags.security, deploy=True)
def deployment(**kwargs: Any) -> list[CheckMessage]:
    """Look for what is fine on a laptop and wrong for others."""
    return list(mistakes())


def mistakes() -> Iterator[CheckMessage]:
    """Yield one warning a mistake."""
    if settings.DEBUG:
        yield warning(1, "DEBUG shows source code and settings to strangers.", "Unset DEBUG.")
    if "*" in settings.ALLOWED_HOSTS:
        yield warning(2, "ALLOWED_HOSTS accepts any name.", "List the names of this site.")
    if urlsplit(settings.BASE_URL).hostname not in LOCAL:
        yield from mistakes_of_a_public_site()


def mistakes_of_a_public_site() -> Iterator[CheckMessage]:
    """Yield what matters once others use the site."""
    if not settings.HTTPS:
        yield warning(3, "Passwords travel in the clear.", "Put TLS in front and set HTTPS=1.")
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        hint = "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587."
        yield warning(4, "E-mails are written to files instead of sent.", hint)
    if settings.HTTPS and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hint = "Set TRUSTED_PROXIES to the number of proxies in front that set X-Forwarded-For."
        yield warning(5, "One stranger's wrong passwords close the sign-in for everybody.", hint)


def warning(number: int, message: str, hint: str) -> CheckMessage:
    """Return a warning whose hint leads to the page that explains it."""
    return checks.Warning(message, hint=f"{hint} See {DOCS}.", id=f"kpitrack.W{number:03}")
