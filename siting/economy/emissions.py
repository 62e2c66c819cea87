"""Emissions avoided by a plant, with a dated grid factor that the user chooses."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from gis.errors import ConfigError
from gis.say import listed, say

__all__ = ["GridFactor", "avoided_tco2_yr", "grid_factor", "grid_factors"]


@dataclass(frozen=True)
class GridFactor:
    """A published emission factor of a power grid.

    Attributes
    ----------
    kgco2_kwh
        Carbon dioxide for a kWh taken from that grid [kg/kWh].
    quality
        ``"source"`` (read in the cited text), ``"secondary"`` (a copy of it),
        ``"unverified"``.
    """

    id: str
    region_zh: str
    region_en: str
    year: int
    kgco2_kwh: float
    caliber: str
    source: str
    quality: str


@cache
def grid_factors() -> dict[str, GridFactor]:
    """All factors of the table by id; none of them is a default.

    Examples
    --------
    >>> grid_factors()["national_2022"].kgco2_kwh
    0.5366
    """
    text = resources.files(__package__).joinpath("grid_factors.csv").read_text("utf-8")
    out = {}
    for row in csv.DictReader(text.splitlines()):
        out[row["id"]] = GridFactor(
            id=row["id"],
            region_zh=row["region_zh"],
            region_en=row["region_en"],
            year=int(row["year"]),
            kgco2_kwh=float(row["kgco2_kwh"]),
            caliber=row["caliber"],
            source=row["source"],
            quality=row["quality"],
        )
    return out


def grid_factor(factor_id: str) -> GridFactor:
    """The factor called `factor_id`.

    Raises
    ------
    ConfigError
        With the ids there are.
    """
    found = grid_factors().get(factor_id)
    if found is None:
        raise ConfigError(
            say("siting.economy.no_such_grid_factor"),
            got=factor_id,
            expected=listed(grid_factors()),
        )
    return found


def avoided_tco2_yr(energy_mwh_yr: float, factor: GridFactor) -> float:
    """Carbon dioxide not emitted by the grid in a year [t/yr].

    Examples
    --------
    >>> round(avoided_tco2_yr(1000.0, grid_factor("national_2022")), 6)
    536.6
    """
    # kg/kWh equals t/MWh
    return energy_mwh_yr * factor.kgco2_kwh
