"""People as commands name them."""

from __future__ import annotations

from django.core.management.base import CommandError

from teams.models import User


def active_person(email: str) -> User:
    """The active person with this address; CommandError where there is none."""
    found = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active person with the address {email}.")
    return found
