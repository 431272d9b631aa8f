"""Bringing a file in the browser: the whole way, what is refused at once, and whose it is."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.test import Client
from openpyxl import Workbook

from indicators.models import Indicator
from measurements.files import jobs
from measurements.files.bringing import LARGEST
from measurements.models import Measurement, Upload
from teams.models import Team, User
from tests import clock
from tests.conftest import signed_in
from tests.factories import make_indicator, make_measurements
from tests.measurements.files import PLAIN, brought, checked, choices, file, page, take
from tests.measurements.sheets.build import ods_of

pytestmark = pytest.mark.django_db


# --- the whole way ---------------------------------------------------------------------------


def test_a_file_goes_all_the_way(browser: Client, carl: User, sales: Indicator) -> None:
    make_measurements(sales, ["7", "2"], first=date(2026, 9, 1))
    upload = checked(browser, PLAIN + "sales,2026-11,3\n")
    assert not upload.batch and Measurement.objects.count() == 2
    shown = page(browser, upload)
    for words in ("Created", "Corrected", "Unchanged", "was </span>7", "1.5", "Import 2 values"):
        assert words in shown, words
    assert "being imported" in take(browser, upload).content.decode()
    assert jobs.take_next(clock.now())
    done = page(browser, upload)
    assert "The file is imported" in done and "Undo this import" in done and "Sales" in done
    kept = Measurement.objects.order_by("at").values_list("value", flat=True)
    assert [str(value) for value in kept] == ["1.5", "2", "3"]
    upload.refresh_from_db()
    batch = upload.batch
    assert batch is not None and bytes(upload.content) == b""
    assert (batch.actor, batch.door, batch.label) == (carl, "file", "sales.csv")
    assert (batch.created, batch.updated, batch.unchanged) == (1, 1, 1)
    assert batch.request_id


@pytest.mark.parametrize("form", ["tsv", "xlsx", "ods"])
def test_tables_of_other_kinds_go_the_same_way(
    browser: Client, sales: Indicator, form: str
) -> None:
    content: str | bytes = PLAIN.replace(",", "\t")
    if form == "xlsx":
        book, out = Workbook(), io.BytesIO()
        for line in PLAIN.splitlines():
            book.active.append(line.split(","))
        book.save(out)
        content = out.getvalue()
    if form == "ods":
        content = ods_of(*(line.split(",") for line in PLAIN.splitlines()))
    upload = brought(browser, content, f"sales.{form}")
    sent = choices(browser, upload) | {"check": "1"}
    browser.post(f"/imports/{upload.public_id}/columns/", sent)
    take(browser, upload)
    assert jobs.take_next(clock.now()) and Measurement.objects.count() == 2


def test_from_the_page_of_an_indicator_the_file_need_not_name_it(
    browser: Client, red_team: Team, sales: Indicator
) -> None:
    make_indicator(red_team, "costs")
    assert "Sales" in browser.get("/imports/?indicator=sales").content.decode()
    lines = file("when,value\n2026-10,2\n")
    answer = browser.post("/imports/?indicator=sales", {"file": lines})
    upload = Upload.objects.get()
    assert answer["Location"] == f"/imports/{upload.public_id}/columns/"
    assert upload.reading["indicator"] == "sales"
    sent = choices(browser, upload) | {"check": "1"}
    assert browser.post(answer["Location"], sent).status_code == 302
    assert "Import 1 value " in page(browser, upload)


def test_a_file_that_names_no_indicator_is_asked_of_which(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "costs")
    upload = brought(browser, "when,value\n2026-10,2\n")
    shown = browser.get(f"/imports/{upload.public_id}/columns/").content.decode()
    assert "Of which indicator are the values?" in shown
    sent = choices(browser, upload, indicator="costs") | {"check": "1"}
    assert browser.post(f"/imports/{upload.public_id}/columns/", sent).status_code == 302
    upload.refresh_from_db()
    assert upload.reading["indicator"] == "costs"


@pytest.mark.parametrize("others", [1, 8])
def test_no_browser_answers_by_itself_of_which_indicator_the_values_are(
    browser: Client, red_team: Team, others: int
) -> None:
    for number in range(others):
        make_indicator(red_team, f"other-{number}")
    upload = brought(browser, "when,value\n2026-10,2\n")
    url = f"/imports/{upload.public_id}/columns/"
    shown = browser.get(url).content.decode()
    field = shown[shown.index("Of which indicator") : shown.index('id="columns"')]
    assert 'value="sales"' in field and "checked" not in field
    lists = re.findall(r'<select[^>]*>\s*<option value="([^"]*)"', field)
    assert lists == ([""] if others == 8 else []), "a browser sends the first answer of a list"
    refused = browser.post(url, {"check": "1", "indicator": ""})
    assert refused.status_code == 422 and "Choose one;" in refused.content.decode()


# --- 1, the file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "sales.csv", "The file is empty."),
        (b"indicator", "sales.pdf", "not that of a CSV, TSV, XLSX or ODS file"),
        (b"indicator", "sales", "not that of a CSV, TSV, XLSX or ODS file"),
        (b"PK\x03\x04junk that is no workbook", "sales.xlsx", "workbook"),
        (b"\x00\x01\x02\x03\xff\xfe" * 50, "sales.csv", ""),
        (b"\n\n\n", "sales.csv", ""),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(
    browser: Client, content: bytes, name: str, words: str
) -> None:
    answer = browser.post("/imports/", {"file": file(content, name)})
    assert answer.status_code == 422 and not Upload.objects.exists()
    errors = answer.context["form"].errors["file"]
    assert words in errors[0]


def test_no_file_at_all_is_said(browser: Client) -> None:
    answer = browser.post("/imports/")
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["Choose a file."]


def test_a_file_may_be_as_large_as_it_says_and_no_byte_larger(browser: Client) -> None:
    line = b"sales,2026-10,2," + b"n" * 4000 + b"\n"
    start = b"indicator,at,value,note\n"
    lines = start + line * ((LARGEST - len(start)) // len(line) - 1)
    for extra, status in ((0, 302), (1, 422)):
        content = lines.ljust(LARGEST - 1 + extra, b" ") + b"\n"
        assert len(content) == LARGEST + extra
        answer = browser.post("/imports/", {"file": file(content)})
        assert answer.status_code == status
    assert "larger than 16 MiB" in answer.context["form"].errors["file"][0]
    assert Upload.objects.count() == 1


def test_a_body_far_too_large_is_not_even_read(browser: Client) -> None:
    answer = browser.post(
        "/imports/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**9)
    )
    assert answer.status_code == 422 and "larger than 16 MiB" in answer.content.decode()


def test_the_page_tells_the_browser_how_large_a_file_may_be(browser: Client) -> None:
    shown = browser.get("/imports/").content.decode()
    assert f'data-largest="{LARGEST}"' in shown and "up to 16 MiB" in shown
    assert 'data-too-large="The file is larger than 16 MiB. Split it."' in shown


def test_too_many_files_that_nobody_decides_about_are_refused(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("measurements.files.bringing.MOST_WAITING", 2)
    brought(browser)
    brought(browser)
    answer = browser.post("/imports/", {"file": file(PLAIN)})
    assert answer.status_code == 422
    assert "are waiting already" in answer.context["form"].errors["file"][0]


def test_names_are_shown_as_text_and_cut(browser: Client) -> None:
    name = "<script>alert(1)</script>" + "x" * 150 + ".csv"
    upload = brought(browser, PLAIN, name)
    for path in ("/imports/", f"/imports/{upload.public_id}/columns/"):
        shown = browser.get(path).content.decode()
        assert "<script>alert" not in shown and "x" * 70 not in shown
    assert len(upload.file_name) <= 200


def test_the_last_files_are_listed(browser: Client) -> None:
    upload = brought(browser)
    shown = browser.get("/imports/").content.decode()
    assert f"/imports/{upload.public_id}/" in shown and "Waiting for you" in shown


def test_who_may_enter_nowhere_brings_nothing(bob: User, sales: Indicator) -> None:
    bobs = signed_in(bob)
    assert bobs.get("/imports/").status_code == 403
    assert bobs.post("/imports/", {"file": file(PLAIN)}).status_code == 403
    assert bobs.get("/imports/?indicator=sales").status_code == 403
    assert not Upload.objects.exists()


def test_a_stranger_finds_no_indicator_and_nobody_signs_in(charlie: User, sales: Indicator) -> None:
    assert signed_in(charlie).get("/imports/?indicator=sales").status_code == 404
    assert signed_in(charlie).get("/imports/").status_code == 200
    assert "login" in Client().get("/imports/")["Location"]
    assert "login" in Client().post("/imports/", {"file": file(PLAIN)})["Location"]


def test_a_form_of_another_site_is_refused(carl: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(carl)
    assert strict.post("/imports/", {"file": file(PLAIN)}).status_code == 403


# --- whose it is -----------------------------------------------------------------------------

PLACES = ("", "columns/", "take/", "discard/", "refused.csv")
POSTED = ("columns/", "take/", "discard/")


def test_the_file_of_somebody_else_is_not_there(
    browser: Client, alice: User, dora: User, bob: User
) -> None:
    upload = checked(browser)
    for other in (alice, dora, bob):
        theirs = signed_in(other)
        for place in PLACES:
            url = f"/imports/{upload.public_id}/{place}"
            answer = theirs.post(url) if place in POSTED else theirs.get(url)
            assert answer.status_code == 404, (other, place)
    assert Upload.objects.get().state == "waiting"


def test_nobody_is_sent_to_sign_in_and_other_methods_are_refused(browser: Client) -> None:
    upload = checked(browser)
    for place in PLACES:
        url = f"/imports/{upload.public_id}/{place}"
        answer = Client().post(url) if place in POSTED else Client().get(url)
        assert answer.status_code == 302 and "login" in answer["Location"], place
        wrong = browser.get(url) if place in ("take/", "discard/") else browser.put(url)
        assert wrong.status_code == 405, place
    assert browser.put("/imports/").status_code == 405


def test_a_file_that_is_not_there(browser: Client) -> None:
    for place in PLACES:
        url = f"/imports/000000000000/{place}"
        answer = browser.post(url) if place in POSTED else browser.get(url)
        assert answer.status_code == 404, place
