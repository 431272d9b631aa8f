"""How sign-in behaves here: nobody signs up uninvited, and no stranger locks an account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from teams.models import AuditEntry, User
from teams.models.user import plain_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped library
    """Closed sign-up, and one address per person: the one in `User.email`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is deactivated. Ask your administrator.",
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "E-mail or password is wrong.",
        "email_taken": "Somebody else here has this address.",
        "enter_current_password": "Enter your current password.",
        "incorrect_code": "This code is wrong. Check the e-mail, and enter it again.",
        "incorrect_password": "The password is wrong.",
        "invalid_password_reset": "This link is used or expired. Request a new one.",
        "rate_limited": "Too many requests. Wait a minute, then try again.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: an installation holds figures of a company."""
        return False

    def clean_email(self, email: str) -> str:
        """Refuse addresses that merely look like one of ours."""
        plain_address(email)
        return email

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Count the person's address as verified.

        `User.email` changes only by an administrator or after the code sent to the new address was
        entered. So nobody needs working e-mail to sign in.
        """
        keep_address(user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link to the account's own address, and never as somebody else typed it."""
        if email.lower() == user.email:
            AuditEntry.record(
                "password.link_sent",
                actor=self.request.user,
                subject=user.email,
                request_id=getattr(self.request, "request_id", ""),
            )
            super().send_password_reset_mail(user, user.email, context)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures for an account and an address together.

        Counted for the account alone, a stranger could keep its owner out by failing often.
        """
        account: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{account}:{self.get_client_ip(request)}"


@transaction.atomic
def keep_address(user: User) -> None:
    """Make `User.email` the one address that allauth knows of the person, and a verified one."""
    known = EmailAddress.objects.filter(user=user)
    known.exclude(email=user.email).delete()
    if not known.filter(verified=True, primary=True).exists():
        EmailAddress.objects.update_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
