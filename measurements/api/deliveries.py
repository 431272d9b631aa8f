"""From a request to the ingestion core and back to an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from measurements.api import options
from measurements.api.bodies import delivery_of
from measurements.delivery import deliver, note_refused
from measurements.idempotency import KeyReused, UnderWay, once
from measurements.models import Batch
from measurements.row import Report, Row, Sender
from teams.gate import person
from teams.models import AccessToken
from web.api.problems import Conflict, TooLarge, Unprocessable
from web.api.queries import bad_option

SHOWN_ERRORS = 1000


def take_in(request: Request) -> Response:
    """Store what a request delivers, once, and answer with the counts."""
    key = options.idempotency_key(request)
    with refusals_noted(request):
        delivery = delivery_of(request)
        with delivery.opened() as rows:
            work = partial(store_rows, request, rows)
            if key is None or options.flag(request, "dry_run"):
                return Response(work())
            return once_only(request, work, key=key, digest=delivery.digest(request))


@contextmanager
def refusals_noted(request: Request) -> Iterator[None]:
    """Leave a row in the list of deliveries where one is refused, for its sender to see why."""
    is_trial = options.flag(request, "dry_run")
    try:
        yield
    except (ParseError, TooLarge, Unprocessable, UnsupportedMediaType) as problem:
        if not is_trial:
            report = problem.report if isinstance(problem, NotStored) else None
            note_refused(
                sender_of_request(request), why(problem), now=timezone.now(), report=report
            )
        raise


class NotStored(Unprocessable):
    """The refusal of a delivery whose rows were looked at one by one."""

    def __init__(self, report: Report) -> None:
        self.report = report
        errors = [refusal.as_error() for refusal in report.rejected[:SHOWN_ERRORS]]
        counts = f"{report.rejected_count} of {report.received} rows refused"
        super().__init__(errors, f"{counts}; nothing was stored.")


def why(problem: APIException) -> str:
    """A refusal in one sentence: the first of its errors, where it lists them."""
    first = next(iter(getattr(problem, "errors", [])), None)
    if first is None:
        return str(problem.detail)
    place = "" if first["index"] is None else f"Row {first['index']}: "
    return f"{place}{first['detail']}"


def once_only(
    request: Request, work: Callable[[], dict[str, Any]], *, key: str, digest: str
) -> Response:
    """The answer of the work, or the one that the same request got before."""
    try:
        answer, is_earlier = once(
            work, holder=holder_of(request), key=key, body_hash=digest, now=timezone.now()
        )
    except UnderWay as problem:
        raise Conflict from problem
    except KeyReused as problem:
        raise bad_option(
            "Idempotency-Key", "The key came with another request before.", "reused"
        ) from problem
    headers = {"Idempotent-Replayed": "true"} if is_earlier else {}
    return Response(answer, headers=headers)


def store_rows(request: Request, rows: list[Row]) -> dict[str, Any]:
    """Put the rows through the core; 422 where it refused."""
    report = deliver(
        rows,
        sender_of_request(request),
        on_error=options.on_error(request),
        dry_run=options.flag(request, "dry_run"),
        now=timezone.now(),
    )
    if report.rejected and not report.stored and options.on_error(request) == "refuse":
        raise NotStored(report)
    return report.as_answer(request_id=id_of_request(request))


def sender_of_request(request: Request) -> Sender:
    """Who delivers by this request."""
    token = request.auth if isinstance(request.auth, AccessToken) else None
    return Sender(
        actor=person(request),
        door=Batch.Door.API,
        token=token,
        label=token.name if token else "",
        request_id=id_of_request(request),
    )


def holder_of(request: Request) -> str:
    """Whose keys a request uses: those of its token, or of the person signed in."""
    if isinstance(request.auth, AccessToken):
        return f"token:{request.auth.pk}"
    return f"user:{request.user.pk}"


def id_of_request(request: Request) -> str:
    """The id that the answer, the batch and the audit entry carry."""
    found: str = getattr(request, "request_id", "-")
    return found
