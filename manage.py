#!/usr/bin/env python3
"""Runs the commands of KPItrack: `manage.py help` lists them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# These change tables, which only their owner may.
COMMANDS_OF_THE_OWNER = {"backup", "flush", "migrate", "prepare", "restore"}


def main() -> None:
    """Hand the command line to Django, as the role the command needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitrack.settings")
    from kpitrack.embedded import addressing
    from kpitrack.embedded.refusal import Refusal

    checkout = Path(__file__).resolve().parent
    home = Path(os.environ.get("KPITRACK_HOME") or checkout / ".kpitrack").absolute()
    if set(sys.argv[1:2]) & COMMANDS_OF_THE_OWNER:
        addressing.become_owner(os.environ, home)

    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except Refusal as refusal:
        sys.exit(str(refusal))
    except OperationalError:
        if addressing.is_nobody_home(os.environ, home):
            sys.exit(f"KPItrack is not running in {home}. Start it with `make run` first.")
        raise


if __name__ == "__main__":
    main()
