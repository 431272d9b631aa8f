"""A program with a token, as an integration would be written, for tests of whole installations."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.kpitrack.installation import Installation

TO_MEASURE = ("measurements:write", "measurements:read", "indicators:write", "indicators:read")


class Program:
    """Sends requests to the API and returns what is answered."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")


def token_for(running: Installation, *scopes: str, email: str = "") -> str:
    """A new token of this person, or of the administrator whom the start has told of."""
    user = email or next(word for word in running.said().split() if "@" in word)
    asked = ("--user", user, "--name", "tests", "--scope", ",".join(scopes))
    said = running.manage("create_token", *asked)
    return next(word for word in said.split() if word.startswith("kpt_"))
