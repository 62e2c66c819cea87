"""Charts of wind: power curve, before and after, duration curves, layout.

Every function draws from tables or values and gives back a matplotlib figure; nothing is
computed here. Fonts for Chinese are the caller's to set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gis.say import say
from siting.wind.machine.turbine import Turbine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "compare_figure",
    "duration_figure",
    "power_curve_figure",
]


def _figure(width: float = 6.4, height: float = 3.6) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def power_curve_figure(machines: Sequence[Turbine], lang: str = "zh") -> Figure:
    """Power (solid) and thrust coefficient (dashed) of turbines."""
    fig = _figure()
    ax = fig.add_subplot()
    right = ax.twinx()
    for m in machines:
        (line,) = ax.plot(m.speed_m_s, m.power_kw, label=f"{m.id} ({m.kind})")
        if m.ct is not None:
            right.plot(m.speed_m_s, m.ct, "--", color=line.get_color(), linewidth=0.9)
    ax.set(
        xlabel=say("geoplan.charts.farm_speed")(lang),
        ylabel=say("geoplan.charts.farm_power")(lang),
        xlim=(0, 30),
        ylim=(0, None),
    )
    right.set(ylabel=say("geoplan.charts.farm_ct")(lang), ylim=(0, 1))
    ax.legend(fontsize=8, loc="center right")
    return fig


def compare_figure(table: pd.DataFrame, lang: str = "zh") -> Figure:
    """Before and after of the table ``repower_compare``: a small panel an item."""
    items = ["turbines", "capacity", "p50", "p90", "hours", "noise"]
    rows = table[table["item"].isin(items)]
    fig = _figure(8.0, 4.2)
    for k, row in enumerate(rows.to_dict("records"), 1):
        ax = fig.add_subplot(2, 3, k)
        ax.bar(
            [say("geoplan.charts.farm_before")(lang), say("geoplan.charts.farm_after")(lang)],
            [row["before"], row["after"]],
            color=["tab:gray", "tab:blue"],
        )
        unit = f" ({row['unit']})" if row["unit"] else ""
        ax.set_title(f"{row[lang]}{unit}", fontsize=9)
    return fig


def duration_figure(table: pd.DataFrame, limit_mw: float, lang: str = "zh") -> Figure:
    """Duration curves of the table ``hybrid_duration`` with the connection's limit."""
    fig = _figure()
    ax = fig.add_subplot()
    for column, key in (("wind_mw", "wind"), ("pv_mw", "pv"), ("both_mw", "both")):
        ax.plot(
            table["hours_frac"], table[column], label=say(f"geoplan.charts.farm_{key}")(lang)
        )
    ax.axhline(limit_mw, color="k", linestyle=":")
    ax.set(
        xlabel=say("geoplan.charts.farm_hours")(lang),
        ylabel=say("geoplan.charts.farm_mw")(lang),
        xlim=(0, 1),
        ylim=(0, None),
    )
    ax.legend(fontsize=8)
    return fig
