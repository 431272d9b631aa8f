"""An indicator, who enters its values, and a program that sends them."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from indicators.models import Indicator
from teams.models import Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    """The red team's, measured by the month."""
    return make_indicator(red_team, "sales")


@pytest.fixture
def browser(carl: User, sales: Indicator) -> Client:
    """carl's, who enters values into the sales."""
    return signed_in(carl)


@pytest.fixture
def api(alice: User) -> APIClient:
    """A program of alice's that may do all that she may."""
    return with_token(alice)
