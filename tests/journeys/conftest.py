"""A whole installation for each journey, and a program that sends to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kpitrack.installation import Installation, installed
from tests.kpitrack.program import TO_MEASURE, Program, token_for


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("journey") / "home") as installation:
        yield installation


@pytest.fixture(scope="module")
def call(running: Installation) -> Program:
    return Program(running.url, token_for(running, *TO_MEASURE))
