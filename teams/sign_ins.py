"""Sign-ins, sign-outs, passwords and addresses in the audit trail, by the signals of allauth."""

from __future__ import annotations

from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from teams.models import AuditEntry, User


def note(request: HttpRequest | None, action: str, user: User, **detail: Any) -> None:
    """Write the entry of something that a person did to their own account."""
    AuditEntry.record(
        action,
        actor=user,
        subject=user.email,
        request_id=getattr(request, "request_id", ""),
        **detail,
    )


@receiver(signals.user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note who signed in, and from which address of the network."""
    note(request, "sign_in.succeeded", user, address=get_adapter().get_client_ip(request))


@receiver(user_login_failed)
def note_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Note a wrong password or an unknown account; the limits keep the number small."""
    AuditEntry.record(
        "sign_in.failed",
        actor=None,
        subject=str(credentials.get("email", "")),
        request_id=getattr(request, "request_id", ""),
        address=get_adapter().get_client_ip(request) if request else "",
    )


@receiver(signals.user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Note who signed out."""
    if user is not None:
        note(request, "sign_out", user)


@receiver(signals.password_changed)
@receiver(signals.password_set)
def note_password(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note that somebody who was signed in changed their password."""
    note(request, "password.changed", user)


@receiver(signals.password_reset)
def note_reset(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note that a password was set with a link from an e-mail."""
    note(request, "password.reset", user)


@receiver(signals.email_changed)
def note_address(
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """Note that somebody confirmed another address of their own."""
    before = from_email_address.email if from_email_address else ""
    note(request, "address.changed", user, before=before, after=to_email_address.email)
