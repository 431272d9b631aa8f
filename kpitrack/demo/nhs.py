"""Real figures: A&E attendances, four-hour breaches and admissions of 24 NHS providers.

Source: NHS England, A&E attendances and emergency admissions, April 2016 to March 2019, by way of
the NHSRdatasets package (CC0). Contains public sector information licensed under the Open
Government Licence v3.0. The figures are untouched; their months are moved by a whole number.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FILE = Path(__file__).parent / "nhs_ae.csv"
LAST = date(2019, 3, 1)
STANDARD = "95"

REGIONS = {
    "london": "London",
    "north": "North of England",
    "midlands-east": "Midlands and East",
    "south": "South of England",
}
PROVIDERS = {
    "R1H": ("london", "Barts Health"),
    "RF4": ("london", "Barking, Havering and Redbridge"),
    "RJ2": ("london", "Lewisham and Greenwich"),
    "RJZ": ("london", "King's College Hospital"),
    "RYJ": ("london", "Imperial College Healthcare"),
    "RQM": ("london", "Chelsea and Westminster"),
    "RR8": ("north", "Leeds Teaching Hospitals"),
    "RTD": ("north", "Newcastle upon Tyne Hospitals"),
    "RTF": ("north", "Northumbria Healthcare"),
    "RTR": ("north", "South Tees Hospitals"),
    "RXL": ("north", "Blackpool Teaching Hospitals"),
    "RCB": ("north", "York Teaching Hospital"),
    "RWE": ("midlands-east", "University Hospitals of Leicester"),
    "RX1": ("midlands-east", "Nottingham University Hospitals"),
    "RJE": ("midlands-east", "University Hospitals of North Midlands"),
    "RXK": ("midlands-east", "Sandwell and West Birmingham"),
    "RGT": ("midlands-east", "Cambridge University Hospitals"),
    "RC9": ("midlands-east", "Luton and Dunstable"),
    "RDU": ("south", "Frimley Health"),
    "RTH": ("south", "Oxford University Hospitals"),
    "RVV": ("south", "East Kent Hospitals"),
    "RHM": ("south", "University Hospital Southampton"),
    "REF": ("south", "Royal Cornwall Hospitals"),
    "RHU": ("south", "Portsmouth Hospitals"),
}


@dataclass(frozen=True, slots=True)
class Month:
    """One provider and month, all department types added up."""

    on: date
    attendances: int
    breaches: int
    admissions: int

    @property
    def within_four_hours(self) -> int:
        """Patients who were admitted, transferred or discharged within four hours."""
        return self.attendances - self.breaches


def months_to_move(today: date) -> int:
    """By how many months the figures move so that the last one is the month before `today`."""
    return (today.year * 12 + today.month - 2) - (LAST.year * 12 + LAST.month - 1)


def moved(on: date, months: int) -> date:
    """The first of the month `months` later."""
    count = on.year * 12 + on.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def notice(months: int) -> str:
    """What every page of these teams says about where the numbers are from."""
    return (
        "Real figures of NHS England (A&E attendances, April 2016 to March 2019; Open Government "
        f"Licence v3.0), untouched but moved by {months} months, so that they end last month."
    )


def figures() -> dict[str, list[Month]]:
    """The months of each provider in the order of time, as published."""
    added: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows():
        found = added[row["org_code"], date.fromisoformat(row["period"])]
        for place, name in enumerate(("attendances", "breaches", "admissions")):
            found[place] += int(row[name])
    providers: dict[str, list[Month]] = defaultdict(list)
    for (code, on), counts in sorted(added.items()):
        providers[code].append(Month(on, *counts))
    return providers


def rows() -> Iterator[dict[str, str]]:
    """The lines of the file."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
