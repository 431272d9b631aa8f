"""Senders who are slow, silent or send too much, against a web server that was really started."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.kpitrack.installation import CHECKOUT, free_port, wait_until

HALF_A_LINE = b"GET /healthz HT"
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-So: "
ANNOUNCED = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\na"
CHUNKED = (
    b"POST /api/v1/measurements/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
)
ECHO = """
from kpitrack import serve
def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    if environ["PATH_INFO"] == "/slow":
        import time; time.sleep(1)
    return [body]
serve.serve(echo, serve.listen("127.0.0.1", {port}), threads=2)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens."""

    port: int
    process: subprocess.Popen[bytes]

    def opened(self, sent: bytes = b"") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        line.sendall(sent)
        return line

    def asked(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Host": "localhost", **headers})  # type: ignore[arg-type]
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())

    def seconds(self) -> float:
        """Return how long `/healthz` took to answer."""
        begin = time.perf_counter()
        assert self.asked("GET", "/healthz").status == 200
        return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str
    body: bytes


@contextlib.contextmanager
def started(*arguments: str, port: int) -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, *arguments], cwd=CHECKOUT, env=dict(os.environ))
    server = Server(port, process)
    try:
        wait_until(lambda: is_answering(server), 60)
        yield server
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def is_answering(server: Server) -> bool:
    assert server.process.poll() is None
    try:
        return server.asked("GET", "/healthz").status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """The whole application."""
    port = free_port()
    with started("-m", "kpitrack.serve", "--port", str(port), port=port) as server:
        yield server


@pytest.fixture
def echo() -> Iterator[Server]:
    """The server alone, which sends back what it is sent."""
    port = free_port()
    with started("-c", ECHO.format(port=port), port=port) as server:
        yield server


@pytest.mark.parametrize(
    ("sent", "count"),
    [(HALF_A_LINE, 12), (HALF_A_LINE, 900), (HALF_A_HEAD, 100), (ANNOUNCED, 20), (b"", 900)],
)
def test_half_requests_keep_nobody_waiting(site: Server, sent: bytes, count: int) -> None:
    with contextlib.ExitStack() as lines:
        for _ in range(count):
            lines.enter_context(site.opened(sent))
        time.sleep(0.2)
        assert max(site.seconds() for _ in range(5)) < 1


@pytest.mark.parametrize(
    ("head", "piece"), [(ANNOUNCED, b"a"), (CHUNKED, b"1\r\n \r\n"), (HALF_A_HEAD, b"a")]
)
def test_bodies_that_trickle_keep_nobody_waiting(site: Server, head: bytes, piece: bytes) -> None:
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(site.opened(head)) for _ in range(20)]
        for _ in range(5):
            for line in lines:
                line.sendall(piece)
            assert site.seconds() < 1


@pytest.mark.parametrize("megabytes", [18, 64])
def test_who_sends_too_much_gets_to_read_why(site: Server, megabytes: int) -> None:
    body = b" " * (megabytes * 2**20)
    answer = site.asked("POST", "/api/v1/measurements/", body)
    assert (answer.status, answer.kind) == (413, "application/problem+json")
    document = json.loads(answer.body)
    assert document["status"] == 413 and document["title"] and document["request_id"]
    assert site.asked("POST", "/accounts/login/", body).kind.startswith("text/plain")


def test_who_asks_before_sending_is_told_at_once(site: Server) -> None:
    head = b"POST /api/v1/measurements/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    with site.opened(head + b"Content-Length: 99000000\r\n\r\n") as line:
        assert line.recv(99).startswith(b"HTTP/1.1 413 ")
    with site.opened(head + b"Content-Length: 2\r\n\r\n") as line:
        assert line.recv(99).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"[]")
        assert line.recv(99).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (CHUNKED + b"ZZ\r\n", 400),
        (b"GET /api/v1/teams/ HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n", 400),
        (b"GET /api/v1/teams/ HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (CHUNKED.replace(b"chunked", b"zip"), 501),
    ],
)
def test_what_is_no_http_is_refused(site: Server, sent: bytes, status: int) -> None:
    with site.opened(sent) as line:
        assert int(line.recv(99).split()[1]) == status


def test_chunks_of_unknown_number_come_in_whole(echo: Server) -> None:
    answer = echo.asked("POST", "/", iter([b"one ", b"two ", b"x" * 2**20]))
    assert answer.body == b"one two " + b"x" * 2**20


def test_a_stop_lets_running_requests_finish(echo: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", echo.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("POST", "/slow", b"kept")
        time.sleep(0.3)
        echo.process.send_signal(signal.SIGTERM)
        assert connection.getresponse().read() == b"kept"
    assert echo.process.wait(timeout=5) == 0


def test_large_answers_read_slowly_keep_nobody_waiting(echo: Server) -> None:
    body = b"x" * (16 * 2**20)
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    with contextlib.ExitStack() as lines:
        for _ in range(3):  # more than there are threads
            lines.enter_context(echo.opened(head + body))
        assert echo.seconds() < 1
