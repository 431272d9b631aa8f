"""What a file would do, the decision about it, and the page while the worker is at it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from measurements.files import jobs
from measurements.files.outcome import Refused, Tally, UploadOutcome
from measurements.models import Batch, Measurement, Upload
from tests import clock
from tests.measurements.files import BAD, PLAIN, brought, checked, page, take

pytestmark = pytest.mark.django_db


# --- 3, the check ----------------------------------------------------------------------------


def test_refused_lines_are_named_with_the_reason(browser: Client) -> None:
    upload = checked(browser, BAD)
    shown = page(browser, upload)
    assert "3 values refused" in shown
    assert "Import 2 values, leave out 3" in shown and 'value="skip"' in shown
    rows = browser.get(f"/imports/{upload.public_id}/").context["rows"]
    assert [(one.line, one.result) for one in rows] == [
        (2, "created"), (3, "created"), (4, "refused"), (5, "refused"), (6, "refused"),
    ]  # fmt: skip
    for words in ("“soon” is neither", "no indicator “other”", "“many” is not"):
        assert words in shown, words


def test_lines_further_down_are_named_below_the_first_ones(browser: Client) -> None:
    lines = [f"sales,{1990 + k}-01,{k}\n" for k in range(30)] + ["sales,soon,1\n"] * 25
    upload = checked(browser, "indicator,at,value\n" + "".join(lines))
    shown = page(browser, upload)
    assert "Line 32, at." in shown and "Line 51, at." in shown and "Line 52," not in shown
    assert "The error report lists all of them." in shown
    report = browser.get(f"/imports/{upload.public_id}/refused.csv").content.decode()
    assert report.count("soon") == 25 and "\n56,at," in report.replace("\r", "")


def test_where_not_one_value_can_be_taken_nothing_is_offered(browser: Client) -> None:
    upload = checked(browser, "indicator,at,value\nsales,soon,1\n")
    shown = page(browser, upload)
    assert "Every value is refused." in shown and "Import 0" not in shown


def test_lines_that_contradict_each_other_are_warned_of(browser: Client) -> None:
    lines = "indicator,at,value\nsales,2026-09,1\nsales,2026-09,2\n"
    assert "Rows contradict each other:" in page(browser, checked(browser, lines))
    assert "contradict" not in page(browser, checked(browser, BAD))


def test_what_can_only_fail_is_not_offered(browser: Client) -> None:
    """Where all that is left is known, there is nothing to take in."""
    take(browser, checked(browser, PLAIN))
    assert jobs.take_next(clock.now())
    shown = page(browser, checked(browser, PLAIN + "sales,soon,3\n"))
    assert "nothing to import. Correct the file" in shown and "/take/" in shown
    assert "Finish import" not in shown
    whole = page(browser, checked(browser, PLAIN))
    assert "is unchanged" in whole and "Finish import" in whole and 'value="refuse"' in whole


def test_all_or_nothing_stores_nothing_and_the_file_may_be_taken_otherwise(
    browser: Client,
) -> None:
    upload = checked(browser, BAD)
    take(browser, upload)
    assert jobs.take_next(clock.now())
    assert not Measurement.objects.exists()
    shown = page(browser, upload)
    assert "Nothing was stored" in shown and "Import 2 values, leave out 3" in shown
    take(browser, upload, "skip")
    assert jobs.take_next(clock.now())
    assert Measurement.objects.count() == 2
    done = page(browser, upload)
    assert "Refused" in done and "3 values refused" in done


def test_the_error_report_is_a_table_that_no_spreadsheet_runs(browser: Client) -> None:
    upload = checked(browser, PLAIN + '"=1+1",2026-10,3\n')
    outcome = UploadOutcome.of(upload)
    assert outcome.tally is not None
    evil = Refused(line=9, field="note", words=" =HYPERLINK(1)")
    outcome.tally = Tally(rejected=7, refusals=(*outcome.tally.refusals, evil))
    Upload.objects.update(outcome=outcome.as_json())
    answer = browser.get(f"/imports/{upload.public_id}/refused.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode())))
    assert lines[0] == ["line", "column", "reason"] and lines[1][:2] == ["4", "indicator"]
    assert lines[2] == ["9", "note", "' =HYPERLINK(1)"]
    assert lines[3] == ["", "", "and 5 more lines"]


def test_the_same_file_again_would_change_nothing(browser: Client) -> None:
    for _ in range(2):
        upload = checked(browser)
        shown = page(browser, upload)
        take(browser, upload)
        jobs.take_next(clock.now())
    assert "Every value is unchanged" in shown
    assert Measurement.objects.count() == 2
    done = page(browser, upload)
    assert "Nothing changed" in done and "Undo this import" not in done


def test_a_file_without_values_cannot_be_taken(browser: Client) -> None:
    upload = checked(browser, "indicator,at,value\n")
    shown = page(browser, upload)
    assert "The file holds no values." in shown and "Import 0" not in shown


def test_the_check_leads_back_to_the_columns(browser: Client) -> None:
    upload = brought(browser)
    answer = browser.get(f"/imports/{upload.public_id}/")
    assert answer["Location"] == f"/imports/{upload.public_id}/columns/"
    assert take(browser, upload).redirect_chain[-1][0].endswith("/columns/")


def test_a_file_may_be_discarded(browser: Client) -> None:
    upload = checked(browser)
    answer = browser.post(f"/imports/{upload.public_id}/discard/", follow=True)
    assert "None of its values was stored" in answer.content.decode()
    assert not Upload.objects.exists()


# --- while the worker is at it ---------------------------------------------------------------


def test_two_decisions_at_once_are_one(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    second = take(browser, upload, "skip").content.decode()
    assert "being imported already" in second
    upload.refresh_from_db()
    assert UploadOutcome.of(upload).on_error == "refuse"
    assert jobs.take_next(clock.now()) and not jobs.take_next(clock.now())
    assert "being imported already, or was imported" in take(browser, upload).content.decode()
    assert Batch.objects.count() == 1


def test_what_is_under_way_is_neither_changed_nor_discarded(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    url = f"/imports/{upload.public_id}/"
    assert browser.get(f"{url}columns/")["Location"] == url
    assert browser.post(f"{url}columns/", {"check": "1"})["Location"] == url
    assert "being imported" in browser.post(f"{url}discard/", follow=True).content.decode()
    assert Upload.objects.filter(state="queued").exists()


def test_the_page_shows_how_far_the_worker_is(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    assert "Refresh" in page(browser, upload)
    jobs.Counter(upload.public_id).add(1)
    bar = page(browser, upload, headers={"HX-Request": "true"})
    assert bar.startswith("<div") and "1 of 2 rows" in bar and 'value="50"' in bar
    jobs.take_next(clock.now())
    answer = browser.get(f"/imports/{upload.public_id}/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_the_page_says_that_it_waits_for_a_worker(browser: Client) -> None:
    upload = checked(browser)
    take(browser, upload)
    assert "Waiting for a worker" not in page(browser, upload)
    Upload.objects.update(queued_at=clock.now() - timedelta(seconds=30))
    assert "Waiting for a worker" in page(browser, upload)


def test_a_large_file_is_checked_by_the_worker(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("measurements.files.jobs.AT_ONCE", 10)
    upload = checked(browser)
    assert upload.state == "queued" and "being checked" in page(browser, upload)
    assert "0 of about 3 rows" in page(browser, upload)
    assert jobs.take_next(clock.now())
    assert not Measurement.objects.exists()
    assert "Import 2 values" in page(browser, upload)
