"""How the program answers senders that are careless, broken or too many: each gets to see why."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from indicators.models import Indicator
from kpitrack import chunks, middleware, patience
from measurements.models import Measurement
from teams.access import Scope
from teams.models import AccessToken, Team, User
from tests.factories import make_indicator
from tests.hostile.standing import problem_of, standing
from web import wake

pytestmark = pytest.mark.django_db

BULK, LIST = "/api/v1/measurements/", "/api/v1/indicators/"
ROW = b'[{"indicator":"sales","at":"2026-11-20","value":1}]'


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def key(alice: User, sales: Indicator) -> str:
    return AccessToken.issue(alice, name="x", scopes=tuple(Scope))[1]


class Wire:
    """What comes over a line that breaks after some bytes, if it does."""

    def __init__(self, body: bytes, *, breaks: bool = False) -> None:
        self.rest, self.breaks = io.BytesIO(body), breaks
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        found = self.rest.read(size)
        self.taken += len(found)
        if not found and self.breaks:
            raise RuntimeError("Invalid chunk size: b'ZZ'")  # gunicorn's errors are no OSErrors
        return found

    readline = read


def post(path: str, body: bytes | Wire, key: str = "", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(raise_request_exception=False)
    if isinstance(body, Wire):
        # Chunks come without a length, and the server ends the body itself.
        more |= {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        more["CONTENT_TYPE"] = "application/json"
        body = b""
    return client.generic("POST", path, body, "application/json", headers=headers, **more)


# --- bodies that are refused -------------------------------------------------------------------


@pytest.mark.parametrize("breaks", [True, False])
def test_broken_chunks_are_400(key: str, breaks: bool) -> None:
    before = standing()
    wire = Wire(ROW[:20], breaks=breaks)
    assert problem_of(post(BULK, wire, key))["status"] == 400
    assert standing() == before


def test_whole_chunks_are_taken(key: str) -> None:
    assert post(BULK, Wire(ROW), key).json()["created"] == 1


def test_a_refused_body_is_read_to_its_end(key: str) -> None:
    """Otherwise the server closes the line and its sender sees a broken pipe and no reason."""
    wire = Wire(b"[" + b" " * (17 * 2**20) + b"]")
    assert post(BULK, wire, key).status_code == 413
    assert wire.taken == 17 * 2**20 + 2


@pytest.mark.parametrize("key", ["kpt_none_none", ""])
@pytest.mark.parametrize("path", [BULK, "/nowhere/", "/accounts/login/"])
def test_the_body_of_a_stranger_is_not_waited_for(key: str, path: str) -> None:
    wire = Wire(b" " * 2**20)
    assert post(path, wire, key).status_code >= 400
    assert wire.taken == 0


class Line:
    """The server's end of a connection, as far as waiting goes."""

    def __init__(self) -> None:
        self.waits: list[float | None] = []

    def settimeout(self, seconds: float | None) -> None:
        self.waits.append(seconds)


def test_the_server_waits_for_a_silent_sender_not_for_ever() -> None:
    line, during = Line(), []

    def application(told: dict[str, Any], start_response: Any) -> list[bytes]:
        during.extend(line.waits)
        if told.get("breaks"):
            raise TimeoutError
        return [b"answer"]

    served = patience.patient(application)
    assert served({"gunicorn.socket": line}, None) == [b"answer"]
    with pytest.raises(TimeoutError):
        served({"gunicorn.socket": line, "breaks": True}, None)
    assert during == [10.0, 10.0, None, 10.0], "bounded while it reads"
    assert line.waits == [10.0, None] * 2, "and endless while somebody reads the answer"
    assert served({}, None) == [b"answer"], "other servers have no such line"


def test_endless_bodies_are_cut_off(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "DRAINED_BYTES", 2**20)
    wire = Wire(b" " * (40 * 2**20))
    assert post(BULK, wire, key).status_code == 413
    assert 17 * 2**20 <= wire.taken <= 18 * 2**20
    monkeypatch.setattr(middleware, "DRAINED_SECONDS", 0.0)
    wire = Wire(b" " * (40 * 2**20))
    assert post(BULK, wire, key).status_code == 413
    assert wire.taken < 17 * 2**20


# --- chunks for doors that take small bodies ----------------------------------------------------


def through(path: str, body: Any) -> dict[str, Any]:
    """What the application is told of a request in chunks."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"PATH_INFO": path, "HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input": body}
    chunks.measured(application)(environ, None)
    return seen


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (Wire(b'{"name":"x"}'), b'{"name":"x"}'),
        (Wire(b'{"name":"x"}', breaks=True), b'{"name":"x"}\0'),
        (Wire(b""), b""),
        (Wire(b" " * 3 * 2**20), b" " * (2 * 2**20 + 1)),
    ],
    ids=["whole", "broken", "empty", "too large"],
)
def test_chunks_come_with_their_length(wire: Wire, body: bytes) -> None:
    seen = through(LIST, wire)
    assert seen["wsgi.input"].read() == body
    assert seen["CONTENT_LENGTH"] == str(len(body)) and "HTTP_TRANSFER_ENCODING" not in seen


@pytest.mark.parametrize("path", [BULK, f"{LIST}sales/measurements/", "/accounts/login/"])
def test_deliveries_and_pages_are_left_alone(path: str) -> None:
    wire = Wire(ROW)
    assert through(path, wire)["wsgi.input"] is wire


# --- addresses ----------------------------------------------------------------------------------


def test_a_missing_slash_loses_nothing_that_is_sent(key: str) -> None:
    """A 301 would be followed with GET, and the numbers would be gone."""
    answer = post("/api/v1/measurements?dry_run=true", ROW, key)
    assert answer.status_code == 308 and answer["Location"] == f"{BULK}?dry_run=true"
    assert not answer.content and "html" not in answer.get("Content-Type", "")
    headers = {"Authorization": f"Bearer {key}"}
    followed = Client().generic(
        "POST", "/api/v1/measurements", ROW, "application/json", headers=headers, follow=True
    )
    assert followed.status_code == 308
    again = Client().post(
        "/api/v1/measurements", ROW, "application/json", headers=headers, follow=True
    )
    assert again.status_code == 200 and Measurement.objects.count() == 1


@pytest.mark.parametrize("status", [400, 503])
def test_plain_refusals_have_the_title_of_their_status(status: int, rf: Any) -> None:
    answer = middleware.refusal(rf.get(LIST), status, "Something.")
    title = {400: "Bad Request", 503: "Service Unavailable"}[status]
    assert json.loads(answer.content)["title"] == title


# --- how often ----------------------------------------------------------------------------------


@pytest.fixture
def limited(settings: Settings) -> Settings:
    settings.API_RATE = "2/min"
    return settings


def ask(key: str) -> Any:
    return Client().get(LIST, headers={"Authorization": f"Bearer {key}"})


def test_without_a_limit_nobody_counts(key: str, settings: Settings) -> None:
    assert settings.API_RATE == ""
    assert [ask(key).status_code for _ in range(3)] == [200, 200, 200]
    assert not list(wake.server().scan_iter("kpitrack:cache:*throttle*"))


def test_who_asks_too_often_is_told_when_to_come_back(key: str, limited: Settings) -> None:
    assert [ask(key).status_code for _ in range(2)] == [200, 200]
    answer = ask(key)
    document = problem_of(answer)
    assert document["status"] == 429 and document["title"] == "Too Many Requests"
    assert 1 <= int(answer["Retry-After"]) <= 60
    before = standing()
    assert post(BULK, ROW, key).status_code == 429
    assert standing() == before


def test_each_token_has_a_limit_of_its_own(key: str, alice: User, limited: Settings) -> None:
    assert [ask(key).status_code for _ in range(3)] == [200, 200, 429]
    other = AccessToken.issue(alice, name="y", scopes=tuple(Scope))[1]
    assert ask(other).status_code == 200
    browser = Client()
    browser.force_login(alice)
    assert [browser.get(LIST).status_code for _ in range(3)] == [200, 200, 429]


def test_after_the_span_all_is_as_before(key: str, limited: Settings) -> None:
    with time_machine.travel("2026-11-21 12:00Z", tick=False) as clock:
        assert [ask(key).status_code for _ in range(4)] == [200, 200, 429, 429]
        clock.shift(61)
        assert ask(key).status_code == 200


def test_strangers_are_asked_who_they_are_however_often(limited: Settings) -> None:
    assert {ask("kpt_none_none").status_code for _ in range(4)} == {401}


# --- what is served -----------------------------------------------------------------------------

JSON, CSV, LINES = "application/json", "text/csv", "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        (f"{LINES}, {CSV};q=0.5", LINES),
        (f"{JSON};q=0.1, {CSV}", CSV),
        (f"{CSV};q=0.9,{JSON};q=1.0", JSON),
        (f"*/*;q=0.1,{LINES};q=0.2", LINES),
        (f"{JSON};q=0,*/*", CSV),
        (f"{JSON};version=2", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (f"{CSV};q=many", CSV),
        (";;,,;q=", None),
        ("*/*;q=0", None),
        (f"{JSON};q=0.0", None),
        ("text/html", None),
    ],
)
def test_the_kind_that_is_liked_best_is_served(key: str, accept: str, kind: str | None) -> None:
    headers = {"Authorization": f"Bearer {key}", "Accept": accept}
    answer = Client().get("/api/v1/indicators/sales/measurements/", headers=headers)
    if kind is None:
        assert problem_of(answer)["status"] == 406
    else:
        assert answer.status_code == 200 and answer["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize(("packing", "status"), [("gzip", 415), ("br", 415), ("Identity", 422)])
def test_small_bodies_are_not_packed(key: str, packing: str, status: int) -> None:
    assert post(LIST, b"{}", key, HTTP_CONTENT_ENCODING=packing).status_code == status
