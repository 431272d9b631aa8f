"""Makes an access token and prints it, once, alone on standard output."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams.access import Scope
from teams.management.people import active_person
from teams.models import AccessToken, Team

LONGEST = 3650


class Command(BaseCommand):
    help = "Make an access token for a person and print it; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL", help="who it acts for")
        parser.add_argument("--name", required=True, help="what it is for, shown in lists")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            metavar="SCOPE",
            help=f"what it may do, repeated or with commas: {', '.join(Scope)}",
        )
        parser.add_argument(
            "--team",
            action="append",
            default=[],
            metavar="SLUG",
            help="limit it to this team and those below it, repeated or with commas",
        )
        parser.add_argument(
            "--days", type=int, default=90, help="days until it ends; 0 is never (default 90)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["days"] <= LONGEST:
            raise CommandError(f"--days is between 0 and {LONGEST}.")
        _, key = AccessToken.issue(
            active_person(options["user"]),
            name=fitting_name(options["name"]),
            scopes=named_scopes(options["scope"]),
            teams=named_teams(options["team"]),
            lifetime=timedelta(days=options["days"]) if options["days"] else None,
        )
        self.stdout.write(key)


def fitting_name(given: str) -> str:
    """A name that fits."""
    if not 1 <= len(given.strip()) <= 80:
        raise CommandError("A name has 1 to 80 characters.")
    return given.strip()


def named_scopes(given: Iterable[str]) -> list[Scope]:
    """The scopes named, each once."""
    named = words(given)
    if not named:
        raise CommandError("A token needs a scope.")
    try:
        return sorted({Scope(word) for word in named})
    except ValueError as problem:
        known = ", ".join(Scope)
        raise CommandError(f"{problem}; there are {known}.") from problem


def named_teams(given: Iterable[str]) -> list[Team]:
    """The teams named."""
    slugs = set(words(given))
    found = list(Team.objects.filter(slug__in=slugs))
    if missing := slugs - {team.slug for team in found}:
        raise CommandError(f"There is no team {', '.join(sorted(missing))}.")
    return found


def words(given: Iterable[str]) -> list[str]:
    """Arguments that may be repeated or separated with commas."""
    return [word.strip() for part in given for word in part.split(",") if word.strip()]
