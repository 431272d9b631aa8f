"""Blocks of the documentation can be read by a machine, and few of them are never run."""

from __future__ import annotations

import json

import pytest

from tests import snippets

EVERY = [one for page in snippets.PAGES for one in snippets.snippets_of(page)]
LANGUAGES = {"console", "sh", "python", "json", "ini", "sql", "text", "http", "nginx"}
MOST_NOT_RUN = 6


@pytest.mark.parametrize("one", [one for one in EVERY if one.language == "json"], ids=str)
def test_json_is_json(one: snippets.Snippet) -> None:
    json.loads(one.text)


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_a_block_names_its_language(one: snippets.Snippet) -> None:
    assert one.language in LANGUAGES


def test_almost_every_command_is_run() -> None:
    assert len([one for one in EVERY if one.language in snippets.SHELL]) >= 15
    assert len([one for one in EVERY if one.not_run]) <= MOST_NOT_RUN
