"""How fast measurements come in, of the speed of a bare COPY into a table with a primary key.

Every request runs through the whole WSGI application: token, roles, checks, history, audit, stale
marks, commit with fsync. Only the HTTP server's reading of the socket is left out.
"""

from __future__ import annotations

import gc
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

SERIES = 1000
ROUNDS = 5
START = datetime(2020, 1, 1, tzinfo=UTC)
hours = count(1)

Speeds = dict[str, list[float]]


@dataclass(slots=True)
class Client:
    """Sends bodies to the application as its server would."""

    application: Callable[..., Any]
    key: str
    path: str = "/api/v1/measurements/"
    answers: list[str] = field(default_factory=list)

    def post(self, body: bytes) -> dict[str, int]:
        """Send one body; anything but 200 ends the benchmark."""
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": self.path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer {self.key}",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }
        response = self.application(environ, lambda status, _: self.answers.append(status))
        answer: dict[str, int] = json.loads(b"".join(response))
        response.close()
        if self.answers.pop() != "200 OK":
            raise SystemExit(f"refused: {answer}")
        return answer


def main() -> None:
    """Print a line for each kind of delivery."""
    from kpitrack.wsgi import application

    client = Client(application, prepare())
    speeds: Speeds = {}
    client.post(delivery(rows(10)))
    for _ in range(ROUNDS):
        measure_round(client, speeds)
    report(speeds)


def measure_round(client: Client, speeds: Speeds) -> None:
    """One interleaved round of every kind."""
    note(speeds, "raw COPY, batches of 5,000", 20_000, raw_copies())
    for size, times in ((5000, 4), (100, 20), (1, 100)):
        fresh = [rows(size) for _ in range(times)]
        bodies = [delivery(batch) for batch in fresh]
        kinds = {
            "new points": bodies,
            "sent again": bodies,
            "corrections": [delivery(batch, plus=1) for batch in fresh],
        }
        for kind, sent in kinds.items():
            words = f"{kind}, batches of {size:,}"
            note(speeds, words, size * times, lambda sent=sent: [client.post(b) for b in sent])


def note(speeds: Speeds, words: str, points: int, work: Callable[[], object]) -> None:
    """Time one piece of work and keep its points a second."""
    gc.collect()
    begin = time.perf_counter()
    work()
    speeds.setdefault(words, []).append(points / (time.perf_counter() - begin))


def report(speeds: Speeds) -> None:
    """Medians, and each as a share of the anchor."""
    anchor = statistics.median(next(iter(speeds.values())))
    write = sys.stdout.write
    write(f"ingest: points a second, and of raw COPY (medians of {ROUNDS} rounds)\n")
    for words, found in speeds.items():
        median = statistics.median(found)
        write(f"  {words:<34} {median:>10,.0f} {median / anchor:>7.3f}\n")


def prepare() -> str:
    """A team with many series, a person who may enter values, and a token."""
    from django.db import connection

    from indicators.models import Indicator
    from teams.access import Scope
    from teams.models import AccessToken, Membership, Team, User

    team = Team.objects.create(name="Bench", slug="bench")
    user = User.objects.create_user("bench@example.org")
    Membership.objects.create(user=user, team=team, role="contributor")
    for k in range(SERIES):
        Indicator.objects.create(key=f"series-{k}", name=f"Series {k}", team=team, state="active")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_raw (indicator bigint, at timestamptz, value numeric,"
            " PRIMARY KEY (indicator, at))"
        )
    return AccessToken.issue(user, name="bench", scopes=[Scope.MEASUREMENTS_WRITE])[1]


def rows(size: int) -> list[dict[str, Any]]:
    """New points, spread over the series as a collector sends them."""
    found: list[dict[str, Any]] = []
    while len(found) < size:
        at = (START + timedelta(hours=next(hours))).isoformat()
        found += [
            {"indicator": f"series-{k}", "at": at, "value": round(k * 1.37 + len(found), 2)}
            for k in range(min(SERIES, size - len(found)))
        ]
    return found


def delivery(batch: list[dict[str, Any]], *, plus: int = 0) -> bytes:
    """A body as a client writes it."""
    return json.dumps([row | {"value": row["value"] + plus} for row in batch]).encode()


def raw_copies() -> Callable[[], object]:
    """Four bare COPY statements of 5,000 new rows each, every one committed."""
    from django.db import connection

    texts = []
    for _ in range(4):
        batch = rows(5000)
        lines = (f"{row['indicator'][7:]}\t{row['at']}\t{row['value']}\n" for row in batch)
        texts.append("".join(lines).encode())

    def work() -> None:
        for text in texts:
            with connection.cursor() as cursor:
                cursor.copy_expert("COPY bench_raw FROM STDIN", io.BytesIO(text))

    return work
