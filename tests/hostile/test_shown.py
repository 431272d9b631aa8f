"""Markup in every text that is stored: whatever page shows it shows it as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests import clock
from tests.architecture.access import ROLES, ROWS, Row
from tests.architecture.test_access import Stage, make_stage

pytestmark = pytest.mark.django_db

# Breaks out of a tag, of an attribute in either quotes, of a script and of a text area.
MARKUP = "</textarea></script><img src=x onerror=alert(1)>\"onload='{{7*7}}"
RAW = re.compile(r"<img src=x|\"onload='|</textarea></script><")
KEPT = {
    # What the site finds or decides something by.
    "key", "slug", "path", "email", "password", "timezone", "locale", "formula", "currency",
    "public_id", "kind", "occasion", "request_id",
}  # fmt: skip


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One of everything, with markup in all of its texts."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = make_stage(clock.NOW)
        assert spoil() > 30
        yield found
        transaction.set_rollback(True)


def spoil() -> int:
    """Write markup into every free text of every table; the number of columns written."""
    free = [
        one
        for model in apps.get_models()
        if model._meta.app_label in {"teams", "indicators", "reviews", "notifications"}
        for one in model._meta.concrete_fields
        if is_free(one)
    ]
    return sum(write_markup(one) for one in free)


def write_markup(one: models.Field[object, object]) -> bool:
    """Whether the column could be written: some are part of a key, or append-only."""
    change = f'UPDATE {one.model._meta.db_table} SET "{one.column}" = %s'
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, [MARKUP[: one.max_length or None]])
    except DatabaseError:
        return False
    return True


def is_free(one: models.Field[object, object]) -> bool:
    return (
        isinstance(one, models.CharField | models.TextField)
        and not one.choices
        and not one.unique
        and one.name not in KEPT
        and "hash" not in one.name
    )


PAGES = [
    row
    for row in ROWS
    if row.method == "GET"
    and "200" in row.answers.values()
    and not row.path.startswith(("/api/", "/mails/"))  # those show texts of files
]


@pytest.mark.parametrize("row", PAGES, ids=str)
def test_markup_is_text_on_every_page(stage: Stage, row: Row) -> None:
    for role in ROLES:
        if row.answers[role] == "200":
            answer = stage.send(row, role)
            assert answer.status_code == 200
            if answer["Content-Type"].startswith("text/html"):
                html = answer.getvalue().decode()
                assert not RAW.search(html), RAW.search(html)


def test_the_pages_show_it(stage: Stage) -> None:
    """A page from which the texts are gone would show no markup either."""
    paths = ["/indicators/<key>/", "/teams/<slug>/", "/reviews/<review_id>/", "/overview/"]
    for path in paths:
        [row] = [row for row in PAGES if row.path == path]
        html = stage.send(row, "alice").getvalue().decode()
        assert "&lt;img src=x onerror=alert(1)&gt;" in html, path
