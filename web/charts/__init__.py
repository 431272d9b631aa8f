"""Charts drawn on the server from stored points: pure Python, SVG strings and Plotly figures."""

from web.charts.bullet import bullet
from web.charts.figures import trend_figure, xmr_figure
from web.charts.ring import ring
from web.charts.series import Break, ChartData, ForecastStep, Limits, Note, Point, Step, TrendLine
from web.charts.size import HERO, NARROW, PREVIEW, WALL, WIDE, Size
from web.charts.sparkline import sparkline
from web.charts.trend import trend_chart
from web.charts.xmr import moving_range_chart, xmr_chart

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
