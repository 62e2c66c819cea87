"""Charts of the wind room: power curve, rose, Weibull, wakes, before and after, hybrid.

Every function draws from tables or values and gives back a matplotlib figure; nothing is
computed here. Fonts for Chinese are the caller's to set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.wind.resource import Weibull
from siting.wind.turbine import Turbine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "compare_figure",
    "duration_figure",
    "layout_figure",
    "power_curve_figure",
    "rose_figure",
    "wake_figure",
    "weibull_figure",
]

_T = {
    "speed": ("风速 (m/s)", "wind speed (m/s)"),
    "power": ("功率 (kW)", "power (kW)"),
    "ct": ("推力系数", "thrust coefficient"),
    "share": ("频率", "share of hours"),
    "loss": ("尾流损失 (%)", "wake loss (%)"),
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


def rose_figure(table: pd.DataFrame, lang: str = "zh") -> Figure:
    """Wind rose of the table ``wind_rose``: share of hours and of energy."""
    fig = _figure(4.2, 4.2)
    ax: Any = fig.add_subplot(projection="polar")
    ax.set_theta_zero_location("N")
    ax.set_theta_direction(-1)
    angle = np.deg2rad(table["direction_deg"].to_numpy(float))
    width = 2 * np.pi / max(len(angle), 1)
    ax.bar(angle, table["frequency"], width=width * 0.9, alpha=0.8, label=_t("share", lang))
    ax.plot(
        np.append(angle, angle[:1]),
        np.append(table["energy_share"], table["energy_share"].iloc[:1]),
        color="tab:red",
        linewidth=1.2,
    )
    ax.set_yticklabels([])
    return fig


def weibull_figure(speed_m_s: np.ndarray, fit: Weibull, lang: str = "zh") -> Figure:
    """Histogram of hourly speeds and the fitted distribution."""
    fig = _figure()
    ax = fig.add_subplot()
    v = speed_m_s[np.isfinite(speed_m_s)]
    ax.hist(v, bins=[float(b) for b in range(26)], density=True, alpha=0.6)
    x = np.linspace(0.01, 25, 200)
    a, k = fit.a_m_s, fit.k
    ax.plot(x, k / a * (x / a) ** (k - 1) * np.exp(-((x / a) ** k)), color="tab:red")
    ax.set(
        xlabel=_t("speed", lang), ylabel=_t("share", lang), title=f"A={a:.2f} m/s, k={k:.2f}"
    )
    return fig


def wake_figure(table: pd.DataFrame, lang: str = "zh") -> Figure:
    """Wake loss by model, table ``wind_wakes``."""
    fig = _figure(4.8, 3.0)
    ax = fig.add_subplot()
    ax.bar(table["model"], 100 * table["wake_loss_frac"])
    ax.set(ylabel=_t("loss", lang))
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
