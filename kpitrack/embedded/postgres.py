"""PostgreSQL of one home: made by initdb, open on a private socket alone, with three roles."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpitrack.embedded.account import Account, own_name
from kpitrack.embedded.child import Program
from kpitrack.embedded.discovery import APPLICATION_ROLE, DATABASE, OWNER_ROLE, SUPERUSER
from kpitrack.embedded.refusal import Refusal
from kpitrack.embedded.wheels import POSTGRES_MAJOR, Programs

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
    "log_min_duration_statement": "2s",
    "jit": "off",
    # one machine, no replicas: the processes these need would only cost memory
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "30s",
}

SCHEMA = f"""
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION_ROLE};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO {APPLICATION_ROLE};
"""

ROLES = f"""
SET client_min_messages = warning;
SELECT 'CREATE ROLE {OWNER_ROLE} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER_ROLE}') \\gexec
SELECT 'CREATE ROLE {APPLICATION_ROLE} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') \\gexec
ALTER ROLE {OWNER_ROLE} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER ROLE {OWNER_ROLE} SET lock_timeout = '2s';
ALTER ROLE {APPLICATION_ROLE} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER ROLE {APPLICATION_ROLE} SET statement_timeout = '60s';
ALTER ROLE {APPLICATION_ROLE} SET lock_timeout = '10s';
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
REVOKE ALL ON DATABASE postgres, {DATABASE} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION_ROLE};
\\connect {DATABASE}
{SCHEMA}"""  # noqa: S608 (names of this module, never input)


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL: its folders, its account and its programs."""

    place: Path
    sockets: Path
    logs: Path
    account: Account
    programs: Programs
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Return the data directory."""
        return self.place / "postgres" / str(POSTGRES_MAJOR)

    @property
    def rules(self) -> Path:
        """Return the folder of who may connect as whom, which the server reads but not writes."""
        return self.place / "access"

    def create(self) -> None:
        """Make the data directory once, and write who may connect, every time."""
        parent = self.account.give(self.place / "postgres")
        self._write_rules()
        if _is_directory_of(self.folder, self.account):
            _forget_misleading_pid(self.folder)
            return
        # A half-made directory never gets the final name, so a kill here costs nothing.
        draft = parent / f"{POSTGRES_MAJOR}.new"
        shutil.rmtree(draft, ignore_errors=True)
        done = self._run("initdb", *INITDB, "-D", str(draft), as_account=True)
        if done.returncode != 0:
            raise Refusal(f"PostgreSQL could not make {self.folder}: {_reason(done.stderr)}")
        draft.rename(self.folder)

    def program(self) -> Program:
        """Describe the server process."""
        chosen = {
            **SETTINGS,
            **self.settings,
            "unix_socket_directories": f'"{self.sockets}"',
            "hba_file": str(self.rules / "pg_hba.conf"),
            "ident_file": str(self.rules / "pg_ident.conf"),
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=(self.programs / "postgres", "-D", str(self.folder), *options),
            log=self.logs / "postgres.log",
            env=clean_environment(),
            account=self.account,
            stop_signal=signal.SIGINT,
            last_signal=signal.SIGQUIT,
        )

    def is_ready(self) -> bool:
        """Say whether it takes connections."""
        return self._run("pg_isready", *self._login(), "-q", "-t", "2").returncode == 0

    def prepare(self) -> None:
        """Make the roles, the database and the default privileges; harmless to repeat."""
        self.execute(ROLES)

    def execute(self, script: str) -> None:
        """Run a psql script as the superuser of this server."""
        options = ("-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", *self._login())
        done = self._run("psql", *options, "-f", "-", script=script)
        if done.returncode != 0:
            raise Refusal(f"PostgreSQL refused to prepare its roles: {_reason(done.stderr)}")

    def _login(self) -> tuple[str, ...]:
        return ("-h", str(self.sockets), "-U", SUPERUSER, "-d", "postgres")

    def _run(
        self, name: str, *arguments: str, as_account: bool = False, script: str = ""
    ) -> subprocess.CompletedProcess[str]:
        borrowed = as_account and self.account.borrowed
        return subprocess.run(
            [self.programs / name, *arguments],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
            user=self.account.uid if borrowed else None,
            group=self.account.gid if borrowed else None,
            extra_groups=[] if borrowed else None,
            umask=0o077 if as_account else -1,
        )

    def _write_rules(self) -> None:
        """Let the person who runs KPItrack, and nobody else, take the three roles."""
        self.rules.mkdir(exist_ok=True, mode=0o755)
        roles = (SUPERUSER, OWNER_ROLE, APPLICATION_ROLE)
        person = own_name().replace('"', '""')
        _write(
            self.rules / "pg_hba.conf",
            f"local all {','.join(roles)} peer map=kpitrack\nlocal all all reject\n",
        )
        _write(
            self.rules / "pg_ident.conf",
            "".join(f'kpitrack "{person}" {role}\n' for role in roles),
        )


INITDB = (
    "--username=" + SUPERUSER,
    "--auth-local=peer",
    "--auth-host=reject",
    "--locale=C.UTF-8",
    "--encoding=UTF8",
    "--data-checksums",
    "--no-instructions",
)


def clean_environment() -> dict[str, str]:
    """Return an environment in which no PG* variable of the caller can lead elsewhere."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}


def _is_directory_of(folder: Path, account: Account) -> bool:
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return False
    if owner != account.uid:
        raise Refusal(
            f"{folder} belongs to user id {owner}, but the servers run as '{account.name}'. "
            "Start KPItrack as the user who started it first, or choose another KPITRACK_HOME."
        )
    return True


def _forget_misleading_pid(folder: Path) -> None:
    """Delete a pid file that is cut off, or whose pid means another program by now.

    The home is ours alone at this point. A pid that is gone, or is a server still shutting down
    here, is left to PostgreSQL; leftover server processes it finds by their shared memory.
    """
    path = folder / "postmaster.pid"
    if not path.exists():
        return
    pid = path.read_text("ascii", errors="replace").partition("\n")[0].strip()
    command = Path("/proc") / pid / "cmdline"
    if not pid.isdigit() or (
        command.exists() and os.fsencode(folder) not in command.read_bytes().split(b"\0")
    ):
        path.unlink()


def _write(path: Path, content: str) -> None:
    path.write_text(content, "utf-8")
    path.chmod(0o644)


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.strip().splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "FATAL" in line or "ERROR" in line]
    return (errors or lines or ["no reason given"])[-1]
