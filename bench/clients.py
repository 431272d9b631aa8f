"""Clients that send bodies over HTTP, each in a process of its own, and time every answer."""

from __future__ import annotations

import http.client
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

PATH = "/api/v1/measurements/"


@dataclass(slots=True)
class Sent:
    """What became of a number of requests: seconds in all, seconds of each, and refusals."""

    seconds: float
    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def send(bodies: Sequence[bytes], *, port: int, key: str, connections: int) -> Sent:
    """Send the bodies over that many connections, and wait for all answers.

    The clients are forked and their bodies made before the clock starts.
    """
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    clients = [
        context.Process(target=one, args=(bodies[k::connections], port, key, start, results))
        for k in range(connections)
    ]
    for client in clients:
        client.start()
    for _ in clients:
        results.get()  # it is connected
    begin = time.perf_counter()
    start.set()
    found = [results.get() for _ in clients]
    sent = Sent(time.perf_counter() - begin)
    for times, refused in found:
        sent.times += times
        sent.refused += refused
    for client in clients:
        client.join()
    return sent


def one(bodies: Sequence[bytes], port: int, key: str, start: Event, results: Queue[object]) -> None:
    """One client with one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.connect()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    times: list[float] = []
    refused: list[str] = []
    results.put(None)
    start.wait()
    for body in bodies:
        begin = time.perf_counter()
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - begin)
        if answer.status != 200:
            refused.append(f"{answer.status} {text[:200]!r}")
    results.put((times, refused))


def percentile(times: Sequence[float], share: float) -> float:
    """The time in milliseconds under which this share of the answers came."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000
