"""What most doors are tried with: an indicator, who enters its values, and a program."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from indicators.models import Indicator
from teams.models import Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator
from tests.indicators.derived import make_shop


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


@pytest.fixture
def shop(red_team: Team, alice: User) -> Team:
    """What things can be made of; alice manages it."""
    return make_shop(red_team)
