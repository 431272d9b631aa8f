"""`manage.py up`: starting, dying and coming back, with real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kpitrack.installation import (
    CHECKOUT,
    Installation,
    damage_record,
    installed,
    wait_until,
)

pytestmark = pytest.mark.e2e

PROCESSES = ("postgres", "redis", "web", "worker", "beat")


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
    done = subprocess.run(
        [
            sys.executable,
            str(CHECKOUT / "manage.py"),
            "shell",
            "-v0",
            "-c",
            f"{script} print(k.fetchone())",
        ],
        env=running.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "('kpitrack',)" in done.stdout


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


def test_a_closed_port_is_all_the_network_sees(running: Installation) -> None:
    pids = {process.partition("@")[0] for process in running.children().values()}
    listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False)
    ours = [
        line for line in listening.stdout.splitlines() if any(f"pid={p}," in line for p in pids)
    ]
    assert len(ours) == 1
    with socket.create_connection(("127.0.0.1", running.port)):
        pass
