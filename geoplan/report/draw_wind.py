"""Draws the wind climate of the report: rose, Weibull distribution, hours by month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geoplan.charts.energy import hour_month, weibull_curve, wind_rose
from layers.result import optional_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["wind_climate"]

_STANDING = {
    "farm_speed_classes": "wind_speed_classes",
    "farm_weibull": "wind_weibull",
    "farm_speed_hours": "wind_hour_month",
}
_TOP_M_S = 14.0  # the last class of the rose holds all that is faster


def _edges(classes: pd.DataFrame) -> np.ndarray:
    return np.unique(np.append(classes["from_m_s"], classes["to_m_s"]))


def _rose(classes: pd.DataFrame, lang: str) -> Figure:
    table = classes.pivot_table(
        index="sector_deg", columns="from_m_s", values="frequency", aggfunc="sum"
    )
    starts = table.columns.to_numpy(float)
    slow = starts < _TOP_M_S
    share = table.to_numpy(float)
    fast = share[:, ~slow].sum(axis=1, keepdims=True)
    edges = _edges(classes)
    if fast.any():
        share = np.hstack([share[:, slow], fast])
        edges = np.append(edges[edges <= _TOP_M_S], edges[-1])
    drawn: Figure = wind_rose(table.index.to_numpy(float), edges, share, lang=lang)
    return drawn


def wind_climate(
    run: Path, lang: str, tables: Callable[[str], pd.DataFrame | None] | None = None
) -> dict[str, Figure]:
    """Pictures of the wind at the hub, by name; only those the run has numbers for.

    Parameters
    ----------
    run : Path
        Run folder with ``steps/``.
    lang : str
        ``"zh"`` or ``"en"``.
    tables : callable, optional
        Table of a farm by its name (``farm_weibull`` ...); those of the turbines that stand
        without it.
    """
    farm = tables or (lambda name: optional_table(run, _STANDING[name]))
    out: dict[str, Figure] = {}
    classes = farm("farm_speed_classes")
    if classes is not None and len(classes) and classes["sector_deg"].notna().all():
        out["windrose"] = _rose(classes, lang)
    fits = farm("farm_weibull")
    if fits is not None and classes is not None and len(classes):
        whole = fits[fits["sector_deg"].isna()].iloc[0]
        if np.isfinite(whole["a_m_s"]):
            share = classes.groupby("from_m_s")["frequency"].sum().to_numpy(float)
            out["weibull"] = weibull_curve(
                float(whole["a_m_s"]),
                float(whole["k"]),
                lang=lang,
                measured=(_edges(classes), share),
            )
    hours = farm("farm_speed_hours")
    if hours is not None and hours["speed_m_s"].notna().any():
        table = hours.pivot_table(
            index="hour", columns="month", values="speed_m_s", dropna=False
        )
        out["windhours"] = hour_month(table.to_numpy(float), unit="m/s", lang=lang, decimals=1)
    return out
