"""Documents come back from the quick column as they went in."""

from __future__ import annotations

from typing import Any

import pytest

from indicators.models import Analysis
from teams.models import Team
from tests import clock
from tests.factories import make_indicator


@pytest.mark.django_db
@pytest.mark.parametrize(
    "document",
    [
        {},
        {"floats": [0.1, 1e-7, 123456789.125, 1.0], "whole": 2**60, "nothing": None, "yes": True},
        {"text": 'it\'s 100 % "quoted" \\ 日本 \u2028 %s'},
        [{"nested": [[1], {"deep": {}}]}],
    ],
)
def test_a_document_comes_back(red_team: Team, document: Any) -> None:
    made = make_indicator(red_team)
    Analysis.objects.create(indicator=made, result=document, computed_at=clock.now())
    stored = Analysis.objects.get(pk=made.pk).result
    assert stored == document
    assert Analysis.objects.filter(result=document).exists()
