"""The wind of each turbine over that of the series, by sector: from a table or a flow model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, Fault, raise_faults
from gis.files.given import foreign
from gis.say import listed, say
from siting.wind.resource.distribution import given_columns
from siting.wind.resource.hub import HubSeries
from siting.wind.resource.shear import to_height
from siting.wind.resource.wasp_grid import SectorWind

__all__ = ["grid_speedups", "hourly_speedup", "read_speedups"]

Float = NDArray[np.float64]

_LEAST, _MOST = 0.2, 5.0  # beyond them a column is in another unit
_LEAST_HOURS = 100  # in a sector, for a mean of its own


def hourly_speedup(direction_deg: Float | None, speedups: Float) -> Float:
    """Factor of every hour, (n, t); an hour without direction has the mean of its row.

    Parameters
    ----------
    direction_deg : (t,) float or None
        None: every hour is without.
    speedups : (n, s) float
        By equal sectors, the first centred on north.

    Examples
    --------
    >>> f = np.array([[1.0, 1.2, 0.8, 1.0]])
    >>> hourly_speedup(np.array([350.0, 80.0, 200.0, np.nan]), f).tolist()
    [[1.0, 1.2, 0.8, 1.0]]
    """
    sectors = speedups.shape[1]
    whole = np.column_stack([speedups, speedups.mean(axis=1)])
    if direction_deg is None:
        return whole[:, -1:]
    known = np.isfinite(direction_deg)
    width = 360.0 / sectors
    number = np.floor(np.where(known, direction_deg, 0.0) / width + 0.5).astype(int) % sectors
    return np.asarray(whole[:, np.where(known, number, sectors)])


def read_speedups(path: Path, turbine_ids: Sequence[str]) -> Float:
    """Speed-ups of the turbines from a CSV with ``turbine_id, sector_deg, speedup``, (n, s).

    Raises
    ------
    DataError
        Missing columns or turbines, sectors that are not equal or not all there, factors that
        cannot be.
    """
    what = say("siting.wasp.speedups_cannot_be_read")
    table = given_columns(path, ["turbine_id", "sector_deg", "speedup"], what)
    with foreign(what, str(path)):
        table = table.astype({"turbine_id": str, "sector_deg": float, "speedup": float})
    values = table[["sector_deg", "speedup"]].to_numpy()
    faults = []
    known = set(table["turbine_id"])
    lost = [i for i in turbine_ids if i not in known]
    if lost:
        faults.append(Fault(say("siting.wasp.turbines_lack_speedups"), got=listed(lost, 8)))
    if not np.isfinite(values).all():
        faults.append(Fault(say("siting.wasp.not_finite")))
    elif len(values) and not ((values[:, 1] >= _LEAST) & (values[:, 1] <= _MOST)).all():
        worst = values[np.argmax(np.abs(np.log(np.maximum(values[:, 1], 1e-6)))), 1]
        faults.append(
            Fault(
                say("siting.wasp.no_such_speedup"),
                got=f"{worst:g}",
                expected=f"{_LEAST:g} - {_MOST:g}",
            )
        )
    sectors = np.unique(values[:, 0]) if np.isfinite(values).all() else np.zeros(0)
    even = np.arange(sectors.size) * 360.0 / max(sectors.size, 1)
    twice = table.duplicated(["turbine_id", "sector_deg"]).any()
    own = table[table["turbine_id"].isin(turbine_ids)]
    whole = len(own) == len(turbine_ids) * sectors.size
    if not faults and (twice or not whole or not np.allclose(sectors, even, atol=0.1)):
        faults.append(
            Fault(say("siting.wasp.sectors_not_equal"), got=listed(f"{s:g}" for s in sectors))
        )
    for fault in faults:
        fault.where = path.name
    raise_faults(DataError, faults)
    wide = own.pivot_table(index="turbine_id", columns="sector_deg", values="speedup")
    return wide.loc[list(turbine_ids)].to_numpy(dtype=float)


def grid_speedups(wind: SectorWind, height_m: float, series: HubSeries) -> Float:
    """Factors that give the series the flow model's mean of each sector at each place, (n, s).

    A sector the series hardly knows takes the factor of all sectors together.

    Parameters
    ----------
    wind : SectorWind
        Of the flow model where the turbines stand, at `height_m`.
    series : HubSeries
        Whose hours are scaled.
    """
    speed = to_height(series.speed_m_s, series.hub_m, height_m, series.profile)
    sectors = wind.frequency.shape[1]
    goal = wind.sector_mean_m_s
    whole = wind.mean_m_s / float(np.nanmean(speed))
    out = np.repeat(whole[:, None], sectors, axis=1)
    if series.direction_deg is None:
        return out
    known = np.isfinite(speed) & np.isfinite(series.direction_deg)
    width = 360.0 / sectors
    turned = np.where(known, series.direction_deg, 0.0) / width + 0.5
    number = np.floor(turned).astype(int) % sectors
    for s in range(sectors):
        own = known & (number == s)
        if own.sum() >= _LEAST_HOURS and float(speed[own].mean()) > 0:
            out[:, s] = goal[:, s] / float(speed[own].mean())
    return out
