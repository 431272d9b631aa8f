"""The doors of measurements against hostile bodies: a 4xx that says why, and nothing stored."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.models import Batch, IdempotencyKey, Measurement
from teams.models import Team, User
from tests.conftest import with_token
from tests.factories import make_indicator
from tests.hostile.payloads import (
    INJECTIONS,
    MANY_FIELDS,
    NO_GZIP,
    NO_JSON,
    NO_JSON_NUMBERS,
    NO_NUMBERS,
    NO_TEXT,
    NO_TIMES,
    as_json,
    zeros,
)
from tests.hostile.standing import problem_of, standing

pytestmark = pytest.mark.django_db

BULK, ONE = "/api/v1/measurements/", "/api/v1/indicators/sales/measurements/"
DOORS = [BULK, ONE]
JSON, LINES, TABLE = "application/json", "application/x-ndjson", "text/csv"
GOOD: dict[str, Any] = {"indicator": "sales", "at": "2026-11-20", "value": 1}
MARK = "﻿".encode()


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def share(red_team: Team) -> Indicator:
    return make_indicator(red_team, "share", rollup="ratio")


@pytest.fixture
def api(alice: User, sales: Indicator, share: Indicator) -> APIClient:
    client = with_token(alice)
    client.raise_request_exception = False
    return client


def send(api: APIClient, url: str, body: bytes, kind: str = JSON, **more: Any) -> Any:
    request: Any = api.generic  # which takes bytes as well
    return request("POST", url, body, content_type=kind, **more)


def refused(api: APIClient, url: str, body: bytes, kind: str = JSON, **more: Any) -> dict[str, Any]:
    """The problem of a body, after which everything stands as it stood."""
    before = standing()
    document = problem_of(send(api, url, body, kind, **more))
    assert standing() == before
    return document


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in GOOD.items() if field != name}


# --- values, times and texts -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [JSON, LINES])
@pytest.mark.parametrize("url", DOORS)
def test_what_is_no_number_is_refused(api: APIClient, url: str, kind: str) -> None:
    for text in NO_NUMBERS:
        document = refused(api, url, as_json(without("value"), value=text), kind)
        assert document["status"] == 422 and document["errors"][0]["field"] == "value", text[:40]
    for text in NO_JSON_NUMBERS:
        assert refused(api, url, as_json(without("value"), value=text), kind)["status"] == 400


@pytest.mark.parametrize("part", ["numerator", "denominator"])
def test_neither_are_the_parts_of_a_ratio(api: APIClient, part: str) -> None:
    other = {"numerator", "denominator"} - {part}
    good = {"indicator": "share", "at": "2026-11-20", other.pop(): 1}
    for text in NO_NUMBERS:
        document = refused(api, BULK, as_json(good, **{part: text}))
        assert document["errors"][0]["field"] == part, text[:40]


@pytest.mark.parametrize("url", DOORS)
def test_what_is_no_time_is_refused(api: APIClient, url: str) -> None:
    for text in NO_TIMES:
        document = refused(api, url, as_json(without("at"), at=json.dumps(text)))
        is_text = "\ud800" not in text
        assert document["status"] == (422 if is_text else 400), text[:40]
        assert not is_text or document["errors"][0]["field"] == "at"


def test_times_are_refused_in_tables_as_well(api: APIClient) -> None:
    for text in (text for text in NO_TIMES if text.isprintable() and text):
        if text.strip() and "," not in text:
            row = f"indicator,at,value\nsales,{text},1\n".encode("utf-8", "surrogatepass")
            assert refused(api, BULK, row, TABLE)["status"] == 422, text[:40]


def test_numbers_are_refused_in_tables_as_well(api: APIClient) -> None:
    texts = ["1_000", '"1,5"', "٣", "NaN", "inf", "0x1", "1e400", "9" * 10_000, "=1+1", "'1", "½"]
    for text in texts:
        row = f"indicator,at,value\nsales,2026-11-20,{text}\n".encode()
        assert refused(api, BULK, row, TABLE)["errors"][0]["field"] == "value", text[:40]


def test_zero_with_a_sign_is_zero(api: APIClient) -> None:
    for number, text in enumerate(["-0", "-0.0", '"-0"', "0e30", "-0e-99"]):
        body = as_json(without("value"), value=text)
        answer = send(api, BULK, body).json()
        assert (answer["created"], answer["unchanged"]) == ((0, 1) if number else (1, 0)), text
    assert Measurement.objects.get().value == 0


@pytest.mark.parametrize("field", ["indicator", "note"])
def test_what_is_no_text_is_refused(api: APIClient, field: str) -> None:
    for text in NO_TEXT:
        assert refused(api, BULK, as_json(GOOD | {field: text}))["status"] in (400, 422)
    table = b"indicator,at,value,note\nsales,2026-11-20,1,a\x00b\n"
    assert refused(api, BULK, table, TABLE)["status"] in (400, 422)


def test_a_day_that_a_zone_left_out_has_a_place_of_its_own(api: APIClient, red_team: Team) -> None:
    """Samoa went without 30 December 2011, and midnight without an hour is where Cairo goes on."""
    for key, zone, day in [
        ("apia", "Pacific/Apia", "2011-12-30"),
        ("cairo", "Africa/Cairo", "2026-04-24"),
        ("lord-howe", "Australia/Lord_Howe", "2026-10-04"),
    ]:
        make_indicator(red_team, key, timezone=zone)
        body = as_json({"indicator": key, "at": day, "value": 1})
        assert [send(api, BULK, body).json()["created"] for _ in "12"] == [1, 0], key


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_comes_out_as_it_went_in(api: APIClient, text: str) -> None:
    assert send(api, BULK, as_json(GOOD | {"note": text})).status_code == 200
    assert Measurement.objects.get().note == text
    [row] = api.get(ONE).json()["results"]
    assert row["note"] == text
    document = refused(api, BULK, as_json(GOOD | {"indicator": text}))
    assert document["errors"][0]["code"] == "unknown"
    assert Measurement.objects.get().note == text


# --- bodies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NO_JSON)
@pytest.mark.parametrize("url", DOORS)
def test_what_is_no_json_is_refused(api: APIClient, url: str, name: str) -> None:
    for packed in (False, True):
        body = gzip.compress(NO_JSON[name]) if packed else NO_JSON[name]
        more = {"HTTP_CONTENT_ENCODING": "gzip"} if packed else {}
        assert refused(api, url, body, **more)["status"] in (400, 422)
        if name not in ("nothing", "blanks", "a raw line end"):
            assert refused(api, url, body, LINES, **more)["status"] in (400, 422)


@pytest.mark.parametrize("name", NO_GZIP)
@pytest.mark.parametrize("kind", [JSON, LINES, TABLE])
def test_what_is_no_gzip_is_refused(api: APIClient, name: str, kind: str) -> None:
    document = refused(api, BULK, NO_GZIP[name], kind, HTTP_CONTENT_ENCODING="gzip")
    assert document["status"] == 400, name


@pytest.mark.parametrize("url", DOORS)
def test_a_field_may_not_be_there_twice(api: APIClient, url: str) -> None:
    """Whichever of the two was meant, the other one would be lost."""
    texts = [
        b'{"at":"2026-11-20","value":1,"value":2}',
        b'{"at":"2026-11-20","value":1,"at":"2026-11-19"}',
        b'{"at":"2026-11-20","value":1,"\\u0076alue":2}',
        b'{"at":"2026-11-20","note":"a","value":1,"note":null}',
        b'{"at":"2026-11-20","value":1,"at":"2026-11-20"}',
    ]
    for text in texts:
        row = text if url == ONE else text.replace(b"{", b'{"indicator":"sales",')
        for body, kind in ((row, JSON), (b"[" + row + b"]", JSON), (row, LINES)):
            document = refused(api, url, body, kind)
            assert document["errors"][0]["code"] == "duplicate_field", (text, kind)
    wrapped = b'{"measurements":[],"measurements":[{"at":"2026-11-20","value":1}]}'
    assert refused(api, ONE, wrapped)["errors"][0]["code"] == "duplicate_field"


def test_the_other_rows_are_taken_where_that_was_asked(api: APIClient) -> None:
    rows = b'[{"at":"2026-11-20","value":1,"value":2},{"at":"2026-11-19","value":3},{"at":"2026"}]'
    answer = send(api, f"{ONE}?on_error=skip", rows).json()
    assert (answer["created"], [r["index"] for r in answer["rejected"]]) == (1, [0, 2])
    assert Measurement.objects.get().value == 3


def test_names_of_fields_in_texts_are_texts(api: APIClient) -> None:
    notes = ['"value"', "value", '"value":1,"value":2', '\\"at\\"', "at", '{"at":1,"at":2}']
    rows = [
        {"indicator": "sales", "at": f"2026-11-{day:02}", "value": day, "note": note}
        for day, note in enumerate(notes, start=1)
    ]
    assert send(api, BULK, json.dumps(rows).encode()).json()["created"] == len(notes)
    stored = Measurement.objects.order_by("at").values_list("note", flat=True)
    assert list(stored) == notes


@pytest.mark.parametrize("kind", [JSON, LINES])
def test_ten_thousand_unknown_fields_are_one_problem(api: APIClient, kind: str) -> None:
    document = refused(api, BULK, as_json(GOOD | MANY_FIELDS), kind)
    assert [error["code"] for error in document["errors"]] == ["unknown_field"]


TABLES: dict[str, bytes] = {
    "nothing": b"",
    "a mark alone": MARK,
    "line ends": b"\n\r\n\r",
    "NUL": b"indicator,at,value\nsales,2026-11-20,1\x00\n",
    "a NUL in the header": b"indicator,at\x00,value\nsales,2026-11-20,1\n",
    "an open quote": b'indicator,at,value\nsales,"2026-11-20,1\nsales,2026-11-21,2\n',
    "a quote in the midst": b'indicator,at,value\nsales,"2026"-11-20,1\n',
    "a million columns": b"indicator,at,value" + b"," * 1_000_000 + b"\n",
    "a million cells": b"indicator,at,value\nsales,2026-11-20,1" + b"," * 1_000_000 + b"\n",
    "a line of a megabyte": b"indicator,at,value\nsales,2026-11-20," + b"1" * 2**20 + b"\n",
    "a long header": b"x" * 2**20 + b",at,value\n",
    "UTF-16": "indicator,at,value\nsales,2026-11-20,1\n".encode("utf-16"),
    "Latin-1": b"indicator,at,value,note\nsales,2026-11-20,1,caf\xe9\n",
    "a surrogate": b"indicator,at,value,note\nsales,2026-11-20,1,\xed\xa0\x80\n",
    "JSON": b'[{"indicator":"sales","at":"2026-11-20","value":1}]',
    "a workbook": b"PK\x03\x04\x14\x00\x00\x00",
    "no header": b"sales,2026-11-20,1\n",
    "a header twice": b"indicator,at,value,VALUE\nsales,2026-11-20,1,2\n",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_table_is_refused(api: APIClient, name: str, packed: bool) -> None:
    body = gzip.compress(TABLES[name]) if packed else TABLES[name]
    more = {"HTTP_CONTENT_ENCODING": "gzip"} if packed else {}
    assert refused(api, BULK, body, TABLE, **more)["status"] in (400, 422)
    assert refused(api, ONE, body, TABLE, **more)["status"] in (400, 422)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("", 415),
        ("text/html", 415),
        ("application/xml", 415),
        ("multipart/form-data", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-16", 415),
        ("text/csv; charset=latin-1", 415),
        ("application/octet-stream", 415),
        ("\x00", 415),
        ("json", 415),
        ("application/json\xff", 415),
        ("x" * 5000, 415),
    ],
)
@pytest.mark.parametrize("url", DOORS)
def test_what_is_not_understood_is_415(api: APIClient, url: str, kind: str, status: int) -> None:
    assert refused(api, url, as_json(GOOD), kind)["status"] == status


@pytest.mark.parametrize("packing", ["br", "deflate", "zstd", "gzip, gzip", "x" * 3000, "gzip;q=1"])
def test_other_packings_are_415(api: APIClient, packing: str) -> None:
    assert refused(api, BULK, as_json(GOOD), HTTP_CONTENT_ENCODING=packing)["status"] == 415


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "kind"), [(BULK, JSON), (BULK, LINES), (ONE, TABLE)])
def test_a_bomb_takes_little_memory(api: APIClient, url: str, kind: str) -> None:
    bomb = zeros(256 * 2**20)
    assert len(bomb) < 2 * 2**20
    tracemalloc.start()
    try:
        document = refused(api, url, bomb, kind, HTTP_CONTENT_ENCODING="gzip")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert document["status"] == 413 and "16 MiB" in document["detail"]
    assert most < 48 * 2**20


@pytest.mark.parametrize("name", ["x" * 256, "a\x00b", "ключ", "\ud800", ""])
def test_a_key_that_is_none_is_refused(api: APIClient, name: str) -> None:
    refused(api, BULK, as_json(GOOD), HTTP_IDEMPOTENCY_KEY=name)
    assert not IdempotencyKey.objects.exists() and not Measurement.objects.exists()


QUERIES = [
    "on_error=", "on_error=%00", "on_error=skip&on_error=refuse", "on_error=SKIP", "dry_run=2",
    "dry_run=%ff", "dry_run=true&dry_run=false", "on_error=" + "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("url", DOORS)
def test_options_that_are_none_are_refused(api: APIClient, url: str, query: str) -> None:
    refused(api, f"{url}?{query}", as_json(GOOD))


@pytest.mark.parametrize("query", ["on_error=skip", "dry_run=true", "on_error=skip&dry_run=true"])
def test_a_hostile_row_is_skipped_and_does_no_harm(api: APIClient, query: str) -> None:
    rows = [as_json(without("value"), value=text) for text in NO_NUMBERS]
    rows += [as_json(without("at"), at=json.dumps(text)) for text in NO_TIMES if text != "\ud800"]
    rows += [as_json(MANY_FIELDS), b"null", b"[]", as_json(GOOD | {"note": "x" * 501})]
    body = b"[" + b",".join([*rows, as_json(GOOD)]) + b"]"
    answer = send(api, f"{BULK}?{query}", body)
    if "skip" not in query:
        assert len(problem_of(answer)["errors"]) == len(rows)
    else:
        assert answer.json()["created"] == 1 and len(answer.json()["rejected"]) == len(rows)
    assert Measurement.objects.count() == (query == "on_error=skip")


def test_what_was_refused_says_so_in_the_list_without_what_was_sent(api: APIClient) -> None:
    send(api, BULK, as_json(GOOD | {"indicator": "\u202e<b>" + "x" * 9000}))
    [batch] = Batch.objects.all()
    assert batch.refused and len(batch.reason) <= 300 and "\u202e" not in batch.reason


# --- taking back -------------------------------------------------------------------------------


def test_what_is_no_time_withdraws_nothing(api: APIClient) -> None:
    assert send(api, BULK, as_json(GOOD)).status_code == 200
    before = standing()
    for text in [*NO_TIMES, "2026-11-20T10:00:00+01:00 ", "2026-11-21", "*", "' OR 1=1 --"]:
        given = urlencode({"at": text.encode("utf-8", "surrogatepass")})
        answer = api.delete(ONE, QUERY_STRING=given)
        assert answer.status_code in (400, 404, 422, 413), text[:40]
        problem_of(answer)
    for query in ("", "at", "at=&at=2026-11-20", "at=2026-11-20&at=2026-11-21", "at=%ff"):
        problem_of(api.delete(ONE, QUERY_STRING=query))
    assert standing() == before
