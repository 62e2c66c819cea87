"""Charts in the house style: matplotlib for print, light SVG for pages, in zh and en."""

from geoplan.charts.energy import (
    cumulative_capacity,
    hour_month,
    p_curve,
    waterfall,
    weibull_curve,
    wind_rose,
)
from geoplan.charts.fonts import Font, chinese_font
from geoplan.charts.land import (
    indicator_bars,
    path_to_target,
    pools_with_intervals,
    transition_matrix,
)
from geoplan.charts.sankey import sankey
from geoplan.charts.style import house_style, inline_svg, save_figure

__all__ = [
    "Font",
    "chinese_font",
    "cumulative_capacity",
    "hour_month",
    "house_style",
    "indicator_bars",
    "inline_svg",
    "p_curve",
    "path_to_target",
    "pools_with_intervals",
    "sankey",
    "save_figure",
    "transition_matrix",
    "waterfall",
    "weibull_curve",
    "wind_rose",
]
