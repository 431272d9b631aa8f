"""Runs the tests at other times, in a shell that sets what it can to lead them astray."""

from __future__ import annotations

import os
import re
import subprocess
import sys

# A leap day late in the evening, and the minute before the clocks of Europe go forward.
SHIFTS = ("2028-02-29T23:30Z", "2027-03-28T00:59Z")

HOSTILE = {
    "ALLOWED_HOSTS": "elsewhere.invalid",
    "API_RATE": "1/day",
    "BASE_URL": "https://elsewhere.invalid",
    "COLUMNS": "20",
    "DATABASE_URL": "postgres://nobody@nowhere.invalid/none",
    "DATABASE_URL_FILE": "/nonexistent",
    "DEBUG": "1",
    "EMAIL_URL": "smtp://nowhere.invalid",
    "FORCE_COLOR": "1",
    "HOST": "example.invalid",
    "HTTPS": "1",
    "KPITRACK_DEMO": "0",
    "KPITRACK_HOME": "/nonexistent",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "PGHOST": "nowhere.invalid",
    "PGOPTIONS": "-c timezone=Pacific/Apia",
    "PGTZ": "Pacific/Apia",
    "PORT": "1",
    "REDIS_URL": "redis://nowhere.invalid/0",
    "SECRET_KEY": "x",
    "STATIC_ROOT": "/nonexistent",
    "TRUSTED_PROXIES": "3",
    "TZ": "Pacific/Apia",
    "http_proxy": "http://nowhere.invalid:1",
}


def main(arguments: list[str]) -> int:
    """Run pytest at the instants that are named first, or at all of ours; 0 if every run passes."""
    named = [word for word in arguments if re.match(r"\d{4}-\d\d-\d\dT", word)]
    others = [word for word in arguments if word not in named]
    failed = 0
    for instant in named or SHIFTS:
        print(f"The tests at {instant}:", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pytest", "--clock", instant, *others]
        failed |= subprocess.run(command, env=os.environ | HOSTILE, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
