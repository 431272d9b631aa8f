"""How sign-in behaves here: nobody signs up uninvited, and no stranger locks an account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped library
    """Closed sign-up: administrators make accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an installation holds figures of a company."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures for an account and an address together.

        Counted for the account alone, a stranger could keep its owner out by failing often.
        """
        account: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{account}:{self.get_client_ip(request)}"
