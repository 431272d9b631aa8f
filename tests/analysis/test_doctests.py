"""The examples in the docstrings of the analysis are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import analysis

MODULES = sorted(module.name for module in pkgutil.iter_modules(analysis.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    found = doctest.testmod(import_module(f"analysis.{name}"))
    assert found.failed == 0


def test_every_part_of_the_package_loads_when_it_is_asked_for() -> None:
    assert callable(analysis.judge)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = analysis.nonsense
