"""The door of one indicator: send, read page by page or streamed, as known then, take back."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.exports import Format
from measurements.models import Batch, Measurement, Superseded
from measurements.row import Row, Sender
from teams.access import Scope
from teams.models import AuditEntry, Team, User
from tests.conftest import with_token
from tests.factories import make_indicator, make_measurements

URL = "/api/v1/indicators/sales/measurements/"
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def corrected(alice: User, sales: Indicator) -> Indicator:
    """January to March; February corrected at one, March withdrawn at two."""
    months = ["2026-01", "2026-02", "2026-03"]
    put(alice, NOON, *((month, f"{k}.50") for k, month in enumerate(months, start=1)))
    put(alice, NOON + HOUR, ("2026-02", "20"))
    with time_machine.travel(NOON + 2 * HOUR, tick=False):
        assert with_token(alice).delete(f"{URL}?at=2026-03").status_code == 204
    return sales


def put(actor: User, now: datetime, *values: tuple[str, str], note: str = "") -> None:
    rows = [
        Row(index=k, indicator="sales", at=at, value=value, note=note)
        for k, (at, value) in enumerate(values)
    ]
    assert not deliver(rows, Sender(actor=actor, door=Batch.Door.API), now=now).rejected


def send(api: APIClient, body: Any, media_type: str = "application/json") -> Any:
    return api.post(
        URL, body if isinstance(body, str) else json.dumps(body), content_type=media_type
    )


def values(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    return [row["value"] for row in response.json()["results"]]


def content(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


# --- sending ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ('{"at":"2026-11-20","value":3.2}', "application/json"),
        ('[{"at":"2026-11-20","value":3.2}]', "application/json"),
        ('{"measurements":[{"at":"2026-11-20","value":3.2}]}', "application/json"),
        ('[{"indicator":"sales","at":"2026-11-20","value":3.2}]', "application/json"),
        ('{"at":"2026-11-20","value":3.2}', "application/x-ndjson"),
        ("at,value\n2026-11-20,3.2\n", "text/csv"),
        ("indicator,at,value\nsales,2026-11-20,3.2\n", "text/csv"),
    ],
)
def test_one_or_many_are_taken_without_naming_the_indicator(
    api: APIClient, sales: Indicator, body: str, media_type: str
) -> None:
    assert send(api, body, media_type).json()["created"] == 1
    assert Measurement.objects.get().indicator == sales


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ({"indicator": "other", "at": "2026-11-20", "value": 3.2}, "application/json"),
        ("indicator,at,value\nother,2026-11-20,3.2\n", "text/csv"),
    ],
)
def test_another_indicator_than_that_of_the_address_is_422(
    api: APIClient, sales: Indicator, body: Any, media_type: str
) -> None:
    response = send(api, body, media_type)
    [error] = response.json()["errors"]
    assert response.status_code == 422 and error["code"] == "mismatch"
    assert not Measurement.objects.exists()


# --- reading ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_shows_what_is_known_with_every_digit(api: APIClient, corrected: Indicator) -> None:
    response = api.get(URL)
    assert b'"value":1.50,' in response.content
    assert response.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "at": "2026-01-01T00:00:00Z",
                "value": 1.5,
                "numerator": None,
                "denominator": None,
                "note": "",
                "recorded_at": "2026-11-21T12:00:00Z",
            },
            {
                "at": "2026-02-01T00:00:00Z",
                "value": 20,
                "numerator": None,
                "denominator": None,
                "note": "",
                "recorded_at": "2026-11-21T13:00:00Z",
            },
        ],
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("as_of", "known"),
    [
        ("2026-11-21T11:59:59Z", []),
        ("2026-11-21T12:00:00Z", [1.5, 2.5, 3.5]),
        ("2026-11-21T13:00:00+00:00", [1.5, 20, 3.5]),
        ("2026-11-21T15:00:00%2B01:00", [1.5, 20]),
        ("2026-11-20", []),
        ("2026-11-21", [1.5, 20]),
    ],
)
def test_what_was_known_then_is_answered(
    api: APIClient, corrected: Indicator, as_of: str, known: list[float]
) -> None:
    assert values(api.get(f"{URL}?as_of={as_of}")) == known


@pytest.mark.django_db
def test_the_history_shows_all_that_was_ever_known(api: APIClient, corrected: Indicator) -> None:
    rows = api.get(f"{URL}?history=true").json()["results"]
    shown = [(r["value"], r["recorded_at"], r["superseded_at"], r["withdrawn"]) for r in rows]
    noon, one, two = (f"2026-11-21T{hour}:00:00Z" for hour in (12, 13, 14))
    assert shown == [
        (1.5, noon, None, False),
        (2.5, noon, one, False),
        (20, one, None, False),
        (3.5, noon, two, True),
    ]
    told = [(r["recorded_by"], r["source"], r["superseded_by"]) for r in rows]
    alice = "alice@example.org"
    assert told == [
        (alice, "api", None),
        (alice, "api", alice),
        (alice, "api", None),
        (alice, "api", alice),
    ]
    then = api.get(f"{URL}?history=true&as_of=2026-11-21T13:30:00Z").json()["results"]
    assert [r["superseded_by"] for r in then] == [None, alice, None, None]
    assert [(r["value"], r["superseded_at"], r["withdrawn"]) for r in then] == [
        (1.5, None, False),
        (2.5, one, False),
        (20, None, False),
        (3.5, None, False),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("from=2026-02", [20]),
        ("to=2026-01", [1.5]),
        ("to=2026-02-01", [1.5, 20]),
        ("to=2026-01-31T23:59:59.999999Z", [1.5]),
        ("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", [1.5]),
        ("from=2026-Q1&to=2026-Q1", [1.5, 20]),
        ("from=2027", []),
        ("from=2026-01-01T01:00:00 01:00&to=2026-W05", [1.5, 20]),
    ],
)
def test_a_span_is_from_the_begin_to_the_end_of_what_is_named(
    api: APIClient, corrected: Indicator, query: str, known: list[float]
) -> None:
    assert values(api.get(f"{URL}?{query}")) == known


@pytest.mark.django_db
def test_spans_are_days_of_the_indicator_s_zone(api: APIClient, red_team: Team) -> None:
    make_indicator(red_team, "sales", timezone="Asia/Tokyo")
    send(api, [{"at": "2026-01-01", "value": 1}, {"at": "2026-01-02", "value": 2}])
    assert Measurement.objects.order_by("at")[0].at == datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert values(api.get(f"{URL}?from=2026-01-01&to=2026-01-01")) == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["from=soon", "to=2026-13", "as_of=2026-11-20T10:00:00", "history=2", "page_size=0",
     "page_size=1001", "page_size=x", "page_size=٣", "cursor=!", "cursor=ZZZZ", "to=9999",
     "from=9999-12-31T23:59:59-23:59", "to=0001-01-01T00:00:00%2B23:59"],
)  # fmt: skip
def test_what_is_not_understood_is_422_and_names_the_option(
    api: APIClient, corrected: Indicator, query: str
) -> None:
    response = api.get(f"{URL}?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("options", ["", "&history=true", "&as_of=2026-11-21T12:30:00Z"])
def test_pages_lead_forth_and_back_over_all_rows(
    api: APIClient, alice: User, corrected: Indicator, options: str
) -> None:
    first = date(2020, 1, 1)
    put(alice, NOON, *((str(first + timedelta(days=k)), "1") for k in range(7)))
    put(alice, NOON + HOUR, *((str(first + timedelta(days=k)), "2") for k in range(3, 5)))
    whole = api.get(f"{URL}?page_size=1000{options}").json()
    assert whole["next"] is None and whole["previous"] is None
    pages = [api.get(f"{URL}?page_size=3{options}").json()]
    while pages[-1]["next"]:
        pages.append(api.get(pages[-1]["next"]).json())
    assert [row for page in pages for row in page["results"]] == whole["results"]
    assert all(len(page["results"]) == 3 for page in pages[:-1]) and len(pages) > 2
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(api.get(back[-1]["previous"]).json())
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]


@pytest.mark.django_db
def test_a_page_takes_the_same_statements_whatever_its_size(
    api: APIClient, sales: Indicator, django_assert_num_queries: Any
) -> None:
    make_measurements(sales, [str(k) for k in range(50)], first=date(2020, 1, 1))
    api.get(URL)
    with django_assert_num_queries(6):
        api.get(f"{URL}?page_size=1")
    with django_assert_num_queries(6):
        api.get(f"{URL}?page_size=50")


# --- streams ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", ["text/csv", "application/x-ndjson"])
def test_what_is_streamed_out_can_be_sent_in_again(
    api: APIClient, alice: User, corrected: Indicator, media_type: str
) -> None:
    put(alice, NOON, ("2026-05", "1234.50"), note='a "note", of\ntwo lines')
    response = api.get(URL, HTTP_ACCEPT=media_type)
    assert response.streaming and response["Content-Type"].startswith(media_type)
    assert "sales." in response["Content-Disposition"]
    sent = content(response)
    assert "1234.50" in sent
    Measurement.objects.all().delete()
    answer = api.post("/api/v1/measurements/", sent, content_type=media_type).json()
    assert (answer["created"], answer["rejected"]) == (3, [])
    assert content(api.get(URL, HTTP_ACCEPT=media_type)) == sent


@pytest.mark.django_db
@pytest.mark.parametrize("note", ["=1+1", "+49", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_runs_as_a_formula(
    api: APIClient, alice: User, sales: Indicator, note: str
) -> None:
    put(alice, NOON, ("2026-05", "-5"), note=note)
    text = content(api.get(URL, HTTP_ACCEPT="text/csv"))
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["note"] == f"'{note}" and row["value"] == "-5"


@pytest.mark.django_db
def test_streams_take_the_same_options_as_pages(api: APIClient, corrected: Indicator) -> None:
    text = content(api.get(f"{URL}?history=true&from=2026-02", HTTP_ACCEPT="text/csv"))
    alice, day = "alice@example.org", "2026-11-21T"
    first, *lines = text.splitlines()
    shown = "indicator at value numerator denominator note recorded_at superseded_at withdrawn"
    assert first.split(",") == [*shown.split(), "recorded_by", "source", "superseded_by"]
    assert lines == [
        f"sales,2026-02-01T00:00:00Z,2.50,,,,{day}12:00:00Z,{day}13:00:00Z,false,{alice},api,{alice}",
        f"sales,2026-02-01T00:00:00Z,20,,,,{day}13:00:00Z,,false,{alice},api,",
        f"sales,2026-03-01T00:00:00Z,3.50,,,,{day}12:00:00Z,{day}14:00:00Z,true,{alice},api,{alice}",
    ]
    lines = content(api.get(f"{URL}?as_of=2026-11-21T12:30:00Z&format=ndjson")).splitlines()
    assert [json.loads(line)["value"] for line in lines] == [1.5, 2.5, 3.5]


@pytest.mark.django_db
def test_a_workbook_is_served_to_who_accepts_one(
    api: APIClient, alice: User, corrected: Indicator
) -> None:
    put(alice, NOON, ("2026-05", "12345678901234567.5"), note="=1+1")
    response: Any = api.get(f"{URL}?from=2026-02", HTTP_ACCEPT=Format.XLSX.media_type)
    assert response["Content-Type"] == Format.XLSX.media_type
    assert response["Content-Disposition"] == 'attachment; filename="sales.xlsx"'
    book: Any = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    found = [tuple(cell.value for cell in line) for line in book.active]
    assert found == [
        ("indicator", "at", "value", "numerator", "denominator", "note"),
        ("sales", "2026-02-01T00:00:00Z", 20, None, None, None),
        ("sales", "2026-05-01T00:00:00Z", "12345678901234567.5", None, None, "'=1+1"),
    ]


@pytest.mark.django_db
def test_an_export_is_in_the_audit_trail_and_a_page_is_not(
    api: APIClient, alice: User, corrected: Indicator
) -> None:
    api.get(URL)
    api.get(URL, HTTP_ACCEPT="text/csv")
    entry = AuditEntry.objects.get(action="measurements.exported")
    assert (entry.actor, entry.subject, entry.team) == (alice, "sales", corrected.team)
    assert entry.detail == {"format": "csv"} and entry.token is not None


@pytest.mark.django_db
def test_what_cannot_be_served_is_406(api: APIClient, sales: Indicator) -> None:
    response = api.get(URL, HTTP_ACCEPT="image/png")
    assert response.status_code == 406 and response["Content-Type"] == "application/problem+json"
    row = {"at": "2026-11-20", "value": 1}
    response = api.post(URL, row, format="json", HTTP_ACCEPT="text/csv")
    assert response.status_code == 406, "what was stored is not told in CSV"
    response = api.get(f"{URL}?format=pdf")
    assert response.status_code == 406 and "csv, ndjson, xlsx" in response.json()["detail"]


@pytest.mark.django_db
def test_a_refusal_is_a_problem_document_also_for_who_wants_csv(
    api: APIClient, sales: Indicator
) -> None:
    response = api.get(f"{URL}?from=soon", HTTP_ACCEPT="text/csv")
    assert response.status_code == 422 and response["Content-Type"] == "application/problem+json"


# --- taking back -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_taking_back_keeps_who_and_what(api: APIClient, alice: User, sales: Indicator) -> None:
    put(alice, NOON, ("2026-05", "5"))
    response = api.delete(f"{URL}?at=2026-05-01T02:00:00 02:00")
    assert response.status_code == 204 and not Measurement.objects.exists()
    kept = Superseded.objects.get()
    assert (kept.value, kept.withdrawn, kept.superseded_by.actor) == (Decimal(5), True, alice)
    assert api.delete(f"{URL}?at=2026-05").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "code"), [("", "required"), ("?at=x", "invalid"), ("?at=1960", "out_of_range")]
)
def test_taking_back_needs_a_time(api: APIClient, sales: Indicator, query: str, code: str) -> None:
    response = api.delete(URL + query)
    assert response.status_code == 422 and response.json()["errors"][0]["code"] == code


# --- who -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", (200, 200, 204)),
        ("carl", (200, 200, 204)),
        ("dora", (200, 200, 204)),
        ("bob", (200, 403, 403)),
        ("charlie", (404, 404, 404)),
        (None, (401, 401, 401)),
    ],
)
def test_who_may_do_what(
    request: pytest.FixtureRequest,
    sales: Indicator,
    who: str | None,
    expected: tuple[int, int, int],
) -> None:
    make_measurements(sales, ["1"], first=date(2026, 1, 1))
    api = with_token(request.getfixturevalue(who)) if who else APIClient()
    found = (api.get(URL), send(api, {"at": "2026-02", "value": 1}), api.delete(f"{URL}?at=2026"))
    assert tuple(response.status_code for response in found) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["nothing", "SALES", "a b", "%00", "x" * 300])
def test_an_unknown_indicator_is_404(api: APIClient, sales: Indicator, key: str) -> None:
    url = f"/api/v1/indicators/{key}/measurements/"
    for response in (api.get(url), api.post(url, "[]", content_type="application/json")):
        assert response.status_code == (400 if key == "%00" else 404)


@pytest.mark.django_db
def test_scopes_part_reading_from_writing(alice: User, sales: Indicator) -> None:
    reader = with_token(alice, Scope.MEASUREMENTS_READ)
    writer = with_token(alice, Scope.MEASUREMENTS_WRITE)
    one = {"at": "2026-02", "value": 1}
    assert (reader.get(URL).status_code, send(reader, one).status_code) == (200, 403)
    assert (writer.get(URL).status_code, send(writer, one).status_code) == (403, 200)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "patch"])
def test_other_methods_are_405(api: APIClient, sales: Indicator, method: str) -> None:
    assert getattr(api, method)(URL).status_code == 405
