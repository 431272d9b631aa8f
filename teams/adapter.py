"""How sign-in behaves here: nobody signs up uninvited."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closed sign-up: administrators make accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an installation holds figures of a company."""
        return False
