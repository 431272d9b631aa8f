"""`manage.py up`: starting, dying and coming back, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kpitrack.embedded.wheels import programs
from tests.kpitrack.installation import (
    Installation,
    damage_record,
    installed,
    wait_until,
)

pytestmark = pytest.mark.e2e

PROCESSES = ("postgres", "redis", "web", "worker", "errands", "beat")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("up") / "a home, ünïcode & 'quotes'") as found:
        yield found


def test_it_works_and_says_where_and_how_to_sign_in(running: Installation) -> None:
    wait_until(lambda: "Ctrl-C" in running.said(), 30)
    assert f"KPItrack is running at {running.url}/" in running.said()
    assert "Sign in as admin@example.org with the password" in running.said()


def test_a_second_start_says_that_it_runs_already_and_where(running: Installation) -> None:
    second = Installation(running.home)
    assert second.spawn().wait(timeout=30) == 1
    assert f"running already at {running.url}/" in second.said()
    assert running.is_ready()


def test_an_occupied_port_is_one_clear_line(running: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other", port=running.port)
    assert other.spawn().wait(timeout=30) == 1
    assert other.said().count("\n") == 1
    assert f"127.0.0.1:{running.port} cannot be used" in other.said()
    assert not (tmp_path / "other" / "postgres").exists()


def test_a_command_beside_it_finds_its_database(running: Installation) -> None:
    script = "from django.db import connection as c; k = c.cursor(); k.execute('select user');"
    said = running.manage("shell", "-v0", "-c", f"{script} print(k.fetchone())")
    assert "('kpitrack',)" in said


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back(running: Installation, name: str) -> None:
    killed = running.kill(name)
    wait_until(lambda: running.children().get(name, killed) not in {killed, "None"}, 20)
    wait_until(running.is_ready, 40)
    assert f"{name} ended (killed by SIGKILL); starting it again" in running.said()
    assert set(running.children()) == set(PROCESSES)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    with installed(tmp_path / "home") as installation:
        assert installation.stop(number) == 0
        assert installation.leftovers() == []
        log = (installation.home / "logs" / "postgres.log").read_text("utf-8")
        assert "database system is shut down" in log


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_recovers(tmp_path: Path) -> None:
    with installed(tmp_path / "home") as installation:
        installation.stop(signal.SIGKILL)
        wait_until(lambda: installation.leftovers() == [], 40)
        installation.start()


def test_a_start_right_after_a_kill_waits_for_what_is_left(tmp_path: Path) -> None:
    with installed(tmp_path / "home") as installation:
        installation.stop(signal.SIGKILL)
        installation.start()


@pytest.mark.parametrize("content", ["", "1\n", "{pid}\n/elsewhere\n1\n5432\n/x\n\n\nready\n"])
def test_a_stale_recycled_or_cut_pid_file_does_no_harm(tmp_path: Path, content: str) -> None:
    with installed(tmp_path / "home") as installation:
        pid_file = installation.place() / "postgres" / "18" / "postmaster.pid"
        installation.stop()
        pid_file.write_text(content.format(pid=os.getpid()), "ascii")
        damage_record(installation.home)
        installation.start()


def test_a_long_home_gets_short_sockets(tmp_path: Path) -> None:
    with installed(tmp_path / ("long" * 30)) as installation:
        assert installation.is_ready()


def test_the_network_sees_the_web_server_alone(running: Installation) -> None:
    supervisor = psutil.Process(running.record()["pid"])
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in supervisor.children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", running.port)}


def test_other_accounts_cannot_enter_the_folder_of_the_sockets(running: Installation) -> None:
    sockets = Path(running.record()["sockets"])
    assert sockets.stat().st_mode & 0o077 == 0
    assert {path.name for path in sockets.iterdir()} >= {".s.PGSQL.5432", "redis.sock"}


def test_a_backup_restores_into_a_new_home(running: Installation, tmp_path: Path) -> None:
    file = tmp_path / "all of it.tar"
    assert "Wrote" in running.manage("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    other = Installation(tmp_path / "new")
    try:
        assert "Restored" in other.manage("restore", str(file))
        assert "is not empty" in other.manage("restore", str(file), status=1)
        assert "Restored" in other.manage("restore", str(file), "--force")
        assert secret_key(other) == secret_key(running)
        again = tmp_path / "again.tar"
        other.manage("backup", str(again))
        assert rows(again) == rows(file)
        assert "42" in other.manage("shell", "-v0", "-c", "print(6 * 7)"), "servers or not"
        other.start()
        assert "no sign of life" not in other.manage("doctor")
    finally:
        other.remove()


def test_a_cut_backup_changes_nothing(running: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    running.manage("backup", str(file))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    before = secret_key(running)
    assert "CommandError" in running.manage("restore", str(file), "--force", status=1)
    assert secret_key(running) == before
    assert "all applied" in running.manage("doctor")


def secret_key(installation: Installation) -> str:
    return (installation.home / "secret_key").read_text("ascii")


def rows(backup: Path) -> str:
    """Return the rows in a backup as a script, which is the same for the same database."""
    with tarfile.open(backup) as tar:
        tar.extract("database.dump", backup.parent, filter="data")
    restore = [
        programs() / "pg_restore",
        "--data-only",
        "--file=-",
        str(backup.parent / "database.dump"),
    ]
    script = subprocess.run(restore, capture_output=True, text=True, check=True).stdout
    # The random word that guards against injected commands differs in every run.
    return "\n".join(line for line in script.splitlines() if "restrict" not in line)
