"""PostgreSQL and Redis of one test run: started before Django reads its settings.

With pytest-xdist the controller starts them and the workers use databases of their own.
`python -m tests.servers` keeps servers and database from one run to the next.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
from pathlib import Path

from kpitrack.embedded import discovery, servers
from kpitrack.embedded.home import Home

PREFIX = "kpitrack-test-"
WARM = Path(__file__).resolve().parents[1] / ".kpitrack-test"

# Nothing a test stores has to survive a power cut; everything else is as in an installation.
SETTINGS = {"fsync": "off", "max_connections": "100"}

# The test database is made by the owner of its tables, who may not do that otherwise.
RIGHTS = f"""
ALTER ROLE {discovery.OWNER_ROLE} CREATEDB;
ALTER ROLE {discovery.OWNER_ROLE} SET lock_timeout = '20s';
GRANT CONNECT ON DATABASE postgres TO {discovery.OWNER_ROLE}, {discovery.APPLICATION_ROLE};
"""

# All a run takes from the shell: where programs are, and what is said to Python, pytest and the
# browser. What else is set there (PORT, BASE_URL, PGHOST, TZ, LANG, ...) cannot change a test.
KEPT = re.compile(
    r"PATH|HOME|USER|TMPDIR|CI|CHROMIUM|(LD|PYENV|PYTHON|PYTEST|COV|COVERAGE|PLAYWRIGHT)_?[A-Z_]*"
)

_running = contextlib.ExitStack()


def start() -> None:
    """Start the servers once a run, and point the environment of this process at them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        forget_the_shell()
        _start_servers()
    else:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("?db=0", f"?db={number}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kpitrack.settings"


def stop() -> None:
    """Stop what this process started and delete its home."""
    _running.close()


def are_warm() -> bool:
    """Say whether somebody keeps servers for the runs of this checkout."""
    return discovery.is_owned(WARM)


def keep_warm() -> None:
    """Run servers until Ctrl-C, which the runs meanwhile use one after the other."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), servers.servers(WARM, settings=SETTINGS) as found:
        _prepare(WARM, found)
        print("Servers for tests are running. Ctrl-C stops them.", flush=True)  # noqa: T201
        signal.pause()


def forget_the_shell() -> None:
    """Remove what the caller's shell has set and no test may depend on."""
    for name in [name for name in os.environ if not KEPT.fullmatch(name)]:
        del os.environ[name]


def _start_servers() -> None:
    _remove_abandoned()
    if are_warm():
        home = WARM
    else:
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        _running.callback(Home(home).remove)
        found = _running.enter_context(servers.servers(home, settings=SETTINGS))
        _prepare(home, found)
    os.environ.update(
        DATABASE_URL=discovery.owner_url(home),
        REDIS_URL=discovery.redis_url(home),
        KPITRACK_HOME=str(home),
        KPITRACK_DEMO="0",
        SECRET_KEY="only for this test run, and long enough for the checks",
    )


def _prepare(home: Path, found: servers.Servers) -> None:
    (home / "static").mkdir(exist_ok=True)  # pages name files of the checkout, nothing is collected
    assert found.postgres is not None
    found.postgres.execute(RIGHTS)


def _remove_abandoned() -> None:
    """Delete the homes of runs that were killed, whose servers died with them."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        ours = home.stat().st_uid == os.getuid() and (home / "lock").exists()
        if ours and not discovery.is_owned(home):
            Home(home).remove()


if __name__ == "__main__":
    keep_warm()
