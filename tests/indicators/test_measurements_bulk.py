"""The bulk door: formats, limits, refusals, repeated requests, and who may use it."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.api import bodies
from measurements.models import Batch, IdempotencyKey, Measurement
from teams.access import Scope
from teams.models import AuditEntry, User
from tests.conftest import signed_in, with_token
from tests.factories import make_team
from tests.indicators.bulk import GOOD, TABLE, URL, codes, send

# --- works -----------------------------------------------------------------------------------

BODIES = {
    "list": (json.dumps(GOOD), "application/json"),
    "wrapped": (json.dumps({"measurements": GOOD}), "application/json; charset=utf-8"),
    "one object": (json.dumps(GOOD[0]), "application/json"),
    "text number": ('[{"indicator":"sales","at":"2026-11-20","value":"3.2"}]', "application/json"),
    "escaped": (
        '[{"indicator":"s\\u0061les","at":"2026-11-20","value":"3\\u002e2"}]',
        "application/json",
    ),
    "nulls": (
        '[{"indicator":"sales","at":"2026-11-20","value":3.2,"numerator":null,"note":null}]',
        "application/json",
    ),
    "lines": (json.dumps(GOOD[0]) + "\n\n", "application/x-ndjson"),
    "table": (TABLE, "text/csv"),
    "table of a spreadsheet": (
        '\ufeffAt , Indicator,Note,Value\r\n2026-11-20, sales,"a, b",3.2\r\n,,,\r\n',
        "text/csv; charset=UTF-8",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_taken_plain_and_gzipped(
    api: APIClient, sales: Indicator, form: str, packed: bool
) -> None:
    body, media_type = BODIES[form]
    extra = {"HTTP_CONTENT_ENCODING": "gzip"} if packed else {}
    raw = gzip.compress(body.encode()) if packed else body
    response = send(api, raw, media_type, **extra)
    assert response.status_code == 200, response.content
    assert response.json() == {
        "received": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
        "request_id": response["X-Request-Id"],
    }
    assert str(Measurement.objects.get().value) == "3.2"


@pytest.mark.django_db
def test_digits_survive_that_no_float_can_hold(api: APIClient, sales: Indicator) -> None:
    body = '[{"indicator":"sales","at":"2026-11-20","value":0.1234567890123456789012345}]'
    assert send(api, body).status_code == 200
    assert str(Measurement.objects.get().value) == "0.1234567890123456789012345"


@pytest.mark.django_db
def test_the_delivery_names_token_person_and_request(
    api: APIClient, alice: User, sales: Indicator
) -> None:
    response = send(api, GOOD, HTTP_X_REQUEST_ID="from-the-caller-1")
    batch, entry = Batch.objects.get(), AuditEntry.objects.get(action="measurements.stored")
    assert batch.actor == alice and batch.token is not None and batch.door == Batch.Door.API
    assert batch.request_id == entry.request_id == "from-the-caller-1"
    assert response.json()["request_id"] == "from-the-caller-1"


@pytest.mark.django_db
def test_several_gzip_members_are_one_body(api: APIClient, sales: Indicator) -> None:
    body = gzip.compress(TABLE[:25].encode()) + gzip.compress(TABLE[25:].encode())
    assert send(api, body, "text/csv", HTTP_CONTENT_ENCODING="gzip").json()["created"] == 1


@pytest.mark.django_db
def test_new_corrected_and_known_are_counted(api: APIClient, sales: Indicator) -> None:
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    send(api, [{"indicator": "sales", "at": day, "value": 1} for day in days[:2]])
    mixed = [
        {"indicator": "sales", "at": d, "value": v} for d, v in zip(days, (1.0, 2, 3), strict=True)
    ]
    answer = send(api, mixed).json()
    assert [answer[k] for k in ("received", "created", "updated", "unchanged")] == [3, 1, 1, 1]


@pytest.mark.django_db
def test_nothing_is_a_delivery_too(api: APIClient, sales: Indicator) -> None:
    assert send(api, []).json()["received"] == 0
    assert not Batch.objects.exists()


# --- validation ------------------------------------------------------------------------------

UNREADABLE: list[tuple[str, bytes]] = [
    ("application/json", b""),
    ("application/json", b"  \n "),
    ("application/json", b"["),
    ("application/json", b'[{"indicator":"sales","at":"2026-11-20","value":NaN}]'),
    ("application/json", b'[{"indicator":"sales","at":"2026-11-20","value":1}] x'),
    ("application/json", b'[{"indicator":"sa\xffles","at":"2026-11-20","value":1}]'),
    ("application/json", b'[{"indicator":"sales","at":"2026-11-20","note":"\\ud800","value":1}]'),
    ("application/json", b'[{"indicator":"sales","at":"2026-11-20","value":01}]'),
    ("application/json", b"[" * 100_000 + b"]" * 100_000),
    ("application/json", b'{"measurements":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ("application/x-ndjson", b'{"indicator":"sales","at":"2026-11-20","value":1}\n{"ind'),
    ("application/x-ndjson", b"[" * 100_000 + b"]" * 100_000),
    ("text/csv", b"indicator,at,value\nsales,2026-11-20,\xff\n"),
    ("text/csv", b'indicator,at,value\nsales,2026-11-20,"3.2\n'),
    ("text/csv", b"indicator,value\nsales,3.2\n"),
    ("text/csv", b"indicator;at;value\nsales;2026-11-20;3.2\n"),
    ("text/csv", b"indicator,at,at,value\nsales,2026-11-20,2026-11-20,3.2\n"),
    ("text/csv", b"indicator,at,value,sector\nsales,2026-11-20,3.2,b2b\n"),
    ("text/csv", b"indicator,at,value\nsales,2026-11-20," + b"9" * 200_000 + b"\n"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("media_type", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_400(
    api: APIClient, sales: Indicator, media_type: str, body: bytes
) -> None:
    response = send(api, body, media_type)
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] and not Measurement.objects.exists()


MISSHAPEN: list[tuple[bytes, tuple[int, str | None, str]]] = [
    (b"5", (0, None, "invalid")),
    (b'"text"', (0, None, "invalid")),
    (b"null", (0, None, "invalid")),
    (b"[5]", (0, None, "invalid")),
    (b"[null]", (0, None, "invalid")),
    (b"{}", (0, "indicator", "required")),
    (b'{"measurements":5}', (0, "measurements", "invalid")),
    (b'{"measurements":[],"extra":1}', (0, "extra", "unknown_field")),
    (b'[{"indicator":"sales","at":5,"value":1}]', (0, "at", "invalid")),
    (b'[{"indicator":["sales"],"at":"2026","value":1}]', (0, "indicator", "invalid")),
    (b'[{"indicator":"sales","at":"2026","valeu":1}]', (0, "valeu", "unknown_field")),
    (b'[{"indicator":"sales","at":"2026","value":true}]', (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":[1]}]', (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":{"a":1}}]', (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":"\\u0661"}]', (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":1e400}]', (0, "value", "out_of_range")),
    (b'[{"indicator":"sales","at":"2026","value":"1_000"}]', (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":' + b"9" * 5000 + b"}]", (0, "value", "invalid")),
    (b'[{"indicator":"sales","at":"2026","value":1,"note":"a\\u0000"}]', (0, "note", "not_text")),
    (b'[{"indicator":"s\\u0000","at":"2026","value":1}]', (0, "indicator", "unknown")),
    (
        b'[{"indicator":"sales","at":"2026","value":' + b"[" * 500 + b"]" * 500 + b"}]",
        (0, "value", "invalid"),
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("body", "error"), MISSHAPEN, ids=range(len(MISSHAPEN)))
def test_what_is_readable_and_wrong_is_422_with_row_and_field(
    api: APIClient, sales: Indicator, body: bytes, error: tuple[int, str | None, str]
) -> None:
    response = send(api, body)
    assert response.status_code == 422, response.content
    assert codes(response) == [error] and response["Content-Type"] == "application/problem+json"
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_all_refusals_are_named_and_nothing_is_stored(api: APIClient, sales: Indicator) -> None:
    bad = [
        {"indicator": "sales", "at": "x", "value": 1},
        5,
        *GOOD,
        {"indicator": "nix", "at": "2026"},
    ]
    response = send(api, bad)
    assert codes(response) == [
        (0, "at", "invalid"),
        (1, None, "invalid"),
        (3, "indicator", "unknown"),
    ]
    assert "3 of 4 rows" in response.json()["detail"] and not Measurement.objects.exists()


@pytest.mark.django_db
def test_bad_rows_can_be_skipped(api: APIClient, sales: Indicator) -> None:
    table = "indicator,at,value\nsales,2026-11-20,3.2\nsales,2026-11-21\nsales,2026-11-22,1,2,3\n"
    response = send(api, table, "text/csv", query="?on_error=skip")
    answer = response.json()
    assert response.status_code == 200 and (answer["received"], answer["created"]) == (3, 1)
    assert [(r["index"], r["field"], r["code"]) for r in answer["rejected"]] == [
        (1, "value", "required"),
        (2, None, "invalid"),
    ]


@pytest.mark.django_db
def test_a_dry_run_answers_as_if(api: APIClient, sales: Indicator) -> None:
    answer = send(api, GOOD, query="?dry_run=true", HTTP_IDEMPOTENCY_KEY="k").json()
    assert answer["created"] == 1 and not Measurement.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert send(api, [5], query="?dry_run=true").status_code == 422
    assert send(api, [5, *GOOD], query="?dry_run=true&on_error=skip").json()["created"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?on_error=maybe", "?dry_run=perhaps"])
def test_options_that_are_not_understood_are_422(
    api: APIClient, sales: Indicator, query: str
) -> None:
    assert send(api, GOOD, query=query).status_code == 422
    assert not Measurement.objects.exists()


# --- limits ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("media_type", "extra", "detail"),
    [
        ("text/html", {}, "text/html"),
        ("application/json; charset=utf-16", {}, "utf-16"),
        ("application/json", {"HTTP_CONTENT_ENCODING": "br"}, "gzip"),
    ],
)
def test_what_is_not_understood_is_415(
    api: APIClient, sales: Indicator, media_type: str, extra: dict[str, Any], detail: str
) -> None:
    response = send(api, GOOD, media_type, **extra)
    assert response.status_code == 415 and detail in response.json()["detail"]


def rows_of(count: int) -> Iterator[dict[str, Any]]:
    return ({"indicator": "sales", "at": "2026", "value": 1} for _ in range(count))


@pytest.mark.django_db
def test_50_000_rows_are_taken_and_one_more_is_413(api: APIClient, sales: Indicator) -> None:
    full = list(rows_of(50_000))
    assert send(api, full).json()["unchanged"] == 49_999
    for body, media_type in (
        (json.dumps([*full, full[0]]), "application/json"),
        ("\n".join(json.dumps(row) for row in [*full, full[0]]), "application/x-ndjson"),
        ("indicator,at,value\n" + "sales,2026,1\n" * 50_001, "text/csv"),
        ("[" + "{}," * 1_000_000 + "{}]", "application/json"),
        ("[" + "1," * 4_000_000 + "1]", "application/json"),
    ):
        response = send(api, body, media_type)
        assert response.status_code == 413 and "50,000 rows" in response.json()["detail"]


@pytest.mark.django_db
def test_too_many_bytes_are_413_before_and_while_unpacking(
    api: APIClient, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = b"[" + b" " * (16 * 1024 * 1024) + b"]"
    plain = send(api, big)
    assert plain.status_code == 413 and "16 MiB" in plain.json()["detail"]
    grown: list[int] = []
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b"[" + b" " * 300_000_000) + packer.flush()
    monkeypatch.setattr("measurements.api.bodies.spooled", watched(grown))
    packed = send(api, bomb, HTTP_CONTENT_ENCODING="gzip")
    assert packed.status_code == 413 and max(grown) < 17 * 1024 * 1024


def watched(grown: list[int]) -> Any:
    from measurements.api.bodies import spooled

    def kept_and_watched(chunks: Iterator[bytes]) -> Any:
        def counted() -> Iterator[bytes]:
            for chunk in chunks:
                grown.append(len(chunk) + sum(grown[-1:]))
                yield chunk

        return spooled(counted())

    return kept_and_watched


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [b"not gzip", gzip.compress(b"[]" * 5000, mtime=0)[:20], b"\x1f\x8b"],
    ids=["other", "cut", "empty"],
)
def test_broken_gzip_is_400(api: APIClient, sales: Indicator, broken: bytes) -> None:
    assert send(api, broken, HTTP_CONTENT_ENCODING="gzip").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("taken", ["the line", "the turn"])
def test_large_bodies_wait_for_a_short_time_and_small_ones_never(
    api: APIClient, sales: Indicator, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    line, turn = threading.BoundedSemaphore(1), threading.Lock()
    monkeypatch.setattr(bodies, "LINE", line)
    monkeypatch.setattr(bodies, "LARGE", turn)
    monkeypatch.setattr(bodies, "LONGEST_WAIT", 0.01)
    large = json.dumps(GOOD) + " " * bodies.IN_MEMORY
    with line if taken == "the line" else turn:
        refused = send(api, large)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        assert "large bodies" in refused.json()["detail"] and not Measurement.objects.exists()
        assert send(api, GOOD).json()["created"] == 1
    assert send(api, large).json()["unchanged"] == 1


# --- who -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_viewer_and_a_stranger_are_told_that_there_is_no_such_indicator(
    sales: Indicator, bob: User, charlie: User
) -> None:
    for person in (bob, charlie):
        response = send(with_token(person), GOOD)
        assert response.status_code == 422 and codes(response) == [(0, "indicator", "unknown")]


@pytest.mark.django_db
def test_a_contributor_enters(sales: Indicator, carl: User) -> None:
    assert send(with_token(carl), GOOD).json()["created"] == 1


@pytest.mark.django_db
def test_without_credentials_it_is_401_and_with_another_scope_403(
    sales: Indicator, alice: User
) -> None:
    anonymous = send(APIClient(), GOOD)
    assert anonymous.status_code == 401 and anonymous["WWW-Authenticate"].startswith("Bearer")
    reader = with_token(alice, Scope.MEASUREMENTS_READ)
    assert send(reader, GOOD).status_code == 403
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_a_token_of_another_team_reaches_nothing(sales: Indicator, alice: User) -> None:
    other = make_team("Green team")
    assert send(with_token(alice, teams=(other,)), GOOD).status_code == 422


@pytest.mark.django_db
def test_a_browser_needs_the_csrf_token(sales: Indicator, alice: User) -> None:
    browser = signed_in(alice)
    strict = type(browser)(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    body = json.dumps(GOOD)
    assert strict.post(URL, body, content_type="application/json").status_code == 403
    assert browser.post(URL, body, content_type="application/json").json()["created"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_405(api: APIClient, sales: Indicator, method: str) -> None:
    assert getattr(api, method)(URL).status_code == 405
