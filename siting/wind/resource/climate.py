"""The wind climate of a place as tables: by sector, by speed class, by month and hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.wind.resource.weibull import fit_sectors, weibull_mean_m_s, weibull_or_none

if TYPE_CHECKING:
    import pandas as pd

    from siting.wind.resource.hub import HubSeries

__all__ = ["hour_month_table", "speed_class_table", "weibull_table"]

Float = NDArray[np.float64]

SECTORS = 12
"""Sectors of the tables, the first centred on north (IEC 61400-12-1 uses 12 or 16)."""

CLASS_M_S = 2.0
"""Width of a speed class [m/s]."""


def weibull_table(series: HubSeries, sectors: int = SECTORS) -> pd.DataFrame:
    """Weibull distribution of each sector and of all hours together.

    Parameters
    ----------
    series : HubSeries
    sectors : int
        Equal sectors, the first centred on north.

    Returns
    -------
    DataFrame
        ``sector_deg`` (centre; NaN in the last row, which is all directions),
        ``frequency`` (share of hours with a speed, 0-1), ``hours``, ``a_m_s``, ``k``,
        ``weibull_mean_m_s``; NaN where too few hours allow no fit. Without directions the
        last row alone.
    """
    import pandas as pd

    v = np.asarray(series.speed_m_s, dtype=float)
    known = v[np.isfinite(v)]
    whole = weibull_or_none(known)
    total = {
        "sector_deg": np.nan,
        "frequency": 1.0 if known.size else np.nan,
        "hours": known.size,
        "a_m_s": np.nan if whole is None else whole.a_m_s,
        "k": np.nan if whole is None else whole.k,
    }
    rows = [total]
    wd = series.direction_deg
    if wd is not None and bool((np.isfinite(v) & np.isfinite(wd)).any()):
        fit = fit_sectors(v, wd, sectors)
        rows = [
            {
                "sector_deg": 360.0 / sectors * s,
                "frequency": float(fit.frequency[s]),
                "hours": int(fit.hours[s]),
                "a_m_s": float(fit.a_m_s[s]),
                "k": float(fit.k[s]),
            }
            for s in range(sectors)
        ] + rows
    table = pd.DataFrame(rows)
    table["weibull_mean_m_s"] = [
        weibull_mean_m_s(a, k) if np.isfinite(a) else np.nan
        for a, k in zip(table["a_m_s"], table["k"], strict=True)
    ]
    return table


def speed_class_table(
    series: HubSeries, sectors: int = SECTORS, class_m_s: float = CLASS_M_S
) -> pd.DataFrame:
    """Share of hours by sector and speed class.

    Returns
    -------
    DataFrame
        ``sector_deg`` (NaN for all directions, where the series has none), ``from_m_s``,
        ``to_m_s`` (excluded), ``frequency`` (0-1, of all hours with speed and direction;
        adds up to 1).

    Examples
    --------
    >>> import pandas as pd
    >>> from siting.wind.resource.hub import HubSeries
    >>> s = HubSeries(pd.RangeIndex(4), np.array([1.0, 1.5, 3.0, np.nan]), np.ones(4),
    ...     np.array([0.0, 350.0, 90.0, 0.0]), 100.0, None, 1.0)
    >>> t = speed_class_table(s, sectors=4)
    >>> t[t["frequency"] > 0].round(3).values.tolist()
    [[0.0, 0.0, 2.0, 0.667], [90.0, 2.0, 4.0, 0.333]]
    """
    import pandas as pd

    v = np.asarray(series.speed_m_s, dtype=float)
    wd = series.direction_deg
    good = np.isfinite(v) if wd is None else np.isfinite(v) & np.isfinite(wd)
    columns = ["sector_deg", "from_m_s", "to_m_s", "frequency"]
    if not good.any():
        return pd.DataFrame(columns=columns)
    step = np.floor(v[good] / class_m_s).astype(int)
    n = int(step.max()) + 1
    if wd is None:
        sector, count, centres = np.zeros(step.size, dtype=int), 1, [np.nan]
    else:
        width = 360.0 / sectors
        sector = np.floor(np.asarray(wd)[good] / width + 0.5).astype(int) % sectors
        count, centres = sectors, [width * s for s in range(sectors)]
    share = np.bincount(sector * n + step, minlength=count * n) / step.size
    return pd.DataFrame(
        {
            "sector_deg": np.repeat(centres, n),
            "from_m_s": np.tile(np.arange(n) * class_m_s, count),
            "to_m_s": np.tile((np.arange(n) + 1) * class_m_s, count),
            "frequency": share,
        },
        columns=columns,
    )


def hour_month_table(series: HubSeries, utc_offset_h: float) -> pd.DataFrame:
    """Mean speed at the hub of each hour of the day in each month.

    Parameters
    ----------
    utc_offset_h : float
        Of the clock the hours are told in [h].

    Returns
    -------
    DataFrame
        ``month`` (1-12), ``hour`` (0-23, begin of the hour), ``speed_m_s``; NaN where no
        hour of the series falls.
    """
    import pandas as pd

    local = series.index.tz_convert("UTC") + pd.Timedelta(hours=utc_offset_h)
    mean = (
        pd.Series(np.asarray(series.speed_m_s, dtype=float))
        .groupby([local.month.to_numpy(), local.hour.to_numpy()])
        .mean()
    )
    whole = pd.MultiIndex.from_product([range(1, 13), range(24)], names=["month", "hour"])
    return mean.reindex(whole).rename("speed_m_s").reset_index()
