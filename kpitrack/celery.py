"""The Celery app, how it runs tasks, and the only timetable of periodic jobs.

Celery is the alarm clock and the muscle: what there is to do stands in PostgreSQL, so a lost,
repeated or reordered task does no harm.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitrack.settings")

VISIBILITY_TIMEOUT = 300  # seconds, longer than any task may take
TIME_LIMIT = 120  # seconds

# A verdict waits for nobody: what depends on other people's servers or on the length of a file
# has queues of its own, and another worker. By the last name of a task; all others are "messages".
ROUTES = {
    "*.judge_stale": "verdicts",
    "*.sweep": "verdicts",
    "*.verify_sample": "verdicts",
    "*.check_predictions": "verdicts",
    "*.take_files": "files",
    "*.forget_files": "files",
}


def every(seconds: float, task: str) -> dict[str, Any]:
    """Return a line of the timetable; a run that waited for two turns is dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": 2 * seconds}}


TIMETABLE = {
    "judge what is stale": every(30, "verdicts.tasks.sweep"),
    "deliver what is queued": every(10, "notifications.tasks.deliver"),
    "announce what changed": every(10, "notifications.tasks.announce"),
    "open reviews that are due": every(60, "reviews.tasks.open_due"),
    "remind of reviews": every(300, "reviews.tasks.remind"),
    "remind of values that are due": every(300, "notifications.tasks.remind_values"),
    "forget answers kept for requests sent again": every(3600, "measurements.tasks.forget_answers"),
    "import files": every(30, "measurements.tasks.take_files"),
    "forget files that nobody imported": every(3600, "measurements.tasks.forget_files"),
    "check predictions": every(3600, "reviews.tasks.check_predictions"),
    "judge a sample again": every(3600, "verdicts.tasks.verify_sample"),
}

OPTIONS: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "timezone": "UTC",
    "enable_utc": True,
    # a task is done when it has run, not when it was fetched
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_acks_on_failure_or_timeout": True,
    "task_ignore_result": True,
    "task_default_queue": "messages",
    "task_routes": {task: {"queue": queue} for task, queue in ROUTES.items()},
    "task_time_limit": TIME_LIMIT,
    "task_soft_time_limit": TIME_LIMIT - 20,
    # the sweep finds what a lost call would have announced, so nobody waits for a broker
    "task_publish_retry": False,
    "broker_connection_timeout": 2,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "health_check_interval": 25,
    },
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 2000,
    "worker_max_memory_per_child": 300_000,  # kB
    "worker_soft_shutdown_timeout": 10.0,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    "beat_max_loop_interval": 5,
    "beat_enable_remote_control": False,
    "beat_schedule": TIMETABLE,
}


def broker_address(redis_url: str) -> str:
    """Spell a Redis address as Celery's broker wants it."""
    address, _, query = redis_url.partition("?")
    if not address.startswith("unix://"):
        return redis_url
    number = query.removeprefix("db=") or "0"
    return f"redis+socket://{address.removeprefix('unix://')}?virtual_host={number}"


app = Celery("kpitrack", broker=broker_address(settings.REDIS_URL))
app.conf.update(OPTIONS)
app.steps["consumer"].add("kpitrack.heartbeats:WorkerHeartbeat")
app.autodiscover_tasks()
