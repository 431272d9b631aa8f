"""How a file is read: what is guessed, asked and changed, in all shapes of files."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.test import Client
from openpyxl import Workbook

from indicators.models import Indicator
from measurements.files import jobs
from measurements.files.outcome import UploadOutcome
from measurements.models import Measurement, Upload
from teams.models import Membership, Organisation, Team, User
from tests import clock
from tests.factories import make_indicator, make_team
from tests.measurements.files import PLAIN, brought, checked, choices, page, take

pytestmark = pytest.mark.django_db


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
    assert UploadOutcome.of(upload).tally is None


@pytest.mark.parametrize(("mark", "value"), [(",", "1.234"), (".", "1234")])
def test_the_answer_decides_what_the_number_is(
    browser: Client, sales: Indicator, mark: str, value: str
) -> None:
    upload = checked(browser, GERMAN, decimal=mark)
    assert value in page(browser, upload)
    take(browser, upload)
    jobs.take_next(clock.now())
    assert str(Measurement.objects.earliest("at").value) == value


@pytest.mark.parametrize(
    ("own", "chosen", "hour"), [("", "", 9), ("Asia/Tokyo", "", 1), ("Asia/Tokyo", "UTC", 10)]
)
def test_times_without_an_offset_are_of_their_indicators_zone(
    browser: Client, sales: Indicator, own: str, chosen: str, hour: int
) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"timezone": "Europe/Oslo"})
    Indicator.objects.update(timezone=own)
    content = "indicator,at,value\nsales,2026-11-20 10:00,1\n"
    upload = brought(browser, content)
    shown = browser.get(f"/imports/{upload.public_id}/columns/").content.decode()
    assert f"Times without an offset from UTC are of {own or 'Europe/Oslo'}" in shown
    upload = checked(browser, content, zone=chosen)
    take(browser, upload)
    jobs.take_next(clock.now())
    assert Measurement.objects.get().at == datetime(2026, 11, 20, hour, tzinfo=UTC)


def test_the_zone_is_asked_only_where_it_plays_a_part(browser: Client) -> None:
    upload = brought(browser, "indicator,at,value\nsales,2026-11-20T10:00:00Z,1\n")
    assert "zone" not in choices(browser, upload)
    sent = choices(browser, upload) | {"zone": "Europe/Nowhere", "again": "1"}
    assert browser.post(f"/imports/{upload.public_id}/columns/", sent).status_code == 200


def test_days_and_months_that_may_be_swapped_are_asked(browser: Client, sales: Indicator) -> None:
    content = "indicator,at,value\nsales,03/04/2026,1\nsales,05/06/2026,2\n"
    upload = checked(browser, content, dates="mdy")
    take(browser, upload)
    jobs.take_next(clock.now())
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
    jobs.take_next(clock.now())
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
    assert UploadOutcome.of(upload).tally is None


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


# --- shapes of files -------------------------------------------------------------------------


def stored(browser: Client, upload: Upload) -> dict[str, str]:
    """Take the file in; what is known then, by indicator and month."""
    take(browser, upload)
    assert jobs.take_next(clock.now())
    rows = Measurement.objects.select_related("indicator")
    return {f"{one.indicator.key} {one.at:%Y-%m}": f"{one.value}" for one in rows}


def test_one_column_an_indicator(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "costs", name="Running costs")
    upload = brought(browser, "month,Sales,Running costs,remark\n2026-09,1,5,x\n2026-10,2,6,y\n")
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    assert form["layout"].value() == "indicators"
    roles = [column.field.value() for column in form.shown_columns()]
    assert roles == ["at", "key:sales", "key:costs", "note"]
    offered = dict(form.fields["column-1"].choices)
    assert offered["key:costs"] == "Running costs" and "value" not in offered
    upload = checked(browser, "month,Sales,Running costs\n2026-09,1,5\n2026-10,2,6\n")
    assert stored(browser, upload) == {
        "sales 2026-09": "1", "sales 2026-10": "2", "costs 2026-09": "5", "costs 2026-10": "6",
    }  # fmt: skip


def test_one_column_a_period_and_very_many_of_them(browser: Client, sales: Indicator) -> None:
    months = [f"{2000 + k // 12}-{k % 12 + 1:02}" for k in range(100)]
    lines = ",".join(["indicator", *months]) + "\n" + ",".join(["sales", *map(str, range(100))])
    upload = brought(browser, lines + "\n")
    answer = browser.get(f"/imports/{upload.public_id}/columns/")
    form = answer.context["form"]
    assert len(form.shown_columns()) == 60 and form.further_columns() == 41
    assert "And 41 more columns" in answer.content.decode()
    found = stored(browser, checked(browser, lines + "\n"))
    assert len(found) == 100 and found["sales 2008-04"] == "99"


def test_numbers_are_read_in_the_unit_of_their_indicator(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "waiting", unit="duration", unit_label="s")
    make_indicator(red_team, "share", unit="percent", unit_label="%")
    lines = "indicator,at,value\nwaiting,2026-10,1:30:00\nshare,2026-10,12.5 %\n"
    assert stored(browser, checked(browser, lines)) == {
        "waiting 2026-10": "5400", "share 2026-10": "12.5",
    }  # fmt: skip


def test_a_ratio_is_shown_and_corrected_as_its_parts(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "returns", rollup="ratio", factor=100)
    lines = "indicator,at,numerator,denominator\nreturns,2026-10,{},280\n"
    take(browser, checked(browser, lines.format(9)))
    jobs.take_next(clock.now())
    shown = page(browser, checked(browser, lines.format(10)))
    assert "was </span>9 / 280" in shown and "10 / 280" in shown


def test_two_values_for_one_time_are_told_apart(browser: Client, sales: Indicator) -> None:
    upload = checked(browser, PLAIN + "sales,2026-10,2.0\nsales,2026-10,3\n")
    rows = browser.get(f"/imports/{upload.public_id}/").context["rows"]
    assert [one.result for one in rows] == ["created", "created", "unchanged", "refused"]
    tally = UploadOutcome.of(upload).tally
    assert tally is not None
    assert (tally.created, tally.unchanged, tally.rejected) == (2, 1, 1)


def test_the_sheet_of_a_workbook_is_chosen(browser: Client, sales: Indicator) -> None:
    book, out = Workbook(), io.BytesIO()
    for number, title in enumerate(("First", "Second")):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = title
        sheet.append(["indicator", "at", "value"])
        sheet.append(["sales", "2026-10", number + 1])
    book.save(out)
    upload = brought(browser, out.getvalue(), "sales.xlsx")
    url = f"/imports/{upload.public_id}/columns/"
    assert browser.get(url).context["form"]["sheet"].value() == "First"
    browser.post(url, choices(browser, upload, sheet="Second"))
    assert browser.post(url, choices(browser, upload) | {"check": "1"}).status_code == 302
    assert stored(browser, upload) == {"sales 2026-10": "2"}


def test_of_very_many_indicators_those_are_offered_that_the_file_names(
    browser: Client, red_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("costs", "visits", "returns"):
        make_indicator(red_team, name)
    upload = brought(browser, "month,sales,costs,other\n2026-09,1,5,7\n")
    url = f"/imports/{upload.public_id}/columns/"
    offered = dict(browser.get(url).context["form"].fields["column-3"].choices)
    assert {"key:visits", "key:returns"} <= offered.keys()
    monkeypatch.setattr("measurements.forms.imports.MOST_OFFERED", 3)
    answer = browser.get(url)
    offered = dict(answer.context["form"].fields["column-3"].choices)
    assert {"key:sales", "key:costs"} <= offered.keys() and "key:visits" not in offered
    assert "too many indicators" in answer.content.decode()
    assert browser.post(url, choices(browser, upload) | {"check": "1"}).status_code == 302


def test_choices_that_are_kept_and_fit_no_more_are_guessed_again(browser: Client) -> None:
    upload = brought(browser)
    Upload.objects.update(reading={**upload.reading, "encoding": "klingon"})
    answer = browser.get(f"/imports/{upload.public_id}/columns/")
    assert answer.status_code == 200
    assert answer.context["form"]["encoding"].value() == "utf-8"
    Upload.objects.update(reading={"form": "text", "colour": "red"})
    assert browser.get(f"/imports/{upload.public_id}/columns/").status_code == 200


def test_a_ratio_may_have_a_column_for_each_part(browser: Client, red_team: Team) -> None:
    make_indicator(red_team, "returns", name="Returned", rollup="ratio")
    content = "month,Returned numerator,Base,sales\n2026-09,9,280,5\n2026-10,7,270,6\n"
    upload = brought(browser, content)
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    assert form["column-1"].value() == "numerator:returns"
    assert "denominator of “returns”" in form.look.questions[0].words
    assert ("denominator:returns", "Returned, denominator") in form.fields["column-2"].choices
    assert "numerator:sales" not in dict(form.fields["column-2"].choices)

    upload = checked(browser, content, **{"column-2": "denominator:returns"})
    assert "9 / 280" in page(browser, upload)
    take(browser, upload)
    jobs.take_next(clock.now())
    kept = Measurement.objects.filter(indicator__key="returns").order_by("at")
    assert [f"{m.numerator}/{m.denominator}" for m in kept] == ["9/280", "7/270"]


def test_indicators_of_one_name_are_told_apart(browser: Client, red_team: Team, carl: User) -> None:
    blue = make_team("Blue")
    Membership.objects.create(user=carl, team=blue, role="contributor")
    for team, key in ((red_team, "a"), (blue, "b"), (red_team, "c"), (red_team, "d")):
        make_indicator(team, key, name="Waiting time" if key in "ab" else "Calls")
    upload = brought(browser, "at,value\n2026-10,1\n")
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    assert dict(form["indicator"].field.choices) == {
        "a": "Waiting time · Red team",
        "b": "Waiting time · Blue",
        "c": "Calls · c",
        "d": "Calls · d",
        "sales": "Sales",
    }
    assert "Waiting time · Blue" in page(browser, checked(browser, PLAIN_TIME, indicator="b"))


PLAIN_TIME = "at,value\n2026-10,1\n"


def test_the_year_of_months_is_asked(browser: Client, sales: Indicator) -> None:
    content = "KPI,Jan,Feb,Mar\nSales,1,2,3\n"
    upload = brought(browser, content)
    url = f"/imports/{upload.public_id}/columns/"
    assert "Of which year is “Jan”?" in browser.get(url).content.decode()
    for year, words in (("", "Write the year"), ("26", "Write 1970 or more")):
        answer = browser.post(url, choices(browser, upload) | {"year": year, "check": "1"})
        assert answer.status_code == 422 and words in answer.content.decode()
    browser.post(url, choices(browser, upload) | {"year": "2024", "again": "1"})
    form = browser.get(url).context["form"]
    assert form["year"].value() == "2024" and form["year"] in form.told()

    upload = checked(browser, content, year="2025")
    assert "2025-03" in page(browser, upload)
    take(browser, upload)
    jobs.take_next(clock.now())
    days = Measurement.objects.order_by("at").values_list("at", flat=True)
    assert [f"{day:%Y-%m}" for day in days] == ["2025-01", "2025-02", "2025-03"]


def test_a_year_and_a_month_are_one_time(browser: Client, sales: Indicator) -> None:
    content = "Jahr;Monat;Sales\n2025;12;1\n2026;1;2\n"
    upload = checked(browser, content)
    assert "2025-12" in page(browser, upload)
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    assert [form[f"column-{n}"].value() for n in range(3)] == ["year", "month", "key:sales"]
    take(browser, upload)
    jobs.take_next(clock.now())
    days = Measurement.objects.order_by("at").values_list("at", flat=True)
    assert [f"{day:%Y-%m}" for day in days] == ["2025-12", "2026-01"]
