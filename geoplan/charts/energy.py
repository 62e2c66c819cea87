"""Charts of resource and yield: losses, months and hours, probability, wind and wakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.charts.style import colours, new_figure
from gis.say import say

__all__ = [
    "cumulative_capacity",
    "hour_month",
    "p_curve",
    "waterfall",
    "weibull_curve",
    "wind_rose",
]

Float = npt.NDArray[np.float64]
Figure = Any
_LONG_LABEL = 26


def _short(label: str) -> str:
    return label if len(label) <= _LONG_LABEL else label[: _LONG_LABEL - 1] + "…"


def waterfall(
    labels: Sequence[str],
    values: Sequence[float],
    *,
    start: tuple[str, float],
    end: str,
    unit: str,
    title: str = "",
    decimals: int = 1,
) -> Figure:
    """From a start value, step by step, to what is left.

    Parameters
    ----------
    labels, values : sequences
        Each step and its change (negative for a loss), in order.
    start : (str, float)
        Label and value of the first bar.
    end : str
        Label of the last bar; its value is the start plus all steps.
    unit : str
        Unit of the values.
    title : str
    decimals : int
        Decimals of the numbers at the bars.

    Examples
    --------
    >>> figure = waterfall(["a", "b"], [-3.0, -2.0], start=("s", 10.0), end="e", unit="km²")
    >>> [float(round(p.get_width(), 6)) for p in figure.axes[0].patches]
    [10.0, 3.0, 2.0, 5.0]
    """
    c = colours()
    change = np.asarray(values, float)
    level = start[1] + np.concatenate([[0.0], np.cumsum(change)])
    names = [start[0], *labels, end]
    fig, ax = new_figure(height_cm=max(6.0, 1.6 + 0.62 * len(names)))
    low = np.minimum(level[:-1], level[1:])
    tint = [c["plus"] if v >= 0 else c["minus"] for v in change]
    y = np.arange(len(names))
    ax.barh(y[0], start[1], color=c["main"], height=0.66)
    ax.barh(y[1:-1], np.abs(change), left=low, color=tint, height=0.66)
    ax.barh(y[-1], level[-1], color=c["plus"], height=0.66)
    for i, x in enumerate(level):
        if i + 1 < len(names):
            ax.plot([x, x], [y[i] - 0.33, y[i] + 1.33], color=c["dim"], lw=0.7)
    span = max(float(np.max(level)), 1e-12)
    shown = [start[1], *change, level[-1]]
    ends = [start[1], *np.maximum(level[:-1], level[1:]), level[-1]]
    for i, (value, x) in enumerate(zip(shown, ends, strict=True)):
        ax.text(x + 0.01 * span, y[i], f"{value:,.{decimals}f}", va="center", fontsize=8)
    ax.set_yticks(y, [_short(n) for n in names])
    ax.invert_yaxis()
    ax.set_xlim(0, span * 1.12)
    ax.set_xlabel(unit)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_title(title)
    return fig


def cumulative_capacity(
    capacity_mw: Sequence[float],
    cost: Sequence[float],
    *,
    lang: str,
    target_mw: float | None = None,
    cost_title: str = "",
    title: str = "",
) -> Figure:
    """Sites from the cheapest on, as capacity adds up.

    Parameters
    ----------
    capacity_mw : sequence of float
        Capacity of each site [MW].
    cost : sequence of float
        Cost of each site [CNY/MWh].
    target_mw : float, optional
        Capacity to reach [MW].
    cost_title : str
        Of the axis, where there is more to say than the unit: which costs they are.
    """
    c = colours()
    order = np.argsort(np.asarray(cost, float), kind="stable")
    mw = np.asarray(capacity_mw, float)[order]
    y = np.asarray(cost, float)[order]
    x = np.concatenate([[0.0], np.cumsum(mw)])
    fig, ax = new_figure()
    ax.stairs(y, x, color=c["main"], lw=1.8, baseline=None)
    ax.stairs(y, x, color=c["soft"], alpha=0.35, fill=True, baseline=0)
    low = float(np.nanmin(y)) if len(y) else 0.0
    high = float(np.nanmax(y)) if len(y) else 1.0
    ax.set_ylim(max(0.0, low - 0.6 * (high - low or low)), high + 0.25 * (high - low or high))
    if target_mw is not None:
        ax.axvline(target_mw, color=c["mark"], lw=1.4)
        ax.annotate(
            say("geoplan.charts.target")(lang),
            (target_mw, ax.get_ylim()[1]),
            color=c["mark"],
            xytext=(4, -10),
            textcoords="offset points",
        )
    ax.set_xlim(0, None)
    ax.set_xlabel(say("geoplan.charts.capacity_mw")(lang))
    ax.set_ylabel(cost_title or say("geoplan.charts.cost")(lang))
    ax.set_title(title)
    return fig


def hour_month(
    values: Float, *, unit: str, lang: str, title: str = "", decimals: int = 0
) -> Figure:
    """Mean of each hour of each month.

    Parameters
    ----------
    values : (24, 12) float
        Hours down, months across; NaN is drawn white.
    """
    fig, ax = new_figure(height_cm=9.5)
    ax.grid(visible=False)
    shown = ax.imshow(
        values,
        aspect="auto",
        origin="lower",
        cmap=colours()["ramp"],
        extent=(0.5, 12.5, 0, 24),
        interpolation="nearest",
    )
    ax.set_xticks(range(1, 13))
    ax.set_yticks(range(0, 25, 3))
    ax.set_xlabel(say("geoplan.charts.month")(lang))
    ax.set_ylabel(say("geoplan.charts.hour")(lang))
    bar = fig.colorbar(shown, ax=ax, pad=0.02, format=f"%.{decimals}f")
    bar.set_label(unit)
    bar.outline.set_visible(False)
    ax.set_title(title)
    return fig


def p_curve(
    p50_gwh: float,
    sigma_frac: float,
    *,
    lang: str,
    title: str = "",
    marks: Sequence[int] = (50, 75, 90, 99),
) -> Figure:
    """Yield that is exceeded with a probability, normally distributed about the P50.

    Parameters
    ----------
    p50_gwh : float
        Median yield [GWh/yr].
    sigma_frac : float
        Standard uncertainty as a fraction of P50.
    marks : sequence of int
        Probabilities of exceedance to mark [%].
    """
    from siting.economy.p_values import exceedance_curve

    c = colours()
    p = np.linspace(1, 99, 197)
    y = exceedance_curve(p50_gwh, sigma_frac, p)
    fig, ax = new_figure()
    ax.plot(p, y, color=c["main"], lw=2)
    for m, value in zip(
        marks, exceedance_curve(p50_gwh, sigma_frac, marks).tolist(), strict=True
    ):
        ax.plot([m, m], [0, value], color=c["grid"], lw=0.8)
        ax.plot([m], [value], "o", color=c["mark"], ms=5)
        ax.annotate(
            f"P{m}  {value:,.1f}",
            (m, value),
            xytext=(-5, -12) if m > 80 else (3, 6),
            ha="right" if m > 80 else "left",
            textcoords="offset points",
            fontsize=8.5,
        )
    span = float(y[0] - y[-1])
    ax.set_ylim(float(y[-1]) - 0.12 * span, float(y[0]) + 0.12 * span)
    ax.set_xlim(0, 100)
    ax.set_xlabel(say("geoplan.charts.probability")(lang))
    ax.set_ylabel(say("geoplan.charts.energy_gwh")(lang))
    ax.set_title(title)
    return fig


def wind_rose(
    direction_deg: Float,
    speed_edges_m_s: Float,
    frequency: Float,
    *,
    lang: str,
    title: str = "",
) -> Figure:
    """Share of hours by direction and speed; north is up and directions are where wind is from.

    Parameters
    ----------
    direction_deg : (d,) float
        Sector centres, clockwise from north.
    speed_edges_m_s : (s + 1,) float
        Edges of the speed classes.
    frequency : (d, s) float
        Share of all hours, 0-1; what is missing to 1 is named, never shared out.
    """
    c = colours()
    fig, flat = new_figure(width_cm=12.5, height_cm=11)
    flat.remove()
    ax = fig.add_subplot(projection="polar")
    ax.set_theta_zero_location("N")
    ax.set_theta_direction(-1)
    theta = np.radians(direction_deg)
    width = 0.9 * 2 * np.pi / len(theta)
    base = np.zeros(len(theta))
    import matplotlib as mpl

    tints = mpl.colormaps[c["ramp"]](np.linspace(0.05, 0.95, frequency.shape[1]))
    for j in range(frequency.shape[1]):
        share = 100 * frequency[:, j]
        label = f"{speed_edges_m_s[j]:g}–{speed_edges_m_s[j + 1]:g} m/s"
        ax.bar(theta, share, width=width, bottom=base, color=tints[j], label=label, lw=0)
        base = base + share
    compass = say("geoplan.charts.compass")(lang).split("|")
    ax.set_xticks(np.radians(np.arange(0, 360, 45)), compass)
    ax.set_ylabel("")
    ax.yaxis.set_major_formatter(lambda v, _: f"{v:g} %")
    ax.grid(visible=True)
    ax.legend(loc="center left", bbox_to_anchor=(1.08, 0.5))
    rest = 100 * (1 - float(np.sum(frequency)))
    if rest > 0.05:
        fig.text(
            0.01,
            0.01,
            say("geoplan.charts.calm", pct=f"{rest:.1f}")(lang),
            fontsize=8,
            color=c["dim"],
        )
    ax.set_title(title)
    return fig


def weibull_curve(
    a_m_s: float,
    k: float,
    *,
    lang: str,
    measured: tuple[Float, Float] | None = None,
    title: str = "",
) -> Figure:
    """Weibull density, over measured shares where there are some.

    Parameters
    ----------
    a_m_s, k : float
        Scale [m/s] and shape.
    measured : (edges, share), optional
        Speed class edges [m/s] and the share of hours in each class.
    """
    c = colours()
    fig, ax = new_figure()
    top = a_m_s * 3.0
    if measured is not None:
        edges, share = measured
        ax.stairs(
            share / np.diff(edges),
            edges,
            fill=True,
            color=c["soft"],
            label=say("geoplan.charts.measured")(lang),
        )
        top = max(top, float(edges[-1]))
    v = np.linspace(0, top, 400)
    z = v / a_m_s
    with np.errstate(divide="ignore", invalid="ignore"):
        pdf = k / a_m_s * z ** (k - 1) * np.exp(-(z**k))
    ax.plot(
        v,
        pdf,
        color=c["mark"],
        lw=2,
        label=say("geoplan.charts.weibull", a=f"{a_m_s:.2f}", k=f"{k:.2f}")(lang),
    )
    ax.set_xlim(0, top)
    ax.set_ylim(0, None)
    ax.set_xlabel(say("geoplan.charts.wind_speed")(lang))
    ax.set_ylabel(say("geoplan.charts.density")(lang))
    ax.legend()
    ax.set_title(title)
    return fig
