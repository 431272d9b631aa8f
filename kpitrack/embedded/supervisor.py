"""Keeps processes running: waits for signals and ends, starts again, stops all in order."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

from kpitrack.embedded.child import Child
from kpitrack.embedded.refusal import Refusal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_WISH = 1.0  # seconds within which further signals repeat the same wish
HOPELESS_AFTER = 3  # failed starts in a row, while somebody waits
LONGEST_NAP = 1.0  # seconds between two looks at everything


class Stopped(BaseException):
    """Somebody asked us to stop; raised only where we wait, so nothing is left half done."""


class Supervisor:
    """The loop around the children of this process."""

    def __init__(self, *, with_parent: bool) -> None:
        self.children: list[Child] = []
        self.on_start: Callable[[], None] = lambda: None
        self.asked = 0
        self._asked_at = -ONE_WISH
        self._parent = os.getppid() if with_parent else None
        self._bell, self._ringer = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ringer, False)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals as wishes to stop or as news of a child, for the length of a block."""
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)
        earlier = {number: signal.signal(number, self._ask) for number in STOP_SIGNALS}
        earlier[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _nothing)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def pause(self, seconds: float) -> None:
        """Wait for time to pass, a child to end or a wish to stop, which raises `Stopped`."""
        if not self.asked:
            self._nap(seconds)
        if self.asked or self._is_orphan():
            raise Stopped

    def start(self, *children: Child) -> None:
        """Start children, which are kept running from now on."""
        for child in children:
            self.children.append(child)
            child.start()
        self.on_start()

    def look(self) -> float:
        """Collect what ended, start what is due, and return the seconds until the next look."""
        for child in self.children:
            status = child.collect()
            if status is not None:
                say(f"{child.name} ended ({_in_words(status)}); starting it again")
            if child.is_due():
                child.start()
                self.on_start()
        return LONGEST_NAP if all(child.process for child in self.children) else 0.05

    def run(self) -> None:
        """Keep everything running until somebody asks us to stop."""
        while True:
            self.pause(self.look())

    def wait_until(self, child: Child, ready: Callable[[], bool], timeout: float) -> None:
        """Wait until one of the children answers, looking after all of them meanwhile."""
        deadline = time.monotonic() + timeout
        while not ready():
            if child.failures >= HOPELESS_AFTER or time.monotonic() > deadline:
                log = child.program.log
                raise Refusal(f"{child.name} did not start; see {log}\n{child.last_words()}")
            self.pause(min(self.look(), 0.1))

    def wait_for(self, child: Child) -> int:
        """Run a child to its end, and return its exit status."""
        child.start()
        try:
            while (status := child.collect()) is None:
                self.pause(self.look())
        except BaseException:
            child.stop(patience=5.0)
            raise
        return status

    def stop(self) -> None:
        """Stop all together, each in its own way; a second wish makes it fast."""
        self.asked = max(1, self.asked)
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            self._see_off(child)

    def _see_off(self, child: Child) -> None:
        deadline = time.monotonic() + child.program.patience
        while child.process is not None and time.monotonic() < deadline and self.asked < 2:
            if child.collect() is None:
                self._nap(0.2)
        child.stop(patience=0.0)

    def _nap(self, seconds: float) -> None:
        with contextlib.suppress(BlockingIOError):
            if select.select([self._bell], [], [], seconds)[0]:
                os.read(self._bell, 4096)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        # One Ctrl-C may arrive twice: from the terminal, and passed on by make or a wrapper.
        now = time.monotonic()
        if now - self._asked_at > ONE_WISH:
            self.asked += 1
            self._asked_at = now

    def _is_orphan(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent


def say(text: str) -> None:
    """Tell the terminal, which may be gone."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stdout, flush=True)  # noqa: T201


def complain(refusal: Refusal) -> None:
    """Tell what has to be put right."""
    with contextlib.suppress(OSError, ValueError):
        print(refusal, file=sys.stderr, flush=True)  # noqa: T201


def _nothing(number: int, frame: FrameType | None) -> None:
    """Take note of a signal, so that it interrupts a wait."""


def _in_words(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
