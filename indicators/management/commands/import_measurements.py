"""Brings measurements in from a CSV file of any size, through the same core as every door."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from indicators.ingestion import Report, Row, Sender, ingest_stream
from indicators.ingestion.readers import Unreadable, csv_rows
from indicators.models import Batch
from teams.models import User

PART = 5000
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Store the measurements of a CSV file with the columns indicator, at, value (or numerator "
        "and denominator), note, in any order. All or nothing, unless --on-error skip is given; "
        "what is known already is left alone, so a file may be imported again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file, in UTF-8; - is standard input")
        parser.add_argument(
            "--user", metavar="EMAIL", help="who it is done for, whose rights hold (default: all)"
        )
        parser.add_argument("--on-error", choices=["refuse", "skip"], default="refuse")
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")
        parser.add_argument("--delimiter", default=",", help="between columns (default: comma)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = Path(options["file"]).name
        sender = Sender(actor=person(options["user"]), door=Batch.Door.COMMAND, label=name)
        try:
            with opened(options["file"]) as file:
                report = ingest_stream(
                    self.parts(file, options["delimiter"]),
                    sender=sender,
                    on_error=options["on_error"],
                    dry_run=options["dry_run"],
                    now=timezone.now(),
                )
        except (Unreadable, UnicodeDecodeError) as problem:
            raise CommandError(f"{name} cannot be read, nothing was stored: {problem}") from problem
        except OperationalError as problem:
            raise CommandError(f"Nothing was stored, try again: {problem}") from problem
        self.tell(report, options["on_error"], dry_run=options["dry_run"])

    def parts(self, file: TextIO, delimiter: str) -> Iterator[list[Row]]:
        """The rows of the file in parts, with progress said where somebody watches."""
        if len(delimiter) != 1:
            raise CommandError("--delimiter is one character.")
        rows = csv_rows.stream(file, delimiter=delimiter)
        done = 0
        while part := list(islice(rows, PART)):
            yield part
            done += len(part)
            if self.stderr.isatty():
                self.stderr.write(f"\r{done:,} rows {share(file)}", ending="")
        if self.stderr.isatty():
            self.stderr.write("")

    def tell(self, report: Report, on_error: str, *, dry_run: bool) -> None:
        """Say what became of the file; refusals first, with their lines."""
        for refusal in report.rejected[:SHOWN]:
            place = f"row {refusal.index + 1}" + (f", {refusal.field}" if refusal.field else "")
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


def opened(name: str) -> AbstractContextManager[TextIO]:
    """The file, or standard input for -."""
    if name == "-":
        return nullcontext(sys.stdin)
    try:
        return Path(name).open(encoding="utf-8-sig", newline="")
    except OSError as problem:
        raise CommandError(f"{name} cannot be opened: {problem.strerror}.") from problem


def person(email: str | None) -> User | None:
    """The active person with this address; None, the installation itself, without one."""
    if email is None:
        return None
    found = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active person with the address {email}.")
    return found


def share(file: TextIO) -> str:
    """How much of the file is read, where its size is known."""
    path = Path(str(getattr(file, "name", "")))
    if not path.is_file() or not (size := path.stat().st_size):
        return ""
    return f"({100 * file.buffer.tell() // size} %)"
