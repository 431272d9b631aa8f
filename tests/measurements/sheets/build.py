"""Indicators and files for the tests of reading tables, built in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from measurements.files.looking import look_at_file
from measurements.files.reading import FileLook, KnownIndicator, Reading
from measurements.files.taking import rows_of_file
from measurements.row import Row

SALES = KnownIndicator("sales", "Net sales", "currency", "sum", "month")
CONVERSION = KnownIndicator("conversion", "Conversion rate", "percent", "mean", "day")
RETURNS = KnownIndicator("returns", "Returns", "percent", "ratio", "week")
WAIT = KnownIndicator("wait", "Waiting time", "duration", "mean", "day")
VISITS = KnownIndicator("visits", "Visits", "number", "sum", "day")
KNOWN = (SALES, CONVERSION, RETURNS, WAIT, VISITS)
SHEET = "xl/worksheets/sheet1.xml"

Told = tuple[str, str, str | None]


def seen(
    content: str | bytes,
    *,
    name: str = "file.csv",
    known: Sequence[KnownIndicator] = KNOWN,
    given: Reading | None = None,
) -> FileLook:
    """The look at a file."""
    return look_at_file(as_bytes(content), name=name, known=known, given=given)


def taken(
    content: str | bytes, *, known: Sequence[KnownIndicator] = KNOWN, given: Reading | None = None
) -> list[Row]:
    """The rows of a file that asks nothing."""
    found = seen(content, known=known, given=given)
    assert found.questions == ()
    return list(rows_of_file(as_bytes(content), found.reading, known=known))


def told(found: Iterable[Row]) -> list[Told]:
    """Rows as indicator, time and value, or the words of what is wrong."""
    return [
        (row.indicator, str(row.at), str(row.value) if row.value is not None else None)
        if row.problem is None
        else (row.problem.field or "", row.problem.code, row.problem.detail)
        for row in found
    ]


def as_bytes(content: str | bytes) -> bytes:
    """Text as UTF-8."""
    return content.encode() if isinstance(content, str) else content


def book(*lines: Sequence[Any], shape: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with one sheet; `shape` may change the sheet before it is saved."""
    workbook = Workbook()
    for line in lines:
        workbook.active.append(line)
    if shape is not None:
        shape(workbook.active)
    return saved(workbook)


def saved(workbook: Any) -> bytes:
    """A workbook as its file."""
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def altered(archive: bytes, change: Callable[[bytes], bytes], *, part: str = SHEET) -> bytes:
    """An archive with one part changed."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, change(content) if name == part else content)
    return changed.getvalue()


ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = (
    "".join(f' xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "style", "table", "text"))
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(sheets: str, *, styles: str = "", before: str = "") -> bytes:
    """An OpenDocument spreadsheet with these `table:table` elements."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"{before}<office:document-content{NAMESPACES}>"
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return file.getvalue()


def ods_of(*lines: Sequence[str]) -> bytes:
    """An OpenDocument spreadsheet of texts."""
    cells = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = ("".join(cells.format(word) for word in line) for line in lines)
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return ods(f'<table:table table:name="Sheet1">{body}</table:table>')
