"""Charts of wind: power curve, before and after, duration curves, layout.

Every function draws from tables or values and gives back a matplotlib figure; nothing is
computed here. Fonts for Chinese are the caller's to set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.wind.machine.turbine import Turbine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "compare_figure",
    "duration_figure",
    "layout_figure",
    "power_curve_figure",
]

_T = {
    "speed": ("风速 (m/s)", "wind speed (m/s)"),
    "power": ("功率 (kW)", "power (kW)"),
    "ct": ("推力系数", "thrust coefficient"),
    "before": ("改造前", "before"),
    "after": ("改造后", "after"),
    "hours": ("时间占比", "share of the year"),
    "mw": ("出力 (MW)", "output (MW)"),
    "wind": ("风电", "wind"),
    "pv": ("光伏", "PV"),
    "both": ("风光合计", "wind and PV"),
    "old": ("现有机位", "old turbines"),
    "new": ("新机位", "new turbines"),
}


def _t(key: str, lang: str) -> str:
    return _T[key][0 if lang == "zh" else 1]


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
    ax.set(xlabel=_t("speed", lang), ylabel=_t("power", lang), xlim=(0, 30), ylim=(0, None))
    right.set(ylabel=_t("ct", lang), ylim=(0, 1))
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
            [_t("before", lang), _t("after", lang)],
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
        ax.plot(table["hours_frac"], table[column], label=_t(key, lang))
    ax.axhline(limit_mw, color="k", linestyle=":")
    ax.set(xlabel=_t("hours", lang), ylabel=_t("mw", lang), xlim=(0, 1), ylim=(0, None))
    ax.legend(fontsize=8)
    return fig


def layout_figure(
    old_xy: np.ndarray,
    new_xy: np.ndarray,
    allowed: np.ndarray,
    extent: Sequence[float],
    lang: str = "zh",
) -> Figure:
    """Old and new positions on the land the rules leave."""
    fig = _figure(6.0, 5.0)
    ax = fig.add_subplot()
    ax.imshow(
        allowed,
        extent=(extent[0], extent[1], extent[2], extent[3]),
        cmap="Greens",
        alpha=0.5,
        interpolation="nearest",
    )
    ax.plot(old_xy[:, 0], old_xy[:, 1], "x", color="tab:gray", label=_t("old", lang))
    ax.plot(new_xy[:, 0], new_xy[:, 1], "o", color="tab:blue", label=_t("new", lang))
    ax.set_aspect("equal")
    ax.tick_params(labelbottom=False, labelleft=False)
    ax.legend(fontsize=8)
    return fig
