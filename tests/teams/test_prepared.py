"""Prepared querysets: the same rows as without, for whoever looks, in one short statement."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from gc import collect
from typing import Any
from weakref import ref

import pytest
from django.db import DataError, NotSupportedError, connection, transaction
from django.db.models import Case, QuerySet, Value, When
from django.test.utils import CaptureQueriesContext

from teams.access import Action
from teams.models import AuditEntry, Membership, Team, User
from teams.models.prepared import prepared
from tests import clock
from tests.factories import make_team, make_user
from tests.threads import started

pytestmark = pytest.mark.django_db


@prepared
def seen_teams(*, user: User, slug: str) -> QuerySet[Team]:
    """Those a person sees below a name, the wanted one marked, their own first."""
    wanted = Case(When(slug=slug, then=Value(1)), default=Value(0))
    own = Case(When(pk__among=user.reach.roles, then=Value(0)), default=Value(1))
    seen = Team.objects.visible_to(user).annotate(wanted=wanted, own=own)
    return seen.select_related("parent").prefetch_related("memberships").order_by("own", "slug")


@prepared
def managed(*, user: User) -> QuerySet[Team, tuple[int, str]]:
    """Ids and names of the teams that somebody manages."""
    named = Team.objects.filter(pk__among=user.reach.teams_for(Action.MANAGE))
    return named.order_by("slug").values_list("pk", "name")


@prepared
def done_by(*, user_id: int, since: datetime) -> QuerySet[AuditEntry]:
    """What a person did from an instant on."""
    return AuditEntry.objects.filter(actor=user_id, at__gte=since).select_related("team")


@pytest.fixture
def tree(organisation: object) -> Sequence[Team]:
    head = make_team("Head")
    return head, make_team("Arm", parent=head), make_team("Closed", visibility="members")


def plain(user: User, slug: str) -> list[Team]:
    """The rows as Django brings them."""
    return list(seen_teams.__wrapped__(user=user, slug=slug))  # type: ignore[attr-defined]


def as_seen(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All that a page could read of the rows."""
    return [
        (row.pk, row.name, row.wanted, row.own, row.parent, [*row.memberships.all()])
        for row in rows
    ]


def end(server_process: int) -> None:
    """End a connection from outside, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [server_process])


def widen(length: int) -> None:
    """Give a column another type, as a migration does."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE teams_team ALTER notice TYPE varchar({length})")


class TestRows:
    def test_are_those_of_the_queryset_for_each_person(self, tree: Sequence[Team]) -> None:
        head, arm, closed = tree
        people = [
            make_user("root", administrator=True),
            make_user("mia", manager=head),
            make_user("vic", viewer=closed),
            make_user("out"),
        ]
        seen = []
        for user in people * 2:
            for slug in ("arm", "head", "'; DROP TABLE teams_team --", "100%"):
                rows = seen_teams(user=user, slug=slug)
                assert as_seen(rows) == as_seen(plain(user, slug))
                seen.append({row.slug for row in rows})
        assert seen[::4] == [{"head", "arm", "closed"}, {"head", "arm"},
                             {"head", "arm", "closed"}, set()] * 2  # fmt: skip
        assert Team.objects.filter(pk__in=[head.pk, arm.pk, closed.pk]).count() == 3

    def test_follow_the_reach_of_a_token(self, tree: Sequence[Team]) -> None:
        head, arm, _ = tree
        mia = make_user("mia", manager=head)
        assert managed(user=mia) == [(arm.pk, "Arm"), (head.pk, "Head")]
        mia.limit_to([arm.pk])
        assert managed(user=mia) == [(arm.pk, "Arm")]
        mia.limit_to([])
        assert managed(user=mia) == []

    def test_follow_what_changes(self, tree: Sequence[Team]) -> None:
        _, _, closed = tree
        vic = make_user("vic")
        assert seen_teams(user=vic, slug="") == []
        Membership.objects.create(user=vic, team=closed, role="viewer")
        again = User.objects.get(pk=vic.pk)
        assert closed in seen_teams(user=again, slug="")

    def test_take_instants_and_numbers(self, tree: Sequence[Team]) -> None:
        eve = make_user("eve")
        entry = AuditEntry.objects.create(actor=eve, action="test", team=tree[0])
        (found,) = done_by(user_id=eve.pk, since=entry.at)
        assert (found, found.team) == (entry, tree[0])
        assert done_by(user_id=eve.pk, since=entry.at + timedelta(microseconds=1)) == []
        assert done_by(user_id=-1, since=entry.at) == []


class TestStatement:
    def test_is_built_once_and_sent_by_name(self, tree: Sequence[Team]) -> None:
        built = []

        @prepared
        def teams(*, slug: str) -> QuerySet[Team]:
            built.append(slug)
            return Team.objects.filter(slug=slug)

        with CaptureQueriesContext(connection) as captured:
            found = [teams(slug=slug) for slug in ("arm", "head", "arm", "none")]
        assert found == [[tree[1]], [tree[0]], [tree[1]], []]
        assert len(built) == 1
        assert len({query["sql"].partition("(")[0] for query in captured}) == 1
        assert all(query["sql"].startswith("EXECUTE ") for query in captured)

    def test_is_sent_whole_behind_a_pooler(
        self, tree: Sequence[Team], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mia = make_user("mia", manager=tree[0])
        expected = managed(user=mia)
        monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
        with CaptureQueriesContext(connection) as captured:
            assert managed(user=mia) == expected
        assert [query["sql"][:6] for query in captured] == ["SELECT"]

    def test_is_planned_again_by_a_new_connection(self, tree: Sequence[Team]) -> None:
        def somewhere_else(_: int) -> list[tuple[int, str]]:
            try:
                return managed(user=mia)
            finally:
                connection.close()

        mia = make_user("mia", manager=tree[0])
        assert len(managed(user=mia)) == 2
        with ThreadPoolExecutor(1) as threads:
            found = list(threads.map(somewhere_else, range(3)))
        assert found == [[], [], []], "it knows nothing of what is not committed"

    @pytest.mark.django_db(transaction=True)
    def test_is_planned_again_where_the_server_has_ended_the_connection(self) -> None:
        def restarted() -> list[Team]:
            assert len(seen_teams(user=dora, slug="")) == 1
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                ended = started(partial(end, cursor.fetchone()[0]))
            ended.result(timeout=20)
            connection.close_if_unusable_or_obsolete()  # as each request begins
            return seen_teams(user=dora, slug="")

        dora = make_user("dora", administrator=True)
        make_team("Head")
        assert [team.slug for team in started(restarted).result(timeout=20)] == ["head"]

    @pytest.mark.django_db(transaction=True)
    def test_is_planned_again_where_a_migration_gave_a_column_another_type(self) -> None:
        def migrated() -> list[list[str]]:
            found = []
            for length in (400, 401, 400):
                widen(length)
                found.append([team.slug for team in seen_teams(user=dora, slug="")])
            with transaction.atomic():
                widen(402)
                with pytest.raises(NotSupportedError):
                    seen_teams(user=dora, slug="")
                transaction.set_rollback(True)
            return found

        dora = make_user("dora", administrator=True)
        make_team("Head")
        assert started(migrated).result(timeout=20) == [["head"]] * 3

    @pytest.mark.django_db(transaction=True)
    def test_keeps_no_connection_of_the_thread_that_compiled_it(self) -> None:
        @prepared
        def teams(*, slug: str) -> QuerySet[Team]:
            return Team.objects.filter(slug=slug)

        def first() -> Any:
            teams(slug="arm")
            return ref(connection.connection)

        with ThreadPoolExecutor(1) as threads:
            held = threads.submit(first).result()
        collect()
        assert held() is None

    def test_wants_keywords_and_never_none(self, tree: Sequence[Team]) -> None:
        with pytest.raises(TypeError, match="takes keywords alone"):
            managed(make_user("mia"))  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="never None"):
            done_by(user_id=None, since=clock.now())  # type: ignore[arg-type]

    def test_says_what_the_database_refuses(self, tree: Sequence[Team]) -> None:
        with pytest.raises(DataError):
            done_by(user_id=2**70, since=clock.now())
