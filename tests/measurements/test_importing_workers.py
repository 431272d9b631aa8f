"""Many workers and one queue: each file is stored once, whoever is slow or dies."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction
from django.test import TransactionTestCase

from measurements.files import jobs
from measurements.files import jobs as taking
from measurements.models import Batch, Measurement, Superseded, Upload
from measurements.models.upload import LEASE
from teams.models import Organisation
from tests.clock import NOW
from tests.factories import make_indicator, make_team, make_user
from tests.measurements.queue import LINES, SECOND, queued, state
from tests.threads import run_together, started


class TestAtOnce(TransactionTestCase):
    """Workers in threads of their own, each with its connection."""

    def setUp(self) -> None:
        Organisation.current()
        team = make_team("Red team")
        self.alice = make_user("alice", manager=team)
        make_indicator(team, "sales")

    def test_many_workers_store_each_file_once(self) -> None:
        for year in range(6):
            queued(self.alice, LINES.replace("2026", str(2000 + year)))

        def work() -> int:
            return len(list(iter(lambda: jobs.take_next(NOW), False)))

        taken = run_together(*[work] * 4)
        assert set(Upload.objects.values_list("state", flat=True)) == {"done"}
        assert Batch.objects.count() == 6 and Measurement.objects.count() == 12
        assert not Superseded.objects.exists() and sum(taken) == 6

    def test_a_file_whose_worker_is_slow_but_alive_is_left_to_it(self) -> None:
        upload = queued(self.alice)
        begun, finish = threading.Event(), threading.Event()
        real = taking.deliver_upload

        def slow(*args: Any, **kwargs: Any) -> Any:
            begun.set()
            assert finish.wait(20)
            return real(*args, **kwargs)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(taking, "deliver_upload", slow)
            slowly = started(lambda: jobs.take_next(NOW))
            assert begun.wait(20)
            assert not jobs.take_next(NOW + 100 * LEASE)
            finish.set()
            assert slowly.result(20)
        assert state(upload) == "done" and Batch.objects.count() == 1

    def test_a_file_at_which_another_worker_only_looks_is_taken_all_the_same(self) -> None:
        """Whoever looks for work locks, for a moment, what somebody has just claimed."""
        upload = queued(self.alice)
        claimed = taking.claimed(NOW)
        assert claimed is not None
        with transaction.atomic():
            Upload.objects.select_for_update().get()
            taking_it = started(lambda: taking.work(claimed.pk, NOW))
            with pytest.raises(TimeoutError):
                taking_it.result(0.3)
        taking_it.result(20)
        assert state(upload) == "done" and Measurement.objects.count() == 2

    def test_a_worker_killed_in_the_middle_leaves_nothing_behind(self) -> None:
        upload = queued(self.alice)
        claimed = taking.claimed(NOW)
        assert claimed is not None

        def killed() -> None:
            with transaction.atomic():
                taking.work(claimed.pk, NOW)
                assert Measurement.objects.count() == 2
                raise KeyboardInterrupt  # the database rolls back as it does after a kill

        with pytest.raises(KeyboardInterrupt):
            killed()
        assert state(upload) == "queued" and not Measurement.objects.exists()
        assert jobs.take_next(NOW + LEASE + SECOND)
        assert state(upload) == "done" and Measurement.objects.count() == 2
        assert Batch.objects.count() == 1
