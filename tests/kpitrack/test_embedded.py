"""The embedded servers: who may connect, as what, and what they keep."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_on_postgresql_18() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        assert cursor.fetchone()[0].startswith("18.")
