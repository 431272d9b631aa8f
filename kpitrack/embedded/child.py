"""One child process: started so that it dies with us, stopped by the signal it understands."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from kpitrack.embedded.account import Account
from kpitrack.embedded.identity import identity

SHIM = Path(__file__).with_name("shim.py")
LOG_LIMIT = 20_000_000  # bytes, then the log moves to .1 at the next start
BACK_OFF = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before each further start
STEADY_AFTER = 30.0  # seconds of life after which earlier failures are forgotten


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how it likes to be stopped."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    folder: Path | None = None
    output: Path | None = None  # where standard output goes when it is not part of the log
    stop_signal: signal.Signals = signal.SIGTERM
    last_signal: signal.Signals = signal.SIGKILL
    patience: float = 30.0  # seconds between the two signals
    niceness: int = 0  # how far it steps back where the processor is wanted by others


class Child:
    """A program that should be running; knows when it may be started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.starts = 0
        self._started_at = 0.0
        self._due_at = 0.0

    @property
    def name(self) -> str:
        """Return the name shown to people."""
        return self.program.name

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self.process.pid if self.process else None

    def identity(self) -> str | None:
        """Return which process it is, in a way that outlives the use of its pid."""
        return identity(self.process.pid) if self.process else None

    def start(self) -> None:
        """Start the program in a session of its own, its output in its log."""
        program, account = self.program, self.program.account
        borrowed = account if account and account.borrowed else None
        shim = [sys.executable, "-I", "-S", str(SHIM), str(os.getpid())]
        shim += [str(borrowed.uid), str(borrowed.gid)] if borrowed else ["-", "-"]
        with open_log(program.log) as log, open_log(program.output or program.log) as output:
            self.process = subprocess.Popen(
                [*shim, str(int(program.stop_signal)), str(program.niceness), *program.argv],
                env=dict(program.env),
                cwd=program.folder or "/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1
        self._started_at = time.monotonic()

    def collect(self) -> int | None:
        """Return the exit status if the program has ended, and note when to start it again."""
        if self.process is None or not _has_ended(self.process.pid):
            return None
        _end_group(self.process.pid)
        status = self.process.wait()
        self.process = None
        now = time.monotonic()
        self.failures = 1 if now - self._started_at > STEADY_AFTER else self.failures + 1
        self._due_at = now + BACK_OFF[min(self.failures, len(BACK_OFF)) - 1]
        return status

    def is_due(self) -> bool:
        """Say whether it is down and may be started again now."""
        return self.process is None and time.monotonic() >= self._due_at

    def ask_to_stop(self) -> None:
        """Send the signal this program understands as "finish and go"."""
        if self.process is not None:
            self._send(self.program.stop_signal)

    def stop(self, *, patience: float | None = None) -> None:
        """Stop it and wait: its own signal first, the hard one when patience is over."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self._wait(self.program.patience if patience is None else patience)
        except subprocess.TimeoutExpired:
            self._send(self.program.last_signal)
            self._wait_hard()
        self.process = None

    def last_words(self, lines: int = 5) -> str:
        """Return the end of the log, for an error message."""
        try:
            text = self.program.log.read_bytes()[-4000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-lines:])

    def _send(self, number: signal.Signals) -> None:
        # Unreaped, so the pid is our child's; Popen.send_signal would reap it on the way.
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def _wait(self, patience: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + patience
        while not _has_ended(self.process.pid):
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.program.argv, patience)
            time.sleep(0.01)
        _end_group(self.process.pid)
        self.process.wait()

    def _wait_hard(self) -> None:
        assert self.process is not None
        try:
            self._wait(5.0)
        except subprocess.TimeoutExpired:
            _end_group(self.process.pid)
            self.process.wait()


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending; a long one is put aside first."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def _has_ended(pid: int) -> bool:
    """Say whether our child has ended, leaving it unreaped so that its pid stays its own."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, flags) is not None


def _end_group(pid: int) -> None:
    """End what is left of an unreaped child's own process group (workers it forked)."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
