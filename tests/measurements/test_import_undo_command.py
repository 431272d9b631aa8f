"""Undoing an import through the shell: by the number that the import told."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Indicator
from measurements.models import Batch, Measurement
from teams.models import User

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_measurements", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def brought(tmp_path: Path, *arguments: str, value: str = "1.5") -> str:
    """The number of the delivery of a file, as the command tells it."""
    path = tmp_path / "sales.csv"
    path.write_text(f"indicator,at,value\nsales,2026-10,{value}\n", "utf-8")
    told = re.search(r"--undo (\d+)\.", run(str(path), *arguments))
    assert told is not None
    return told[1]


def test_an_import_is_taken_back_by_its_number(sales: Indicator, tmp_path: Path) -> None:
    first = brought(tmp_path)
    second = brought(tmp_path, value="2.5")
    assert "0 withdrawn, 1 set back, 0 changed" in run("--undo", second)
    assert str(Measurement.objects.get().value) == "1.5"
    assert "1 withdrawn" in run("--undo", first) and not Measurement.objects.exists()
    by = Batch.objects.get(pk=first).undone_by
    assert by is not None and (by.door, by.label, by.actor) == (
        "command",
        "Undo of sales.csv",
        None,
    )


def test_what_cannot_be_undone_is_said(
    sales: Indicator, alice: User, bob: User, tmp_path: Path
) -> None:
    number = brought(tmp_path, "--user", "alice@example.org")
    for arguments, words in (
        (["--undo", number, "--user", "bob@example.org"], f"no delivery {number}"),
        (["--undo", "999999"], "no delivery 999999"),
        ([], "Name either a file"),
        (["sales.csv", "--undo", number], "Name either a file"),
        (["--undo", number, "--user", "nobody@example.org"], "no active person"),
    ):
        with pytest.raises(CommandError, match=words):
            run(*arguments)
    assert Measurement.objects.count() == 1
    assert "1 withdrawn" in run("--undo", number, "--user", "alice@example.org")
    with pytest.raises(CommandError, match="undone already"):
        run("--undo", number)
