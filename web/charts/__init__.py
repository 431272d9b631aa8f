"""Charts drawn on the server from stored points: pure Python, SVG strings and Plotly figures."""

from web.charts.figures import trend_figure, xmr_figure
from web.charts.large import moving_range_chart, trend_chart, xmr_chart
from web.charts.series import (
    HERO,
    NARROW,
    PREVIEW,
    WALL,
    WIDE,
    Break,
    ChartData,
    ForecastStep,
    Limits,
    Note,
    Point,
    Size,
    Step,
    TrendLine,
)
from web.charts.small import bullet, ring, sparkline

__all__ = [
    "HERO",
    "NARROW",
    "PREVIEW",
    "WALL",
    "WIDE",
    "Break",
    "ChartData",
    "ForecastStep",
    "Limits",
    "Note",
    "Point",
    "Size",
    "Step",
    "TrendLine",
    "bullet",
    "moving_range_chart",
    "ring",
    "sparkline",
    "trend_chart",
    "trend_figure",
    "xmr_chart",
    "xmr_figure",
]
