"""`manage.py doctor`: all is well, or what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from kpitrack import doctor, heartbeats


def findings() -> dict[str, doctor.Finding]:
    return {finding.subject: finding for finding in doctor.examine()}


@pytest.mark.django_db
def test_it_examines_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    heartbeats.write("worker")
    heartbeats.write("errands")
    heartbeats.write("beat")
    found = findings()
    assert {
        "programs",
        "database",
        "redis",
        "migrations",
        "worker",
        "errands",
        "beat",
        "plotly",
    } <= set(found)
    assert "(PostgreSQL) 18." in found["programs"].found
    assert found["database"].found.endswith("as kpitrack_owner")
    assert [finding.advice for finding in found.values() if finding.advice] == []
    call_command("doctor")
    assert "ok  redis: Valkey 9" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_silent_worker_has_advice_and_the_status_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heartbeats.client().delete("kpitrack:heartbeat:worker")
    assert "make run" in findings()["worker"].advice
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor")
    assert "!!  worker: no sign of life" in capsys.readouterr().out


def test_a_key_others_can_read_has_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "KPITRACK_HOME", tmp_path)
    monkeypatch.setattr(settings, "SECRET_KEY", "k" * 50)
    (tmp_path / "secret_key").write_text("k")
    (tmp_path / "secret_key").chmod(0o644)
    assert doctor.secret_key().advice == f"chmod 600 {tmp_path / 'secret_key'}"
    monkeypatch.setattr(settings, "SECRET_KEY", "short")
    assert doctor.secret_key().found == "too short"


def test_a_full_disk_has_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM", 10**18)
    assert "Free some space" in doctor.home().advice


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"not a tar at all" * 100])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.tar"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="not a"):
        call_command("restore", str(file), "--force")
    with pytest.raises(CommandError, match="is not a file"):
        call_command("restore", str(tmp_path / "nothing"))
