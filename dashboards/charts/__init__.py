"""Charts drawn on the server from stored points: pure Python, SVG strings and Plotly figures."""

from dashboards.charts.bullet import bullet
from dashboards.charts.figures import trend_figure, xmr_figure
from dashboards.charts.ring import ring
from dashboards.charts.series import (
    Break,
    ChartData,
    ForecastStep,
    Limits,
    Note,
    Point,
    Step,
    TrendLine,
)
from dashboards.charts.size import HERO, NARROW, PREVIEW, WALL, WIDE, Size
from dashboards.charts.sparkline import sparkline
from dashboards.charts.trend import trend_chart
from dashboards.charts.xmr import moving_range_chart, xmr_chart

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
