"""A plant's energy by year of operation and by month and hour: one shape for PV and wind.

The steps that estimate yields leave these tables in the run folder; money and the report of
a plant read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import say
from siting.economy.p_values import exceedance_curve

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HOUR_MONTH_COLUMNS", "LIFE_COLUMNS", "Tech", "hour_month_energy", "life_energy"]

Tech = Literal["pv", "wind", "hybrid"]
LIFE_COLUMNS = ("plant", "tech", "capacity_mw", "year", "p50_mwh", "p90_mwh")
HOUR_MONTH_COLUMNS = ("plant", "month", "hour", "energy_mwh")
_MONTHS, _HOURS, _P = 12, 24, 90.0


def life_energy(
    plant: str,
    tech: Tech,
    capacity_mw: float,
    p50_mwh: npt.ArrayLike,
    sd_one_year_frac: float,
) -> pd.DataFrame:
    """P50 and P90 of every year of operation; columns `LIFE_COLUMNS`.

    Parameters
    ----------
    plant : str
        Site id, or name of a farm.
    capacity_mw : float
        At the grid (AC) [MW].
    p50_mwh : f8[years]
        Energy of the years 1 to n, degradation in it [MWh].
    sd_one_year_frac : float
        Combined standard deviation of any one year.

    Examples
    --------
    P90 of a year with 10 %: 1 - 1.2816 * 0.10 of its P50.

    >>> life_energy("A", "pv", 10.0, [100.0, 90.0], 0.10)["p90_mwh"].round(2).tolist()
    [87.18, 78.47]
    """
    import pandas as pd  # heavy

    p50 = np.asarray(p50_mwh, dtype=np.float64)
    part = float(exceedance_curve(1.0, sd_one_year_frac, _P)[0])
    return pd.DataFrame(
        {
            "plant": plant,
            "tech": tech,
            "capacity_mw": float(capacity_mw),
            "year": np.arange(1, len(p50) + 1),
            "p50_mwh": p50,
            "p90_mwh": p50 * part,
        },
        columns=list(LIFE_COLUMNS),
    )


def hour_month_energy(
    plant: str,
    start: pd.DatetimeIndex,
    energy_mwh: npt.ArrayLike,
    *,
    yearly_mwh: float,
) -> pd.DataFrame:
    """Energy by month and hour of the day in a mean year; columns `HOUR_MONTH_COLUMNS`.

    Parameters
    ----------
    plant : str
    start : DatetimeIndex
        Begin of each step in local standard time.
    energy_mwh : f8[n]
        Energy of each step [MWh], of one year or of several; negative (night) use counts.
    yearly_mwh : float
        What the 288 values add up to [MWh/yr], the plant's net P50.

    Raises
    ------
    DataError
        When nothing is produced, or steps and values do not have one length.

    Examples
    --------
    >>> import pandas as pd
    >>> t = pd.date_range("2021-01-01", periods=8760, freq="h")
    >>> table = hour_month_energy("A", t, np.ones(8760), yearly_mwh=8760.0)
    >>> len(table), table["energy_mwh"].tolist()[:1], round(float(table["energy_mwh"].sum()), 6)
    (288, [31.0], 8760.0)
    """
    import pandas as pd  # heavy

    energy = np.asarray(energy_mwh, dtype=np.float64)
    if energy.shape != (len(start),) or not energy.sum() > 0:
        raise DataError(
            say("siting.economy.no_energy_by_hour"),
            where=plant,
            got=f"{energy.shape}, {float(np.nansum(energy)):g} MWh",
            expected=f"({len(start)},), MWh > 0",
        )
    sums = np.zeros((_MONTHS, _HOURS))
    np.add.at(sums, (start.month.to_numpy() - 1, start.hour.to_numpy()), energy)
    month, hour = np.divmod(np.arange(_MONTHS * _HOURS), _HOURS)
    return pd.DataFrame(
        {
            "plant": plant,
            "month": month + 1,
            "hour": hour,
            "energy_mwh": (sums * (yearly_mwh / energy.sum())).ravel(),
        },
        columns=list(HOUR_MONTH_COLUMNS),
    )
