"""Bringing a file in the browser: every page, for whom it is there, and what it refuses."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from indicators import importing
from indicators.importing import Outcome, progress
from indicators.models import Batch, Indicator, Measurement, Upload
from teams.models import Team, User
from tests.conftest import signed_in
from tests.factories import make_indicator, make_measurements, make_team

pytestmark = pytest.mark.django_db

PLAIN = "indicator,at,value\nsales,2026-09,1.5\nsales,2026-10,2\n"
Bring = Callable[..., Upload]


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def browser(carl: User, sales: Indicator) -> Client:
    """carl's, who enters values into the sales."""
    return signed_in(carl)


def file(content: str | bytes, name: str = "sales.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def brought(browser: Client, content: str | bytes = PLAIN, name: str = "sales.csv") -> Upload:
    """The file after the first step."""
    answer = browser.post("/imports/", {"file": file(content, name)})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(public_id=answer["Location"].split("/")[2])


def choices(browser: Client, upload: Upload, **changed: str) -> dict[str, str]:
    """What the form of the columns would send, as it stands, with some choices changed."""
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {name: str(value) for name, value in found.items() if value is not None} | changed


def checked(browser: Client, content: str | bytes = PLAIN, **changed: str) -> Upload:
    """The file after the second step."""
    upload = brought(browser, content)
    sent = choices(browser, upload, **changed) | {"check": "1"}
    answer = browser.post(f"/imports/{upload.public_id}/columns/", sent)
    assert answer.status_code == 302, answer.content.decode()
    upload.refresh_from_db()
    return upload


def page(browser: Client, upload: Upload, *, headers: dict[str, str] | None = None) -> str:
    answer = browser.get(f"/imports/{upload.public_id}/", headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def take(browser: Client, upload: Upload, on_error: str = "refuse") -> Any:
    return browser.post(f"/imports/{upload.public_id}/take/", {"on_error": on_error}, follow=True)


# --- the whole way ---------------------------------------------------------------------------


def test_a_file_goes_all_the_way(browser: Client, carl: User, sales: Indicator) -> None:
    make_measurements(sales, ["7", "2"], first=date(2026, 9, 1))
    upload = checked(browser, PLAIN + "sales,2026-11,3\n")
    assert not upload.batch and Measurement.objects.count() == 2
    shown = page(browser, upload)
    for words in ("New", "Corrected", "Known", "was </span>7", "1.5", "Take in 2 values"):
        assert words in shown, words
    assert "being taken in" in take(browser, upload).content.decode()
    assert importing.take_next(datetime.now(UTC))
    done = page(browser, upload)
    assert "The file is taken in" in done and "Undo this import" in done and "Sales" in done
    kept = Measurement.objects.order_by("at").values_list("value", flat=True)
    assert [str(value) for value in kept] == ["1.5", "2", "3"]
    upload.refresh_from_db()
    batch = upload.batch
    assert batch is not None and bytes(upload.content) == b""
    assert (batch.actor, batch.door, batch.label) == (carl, "file", "sales.csv")
    assert (batch.created, batch.updated, batch.unchanged) == (1, 1, 1)
    assert batch.request_id


@pytest.mark.parametrize("form", ["tsv", "xlsx"])
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
    upload = brought(browser, content, f"sales.{form}")
    sent = choices(browser, upload) | {"check": "1"}
    browser.post(f"/imports/{upload.public_id}/columns/", sent)
    take(browser, upload)
    assert importing.take_next(datetime.now(UTC)) and Measurement.objects.count() == 2


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
    assert "Take in 1 value " in page(browser, upload)


def test_a_file_that_names_no_indicator_is_asked_of_which(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "costs")
    upload = brought(browser, "when,value\n2026-10,2\n")
    shown = browser.get(f"/imports/{upload.public_id}/columns/").content.decode()
    assert "Of which indicator are the values?" in shown
    sent = choices(browser, upload, indicator="costs") | {"check": "1"}
    assert browser.post(f"/imports/{upload.public_id}/columns/", sent).status_code == 302
    upload.refresh_from_db()
    assert upload.reading["indicator"] == "costs"


# --- 1, the file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "sales.csv", "The file is empty."),
        (b"indicator", "sales.pdf", "no CSV, TSV or XLSX file"),
        (b"indicator", "sales", "no CSV, TSV or XLSX file"),
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
    lines = start + line * ((importing.LARGEST - len(start)) // len(line) - 1)
    for extra, status in ((0, 302), (1, 422)):
        content = lines.ljust(importing.LARGEST - 1 + extra, b" ") + b"\n"
        assert len(content) == importing.LARGEST + extra
        answer = browser.post("/imports/", {"file": file(content)})
        assert answer.status_code == status
    assert "larger than 16 MiB" in answer.context["form"].errors["file"][0]
    assert Upload.objects.count() == 1


def test_a_body_far_too_large_is_not_even_read(browser: Client) -> None:
    answer = browser.post(
        "/imports/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**9)
    )
    assert answer.status_code == 422 and "larger than 16 MiB" in answer.content.decode()


def test_too_many_files_that_nobody_decides_about_are_refused(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indicators.importing.bringing.MOST_WAITING", 2)
    brought(browser)
    brought(browser)
    answer = browser.post("/imports/", {"file": file(PLAIN)})
    assert answer.status_code == 422
    assert "wait already" in answer.context["form"].errors["file"][0]


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


# --- 2, the columns --------------------------------------------------------------------------


GERMAN = "kpi;tag;wert\nsales;01.10.2026;1,234\nsales;02.10.2026;5,678\n"


def test_what_the_file_does_not_tell_is_asked_with_examples(browser: Client) -> None:
    upload = brought(browser, GERMAN)
    answer = browser.get(f"/imports/{upload.public_id}/columns/")
    shown = answer.content.decode()
    assert [one.field for one, _ in answer.context["form"].asked()] == ["decimal"]
    assert "1,234" in shown
    url = f"/imports/{upload.public_id}/columns/"
    refused = browser.post(url, choices(browser, upload) | {"check": "1"})
    assert refused.status_code == 422
    assert "the file does not tell" in refused.content.decode()
    upload.refresh_from_db()
    assert Outcome.of(upload).tally is None


@pytest.mark.parametrize(("mark", "value"), [(",", "1.234"), (".", "1234")])
def test_the_answer_decides_what_the_number_is(
    browser: Client, sales: Indicator, mark: str, value: str
) -> None:
    upload = checked(browser, GERMAN, decimal=mark)
    assert value in page(browser, upload)
    take(browser, upload)
    importing.take_next(datetime.now(UTC))
    assert str(Measurement.objects.earliest("at").value) == value


def test_days_and_months_that_may_be_swapped_are_asked(browser: Client, sales: Indicator) -> None:
    content = "indicator,at,value\nsales,03/04/2026,1\nsales,05/06/2026,2\n"
    upload = checked(browser, content, dates="mdy")
    take(browser, upload)
    importing.take_next(datetime.now(UTC))
    days = Measurement.objects.order_by("at").values_list("at", flat=True)
    assert [f"{day:%m-%d}" for day in days] == ["03-04", "05-06"]


def test_columns_are_guessed_and_may_be_changed(browser: Client, sales: Indicator) -> None:
    content = "indicator,at,forecast,actual\nsales,2026-10,1,2\n"
    upload = brought(browser, content)
    assert upload.reading["columns"][:2] == ["indicator", "at"]
    values = {"column-2": "value", "column-3": ""}
    url = f"/imports/{upload.public_id}/columns/"
    again = browser.post(url, choices(browser, upload, **values) | {"again": "1"})
    assert again.status_code == 200
    upload.refresh_from_db()
    assert upload.reading["columns"] == ["indicator", "at", "value", ""]
    browser.post(url, choices(browser, upload) | {"check": "1"})
    take(browser, upload)
    importing.take_next(datetime.now(UTC))
    assert Measurement.objects.get().value == 1


def test_a_missing_column_is_asked_for(browser: Client) -> None:
    upload = brought(browser)
    url = f"/imports/{upload.public_id}/columns/"
    sent = choices(browser, upload, **{"column-2": ""}) | {"check": "1"}
    answer = browser.post(url, sent)
    assert answer.status_code == 422 and "Which column holds the value?" in answer.content.decode()


def test_another_delimiter_has_the_columns_looked_at_anew(browser: Client) -> None:
    upload = brought(browser)
    url = f"/imports/{upload.public_id}/columns/"
    wrong = browser.post(url, choices(browser, upload, delimiter=";"))
    assert wrong.status_code == 200 and len(wrong.context["look"].reading.columns) == 1
    right = browser.post(url, choices(browser, upload, delimiter=","))
    assert right.context["look"].reading.columns == ("indicator", "at", "value")


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": "rot13"},
        {"delimiter": "x"},
        {"layout": "spiral"},
        {"header": "-7"},
        {"column-0": "key:secret"},
        {"dates": "ydm"},
    ],
)
def test_choices_that_are_none_are_refused(browser: Client, changed: dict[str, str]) -> None:
    upload = brought(browser)
    sent = choices(browser, upload) | {"check": "1"} | changed
    answer = browser.post(f"/imports/{upload.public_id}/columns/", sent)
    assert answer.status_code == 422 and answer.context["form"].errors
    upload.refresh_from_db()
    assert Outcome.of(upload).tally is None


def test_letters_that_cannot_be_read_so_are_said(browser: Client) -> None:
    upload = brought(browser, PLAIN.replace("value", "värde").encode("cp1252"))
    url = f"/imports/{upload.public_id}/columns/"
    answer = browser.post(url, choices(browser, upload, encoding="utf-8") | {"check": "1"})
    assert answer.status_code == 422
    assert "UTF-8" in " ".join(answer.context["form"].non_field_errors())


def test_indicators_of_others_are_not_offered(browser: Client) -> None:
    make_indicator(make_team("Hidden team"), "secret", name="A secret number")
    upload = brought(browser, "when,value\n2026-10,2\n")
    shown = browser.get(f"/imports/{upload.public_id}/columns/").content.decode()
    assert "secret" not in shown


# --- 3, the check ----------------------------------------------------------------------------


BAD = PLAIN + "sales,soon,3\nother,2026-10,4\nsales,2026-11,many\n"


def test_refused_lines_are_named_with_the_reason(browser: Client) -> None:
    upload = checked(browser, BAD)
    shown = page(browser, upload)
    assert "3 values cannot be taken" in shown and "All or nothing" in shown
    fates = browser.get(f"/imports/{upload.public_id}/").context["fates"]
    assert [(one.line, one.what) for one in fates] == [
        (2, "created"), (3, "created"), (4, "refused"), (5, "refused"), (6, "refused"),
    ]  # fmt: skip
    for words in ("“soon” is neither", "no indicator “other”", "“many” is not"):
        assert words in shown, words


def test_lines_further_down_are_named_below_the_first_ones(browser: Client) -> None:
    lines = [f"sales,{1990 + k}-01,{k}\n" for k in range(30)] + ["sales,soon,1\n"] * 25
    upload = checked(browser, "indicator,at,value\n" + "".join(lines))
    shown = page(browser, upload)
    assert "Line 32, at." in shown and "Line 51, at." in shown and "Line 52," not in shown
    assert "The error report names them all." in shown
    report = browser.get(f"/imports/{upload.public_id}/refused.csv").content.decode()
    assert report.count("soon") == 25 and "\n56,at," in report.replace("\r", "")


def test_where_not_one_value_can_be_taken_nothing_is_offered(browser: Client) -> None:
    upload = checked(browser, "indicator,at,value\nsales,soon,1\n")
    shown = page(browser, upload)
    assert "Not one value can be taken." in shown and "Take it in" not in shown


def test_all_or_nothing_stores_nothing_and_the_file_may_be_taken_otherwise(
    browser: Client,
) -> None:
    upload = checked(browser, BAD)
    take(browser, upload)
    assert importing.take_next(datetime.now(UTC))
    assert not Measurement.objects.exists()
    shown = page(browser, upload)
    assert "Nothing was stored" in shown and "Take the good ones" in shown
    take(browser, upload, "skip")
    assert importing.take_next(datetime.now(UTC))
    assert Measurement.objects.count() == 2
    done = page(browser, upload)
    assert "Skipped" in done and "3 values cannot be taken" in done


def test_the_error_report_is_a_table_that_no_spreadsheet_runs(browser: Client) -> None:
    upload = checked(browser, PLAIN + '"=1+1",2026-10,3\n')
    outcome = Outcome.of(upload)
    assert outcome.tally is not None
    evil = importing.Refused(line=9, field="note", words="=HYPERLINK(1)")
    outcome.tally = importing.Tally(rejected=7, refusals=(*outcome.tally.refusals, evil))
    Upload.objects.update(outcome=outcome.as_json())
    answer = browser.get(f"/imports/{upload.public_id}/refused.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode())))
    assert lines[0] == ["line", "column", "reason"] and lines[1][:2] == ["4", "indicator"]
    assert lines[2] == ["9", "note", "'=HYPERLINK(1)"]
    assert lines[3] == ["", "", "and 5 more lines"]


def test_the_same_file_again_would_change_nothing(browser: Client) -> None:
    for _ in range(2):
        upload = checked(browser)
        shown = page(browser, upload)
        take(browser, upload)
        importing.take_next(datetime.now(UTC))
    assert "Everything in the file is known already" in shown
    assert Measurement.objects.count() == 2
    done = page(browser, upload)
    assert "Nothing changed" in done and "Undo this import" not in done


def test_a_file_without_values_cannot_be_taken(browser: Client) -> None:
    upload = checked(browser, "indicator,at,value\n")
    shown = page(browser, upload)
    assert "There is no value in it." in shown and "Take in" not in shown


def test_the_check_leads_back_to_the_columns(browser: Client) -> None:
    upload = brought(browser)
    answer = browser.get(f"/imports/{upload.public_id}/")
    assert answer["Location"] == f"/imports/{upload.public_id}/columns/"
    assert take(browser, upload).redirect_chain[-1][0].endswith("/columns/")


def test_a_file_may_be_discarded(browser: Client) -> None:
    upload = checked(browser)
    answer = browser.post(f"/imports/{upload.public_id}/discard/", follow=True)
    assert "Nothing of it was stored" in answer.content.decode()
    assert not Upload.objects.exists()


# --- while the worker is at it ---------------------------------------------------------------


def test_two_decisions_at_once_are_one(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    second = take(browser, upload, "skip").content.decode()
    assert "being taken in already" in second
    upload.refresh_from_db()
    assert Outcome.of(upload).on_error == "refuse"
    assert importing.take_next(datetime.now(UTC)) and not importing.take_next(datetime.now(UTC))
    assert "being taken in already, or it was" in take(browser, upload).content.decode()
    assert Batch.objects.count() == 1


def test_what_is_under_way_is_neither_changed_nor_discarded(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    url = f"/imports/{upload.public_id}/"
    assert browser.get(f"{url}columns/")["Location"] == url
    assert browser.post(f"{url}columns/", {"check": "1"})["Location"] == url
    assert "being taken in" in browser.post(f"{url}discard/", follow=True).content.decode()
    assert Upload.objects.filter(state="queued").exists()


def test_the_page_shows_how_far_the_worker_is(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    assert "Refresh" in page(browser, upload)
    progress.Counter(upload.public_id).add(1)
    bar = page(browser, upload, headers={"HX-Request": "true"})
    assert bar.startswith("<div") and "1 of 2 rows" in bar and 'value="50"' in bar
    importing.take_next(datetime.now(UTC))
    answer = browser.get(f"/imports/{upload.public_id}/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_the_page_says_that_it_waits_for_a_worker(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    assert "Waiting for the worker" not in page(browser, upload)
    Upload.objects.update(queued_at=datetime.now(UTC) - timedelta(seconds=30))
    assert "Waiting for the worker" in page(browser, upload)


def test_a_large_file_is_checked_by_the_worker(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indicators.importing.taking.AT_ONCE", 10)
    upload = checked(browser)
    assert upload.state == "queued" and "being checked" in page(browser, upload)
    assert importing.take_next(datetime.now(UTC))
    assert not Measurement.objects.exists()
    assert "Take in 2 values" in page(browser, upload)


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
