"""The timetable and the promises of the Celery app."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest
from celery.beat import Service

from kpitrack import heartbeats
from kpitrack.celery import ROUTES, TIMETABLE, app, broker_address
from kpitrack.embedded import processes
from kpitrack.embedded.home import Home


@pytest.mark.parametrize("line", TIMETABLE.values(), ids=TIMETABLE)
def test_every_line_of_the_timetable_is_a_task_and_expires(line: dict[str, object]) -> None:
    app.loader.import_default_modules()
    assert line["task"] in app.tasks
    assert line["options"] == {"expires": 2 * float(str(line["schedule"]))}


@pytest.mark.parametrize("pattern", ROUTES)
def test_every_route_leads_a_task_somewhere(pattern: str) -> None:
    app.loader.import_default_modules()
    [task] = [name for name in app.tasks if fnmatch(name, pattern)]
    assert app.amqp.router.route({}, task)["queue"].name == ROUTES[pattern]


def test_each_queue_has_a_worker_and_other_tasks_keep_no_verdict_waiting() -> None:
    found = {*ROUTES.values(), app.amqp.router.route({}, "new.tasks.anything")["queue"].name}
    assert found == set(heartbeats.WORKERS) == {"verdicts", "files", "messages"}
    programs = processes.workers(Home(Path("/nowhere")), {})
    queues = [program.argv[program.argv.index("--queues") + 1] for program in programs]
    assert queues == ["verdicts", "files,messages"]


def test_a_task_is_done_when_it_has_run() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.task_ignore_result
    assert app.conf.worker_prefetch_multiplier == 1
    transport = app.conf.broker_transport_options
    assert app.conf.task_time_limit < transport["visibility_timeout"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("unix:///a/redis.sock?db=3", "redis+socket:///a/redis.sock?virtual_host=3"),
        ("unix:///a/redis.sock", "redis+socket:///a/redis.sock?virtual_host=0"),
        ("unix:///with%20space/r.sock?db=0", "redis+socket:///with%20space/r.sock?virtual_host=0"),
    ],
)
def test_the_broker_is_spelled_for_celery(given: str, expected: str) -> None:
    assert broker_address(given) == expected


def test_each_tick_of_the_clock_is_a_sign_of_life() -> None:
    heartbeats.client().delete("kpitrack:heartbeat:beat")
    clock = Service(app, scheduler_cls=heartbeats.Clock).get_scheduler(lazy=True)
    clock.tick()
    assert heartbeats.age("beat") in {0, 1}
