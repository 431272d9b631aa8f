"""`python -m kpitrack.serve`: the web server, which takes whole requests in before a thread works.

waitress reads headers and bodies of all connections in one loop, large ones into temporary files,
so that senders who are slow or silent keep no thread busy. What is ours: refusals in the form of
the API, bodies that are too large read to their end, and a stop that lets requests finish.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import signal
import socket
import time
from http import HTTPStatus
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

LARGEST_BODY = 17 * 2**20  # bytes: a file of 16 MiB and the form around it
READ_TO_THE_END = 2**30  # bytes of a refused body that are read and thrown away
CONNECTIONS = 2000
FILES = 8192  # connections, and the temporary files of their bodies and answers
SILENCE = 60  # seconds after which a silent connection is closed
STOP_PATIENCE = 15.0  # seconds for running requests to finish
OPTIONS: dict[str, Any] = {
    "asyncore_use_poll": True,
    "connection_limit": CONNECTIONS,
    "channel_timeout": SILENCE,
    "max_request_body_size": LARGEST_BODY,
    "max_request_header_size": 64 * 1024,
    "recv_bytes": 64 * 1024,
    "log_socket_errors": False,  # people close their browsers
    "ident": None,
    # Django reads what proxies say, as far as TRUSTED_PROXIES and HTTPS tell it to
    "clear_untrusted_proxy_headers": False,
}


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a body that is too large to its end without keeping it.

    A server that closes while somebody still sends cuts the line, and the answer is lost with it.
    """

    unwanted = 0
    expect_continue: bool = False

    def received(self, data: bytes) -> int:
        """Take in what came, and return how many bytes of it belong to this request."""
        if self.unwanted:
            taken = min(len(data), self.unwanted)
            self.unwanted -= taken
            self.completed = not self.unwanted
            return taken
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge) and not self.body_bytes_received:
            if self.expect_continue:
                self.expect_continue = False  # whoever asks before sending is told at once
            elif self.content_length <= READ_TO_THE_END:
                self.unwanted = self.content_length
                self.completed = False
        return consumed


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to a request that never reaches Django, in the form of the door it came to."""

    def execute(self) -> None:
        """Write the answer and close the connection."""
        error = self.request.error
        request_id = secrets.token_hex(12)
        kind, body = refusal(getattr(self.request, "path", ""), error.code, request_id)
        self.status = f"{error.code} {HTTPStatus(error.code).phrase}"
        self.response_headers += [("Content-Type", kind), ("X-Request-Id", request_id)]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection of this server."""

    parser_class = Parser
    error_task_class = Refusal


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Takes many new connections at a time, because each look at all of them costs time."""

    channel_class = Channel
    at_once = 64

    def handle_accept(self) -> None:
        """Accept who waits."""
        for _ in range(self.at_once):
            count = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == count:
                break


def refusal(path: str, status: int, request_id: str) -> tuple[str, bytes]:
    """The media type and body of a refusal: problem+json below /api/, a line elsewhere."""
    detail = DETAILS.get(status, "The request is not valid HTTP.")
    if not path.startswith("/api/"):
        return "text/plain; charset=utf-8", f"{detail}\n".encode()
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    return "application/problem+json", json.dumps(document).encode()


DETAILS = {
    413: "A request holds at most 16 MiB.",
    431: "The headers of a request hold at most 64 KiB.",
    500: "Something went wrong on our side.",
    501: "This transfer encoding is not known here.",
}


def serve(application: Any, listener: socket.socket, *, threads: int) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those that are running."""
    channels: dict[int, Any] = {}
    server = Server(
        application,
        map=channels,
        _sock=listener,
        bind_socket=False,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        sockets=[listener],
        threads=threads,
        **OPTIONS,
    )
    asked: list[int] = []

    def stop(number: int, frame: Any) -> None:
        asked.append(number)
        server.pull_trigger()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not asked:
        wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)
    server.accepting = False
    deadline = time.monotonic() + STOP_PATIENCE
    while is_busy(channels) and time.monotonic() < deadline:
        wasyncore.loop(timeout=0.1, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(channels, ignore_all=True)


def is_busy(channels: dict[int, Any]) -> bool:
    """Whether a request is being worked on, or an answer still on its way."""
    found = [channel for channel in channels.values() if isinstance(channel, HTTPChannel)]
    return any(channel.requests or channel.total_outbufs_len for channel in found)


def listen(host: str, port: int) -> socket.socket:
    """Listen on the address, beside the other processes of this installation."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener


def allow_many_files() -> None:
    """Let this process open as many files as its connections may need."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main() -> None:
    """Serve where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m kpitrack.serve", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()

    from kpitrack.wsgi import application

    allow_many_files()
    threads = int(os.environ.get("WEB_THREADS") or 8)
    serve(application, listen(chosen.host, chosen.port), threads=threads)


if __name__ == "__main__":
    main()
