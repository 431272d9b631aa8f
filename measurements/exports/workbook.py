"""Rows as an XLSX workbook that is sent while it is written: nothing is held, nothing is on disk.

The parts of the file are written here and not by a library, because libraries first write all of
a sheet and send it afterwards: a million rows would keep a browser waiting for minutes.
Cells hold numbers only where a spreadsheet keeps every digit; times are ISO texts, since a
spreadsheet's dates know neither time zone nor microsecond. See ECMA-376, part 1, chapter 18.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, count, islice
from string import ascii_uppercase
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from measurements.exports.texts import moment
from web.guards import escaped, guarded

# Rows of a sheet that programs open, its head line included; and bytes that need no ZIP64.
MOST_ROWS = 1_048_576
MOST_BYTES = 2**30
CHUNK = 1000
# Digits that survive a double, and that spreadsheets show and keep.
DIGITS = 15
QUICK = 1

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WIDTHS = {"at": 22, "indicator": 28, "note": 40}
HEAD, TEXT = 1, 2  # styles by their place in STYLES
STYLES = (
    f'{DECLARED}<styleSheet xmlns="{MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class Outlet:
    """What the archive is written to: bytes stay only until they are taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def workbook_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file, piece by piece; what one sheet cannot hold continues on the next one."""
    outlet, source = Outlet(), iter(rows)
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=QUICK) as archive:  # type: ignore[call-overload]
        sheets = 0
        first: Sequence[Any] | None = None
        while sheets == 0 or (first := next(source, None)) is not None:
            sheets += 1
            rest = source if first is None else chain([first], source)
            with archive.open(part_info(f"xl/worksheets/sheet{sheets}.xml"), "w") as sheet:
                for piece in sheet_pieces(columns, rest):
                    sheet.write(piece)
                    yield outlet.take()
        for name, text in package(sheets):
            archive.writestr(part_info(name), text)
    yield outlet.take()


def part_info(name: str) -> ZipInfo:
    """A part of the archive; the same rows make the same bytes at any time."""
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def sheet_pieces(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """One sheet: the head line and as many rows as it can hold."""
    letters = ascii_uppercase[: len(columns)]
    head = "".join(
        f'<c r="{letter}1" s="{HEAD}" t="inlineStr"><is><t>{name}</t></is></c>'
        for letter, name in zip(letters, columns, strict=True)
    )
    begin = f'{sheet_head(columns)}<row r="1">{head}</row>'.encode()
    yield begin
    size, source = len(begin), iter(rows)
    for number in count(2, CHUNK):
        room = MOST_ROWS - number + 1
        found = list(islice(source, min(CHUNK, room)))
        if not found:
            break
        piece = "".join(line(row, place, letters) for place, row in enumerate(found, number))
        yield (data := piece.encode())
        size += len(data)
        if size > MOST_BYTES or room <= CHUNK:
            break
    yield b"</sheetData></worksheet>"


def sheet_head(columns: Sequence[str]) -> str:
    """What stands before the rows: widths, and a head line that stays in sight."""
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{WIDTHS.get(name, 16)}" customWidth="1"/>'
        for place, name in enumerate(columns, start=1)
    )
    return (
        f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
    )


def line(row: Sequence[Any], number: int, letters: str) -> str:
    """One row; empty cells are left out."""
    cells = [
        cell(part, f"{letter}{number}")
        for letter, part in zip(letters, row, strict=True)
        if part is not None and part != ""
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def cell(part: Any, place: str) -> str:
    """One cell: a number where none of its digits is lost, else a text that nothing runs."""
    if isinstance(part, Decimal):
        if fits(part):
            return f'<c r="{place}"><v>{float(part):.{DIGITS}g}</v></c>'
        return f'<c r="{place}" s="{TEXT}" t="inlineStr"><is><t>{part:f}</t></is></c>'
    if isinstance(part, datetime):
        text = moment(part)
    else:
        text = as_text(part) if isinstance(part, str) else str(part).lower()
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def fits(number: Decimal) -> bool:
    """Whether a spreadsheet, which counts in doubles, gives all of the number back."""
    return Decimal(f"{float(number):.{DIGITS}g}") == number


def as_text(text: str) -> str:
    """A text that no program runs, in letters that XML can hold."""
    return escape(escaped(guarded(text)))


def package(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts that say what the file is; written last, when its sheets are counted."""
    numbers = range(1, sheets + 1)
    listed = "".join(
        f'<sheet name="{sheet_name(n)}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers
    )
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    yield "xl/workbook.xml", DECLARED + book
    parts = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", relationships([*parts, ("styles", "styles.xml")])
    yield "xl/styles.xml", STYLES
    yield "_rels/.rels", relationships([("officeDocument", "xl/workbook.xml")])
    yield "[Content_Types].xml", content_types(numbers)


def content_types(sheets: Iterable[int]) -> str:
    """What each part of the file is."""
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    kinds += [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in sheets]
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{CONTENT}.{kind}+xml"/>' for name, kind in kinds
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{DECLARED}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def sheet_name(number: int) -> str:
    """What the tab of a sheet says."""
    return "Measurements" if number == 1 else f"Measurements {number}"


def relationships(parts: Sequence[tuple[str, str]]) -> str:
    """Where the parts of a part are, numbered as `workbook.xml` names them."""
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, start=1)
    )
    return f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'
