"""Reading a drawing back: its marks, their classes and their coordinates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from web.charts import ChartData, Point

MONDAY = date(2026, 1, 5)


def parsed(svg: str) -> ET.Element:
    """The drawing as a tree; a drawing that is not well-formed fails here."""
    return ET.fromstring(svg)


def marked(svg: str, css_class: str) -> list[ET.Element]:
    """Marks that have all the classes."""
    wanted = set(css_class.split())
    return [node for node in parsed(svg).iter() if wanted <= set(node.get("class", "").split())]


def corners(mark: ET.Element) -> list[tuple[float, float]]:
    """The places of a line made of M and L."""
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", mark.get("d", ""))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def texts(svg: str, css_class: str) -> list[str]:
    """What is written in marks of a class."""
    return [node.text or "" for node in marked(svg, css_class)]


def weekly(values: list[float | None], **changes: Any) -> ChartData:
    """A chart of weekly values."""
    points = tuple(Point(MONDAY + timedelta(weeks=i), v) for i, v in enumerate(values))
    return ChartData(**{"name": "Calls", "points": points, "period": "week", **changes})
