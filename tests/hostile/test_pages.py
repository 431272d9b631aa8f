"""The pages of values against hostile forms: a sentence, and nothing stored."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from indicators.models import Indicator
from measurements.models import EntryLink, Measurement, Upload
from teams.models import AccessToken, Team, User
from tests import clock
from tests.conftest import signed_in
from tests.factories import make_indicator, make_measurements
from tests.hostile.payloads import INJECTIONS, MANY_FIELDS, NO_TEXT, NO_TIMES, nested
from tests.hostile.standing import standing
from tests.measurements.files import PLAIN, brought, checked, choices

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-11-21T12:00Z")]

NO_NUMBERS = [
    "", " ", "NaN", "Infinity", "-inf", "1_000", "٣", "１", "½", "0x10", "1e400", "--1", "true",
    "9" * 31, "9" * 10_000, "=1+1", "1\x00", "\ud800", "null", "1;2", *INJECTIONS,
]  # fmt: skip
VALUES, GRID, TEAM = "/indicators/sales/values/", "/entry/", "/teams/red-team/entry/"


@pytest.fixture
def sales(red_team: Team, carl: User) -> Indicator:
    made_at = datetime(2025, 1, 1, tzinfo=UTC)
    found = make_indicator(red_team, "sales", owner=carl, created_at=made_at)
    make_measurements(found, ["7"], first=date(2026, 8, 1))
    return found


@pytest.fixture
def browser(carl: User, sales: Indicator) -> Client:
    found = signed_in(carl)
    found.raise_request_exception = False
    return found


def posted(browser: Client, url: str, sent: dict[str, Any]) -> Any:
    """The answer to a form as a hostile client writes it: surrogates and all."""
    pairs = [
        (name, text.encode("utf-8", "surrogatepass"))
        for name, given in sent.items()
        for text in (given if isinstance(given, list) else [given])
    ]
    return browser.post(url, urlencode(pairs), content_type="application/x-www-form-urlencoded")


def has_file(sent: dict[str, Any]) -> bool:
    return any(isinstance(part, SimpleUploadedFile) for part in sent.values())


def refused(browser: Client, url: str, sent: dict[str, Any]) -> Any:
    """The answer to a form that changes nothing: a page that is no error of ours."""
    before = standing()
    answer = browser.post(url, sent) if has_file(sent) else posted(browser, url, sent)
    assert answer.status_code < 500, answer.content[:300]
    assert standing() == before
    return answer


# --- one value ---------------------------------------------------------------------------------


def test_a_value_that_is_none_is_not_stored(browser: Client) -> None:
    for text in NO_NUMBERS:
        answer = refused(browser, VALUES, {"at": "2026-10", "value": text})
        assert answer.status_code == 422, text[:40]
        assert answer.context["form"].errors["value"], text[:40]


def test_a_time_that_is_none_is_not_stored(browser: Client) -> None:
    # Around a time, blanks and line ends are taken off, as in every form; people may write days
    # without marks, and times without an offset.
    good = {"2026-11-20", "20261120", "2026-11-20 10:00", "2026-11-20T10:00:00"}
    for text in (text for text in NO_TIMES if text.strip() not in good):
        answer = refused(browser, VALUES, {"at": text, "value": "1"})
        assert answer.status_code in (400, 422), text[:40]


@pytest.mark.parametrize("field", ["at", "value", "note"])
def test_a_file_is_no_text(browser: Client, field: str) -> None:
    good = {"at": "2026-10", "value": "1", "note": "x"}
    answer = browser.post(VALUES, good | {field: SimpleUploadedFile("../../x", b"1")})
    assert answer.status_code == 422 or field == "note"
    assert not Measurement.objects.exclude(note="").exists()


def test_of_a_field_sent_twice_one_is_taken_and_no_list(browser: Client) -> None:
    answer = browser.post(VALUES, {"at": ["2026-09", "2026-10"], "value": ["1", "2"]})
    assert answer.status_code == 302
    newest = Measurement.objects.latest("at")
    assert (newest.at.month, str(newest.value)) == (10, "2")


BODIES = [
    ("application/json", b'{"at":"2026-10","value":1}'),
    ("text/plain", b"at=2026-10&value=1"),
    ("multipart/form-data", b"at=2026-10"),
    ("multipart/form-data; boundary=", b"--\r\n\r\n1\r\n----"),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=at\r\n\r\n20",
    ),
    ("multipart/form-data; boundary=" + "x" * 5000, b"--x--"),
    ("multipart/form-data; boundary=\xff", b"--x--"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"at=2026-10&value=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(10_000))),
    ("application/x-www-form-urlencoded", b"at=%00&value=%ff%fe&note=%ed%a0%80"),
    ("application/x-www-form-urlencoded", b"=" * 100_000),
    ("", b"at=2026-10&value=1"),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("url", [VALUES, GRID, TEAM, "/imports/", "/integrations/"])
def test_a_body_that_is_no_form_changes_nothing(
    browser: Client, url: str, kind: str, body: bytes
) -> None:
    before = standing()
    answer = browser.generic("POST", url, body, content_type=kind)
    assert answer.status_code < 500 and standing() == before


def test_nothing_is_taken_back_at_a_time_that_is_none(browser: Client) -> None:
    for text in [*NO_TIMES, "2026-08-01T00:00:00+99:00", "' OR 1=1 --"]:
        refused(browser, f"{VALUES}withdraw/", {"at": text})
    assert Measurement.objects.count() == 1


# --- the table ---------------------------------------------------------------------------------


def cell(**changed: Any) -> dict[str, Any]:
    return {"indicator": "sales", "period": "2026-10", "texts": ["1"], "seen": ""} | changed


NO_CELLS = [
    "", "null", "5", "{}", '"x"', "[null]", "[[]]", "[{}]", "[{", nested("["), nested("{"),
    json.dumps([cell(texts="1")]), json.dumps([cell(texts=[1])]), json.dumps([cell(texts=None)]),
    json.dumps([cell(period=202610)]), json.dumps([cell(seen=None)]), json.dumps([cell(note=1)]),
    json.dumps([cell()] * 401), json.dumps([cell(note="x" * 400_000)]), "[" + "1" * 10_000 + "]",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_CELLS, ids=range(len(NO_CELLS)))
@pytest.mark.parametrize("more", [{}, {"preview": "1"}])
def test_what_are_no_cells_is_refused(browser: Client, text: str, more: dict[str, str]) -> None:
    answer = refused(browser, GRID, {"cells": text} | more)
    assert answer.status_code == 400


HOSTILE_CELLS = [
    *(cell(texts=[text]) for text in NO_NUMBERS if text.strip() and "\ud800" not in text),
    *(cell(period=text) for text in NO_TIMES if "\ud800" not in text),
    *(cell(indicator=text) for text in [*INJECTIONS, "", "a\x00b", "x" * 10_000]),
    *(cell(seen=text) for text in ["x", "a\x00b", "x" * 10_000, *INJECTIONS]),
    cell(texts=[]), cell(texts=["1", "2"]), cell(texts=["1"] * 1000), cell(note="a\x00b"),
    cell(note="x" * 501), cell(period="2026-12"), cell(period="2026-W47"),
]  # fmt: skip


@pytest.mark.parametrize("preview", [False, True])
def test_a_hostile_cell_is_told_what_is_wrong_and_the_others_are_stored(
    browser: Client, preview: bool
) -> None:
    for one in HOSTILE_CELLS:
        more = {"preview": "1"} if preview else {}
        answer = refused(browser, GRID, {"cells": json.dumps([one]), **more})
        assert answer.status_code == 200, one
        if preview:
            assert b"<script>alert" not in answer.content and b"<img src=x" not in answer.content
        else:
            [said] = answer.json()["cells"]
            is_kept = said["state"] in ("refused", "conflict", "asked", "unchanged")
            assert is_kept and (said["detail"] or said["state"] != "refused"), one
    good = cell(period="2026-09", texts=["3"])
    sent = json.dumps([*HOSTILE_CELLS[:20], good])
    assert browser.post(GRID, {"cells": sent}).json()["cells"][-1]["state"] == "created"


def test_surrogates_in_cells_are_no_cells(browser: Client) -> None:
    for text in NO_TEXT:
        body = {"cells": json.dumps([cell(note=text), cell(indicator=text)])}
        assert refused(browser, GRID, body).status_code in (200, 400)


@pytest.mark.parametrize("was", ["", "{", "5", nested("{"), '{"2026-10":5}', '{"x":["",[]]}'])
def test_a_row_without_its_past_changes_nothing(browser: Client, was: str) -> None:
    row = {"indicator": "sales", "was": was, "2026-10.0": "5", "x.0": "1"}
    refused(
        browser, TEAM, row | {name: str(value) for name, value in list(MANY_FIELDS.items())[:900]}
    )


# --- the link ----------------------------------------------------------------------------------


def test_a_link_takes_no_value_that_is_none_and_stays_alive(sales: Indicator, carl: User) -> None:
    link, secret = EntryLink.issue(sales, user=carl, period=date(2026, 10, 1), now=clock.now())
    url, nobody = f"/enter/{link.public_id}/{secret}/", Client(raise_request_exception=False)
    for text in NO_NUMBERS[:18]:
        answer = refused(nobody, url, {"value": text, "seen": ""})
        assert answer.status_code == 422, text[:40]
    for more in ({"note": "a\x00b"}, {"note": "x" * 501}, {"seen": "x"}, {"seen": "a\x00b"}):
        assert refused(nobody, url, {"value": "1", "seen": ""} | more).status_code in (409, 422)
    assert nobody.post(url, {"value": "1", "seen": ""}).status_code == 200


@pytest.mark.parametrize("secret", ["..", "%00", "x" * 5000, "%ed%a0%80", "'--", "%F0%9F%92%A9"])
def test_an_address_that_is_none_leads_nowhere(db: None, secret: str) -> None:
    nobody = Client(raise_request_exception=False)
    for address in (f"/enter/{secret}/x/", f"/enter/x/{secret}/", f"/imports/{secret}/"):
        assert nobody.get(address).status_code in (302, 400, 404)
        assert nobody.post(address, {"value": "1"}).status_code in (302, 400, 404)


# --- files -------------------------------------------------------------------------------------


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def workbook(*lines: list[object]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(out)
    return out.getvalue()


ENTITIES = (
    b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>"""
)
NO_FILES: dict[str, tuple[str, bytes]] = {
    "another archive": ("a.xlsx", packed({"../../etc/passwd": b"x"})),
    "an archive in an archive": ("a.xlsx", packed({"xl/workbook.xml": packed({"a": b""})})),
    "entities": ("a.xlsx", packed({"[Content_Types].xml": ENTITIES, "xl/workbook.xml": ENTITIES})),
    "a cut workbook": ("a.xlsx", workbook(["at", "value"], ["2026-10", 1])[:-30]),
    "a bomb": ("a.xlsx", packed({"xl/workbook.xml": b" " * 64 * 2**20})),
    "a million columns": ("a.csv", b"at,value" + b",x" * 1_000_000 + b"\n2026-10,1\n"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    "a program": ("a.csv.exe", b"MZ\x90\x00"),
    "NUL alone": ("a.csv", b"\x00" * 10_000),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_table_is_refused_with_a_sentence(browser: Client, name: str) -> None:
    file_name, content = NO_FILES[name]
    answer = refused(browser, "/imports/", {"file": SimpleUploadedFile(file_name, content)})
    assert answer.status_code == 422 and not Upload.objects.exists(), name
    assert len(answer.context["form"].errors["file"][0]) > 10


TABLES = [
    b"indicator,at,value\nsales,2026-10,1\x00\n",
    b'indicator,at,value\nsales,"2026-10,1\nsales,2026-09,2\n',
    b"indicator,at,value\nsales,2026-10," + b"9" * 10_000 + b"\n",
    b"indicator,at,value\n" + b"sales,2026-10,=1+1\n" * 3,
    "indicator,at,value\nsales,٢٠٢٦-١٠,٣\n".encode(),
    b"indicator,at,value\n" + "\n".join(f"{t},2026-10,1" for t in INJECTIONS).encode() + b"\n",
    b"<script>alert(1)</script>,at,value\nsales,2026-10,x\n",
    workbook(["indicator", "at", "value"], ["sales", "2026-10", "=1+1"]),
    workbook(["indicator", "at", "value"], ["<img src=x onerror=alert(1)>", "0000", True]),
    b"\xff\xfeindicator,at,value\n",
    b"indicator,at,value\nsales,2026-10,1\n" + b"\xed\xa0\x80,2026-09,2\n",
]  # fmt: skip


@pytest.mark.parametrize("content", TABLES, ids=range(len(TABLES)))
def test_a_hostile_table_is_shown_and_takes_nothing_by_itself(
    browser: Client, content: bytes
) -> None:
    name = "../../a.xlsx" if content.startswith(b"PK") else "..\\..\\<b>\x07.csv"
    answer = refused(browser, "/imports/", {"file": SimpleUploadedFile(name, content)})
    if answer.status_code == 422:
        assert not Upload.objects.exists()
        return
    upload = Upload.objects.get()
    assert "/" not in upload.file_name and "\\" not in upload.file_name
    sent = choices(browser, upload) | {"check": "1"}
    for url, form in [("columns/", sent), ("take/", {"on_error": "skip"})]:
        refused(browser, f"/imports/{upload.public_id}/{url}", form)
        page = browser.get(f"/imports/{upload.public_id}/", follow=True)
        assert page.status_code == 200
        assert b"<script>alert" not in page.content and b"<img src=x" not in page.content


@pytest.mark.parametrize(
    "field", ["encoding", "delimiter", "layout", "header", "decimal", "dates", "column-0"]
)
def test_no_choice_about_a_file_breaks_its_page(browser: Client, field: str) -> None:
    upload = brought(browser, PLAIN)
    for text in [*INJECTIONS, "a\x00b", "9" * 400, "-1", "x" * 50_000, "utf-16", "zlib", "١"]:
        sent = choices(browser, upload) | {field: text, "check": "1"}
        refused(browser, f"/imports/{upload.public_id}/columns/", sent)


@pytest.mark.parametrize("word", ["", "SKIP", "a\x00b", *INJECTIONS[:3]])
def test_a_file_is_taken_as_it_was_decided_or_not_at_all(browser: Client, word: str) -> None:
    upload = checked(browser)
    refused(browser, f"/imports/{upload.public_id}/take/", {"on_error": word})
    upload.refresh_from_db()
    assert upload.state == Upload.State.WAITING


# --- tokens ------------------------------------------------------------------------------------

TOKEN = {"name": "Ward", "scopes": ["measurements:write"], "days": "90"}


@pytest.mark.parametrize("field", ["name", "scopes", "teams", "days"])
def test_no_token_comes_of_a_hostile_form(browser: Client, field: str) -> None:
    texts = ["a\x00b", "x" * 10_000, "-1", "9" * 400, "١", "all", "' OR 1=1 --"]
    for text in texts:
        if field != "name" or len(text) > 80 or "\x00" in text:
            assert refused(browser, "/integrations/", TOKEN | {field: text}).status_code == 422
    assert not AccessToken.objects.exists()
