"""A home: one owner, one key, a record that other commands read, short sockets."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Iterator
from pathlib import Path

import environ
import pytest

from kpitrack.embedded import addressing, discovery
from kpitrack.embedded.account import Account, servers_account
from kpitrack.embedded.home import Home
from kpitrack.embedded.identity import identity, is_alive
from kpitrack.embedded.refusal import Refusal
from tests.kpitrack.installation import damage_record


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    found = Home(tmp_path / "a home")
    found.create()
    yield found
    found.remove()


def test_it_has_one_owner_and_says_where_that_runs(home: Home) -> None:
    with home.owned("http://127.0.0.1:8123/"):
        assert discovery.is_owned(home.path)
        already = re.escape("running already at http://127.0.0.1:8123/")
        with pytest.raises(Refusal, match=already), home.owned("http://127.0.0.1:9/"):
            pass
        running = discovery.running(home.path)
        assert running is not None
        assert running["pid"] == os.getpid()
    assert not discovery.is_owned(home.path)
    assert discovery.running(home.path) is None


def test_the_owner_lock_dies_with_the_owner(home: Home) -> None:
    def own() -> None:
        lock = home.owned("x")
        lock.__enter__()
        os._exit(9)

    child = multiprocessing.get_context("fork").Process(target=own)
    child.start()
    child.join()
    with home.owned("y"):
        assert discovery.record(home.path)["url"] == "y"


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = discovery.secret_key(tmp_path / "new")
    assert len(key) >= 50
    assert discovery.secret_key(tmp_path / "new") == key
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_cannot_be_had_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="Set KPITRACK_HOME"):
        discovery.secret_key(tmp_path / "file" / "home")
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(Refusal, match="is empty"):
        discovery.secret_key(tmp_path)


def test_a_damaged_record_is_no_record(home: Home) -> None:
    home.note({"url": "x"})
    damage_record(home.path)
    assert discovery.record(home.path) == {}
    home.note({"pid": 1})
    assert discovery.record(home.path) == {"pid": 1}


def test_addresses_survive_the_url_parsers(home: Home) -> None:
    folder = "/a b/ü+%/run"
    home.note({"sockets": folder})
    database = environ.Env.db_url_config(discovery.database_url(home.path))
    assert (database["HOST"], database["NAME"], database["USER"]) == (
        folder,
        "kpitrack",
        "kpitrack",
    )
    owner = environ.Env.db_url_config(discovery.owner_url(home.path))
    assert (owner["HOST"], owner["USER"]) == (folder, "kpitrack_owner")
    assert discovery.redis_url(home.path) == "unix:///a%20b/%C3%BC%2B%25/run/redis.sock?db=0"


@pytest.mark.parametrize("name", ["run", "deep" * 40, "with, comma"])
def test_sockets_are_private_and_short_enough(home: Home, name: str) -> None:
    account = servers_account()
    place = home.path / name
    place.mkdir()
    sockets = home.sockets_for(account, place)
    home.note({"sockets": str(sockets)})
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 107
    assert "," not in str(sockets)
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert sockets.stat().st_uid == account.uid
    assert home.sockets_for(account, place) == sockets


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="cannot be written: Not a directory"):
        Home(tmp_path / "file" / "home").create()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can lend servers another account")
def test_root_lends_the_servers_an_account_and_a_place_it_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.create()
    account = servers_account()
    assert account.borrowed
    assert account.uid != 0
    place = home.place_for(account)
    assert account.can_read(place)
    assert not place.is_relative_to(closed)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert home.place_for(account) == place
    home.note({"place": str(place)})
    home.remove()
    assert not place.exists()


def test_an_ordinary_user_uses_the_home_itself(tmp_path: Path) -> None:
    account = Account(os.getuid(), os.getgid(), "me", borrowed=False)
    assert Home(tmp_path).place_for(account) == tmp_path


def test_a_process_is_known_by_more_than_its_pid() -> None:
    me = identity(os.getpid())
    assert me is not None
    assert is_alive(me)
    assert not is_alive(f"{os.getpid()}@1")
    assert not is_alive("")
    assert identity(2**22 + 1) is None


def test_a_command_becomes_the_owner_of_the_tables(home: Home) -> None:
    env = {"DATABASE_URL": "a", "DATABASE_OWNER_URL": "b"}
    addressing.become_owner(env, home.path)
    assert env["DATABASE_URL"] == "b"
    embedded: dict[str, str] = {}
    addressing.become_owner(embedded, home.path)
    assert embedded["DATABASE_URL"] == discovery.owner_url(home.path)
    given = {"DATABASE_URL": "a"}
    addressing.become_owner(given, home.path)
    assert given == {"DATABASE_URL": "a"}
    files = {"DATABASE_URL_FILE": "a", "DATABASE_OWNER_URL_FILE": "b"}
    addressing.become_owner(files, home.path)
    assert files["DATABASE_URL_FILE"] == "b"


def test_nobody_is_home_only_where_the_home_is_meant(home: Home) -> None:
    assert addressing.is_nobody_home({}, home.path)
    assert not addressing.is_nobody_home({"DATABASE_URL": "postgres://elsewhere/x"}, home.path)
    with home.owned("x"):
        assert not addressing.is_nobody_home({}, home.path)
