"""The OpenAPI document: small, packed, built once, and not sent again to who has it."""

from __future__ import annotations

import gzip
import json
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from teams.api.document import document

pytestmark = pytest.mark.django_db
PATH = "/api/v1/schema/"


def test_it_is_the_document(client: Client) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
    found = json.loads(answer.content)
    assert found == SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert len(answer.content) < 400_000


def test_it_is_packed_for_those_who_can_unpack_it(client: Client) -> None:
    plain, packed = client.get(PATH), client.get(PATH, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain and packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < 40_000 and "Accept-Encoding" in packed["Vary"]


def test_who_has_it_gets_it_once(client: Client) -> None:
    tag = client.get(PATH)["ETag"]
    again = client.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get(PATH, headers={"If-None-Match": '"other"'}).status_code == 200


def test_it_is_built_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    build: Any = Mock(return_value={"openapi": "3.1.0"})
    monkeypatch.setattr(SchemaGenerator, "get_schema", build)
    document.cache_clear()
    for _ in range(3):
        assert client.get(PATH).json() == {"openapi": "3.1.0"}
    document.cache_clear()
    assert build.call_count == 1


def test_an_option_that_it_does_not_know_is_refused(client: Client) -> None:
    assert client.get(f"{PATH}?lang=de").status_code == 422
    assert client.get(PATH, headers={"Accept": "application/json"})["Content-Type"] == (
        "application/json"
    )
    assert client.post(PATH).status_code == 405
