"""Server time, queries and bytes of pages, at each of some sizes of the same installation.

Every page runs through the whole WSGI application as a signed-in person or with a token; only the
HTTP server's reading of the socket is left out. Times are of interleaved rounds: on the clock, and
of processors (this process and its database backend), which others' work disturbs less.
"""

from __future__ import annotations

import gc
import io
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.scale import filling
from bench.scale.filling import Plant
from bench.scale.layouts import Cost, cost

ROUNDS = 20
KILOBYTES = 60  # of compressed HTML
GROWTH = 1.5  # from the first stage to the last


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for, and its goals: milliseconds at the 95th percentile, and queries."""

    name: str
    path: str
    milliseconds: float | None = None
    queries: int | None = None


@dataclass(slots=True)
class Found:
    """What one page took in one stage."""

    queries: int
    size: int
    again: int
    times: list[Cost] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Milliseconds of processors."""
        return statistics.median(one.busy for one in self.times) * 1000

    @property
    def most(self) -> float:
        """Milliseconds of processors at the 95th percentile."""
        return statistics.quantiles((one.busy for one in self.times), n=20)[-1] * 1000

    @property
    def clock(self) -> float:
        """Milliseconds on the clock, others' work on the same processors included."""
        return statistics.median(one.seconds for one in self.times) * 1000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Asks the application as a browser and as a program do."""

    application: Callable[..., Any]
    cookie: str
    token: str

    def get(self, path: str) -> bytes:
        """The body as it is sent; anything but 200 ends the benchmark."""
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }
        if path.startswith("/api/"):
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        else:
            environ["HTTP_COOKIE"] = self.cookie
        answers: list[str] = []
        response = self.application(environ, lambda status, _: answers.append(status))
        body = b"".join(response)
        response.close()
        if answers != ["200 OK"]:
            raise SystemExit(f"{path}: {answers} {body[:200]!r}")
        return body


def main(stages: Sequence[int]) -> None:
    """Fill, judge, look, and print a table for each stage and one of the growth."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["redoc"])
    plant = filling.plant()
    visitor = visitor_of(plant)
    pages = pages_of(plant)
    found: dict[int, Mapping[Page, Found]] = {}
    for rows in stages:
        begin = time.perf_counter()
        filling.grow(plant, rows)
        filled = time.perf_counter() - begin
        filling.judge(plant)
        judged = time.perf_counter() - begin - filled
        say(
            f"\n{plant.rows:,} measurements of {filling.INDICATORS:,} indicators in "
            f"{filling.TEAMS} teams; {filled:.0f} s to fill, {judged:.0f} s to judge the "
            f"{len(plant.judged)} that pages show (the others got the same verdicts)"
        )
        found[rows] = measure(visitor, pages)
        report(found[rows])
    if len(found) > 1:
        compare(found)


def visitor_of(plant: Plant) -> Visitor:
    """A browser in which the person is signed in, and their token."""
    from django.test import Client

    from kpitrack.wsgi import application

    client = Client()
    client.force_login(plant.user)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return Visitor(application, cookie, plant.token)


def pages_of(plant: Plant) -> Sequence[Page]:
    """What is looked at."""
    thousand, four = (one.key for one in plant.fixed)
    api = "/api/v1/indicators"
    return (
        Page("nothing (/healthz)", "/healthz"),
        Page(f"board, {filling.SMALL} tiles", f"/teams/{plant.small.slug}/", 40, 8),
        Page(f"board, {filling.LARGE} tiles", f"/teams/{plant.large.slug}/", 40, 8),
        Page("all 200 teams", "/overview/", 80, 8),
        Page("list of 50 indicators", f"/teams/{plant.large.slug}/indicators/"),
        Page("indicator of 1,000 points", f"/indicators/{thousand}/", 60),
        Page("indicator of 4,000 points", f"/indicators/{four}/"),
        Page("its measurements, 1,000", f"/indicators/{thousand}/?tab=data"),
        Page("its measurements, 4,000", f"/indicators/{four}/?tab=data"),
        Page("search for a word", "/search/?q=measure+49"),
        Page("API analysis, 1,000", f"{api}/{thousand}/analysis/", 30),
        Page("API analysis, 4,000", f"{api}/{four}/analysis/"),
        Page("API measurements, 1,000", f"{api}/{thousand}/measurements/"),
        Page("API measurements, 4,000", f"{api}/{four}/measurements/"),
    )


def measure(visitor: Visitor, pages: Sequence[Page]) -> dict[Page, Found]:
    """Every page once to count, then in turns."""
    found = {page: first_look(visitor, page) for page in pages}
    for _ in range(ROUNDS):
        gc.collect()
        for page in pages:
            with cost() as took:
                visitor.get(page.path)
            found[page].times.append(took)
    return found


def first_look(visitor: Visitor, page: Page) -> Found:
    """The queries of a page when nothing is remembered and right after, and its bytes."""
    from teams.models import memory

    visitor.get(page.path)
    memory.forget()
    with counting() as queries:
        body = visitor.get(page.path)
    with counting() as fewer:
        visitor.get(page.path)
    return Found(queries=len(queries), size=len(body), again=len(fewer))


@contextmanager
def counting() -> Any:
    """The statements that are sent meanwhile."""
    from django.db import connection

    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield sent


def report(found: Mapping[Page, Found]) -> None:
    """One line for each page, with its goals."""
    say(
        f"{'page':<28} {'clock':>7} {'p50':>7} {'p95':>7} {'goal':>6} {'queries':>8} {'goal':>5} "
        f"{'kB':>6} {'goal':>5}"
    )
    for page, one in found.items():
        say(line(page, one))


def line(page: Page, one: Found) -> str:
    """What a page took beside its goals, and which of them it missed."""
    limit = None if "/api/" in page.path else KILOBYTES
    goals = (
        ("time", one.most, page.milliseconds),
        ("queries", one.queries, page.queries),
        ("size", one.size / 1000, limit),
    )
    missed = [name for name, value, goal in goals if goal is not None and value > goal]
    return (
        f"{page.name:<28} {one.clock:>7.1f} {one.median:>7.1f} {one.most:>7.1f} "
        f"{page.milliseconds or '-':>6} {f'{one.queries}, {one.again}':>8} "
        f"{page.queries or '-':>5} {one.size / 1000:>6.1f} {limit or '-':>5}"
        + (f"  missed: {', '.join(missed)}" if missed else "")
    )


def compare(found: Mapping[int, Mapping[Page, Found]]) -> None:
    """How much slower the last stage is than the first."""
    first, last = min(found), max(found)
    say(f"\nmedian at {last:,} rows, of that at {first:,} (goal {GROWTH})")
    for page, one in found[last].items():
        ratio = one.median / found[first][page].median
        say(f"{page.name:<28} {ratio:>7.2f}" + ("  missed" if ratio > GROWTH else ""))


def say(text: str) -> None:
    """Print, and let it be seen at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
