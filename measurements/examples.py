"""Programs to copy that send numbers here: the texts, filled in for one indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from indicators.models import Indicator
from measurements.models import Measurement

LONG = ("month", "quarter", "year")
USUAL, USUAL_PARTS = Decimal("3.2"), (Decimal(32), Decimal(1000))

SEND = """\
curl -sS {url} \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{rows}'"""
CHECK = SEND.replace("{url}", '"{url}?dry_run=true"')
TABLE = """\
cat > values.csv <<'END'
{head}
{line}
END
curl -sS {url} \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: text/csv" --data-binary @values.csv"""
PYTHON = """\
import json, os, urllib.error, urllib.request

rows = {rows}
request = urllib.request.Request(
    "{url}",
    data=json.dumps(rows).encode(),
    headers={{
        "Authorization": "Bearer " + os.environ["TOKEN"],
        "Content-Type": "application/json",
    }},
)
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        print(json.load(answer))
except urllib.error.HTTPError as refusal:
    raise SystemExit(refusal.read().decode())"""
SHEET = """\
// The sheet in front has these words in its first line: {columns}
const ADDRESS = '{url}';

function sendNumbers() {{
  const book = SpreadsheetApp.getActiveSpreadsheet();
  const [head, ...lines] = book.getActiveSheet().getDataRange().getValues();
  const text = (cell) => cell instanceof Date
    ? Utilities.formatDate(cell, book.getSpreadsheetTimeZone(), 'yyyy-MM-dd') : cell;
  const rows = lines.map((line) => Object.fromEntries(
    head.map((name, place) => [name, text(line[place])]).filter(([, cell]) => cell !== '')));
  const answer = UrlFetchApp.fetch(ADDRESS, {{
    method: 'post',
    contentType: 'application/json',
    payload: JSON.stringify(rows.filter((row) => row.at)),
    headers: {{
      Authorization: 'Bearer ' + PropertiesService.getScriptProperties().getProperty('TOKEN'),
    }},
    muteHttpExceptions: true,
  }});
  if (answer.getResponseCode() !== 200) throw new Error(answer.getContentText());
  console.log(answer.getContentText());
}}"""
READ = """\
let
  Token = "kpt_…",
  Answer = Web.Contents("{base}", [
    RelativePath = "{path}",
    Headers = [Authorization = "Bearer " & Token, Accept = "text/csv"]
  ]),
  Table = Table.PromoteHeaders(Csv.Document(Answer, [Delimiter = ",", Encoding = 65001]))
in
  Table"""

SHEET_LEAD = (
    "Extensions → Apps Script: paste this, and keep the token under Project settings → Script "
    "properties as TOKEN. Run it by hand, or by a trigger every day. Google must be able to reach "
    "this address."
)
EXCEL_LEAD = (
    "Data → Get data → Blank query → Advanced editor; the token needs “Read measurements”, and the "
    "way to sign in is “Anonymous”. To send from Excel, save the sheet as “CSV UTF-8”, and send "
    "the file as above."
)


@dataclass(frozen=True, slots=True)
class CodeExample:
    """One text to copy; `slug` names it on the page."""

    slug: str
    title: str
    code: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class SampleDelivery:
    """Where the examples send, and one row: each field as JSON writes it."""

    base: str
    path: str
    row: Mapping[str, str]

    @property
    def url(self) -> str:
        """The whole address."""
        return self.base + self.path

    @property
    def json(self) -> str:
        """The row as an object."""
        return "{" + ", ".join(f'"{name}": {part}' for name, part in self.row.items()) + "}"

    def filled(self, text: str) -> str:
        """A text with the parts of the sample."""
        return text.format(
            url=self.url,
            base=self.base,
            path=self.path.lstrip("/"),
            rows=f"[{self.json}]",
            columns=", ".join(self.row),
            head=",".join(self.row),
            line=",".join(part.strip('"') for part in self.row.values()),
        )


def sample_of(indicator: Indicator, base: str, today: date) -> SampleDelivery:
    """A row as this indicator takes it, with the numbers that it had last."""
    path = f"/api/v1/indicators/{indicator.key}/measurements/"
    return SampleDelivery(
        base, path, {"at": f'"{sample_period(indicator, today)}"', **numbers(indicator)}
    )


def sample_of_many(key: str, base: str, today: date) -> SampleDelivery:
    """A row for the door that takes numbers of any indicator."""
    row = {"indicator": f'"{key}"', "at": f'"{today:%Y-%m-%d}"', "value": str(USUAL)}
    return SampleDelivery(base, "/api/v1/measurements/", row)


def sample_period(indicator: Indicator, today: date) -> str:
    """Today, as finely as values come in: a day, or a month."""
    grain = indicator.entry_period or indicator.period
    return f"{today:%Y-%m}" if grain in LONG else f"{today:%Y-%m-%d}"


def numbers(indicator: Indicator) -> dict[str, str]:
    """The numbers of the newest measurement, else some that are allowed."""
    newest: Measurement | None = indicator.measurements.order_by("-at").first()
    if indicator.rollup == Indicator.RollUp.RATIO:
        top, bottom = (newest.numerator, newest.denominator) if newest else USUAL_PARTS
        return {"numerator": f"{top or 0:f}", "denominator": f"{bottom or 0:f}"}
    value = newest.value if newest else None
    return {"value": f"{within_bounds(indicator, USUAL) if value is None else value:f}"}


def within_bounds(indicator: Indicator, number: Decimal) -> Decimal:
    """The number, or the nearest one that the indicator can have."""
    if indicator.minimum is not None:
        number = max(number, indicator.minimum)
    return number if indicator.maximum is None else min(number, indicator.maximum)


def examples_of(sample: SampleDelivery) -> tuple[CodeExample, ...]:
    """Every example, filled in."""
    check, send = sample.filled(CHECK), sample.filled(SEND)
    return (
        CodeExample(
            "check", "Check, and store nothing", check, "The answer counts what would happen."
        ),
        CodeExample("curl", "curl", send),
        CodeExample("table", "A CSV file with curl", sample.filled(TABLE)),
        CodeExample("python", "Python, nothing to install", sample.filled(PYTHON)),
        CodeExample("sheet", "Google Sheets", sample.filled(SHEET), SHEET_LEAD),
    )


def excel_example(sample: SampleDelivery) -> CodeExample:
    """How Excel takes the numbers in."""
    return CodeExample("excel", "Excel: read what is here", sample.filled(READ), EXCEL_LEAD)
