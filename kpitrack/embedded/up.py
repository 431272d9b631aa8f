"""The story of `make run`: own the home, start the servers, migrate, serve, say where."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kpitrack.embedded import discovery, processes, servers
from kpitrack.embedded.child import Child
from kpitrack.embedded.home import Home
from kpitrack.embedded.identity import wait_for_end
from kpitrack.embedded.processes import CHECKOUT, Listener
from kpitrack.embedded.refusal import Refusal
from kpitrack.embedded.supervisor import Stopped, Supervisor, complain, say

WEB_TIMEOUT = 150.0  # seconds
LEFTOVER_PATIENCE = 40.0  # seconds for the processes of an owner that was killed to end


def main(*, with_parent: bool, reload: bool = False) -> int:
    """Run an installation until it is told to stop; return the exit status.

    With `reload` Django's server for development takes the place of the web server.
    """
    supervisor = Supervisor(with_parent=with_parent)
    with supervisor.listening():
        try:
            home, listener = choose(os.environ)
            home.create()
            with home.owned(listener.url):
                Installation(home, listener, supervisor, reload=reload).run()
        except Refusal as refusal:
            complain(refusal)
            return 1
        except Stopped:
            return 0
    return 0


def choose(env: Mapping[str, str]) -> tuple[Home, Listener]:
    """Read home, host and port from the environment."""
    home = Home(Path(env.get("KPITRACK_HOME") or CHECKOUT / ".kpitrack").expanduser().absolute())
    port = env.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refusal(f"PORT={port} is not a port number. Choose one from 1024 to 65535.")
    return home, Listener(env.get("HOST") or "127.0.0.1", int(port))


class Installation:
    """One run of one home."""

    def __init__(
        self, home: Home, listener: Listener, supervisor: Supervisor, *, reload: bool
    ) -> None:
        self.home = home
        self.reload = reload
        self.listener = listener
        self.supervisor = supervisor
        self.env: dict[str, str] = {}
        self.wants_demo = os.environ.get("KPITRACK_DEMO", "0") == "1"

    def run(self) -> None:
        """Start everything, keep it running, and stop everything."""
        leftovers = discovery.record(self.home.path).get("children", {})
        wait_for_end(leftovers.values(), LEFTOVER_PATIENCE, self.supervisor.pause)
        check_port(self.listener)
        embedded = self.prepare_servers()
        try:
            embedded.start(self.supervisor.pause)
            self.supervisor.children += embedded.children
            self.supervisor.on_start = self.note_children
            self.note_children()
            self.serve()
        finally:
            self.stop(embedded)

    def prepare_servers(self) -> servers.Servers:
        """Decide which servers are ours, and put their addresses into the environment."""
        embed = tuple(
            name
            for name, variable in (("postgres", "DATABASE_URL"), ("redis", "REDIS_URL"))
            if not os.environ.get(variable) and not os.environ.get(f"{variable}_FILE")
        )
        found = servers.prepare(self.home, embed=embed)
        if embed and found.place != self.home.path:
            say(f"The servers' account cannot reach {self.home.path}; data is in {found.place}")
        addresses = found.environment()
        self.env = processes.environment(os.environ, self.home, self.listener, addresses)
        return found

    def serve(self) -> None:
        """Migrate, start the processes, tell where, and watch."""
        report = self.migrate()
        serve = processes.development_web if self.reload else processes.web
        web = serve(self.home, self.env, self.listener)
        workers = processes.workers(self.home, self.env)
        clock = processes.beat(self.home, self.env)
        children = [Child(program) for program in (*web, *workers, clock)]
        self.supervisor.start(*children)
        self.supervisor.wait_until(children[0], lambda: answers(self.listener), WEB_TIMEOUT)
        say(f"\nKPItrack is running at {self.listener.url}\n")
        self.welcome(report)
        say("Ctrl-C stops it. Logs are in " + shown(self.home.logs))
        self.supervisor.run()

    def migrate(self) -> dict[str, Any]:
        """Bring database and static files up to date, as the owner of the tables."""
        report = self.home.path / "prepared.json"
        unseen = read_report(report)  # of a start that failed before it could show a password
        demo = ["--demo"] if self.wants_demo else []
        program = processes.command(self.home, self.env, "prepare", "--report", str(report), *demo)
        child = Child(program)
        if self.supervisor.wait_for(child) != 0:
            raise Refusal(
                f"The database could not be prepared; see {program.log}\n{child.last_words()}"
            )
        return unseen | {name: value for name, value in read_report(report).items() if value}

    def welcome(self, report: dict[str, Any]) -> None:
        """Say how to sign in; an empty database gets its demo organisation first."""
        note = self.home.path / "sign-in.txt"
        if report.get("empty") and self.wants_demo:
            say("Loading the demo organisation …")
            draft = note.with_suffix(".new")
            draft.unlink(missing_ok=True)
            child = Child(processes.command(self.home, self.env, "load_demo", output=draft))
            if self.supervisor.wait_for(child) == 0:
                draft.replace(note)
            else:
                say(f"It could not be loaded; see {child.program.log}\n{child.last_words()}")
        if report.get("sign_in"):
            say(report["sign_in"] + "\n")
        elif note.exists():
            say(note.read_text("utf-8").strip() + "\n")
        (self.home.path / "prepared.json").unlink(missing_ok=True)  # a password is shown once

    def note_children(self) -> None:
        """Write down who we started, for the next owner to recognise what is left."""
        children = self.supervisor.children
        self.home.note({"children": {child.name: child.identity() for child in children}})

    def stop(self, embedded: servers.Servers) -> None:
        """Stop the processes that use the servers, then the servers."""
        ours = self.supervisor.children
        self.supervisor.children = [child for child in ours if child not in embedded.children]
        self.supervisor.stop()
        self.supervisor.children = list(reversed(embedded.children))
        self.supervisor.stop()


def read_report(path: Path) -> dict[str, Any]:
    """Return what `manage.py prepare` found, or nothing."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def check_port(listener: Listener) -> None:
    """Refuse an address that is taken or not ours, before anything is started."""
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listener.host, listener.port))
            probe.listen(1)
        except OSError as error:
            where = f"{listener.host}:{listener.port}"
            raise Refusal(
                f"{where} cannot be used: {error.strerror or error}. "
                "Choose another port: make run PORT=8001"
            ) from error


def answers(listener: Listener) -> bool:
    """Say whether the web server answers."""
    connection = http.client.HTTPConnection(listener.reachable, listener.port, timeout=2.0)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def shown(path: Path) -> str:
    """Return a path as short as it can be said here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
