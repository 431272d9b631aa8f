"""Starts the servers of a test run before anything reads the settings; the cast is in tests/."""

from __future__ import annotations

import os
from collections.abc import Generator

import django
import pytest

from tests import clock, servers

servers.start()
django.setup()


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "the instant that every test is shown, such as 2028-02-29T23:30Z"
    parser.addoption("--clock", default=clock.NOW.isoformat(), help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the database, too, where the servers are kept."""
    config.option.reuse_db = config.option.reuse_db or servers.are_warm()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let workers read the settings only after they know which Redis database is theirs."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop the clock for everything about a test, its fixtures of every scope included."""
    with clock.standing(item):
        return (yield)


def pytest_unconfigure() -> None:
    """Stop the servers when the run is over, however it went."""
    servers.stop()
