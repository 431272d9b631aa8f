"""Import measurements from a table of any size, checked as every delivery is."""

from __future__ import annotations

import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from indicators.models import Indicator
from measurements.delivery import deliver_stream, note_refused
from measurements.files.bringing import known_of
from measurements.files.limits import Unreadable
from measurements.files.looking import look_at_file
from measurements.files.outcome import Tally
from measurements.files.reading import (
    ENCODINGS,
    MEASURES,
    ROLES,
    FileLook,
    FileQuestion,
    KnownIndicator,
    Reading,
)
from measurements.files.taking import rows_of_file
from measurements.models import Batch
from measurements.row import Report, Row, Sender
from measurements.undoing import NotUndoable, undo
from teams.management.people import active_person
from teams.models import User

PART = 5000
SHOWN = 20
OPTIONS = {
    "decimal": "--decimal",
    "dates": "--dates",
    "year": "--year",
    "indicator": "--indicator",
}


class Command(BaseCommand):
    help = (
        "Import the measurements of a CSV, TSV, XLSX or ODS file: one row per measurement with the "
        "columns indicator, at, value (or numerator and denominator), note, in any order; or one "
        "column per indicator or period. Options say what the file leaves open."
        " All or nothing, unless --on-error skip is given; unchanged values are left alone, so "
        "a file may be imported again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", nargs="?", default="", help="the file; - is standard input"
        )
        parser.add_argument(
            "--undo", metavar="DELIVERY", type=int, help="undo an earlier import as a whole"
        )
        parser.add_argument(
            "--user", metavar="EMAIL", help="who it is done for, whose rights hold (default: all)"
        )
        parser.add_argument("--on-error", choices=["refuse", "skip"], default="refuse")
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")
        add_choices(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["file"]) is (options["undo"] is not None):
            raise CommandError("Name either a file, or with --undo an earlier import.")
        if options["undo"] is not None:
            self.take_back(options["undo"], actor_of(options))
            return
        name = Path(options["file"]).name
        sender = Sender(actor=actor_of(options), door=Batch.Door.COMMAND, label=name)
        known = known_to(sender.actor)
        try:
            with opened_file(options["file"]) as file:
                reading = self.decide(file, name, known, options)
                report = deliver_stream(
                    self.parts(file, rows_of_file(file, reading, known=known)),
                    sender,
                    on_error=options["on_error"],
                    dry_run=options["dry_run"],
                    now=timezone.now(),
                )
        except Unreadable as problem:
            if not options["dry_run"]:
                note_refused(sender, f"It cannot be read: {problem}", now=timezone.now())
            raise CommandError(f"{name} cannot be read, nothing was stored: {problem}") from problem
        except OperationalError as problem:
            raise CommandError(f"Nothing was stored, try again: {problem}") from problem
        if report.rejected and options["on_error"] == "refuse" and not options["dry_run"]:
            note_refused(sender, Tally.of(report).reason, now=timezone.now(), report=report)
        self.tell(report, options["on_error"], dry_run=options["dry_run"])

    def decide(
        self, file: BinaryIO, name: str, known: Sequence[KnownIndicator], options: dict[str, Any]
    ) -> Reading:
        """How the file is read, said aloud; what is open ends the command with the options."""
        given = reading_from_options(options)
        found = look_at_file(file, name=name, known=known, given=given)
        if options["column"]:
            columns = with_said_roles(found, options["column"])
            marks = replace(found.reading, decimal=given.decimal, dates=given.dates)
            given = replace(marks, columns=columns, indicator=given.indicator)
            found = look_at_file(file, name=name, known=known, given=given)
        self.stdout.write(" ".join(found.guessed))
        if found.questions:
            asked = "\n".join(map(question_text, found.questions))
            raise CommandError(f"{name} leaves something open, nothing was stored.\n{asked}")
        return found.reading

    def parts(self, file: BinaryIO, found: Iterator[Row]) -> Iterator[list[Row]]:
        """The rows of the file in parts, with progress said where somebody watches."""
        size, done, watched = file.seek(0, 2), 0, self.stderr.isatty()
        while part := list(islice(found, PART)):
            yield part
            done += len(part)
            if watched:
                self.stderr.write(f"\r{bar(file.tell(), size)} {done:,} rows", ending="")
        if watched:
            self.stderr.write("")

    def tell(self, report: Report, on_error: str, *, dry_run: bool) -> None:
        """Say what became of the file; refusals first, with their lines."""
        for refusal in report.rejected[:SHOWN]:
            place = f"line {refusal.index + 1}" + (f", {refusal.field}" if refusal.field else "")
            self.stderr.write(f"{place}: {refusal.detail}")
        if report.rejected_count > SHOWN:
            self.stderr.write(f"… and {report.rejected_count - SHOWN:,} more.")
        counts = (
            f"{report.received:,} received: {report.created:,} created, {report.updated:,} updated,"
            f" {report.unchanged:,} unchanged, {report.rejected_count:,} rejected"
        )
        if report.rejected and on_error == "refuse":
            raise CommandError(f"Nothing was stored. {counts}.")
        self.stdout.write(f"{counts}{' (dry run, nothing stored)' if dry_run else ''}.")
        if report.changed_indicator_ids and report.batch_id is not None:
            self.stdout.write(f"Undo it with --undo {report.batch_id}.")

    def take_back(self, delivery: int, actor: User | None) -> None:
        """Undo an import as a whole, and say what came of it."""
        gate = Batch.objects.all() if actor is None else Batch.objects.visible_to(actor)
        batch = gate.filter(pk=delivery).first()
        if batch is None:
            raise CommandError(f"There is no delivery {delivery}.")
        try:
            undone = undo(batch, actor=actor, now=timezone.now())
        except NotUndoable as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"{undone.withdrawn:,} withdrawn, {undone.restored:,} set back, "
            f"{undone.kept:,} changed since and left alone."
        )


def add_choices(parser: ArgumentParser) -> None:
    """One option for each choice about how a file is read; what is not said is told by the file."""
    group = parser.add_argument_group("how the file is read (default: as the file tells)")
    group.add_argument("--encoding", choices=list(ENCODINGS), default="", metavar="NAME")
    group.add_argument("--delimiter", default="", help="between columns: one character, or tab")
    group.add_argument("--sheet", default="", help="of a workbook (default: the first that fits)")
    group.add_argument("--header", type=int, default=-1, help="line of the names; 0: there is none")
    group.add_argument("--layout", choices=["long", "indicators", "periods"], default="")
    group.add_argument("--decimal", choices=[".", ","], default="", help="mark before decimals")
    group.add_argument("--dates", choices=["ymd", "dmy", "mdy"], default="", help="order of dates")
    group.add_argument("--year", default="", help="of months, quarters and weeks without one")
    group.add_argument(
        "--timezone", metavar="NAME", default="", help="of times without an offset from UTC"
    )
    group.add_argument("--indicator", metavar="KEY", default="", help="where no column tells it")
    group.add_argument(
        "--column",
        metavar="NAME=ROLE",
        action="append",
        default=[],
        help=f"what a column holds, by name or number: {', '.join(ROLES)}, key:KEY, numerator:KEY,"
        " denominator:KEY, period:2026-11, or nothing to leave it out; may be repeated",
    )


def reading_from_options(options: dict[str, Any]) -> Reading:
    """The choices made by options; the others are open."""
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
    if len(delimiter) > 1:
        raise CommandError("--delimiter is one character, or tab.")
    roles = [pair.rpartition("=")[2] for pair in options["column"]]
    layout = options["layout"]
    if not layout and any(role.startswith(MEASURES) for role in roles):
        layout = "indicators"
    if not layout and any(role.startswith("period:") for role in roles):
        layout = "periods"
    names = ("encoding", "sheet", "header", "decimal", "dates", "year", "indicator")
    given = {name: options[name] for name in names} | {"zone": options["timezone"]}
    return Reading.from_json(given | {"form": "text", "delimiter": delimiter, "layout": layout})


def with_said_roles(found: FileLook, pairs: Iterable[str]) -> tuple[str, ...]:
    """The guessed roles of the columns with those that were said; no role is there twice."""
    roles = list(found.reading.columns)
    for pair in pairs:
        name, equals, role = pair.rpartition("=")
        if not equals:
            raise CommandError(f"--column is NAME=ROLE, and not {pair}.")
        place = place_of(name.strip(), found.header, len(roles))
        roles = ["" if other == role else other for other in roles]
        roles[place] = role.strip()
    Reading.from_json({"form": "text", "columns": roles})
    return tuple(roles)


def place_of(name: str, header: Sequence[str], width: int) -> int:
    """Where the column with this name, or this number from 1, stands."""
    folded = [given.casefold() for given in header]
    if folded.count(name.casefold()) == 1:
        return folded.index(name.casefold())
    if name.isdecimal() and 0 < int(name) <= width:
        return int(name) - 1
    known = ", ".join(f"“{given}”" for given in header if given)
    raise CommandError(f"There is no column “{name}”; there are {known or width}.")


def question_text(question: FileQuestion) -> str:
    """A question with the options that answer it."""
    option = OPTIONS.get(question.field)
    if option is None:
        names = ", ".join(question.examples[:30])
        return f"{question.words} Say --column NAME=ROLE; the columns are {names}."
    if not question.options:
        return f"{question.words} Say {option}."
    answers = "\n".join(f"  {option} {value}  {words}" for value, words in question.options[:30])
    return f"{question.words} Say one of\n{answers}"


@contextmanager
def opened_file(name: str) -> Iterator[BinaryIO]:
    """The file, or what standard input holds for -, such that it can be read more than once."""
    if name == "-":
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            yield kept
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as problem:
        raise CommandError(f"{name} cannot be opened: {problem.strerror}.") from problem
    with file:
        yield file


def actor_of(options: dict[str, Any]) -> User | None:
    """Who it is done for; None, the installation itself, where nobody is named."""
    return None if options["user"] is None else active_person(options["user"])


def known_to(actor: User | None) -> list[KnownIndicator]:
    """The indicators that may be meant: those into which the person may enter values, or all."""
    gate = Indicator.objects.all() if actor is None else Indicator.objects.enterable_by(actor)
    return known_of(gate.order_by("key"))


def bar(done: int, size: int) -> str:
    """How much of the file is read, as a bar and in percent."""
    share = min(1.0, done / size) if size else 1.0
    filled = round(share * 24)
    return f"[{'#' * filled}{'.' * (24 - filled)}] {share:4.0%}"
