"""Children: they come back with growing patience, and stop by the signal they understand."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kpitrack.embedded import processes
from kpitrack.embedded.child import Child, Program, open_log
from kpitrack.embedded.home import Home
from kpitrack.embedded.identity import identity, is_alive
from kpitrack.embedded.postgres import _forget_misleading_pid
from kpitrack.embedded.processes import Listener, environment
from kpitrack.embedded.refusal import Refusal
from kpitrack.embedded.supervisor import Stopped, Supervisor
from kpitrack.embedded.up import check_port, choose
from tests.kpitrack.installation import free_port, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); {SLEEP}"


def child(folder: Path, code: str) -> Child:
    return Child(Program("it", (sys.executable, "-c", code), folder / "it.log", dict(os.environ)))


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    found = Supervisor(with_parent=False)
    with found.listening():
        yield found
        found.stop()


def is_up(it: Child) -> bool:
    return "up" in it.last_words()


def test_it_runs_in_a_session_of_its_own_and_logs(tmp_path: Path, supervisor: Supervisor) -> None:
    it = child(tmp_path, SLEEP)
    supervisor.start(it)
    wait_until(lambda: is_up(it), 20)
    assert it.pid is not None
    assert os.getsid(it.pid) == it.pid
    assert it.program.log.stat().st_mode & 0o777 == 0o600


def test_one_that_may_wait_steps_back_with_its_session(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    argv = (sys.executable, "-c", SLEEP)
    it = Child(Program("it", argv, tmp_path / "it.log", dict(os.environ), niceness=7))
    supervisor.start(it)
    wait_until(lambda: is_up(it), 20)
    assert it.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, it.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7
    session = Path(f"/proc/{it.pid}/autogroup")
    if session.exists():  # a kernel that shares processors among sessions
        assert session.read_text().split()[-1] == "7"


def test_a_killed_one_comes_back_with_its_family_gone(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    it = child(tmp_path, FAMILY)
    supervisor.start(it)
    wait_until(lambda: it.last_words().count("up") == 2, 20)
    assert it.pid is not None
    family = psutil.Process(it.pid).children()
    assert len(family) == 1
    os.kill(it.pid, signal.SIGKILL)
    wait_until(lambda: supervisor.look() == 1.0 and it.starts == 2, 20)
    wait_until(lambda: identity(family[0].pid) is None, 20)


def test_back_off_grows(tmp_path: Path) -> None:
    it = child(tmp_path, "raise SystemExit(3)")
    for failures in (1, 2):
        it.start()
        wait_until(lambda: it.collect() == 3, 20)
        assert it.failures == failures
        assert not it.is_due()


def test_a_hopeless_one_is_refused_with_its_last_words(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    it = child(tmp_path, "raise SystemExit('this is why')")
    supervisor.start(it)
    with pytest.raises(Refusal, match="this is why"):
        supervisor.wait_until(it, lambda: False, 60)


def test_a_deaf_one_is_ended(tmp_path: Path) -> None:
    it = child(tmp_path, DEAF)
    it.start()
    wait_until(lambda: is_up(it), 20)
    name = it.identity()
    it.stop(patience=0.1)
    assert name is not None
    assert not is_alive(name)


def test_a_wish_to_stop_is_heard_where_we_wait(supervisor: Supervisor) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(Stopped):
        supervisor.pause(30)
    os.kill(os.getpid(), signal.SIGTERM)
    assert supervisor.asked == 1  # the same wish, passed on by a wrapper


def test_a_command_is_waited_for(tmp_path: Path, supervisor: Supervisor) -> None:
    assert supervisor.wait_for(child(tmp_path, "raise SystemExit(4)")) == 4


def test_a_long_log_moves_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpitrack.embedded.child.LOG_LIMIT", 3)
    (tmp_path / "a.log").write_text("long")
    with open_log(tmp_path / "a.log") as log:
        log.write(b"new")
    assert (tmp_path / "a.log").read_text() == "new"
    assert (tmp_path / "a.log.1").read_text() == "long"


@pytest.mark.parametrize("content", ["", "\n", "nonsense\n", "{ours}\n/elsewhere\n"])
def test_a_misleading_pid_file_goes(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content.format(ours=os.getpid()))
    _forget_misleading_pid(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_pid_that_is_gone_is_left_to_postgresql(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{2**22 + 1}\n")
    _forget_misleading_pid(tmp_path)
    assert (tmp_path / "postmaster.pid").exists()


@pytest.mark.parametrize("port", ["", "0", "70000", "web", "-1", "٨٠"])
def test_a_port_is_a_number(port: str) -> None:
    if port:
        with pytest.raises(Refusal, match="is not a port number"):
            choose({"PORT": port})
    else:
        assert choose({"PORT": port})[1] == Listener("127.0.0.1", 8000)


def test_a_free_port_passes_and_a_strange_host_is_one_clear_line() -> None:
    check_port(Listener("127.0.0.1", free_port()))
    with pytest.raises(Refusal, match="cannot be used"):
        check_port(Listener("no such host", 8000))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
    ],
)
def test_the_address_is_one_that_can_be_typed(host: str, url: str) -> None:
    assert Listener(host, 8000).url == url


def test_more_web_processes_share_one_address(tmp_path: Path) -> None:
    found = processes.web(Home(tmp_path), {"WEB_CONCURRENCY": "2"}, Listener("0.0.0.0", 8000))
    assert [program.name for program in found] == ["web", "web-2"]
    assert found[0].argv[2:] == found[1].argv[2:]
    assert found[0].argv[-4:] == ("--host", "0.0.0.0", "--port", "8000")


@pytest.mark.parametrize(("host", "bind"), [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
def test_for_development_the_server_reloads(tmp_path: Path, host: str, bind: str) -> None:
    [web] = processes.development_web(Home(tmp_path), {}, Listener(host, 80))
    assert web.name == "web" and web.argv[-3:] == ("django", "runserver", bind)


def test_what_the_caller_sets_wins_and_servers_are_added(tmp_path: Path) -> None:
    given = {"ALLOWED_HOSTS": "kpi.example.org", "HOST": "10.0.0.1", "EMPTY": ""}
    found = environment(given, Home(tmp_path), Listener("10.0.0.1", 80), {"REDIS_URL": "unix:///r"})
    assert found["ALLOWED_HOSTS"] == "kpi.example.org"
    assert found["REDIS_URL"] == "unix:///r"
    assert "EMPTY" not in found
    default = environment({}, Home(tmp_path), Listener("10.0.0.1", 80), {})
    assert "10.0.0.1" in default["ALLOWED_HOSTS"].split(",")
