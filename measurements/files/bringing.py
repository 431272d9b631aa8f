"""Accepting a file, and looking at it: what it is, how it is read, what it does not tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from indicators.models import Indicator
from indicators.models.indicator import IndicatorQuerySet
from measurements.files import looking
from measurements.files.limits import MAX_BYTES, Unreadable
from measurements.files.outcome import UploadOutcome
from measurements.files.reading import FileLook, KnownIndicator, Reading
from measurements.files.source import Source, as_file
from measurements.models import Upload
from teams.models import Organisation, User

LARGEST = MAX_BYTES
TOO_LARGE = f"The file is larger than {LARGEST // 1024**2} MiB. Split it."
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".ods")
MOST_WAITING = 20  # files of one person that wait for a decision
NAME_LENGTH = 200


class NotAccepted(ValueError):
    """The file is not taken at all; the words say why and what to do."""


def bring(
    content: bytes, *, name: str, user: User, indicator: Indicator | None = None, now: datetime
) -> Upload:
    """Keep a file for its person with a first guess at how it is read.

    `NotAccepted` where it is empty, too large, of another kind, or cannot be read. `indicator` is
    the one whose values it holds unless it names others.
    """
    refuse_unread(content, name)
    if Upload.objects.editable_by(user).filter(state=Upload.State.WAITING).count() >= MOST_WAITING:
        raise NotAccepted(
            f"{MOST_WAITING} of your files are waiting already. Import or delete them first."
        )
    wish = indicator.key if indicator else ""
    try:
        source = Source.of(content)
        found = guess_reading(source, name, known_for(user), wish)
    except Unreadable as problem:
        raise NotAccepted(str(problem)) from problem
    return Upload.objects.create(
        user=user,
        file_name=name[-NAME_LENGTH:],
        content=content,
        table=source.table,
        size=len(content),
        created_at=now,
        reading=found.reading.as_json(),
        outcome=UploadOutcome(indicator=wish).as_json(),
    )


def refuse_unread(content: bytes, name: str) -> None:
    """Raise `NotAccepted` for what can be told without reading it."""
    if not name.lower().endswith(ENDINGS):
        raise NotAccepted(
            "The file name is not that of a CSV, TSV, XLSX or ODS file. "
            "Save the sheet as one of these."
        )
    if not content:
        raise NotAccepted("The file is empty.")
    if len(content) > LARGEST:
        raise NotAccepted(TOO_LARGE)


def guess_reading(source: Source, name: str, known: list[KnownIndicator], wish: str) -> FileLook:
    """The look at a new file; where it names no indicator, it is about the one wished for."""
    found = looking.look_at_file(source, name=name, known=known)
    if not wish or found.reading.names_indicators:
        return found
    given = replace(found.reading, indicator=wish)
    return looking.look_at_file(source, name=name, known=known, given=given)


def look_at_upload(upload: Upload, reading: Reading | None = None) -> FileLook:
    """The file under the given choices, or under those that are kept with it.

    `Unreadable` where it cannot be read under the given ones; those that are kept and do not fit
    any more are guessed again.
    """
    source, known = source_of(upload), known_for(upload.user)
    try:
        given = reading or Reading.from_json(upload.reading)
        found = looking.look_at_file(source, name=upload.file_name, known=known, given=given)
    except Unreadable:
        if reading is not None:
            raise
        found = guess_reading(source, upload.file_name, known, UploadOutcome.of(upload).indicator)
    upload.table = source.table
    return found


def source_of(upload: Upload) -> Source:
    """The file of an upload; where its table is enough, the content is not even fetched."""
    return Source(lambda: as_file(bytes(upload.content)), bytes(upload.table))


def known_for(user: User) -> list[KnownIndicator]:
    """The indicators into which the person may bring values, by name."""
    own = Indicator.objects.enterable_by(user).taking_values()
    return known_of(own.order_by("name", "key"))


def known_of(indicators: IndicatorQuerySet) -> list[KnownIndicator]:
    """Indicators as a file may mean them, each with the time zone in which its days begin.

    Those of one name are told apart by their teams, and in one team by their keys.
    """
    usual = Organisation.current().timezone
    fields = ("key", "name", "unit", "rollup", "period", "timezone", "team__name")
    rows = list(indicators.values_list(*fields))
    names = Counter(row[1] for row in rows)
    teams = Counter((row[1], row[-1]) for row in rows)
    found = []
    for key, name, unit, rollup, period, zone, team in rows:
        apart = team if teams[name, team] == 1 else key
        label = f"{name} · {apart}" if names[name] > 1 else ""
        found.append(KnownIndicator(key, name, unit, rollup, period, zone or usual, label))
    return found
