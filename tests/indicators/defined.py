"""The doors of indicators as their tests use them."""

from __future__ import annotations

from typing import Any

LIST = "/api/v1/indicators/"


def address(key: str) -> str:
    return f"{LIST}{key}/"


def minimal(**fields: Any) -> dict[str, Any]:
    return {"name": "Calls per 1,000 customers", "team": "red-team", **fields}


def problems(answer: Any) -> dict[str | None, str]:
    """Field and code of each problem of a refusal."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return {row["field"]: row["code"] for row in answer.json().get("errors", [])}
