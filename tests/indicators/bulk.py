"""The bulk door as its tests use it."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.test import APIClient

URL = "/api/v1/measurements/"
GOOD = [{"indicator": "sales", "at": "2026-11-20", "value": 3.2}]
TABLE = "indicator,at,value\nsales,2026-11-20,3.2\n"


def send(
    api: APIClient,
    body: Any,
    media_type: str = "application/json",
    *,
    query: str = "",
    **extra: Any,
) -> Any:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return api.post(URL + query, data, content_type=media_type, **extra)


def codes(response: Any) -> list[tuple[int, str | None, str]]:
    return [(e["index"], e["field"], e["code"]) for e in response.json()["errors"]]
