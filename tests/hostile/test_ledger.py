"""The ledger: what was acknowledged while processes died is stored, once, and as it was said.

Clients push numbered values to series that they share, and repeat a request until it is answered,
as every honest client does. Each keeps a book of what it was told. Meanwhile one process after the
other is killed with SIGKILL, in an order that a seed decides.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.kpitrack.installation import Installation, installed, wait_until
from tests.kpitrack.program import TO_MEASURE, token_for

pytestmark = pytest.mark.e2e

SEED = 1
CLIENTS, KILLS = 8, 12
SERIES = [f"ledger-{number}" for number in range(4)]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
KILLED = ("web", "worker", "postgres", "redis")
CORRECTORS, CORRECTIONS = 32, 6
PATIENCE = 120.0  # seconds in which every request is answered, and every verdict is right


@dataclass(slots=True)
class Client:
    """A program with a token and a book of what it was told."""

    port: int
    token: str
    told: list[tuple[str, str, int, dict[str, Any]]] = field(default_factory=list)
    repeats: int = 0

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to one request; OSError and 5xx are for the caller to repeat."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, sent | headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status in (409, 500, 502, 503, 504):
            raise ConnectionError(f"{answer.status} {content[:200]!r}")
        assert answer.status < 300, (answer.status, content)
        return json.loads(content) if content else None

    def push(self, key: str, at: str, value: int) -> None:
        """Send one value until it is acknowledged, and write that into the book."""
        deadline = time.monotonic() + PATIENCE
        row, name = {"indicator": key, "at": at, "value": value}, f"{key}-{at}-{value}"
        while True:
            try:
                said = self("POST", "/api/v1/measurements/", [row], **{"Idempotency-Key": name})
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, f"{name} was never answered"
                self.repeats += 1
                time.sleep(0.1)  # as a client does that was turned away
            else:
                self.told.append((key, at, value, said))
                return


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("ledger") / "home") as installation:
        yield installation


@pytest.fixture(scope="module")
def token(running: Installation) -> str:
    key = token_for(running, *TO_MEASURE)
    make_series(Client(running.port, key))
    return key


def make_series(call: Client) -> None:
    """A team with the series of both tests, which are daily so that each value has a period."""
    call("POST", "/api/v1/teams/", {"name": "Ledger", "slug": "ledger"})
    words = {"customer_impact": "None is lost.", "business_value": "One can rely on it."}
    for key in [*SERIES, "contested"]:
        definition = {"key": key, "name": key, "team": "ledger", "period": "day", "state": "active"}
        call("POST", "/api/v1/indicators/", definition | words)


# --- killed again and again --------------------------------------------------------------------


def test_no_acknowledged_value_is_lost_or_counted_twice(running: Installation, token: str) -> None:
    clients = [Client(running.port, token) for _ in range(CLIENTS)]
    over = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(push_until, over, c, number) for number, c in enumerate(clients)]
        try:
            kill_around(running, Random(SEED), lambda: any(one.done() for one in work))
        finally:
            over.set()
        for one in work:
            one.result()
    told = [entry for client in clients for entry in client.told]
    assert sum(client.repeats for client in clients) > 0 and len(told) > 10 * CLIENTS
    wait_until(running.is_ready, PATIENCE)
    reader = Client(running.port, token)
    check_values(reader, told)
    wait_until(lambda: all(is_fresh(reader, key) for key in SERIES), PATIENCE)
    check_verdicts(reader, told)
    assert "deadlock" not in log_of(running)


def push_until(over: threading.Event, client: Client, number: int) -> None:
    """Push value after value, each a day after the last; every third one is corrected once."""
    count = 0
    while not over.is_set():
        # The clients share the series, and no two of them a day.
        day = FIRST + timedelta(hours=3 * number, days=count // len(SERIES))
        key, at = SERIES[count % len(SERIES)], f"{day:%Y-%m-%dT%H:%M:%SZ}"
        client.push(key, at, number * 1_000_000 + count)
        if count % 3 == 0:
            client.push(key, at, number * 1_000_000 + 500_000 + count)
        count += 1


def kill_around(running: Installation, chance: Random, failed: Callable[[], bool]) -> None:
    """End process after process, some while others are coming back."""
    names = [*KILLED, *chance.choices(KILLED, k=KILLS - len(KILLED))]
    chance.shuffle(names)
    for name in names:
        wait_until(lambda name=name: is_up(running, name) or failed(), PATIENCE)  # type: ignore[misc]
        if failed():
            return
        time.sleep(chance.uniform(0.2, 1.5))  # the moment is to hit anything
        wait_until(lambda name=name: name in running.children(), PATIENCE)  # type: ignore[misc]
        with contextlib.suppress(ProcessLookupError):  # it is down, and starts again just now
            running.kill(name)


def is_up(running: Installation, name: str) -> bool:
    return name in running.children() and running.status("/healthz") == 200


def check_values(reader: Client, told: list[tuple[str, str, int, dict[str, Any]]]) -> None:
    """Every place holds the last value that was acknowledged for it, and its history the others."""
    said: dict[tuple[str, str], list[int]] = {}
    for key, at, value, answer in told:
        assert answer["received"] == 1 and not answer["rejected"]
        said.setdefault((key, at), []).append(value)
    for key in SERIES:
        stored = {row["at"]: row["value"] for row in rows_of(reader, key)}
        expected = {at: values[-1] for (of, at), values in said.items() if of == key}
        assert {at: int(value) for at, value in stored.items()} == expected
        versions = list(rows_of(reader, key, "&history=true"))
        found = Counter((row["at"], int(row["value"])) for row in versions)
        wanted = Counter((at, v) for (of, at), vs in said.items() if of == key for v in vs)
        assert found == wanted


def rows_of(reader: Client, key: str, more: str = "") -> Iterator[dict[str, Any]]:
    """All measurements of a series, page by page."""
    path = f"/api/v1/indicators/{key}/measurements/?page_size=1000{more}"
    while path:
        page = reader("GET", path)
        yield from page["results"]
        path = (page["next"] or "").removeprefix(f"http://127.0.0.1:{reader.port}")


def is_fresh(reader: Client, key: str) -> bool:
    return bool(reader("GET", f"/api/v1/indicators/{key}/")["verdict"]["fresh"])


def check_verdicts(reader: Client, told: list[tuple[str, str, int, dict[str, Any]]]) -> None:
    """Each verdict has been made with the last day that was acknowledged."""
    for key in SERIES:
        last = max(at for of, at, _, _ in told if of == key)
        points = reader("GET", f"/api/v1/indicators/{key}/series/")["points"]
        assert points[-1]["period"] == last[:10]
        verdict = reader("GET", f"/api/v1/indicators/{key}/")["verdict"]
        assert verdict["measured_through"] is not None


def log_of(running: Installation) -> str:
    """What PostgreSQL complained of."""
    return Path(running.home / "logs" / "postgres.log").read_text("utf-8")


# --- all at one --------------------------------------------------------------------------------


def test_nobodys_correction_is_lost(running: Installation, token: str) -> None:
    """Many correct one value at once: each correction is in the history, and each once."""
    wait_until(running.is_ready, PATIENCE)
    clients = [Client(running.port, token) for _ in range(CORRECTORS)]
    at = "2026-05-01T00:00:00Z"
    gate = threading.Barrier(CORRECTORS)

    def correct(number: int) -> None:
        gate.wait(60)
        for turn in range(CORRECTIONS):
            clients[number].push("contested", at, number * 1000 + turn)

    with ThreadPoolExecutor(CORRECTORS) as pool:
        list(pool.map(correct, range(CORRECTORS)))
    versions = list(rows_of(clients[0], "contested", "&history=true"))
    values = [int(row["value"]) for row in versions]
    assert Counter(values) == Counter(
        number * 1000 + turn for number in range(CORRECTORS) for turn in range(CORRECTIONS)
    )
    times = [row["recorded_at"] for row in versions]
    assert times == sorted(times) and len(set(times)) == len(times)
    [current] = rows_of(clients[0], "contested")
    assert int(current["value"]) == values[-1]
    for number in range(CORRECTORS):  # of each client in the order in which it was told
        own = [value for value in values if value // 1000 == number]
        assert own == sorted(own)
    assert sum(client.repeats for client in clients) == 0
    assert "deadlock" not in log_of(running)
