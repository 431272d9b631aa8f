"""The page of an indicator for programs: what it takes, what came in, and examples that work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from indicators.models import Indicator
from measurements import arrivals
from measurements.delivery import deliver
from measurements.models import Batch, Measurement
from measurements.row import Row, Sender
from teams.access import Scope
from teams.models import AccessToken, Team, User
from tests import clock, factories
from tests.conftest import signed_in, with_token

URL = "/indicators/sales/integrate/"
CURL = shutil.which("curl")
NODE = shutil.which("node")


def page(user: User, url: str = URL, **extra: Any) -> str:
    response = signed_in(user).get(url, **extra)
    assert response.status_code == 200
    return unescape(response.content.decode())


def example(html: str, slug: str) -> str:
    found = re.search(rf'<pre class="code" id="example-{slug}"[^>]*>(.*?)</pre>', html, re.DOTALL)
    assert found is not None, slug
    return found[1]


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "sales", unit="currency", unit_label="kr")


# --- what it says -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_examples_name_this_indicator_and_its_last_number(sales: Indicator, carl: User) -> None:
    factories.make_measurements(sales, ["12345678901234567.25"], first=date(2026, 9, 1))
    html = page(carl)
    for slug in ("check", "curl", "table", "python", "sheet"):
        code = example(html, slug)
        assert "http://testserver/api/v1/indicators/sales/measurements/" in code
    assert re.search(r'-d \'\[\{"at": "20\d\d-\d\d", "value": 12345678901234567\.25}]', html)
    assert "?dry_run=true" in example(html, "check")
    assert "kpt_" not in example(html, "curl") and "$TOKEN" in example(html, "curl")


@pytest.mark.django_db
def test_every_example_can_be_copied_and_selected(sales: Indicator, carl: User) -> None:
    html = page(carl)
    buttons = re.findall(r'data-copy="([\w-]+)" hidden', html)  # scripts take `hidden` away
    assert len(buttons) == 6
    for name in buttons:
        assert f'<pre class="code" id="{name}" tabindex="0">' in html


@pytest.mark.django_db
def test_a_ratio_is_sent_in_its_parts(red_team: Team, carl: User) -> None:
    factories.make_indicator(red_team, "sales", rollup="ratio", unit="percent", period="week")
    html = page(carl)
    assert '"numerator": 32, "denominator": 1000' in example(html, "curl")
    assert "at,numerator,denominator" in example(html, "table")
    assert "never their quotient" in html and '"value"' not in html
    assert re.search(r'"at": "20\d\d-\d\d-\d\d"', example(html, "curl"))


@pytest.mark.django_db
def test_a_score_s_example_lies_in_its_range(red_team: Team, carl: User) -> None:
    factories.make_indicator(red_team, "sales", unit="score", minimum=Decimal(10), maximum=50)
    html = page(carl)
    assert '"value": 10}' in example(html, "curl") and "10 to 50" in html


@pytest.mark.django_db
def test_a_computed_one_says_where_to_send(red_team: Team, carl: User, alice: User) -> None:
    factories.make_indicator(red_team, "orders", name="Orders")
    hidden = factories.make_team("Hidden team", visibility="members")
    factories.make_indicator(hidden, "visits", name="Visits")
    factories.make_indicator(
        red_team, "sales", source_kind="ratio", formula="orders / visits",
        inputs=["orders", "visits"],
    )  # fmt: skip
    html = page(carl)
    assert "it is computed" in html and "orders / visits" in html
    assert 'href="/indicators/orders/integrate/"' in html and "Visits" not in html
    assert "example-curl" not in html and "example-excel" in html


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "retired"])
def test_one_that_takes_nothing_says_so(state: str, red_team: Team, carl: User) -> None:
    factories.make_indicator(red_team, "sales", state=state)
    assert "It takes values only while it is active." in page(carl)


@pytest.mark.django_db
def test_it_is_reached_from_the_indicator(sales: Indicator, carl: User, bob: User) -> None:
    assert f'href="{URL}"' in page(carl, "/indicators/sales/")
    assert f'href="{URL}"' not in page(bob, "/indicators/sales/")


# --- what came in -----------------------------------------------------------------------------


def send(user: User, *values: tuple[str, str], label: str = "") -> Batch:
    rows = [Row(index=0, indicator="sales", at=at, value=value) for at, value in values]
    report = deliver(rows, Sender(actor=user, door=Batch.Door.API, label=label), now=clock.now())
    return Batch.objects.get(pk=report.batch_id or 0)


@pytest.mark.django_db
def test_deliveries_are_those_that_its_values_are_from(
    sales: Indicator, red_team: Team, carl: User, alice: User
) -> None:
    factories.make_indicator(red_team, "other")
    first = send(alice, ("2026-08", "1"), ("2026-09", "2"), label="Nightly")
    second = send(carl, ("2026-09", "3"), ("2026-10", "4"), label="By hand")
    with_token(carl).post(
        "/api/v1/measurements/", '[{"indicator": "other", "at": "2026", "value": 1}]',
        content_type="application/json",
    )  # fmt: skip
    found = arrivals.arrivals_of(sales, carl)
    assert [(one.batch, one.here, one.is_told) for one in found] == [
        (second, 2, True),
        (first, 1, False),
    ]
    html = page(carl)
    assert "REST, Nightly" in html and "REST, By hand" in html and "Alice" in html
    table = html.split('id="deliveries"')[1].split("</section>")[0]
    assert table.count("<tr>") == 3


@pytest.mark.django_db
def test_the_page_takes_the_same_queries_for_one_and_for_many(
    sales: Indicator, alice: User, django_assert_max_num_queries: Any
) -> None:
    for month in range(1, 12):
        send(alice, (f"2026-{month:02}", "1"))
    browser = signed_in(alice)
    browser.get(URL)
    with django_assert_max_num_queries(11):
        browser.get(URL)


# --- who --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_doors(sales: Indicator, carl: User, bob: User, charlie: User) -> None:
    assert signed_in(carl).get(URL).status_code == 200
    assert signed_in(carl).post(URL).status_code == 405
    assert signed_in(bob).get(URL).status_code == 403
    assert signed_in(charlie).get(URL).status_code == 404
    assert signed_in(carl).get("/indicators/unknown/integrate/").status_code == 404
    assert Client().get(URL)["Location"].startswith("/accounts/login/")


# --- they run ---------------------------------------------------------------------------------


@pytest.fixture
def examples(
    transactional_db: None, live_server: LiveServer, red_team: Team, carl: User
) -> tuple[str, dict[str, str]]:
    """The page as seen at the address of a running server, and a token in the environment."""
    factories.make_indicator(red_team, "sales")
    factories.make_indicator(red_team, "share", rollup="ratio")
    _, key = AccessToken.issue(carl, name="test", scopes=[Scope.MEASUREMENTS_WRITE])
    address = live_server.url.removeprefix("http://")
    return address, {**os.environ, "TOKEN": key}


def run(command: list[str], environment: dict[str, str], folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.strip().replace("'", '"'))
    return found


@pytest.mark.parametrize("url", [URL, "/indicators/share/integrate/", "/integrations/"])
@pytest.mark.parametrize("slug", ["check", "curl", "table", "python", "sheet"])
def test_examples_do_what_they_say(
    slug: str, url: str, examples: tuple[str, dict[str, str]], carl: User, tmp_path: Path
) -> None:
    address, environment = examples
    code = example(page(carl, url, headers={"host": address}), slug)
    if slug == "python":
        answer = run([sys.executable, "-c", code], environment, tmp_path)
    elif slug == "sheet":
        if NODE is None:
            pytest.skip("needs node")
        answer = run([NODE, "-e", code + AS_IN_SHEETS], environment, tmp_path)
    else:
        if CURL is None:
            pytest.skip("needs curl")
        answer = run(["sh", "-c", code], environment, tmp_path)
    assert (answer["received"], answer["created"], answer["rejected"]) == (1, 1, [])
    assert Measurement.objects.count() == (0 if slug == "check" else 1)


# What Apps Script gives a script, as far as the example needs it; the request goes out by curl.
AS_IN_SHEETS = """
const head = ADDRESS.includes("share") ? ["at", "numerator", "denominator", "note"]
  : ADDRESS.endsWith("v1/measurements/") ? ["indicator", "at", "value", "note"]
  : ["at", "value", "note"];
const cells = { indicator: "sales", at: new Date(Date.UTC(2026, 10, 20)), value: 3.2,
  numerator: 32, denominator: 1000, note: "" };
const lines = [head, head.map((name) => cells[name]), head.map(() => "")];
const range = { getValues: () => lines };
const book = { getActiveSheet: () => ({ getDataRange: () => range }),
  getSpreadsheetTimeZone: () => "Etc/UTC" };
globalThis.SpreadsheetApp = { getActiveSpreadsheet: () => book };
globalThis.Utilities = { formatDate: (day) => day.toISOString().slice(0, 10) };
globalThis.PropertiesService = {
  getScriptProperties: () => ({ getProperty: (name) => process.env[name] }) };
globalThis.UrlFetchApp = { fetch: (url, options) => {
  const out = require("child_process").execFileSync("curl", ["-sS", "-w", "\\n%{http_code}",
    "-X", options.method.toUpperCase(), url, "-H", "Content-Type: " + options.contentType,
    "-H", "Authorization: " + options.headers.Authorization, "-d", options.payload]);
  const [text, status] = out.toString().split("\\n");
  return { getContentText: () => text, getResponseCode: () => Number(status) };
} };
sendNumbers();
"""
