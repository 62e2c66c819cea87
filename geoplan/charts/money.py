"""Charts of money: the flow of each year, and what the result hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.charts.style import colours, new_figure
from gis.say import say

__all__ = ["cash_bars", "tornado_bars"]

Float = npt.NDArray[np.float64]
Figure = Any


def cash_bars(project_mcny: Float, equity_mcny: Float | None, *, lang: str) -> Figure:
    """Flow of each year as bars, and what has come together since year 0 as a line.

    Parameters
    ----------
    project_mcny : f8[years + 1]
        Flow of the project from year 0 [million CNY].
    equity_mcny : f8[years + 1], optional
        Flow to the owner, where there is a debt.
    """
    c = colours()
    fig, ax = new_figure()
    years = np.arange(len(project_mcny))
    wide = 0.8 if equity_mcny is None else 0.4
    shift = 0.0 if equity_mcny is None else -0.2
    ax.bar(years + shift, project_mcny, wide, color=c["main"],
           label=say("geoplan.charts.cash_project")(lang))  # fmt: skip
    if equity_mcny is not None:
        ax.bar(years + 0.2, equity_mcny, wide, color=c["soft"],
               label=say("geoplan.charts.cash_equity")(lang))  # fmt: skip
    ax.plot(years, np.cumsum(project_mcny), color=c["mark"], lw=1.6,
            label=say("geoplan.charts.cash_total")(lang))  # fmt: skip
    ax.axhline(0.0, color=c["dim"], lw=0.8)
    ax.set_xlabel(say("geoplan.charts.cash_year")(lang))
    ax.set_ylabel(say("geoplan.charts.cash_money")(lang))
    ax.legend()
    return fig


def tornado_bars(
    labels: Sequence[str], low: Float, high: Float, *, base: float, unit: str, lang: str
) -> Figure:
    """Result with each input lowered and raised, the widest on top.

    Parameters
    ----------
    labels : sequence of str
        Inputs with how far they are moved.
    low, high : f8[n]
        Result with the input lowered and raised.
    base : float
        Result with nothing moved.
    unit : str
        Of the results.
    """
    c = colours()
    fig, ax = new_figure(height_cm=max(5.0, 2.2 + 0.9 * len(labels)))
    y = np.arange(len(labels))
    ax.barh(y, low - base, left=base, height=0.6, color=c["minus"],
            label=say("geoplan.charts.lowered")(lang))  # fmt: skip
    ax.barh(y, high - base, left=base, height=0.6, color=c["plus"],
            label=say("geoplan.charts.raised")(lang))  # fmt: skip
    ax.axvline(base, color=c["ink"], lw=1.0)
    for i in range(len(labels)):
        for value in (low[i], high[i]):
            right = value >= base
            ax.annotate(
                f"{value:,.1f}",
                (value, y[i]),
                xytext=(4 if right else -4, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                fontsize=8,
            )
    ax.set_yticks(y, labels)
    ax.invert_yaxis()
    ax.margins(x=0.18)
    ax.set_xlabel(unit)
    ax.grid(visible=False, axis="y")
    ax.legend()
    return fig
