"""The light of one site: the station's where it is near and measured, else the atlas's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gis.cells.grid import Grid, cell_centres
from gis.toml import read_toml
from gis.types import F8
from layers.spec import Origin, origin
from siting.pv.plant.chain import Resource, site_yield
from siting.pv.plant.plant import PvPlant
from siting.resource.atlas import AtlasLight
from siting.resource.scaled_light import possible_light, scaled_light

__all__ = [
    "ChosenLight",
    "LightChoice",
    "SiteLight",
    "Station",
    "light_response",
    "scaled_resource",
]

MONTHS = 12
LightChoice = Literal["auto", "series", "atlas"]


@dataclass(frozen=True, eq=False)
class ChosenLight:
    """Where the light of a place is taken from.

    Attributes
    ----------
    source
        ``"series"``, as it is; ``"station"`` and ``"atlas"``, the series scaled to their sums.
    station
        Id of the station's record; empty for the others.
    factor
        f8[12]: monthly sums of GHI over those of the series.
    kwh_m2
        GHI of a mean year [kWh/m2].
    distance_km
        To the place of the series [km].
    measured
        Whether an instrument near enough made it.
    spread_frac
        Standard deviation told by the spread of the plan's sources; NaN with one source.
    """

    source: Literal["series", "station", "atlas"]
    factor: F8
    kwh_m2: float
    distance_km: float
    measured: bool
    spread_frac: float = float("nan")
    station: str = ""

    @property
    def measured_sd(self) -> tuple[float, Origin] | None:
        """Standard deviation of measured light and where it is from; None where modelled."""
        if not self.measured:
            return None
        row = read_toml("siting.resource", "choice.toml")["measured_sd_frac"]
        return float(row["value"]), origin(row["source"])


@dataclass(frozen=True, eq=False)
class Station:
    """A measured record and where it was made.

    Attributes
    ----------
    xy
        In the plan's CRS [m].
    kwh_m2
        f8[1] of a year, or f8[12] by month [kWh/m2].
    """

    id: str
    xy: tuple[float, float]
    kwh_m2: F8


@dataclass(frozen=True, eq=False)
class SiteLight:
    """What the light of a site is chosen from.

    Attributes
    ----------
    month_kwh_m2
        f8[12]: mean monthly sums of the series [kWh/m2].
    place_xy
        Of the series in the plan's CRS [m].
    measured
        Whether an instrument made the series.
    choice
        ``"auto"`` goes by the rule, the others are the plan's wish.
    """

    atlas: AtlasLight | None
    month_kwh_m2: F8
    place_xy: tuple[float, float]
    measured: bool
    choice: LightChoice = "auto"
    spread_frac: float = float("nan")
    stations: tuple[Station, ...] = ()

    def at(self, x: float, y: float) -> ChosenLight:
        """The light of a place in the plan's CRS [m].

        The rule: the nearest measured light within ``station_near_km`` of ``choice.toml``, be
        it the series as it is or a record of a station; else the atlas, where the plan has one
        and it knows the place; else the series.
        """
        near, away = _near_km(), _km(self.place_xy, x, y)
        trusted = self.measured and away <= near
        own = ChosenLight(
            "series", np.ones(MONTHS), float(self.month_kwh_m2.sum()), away, trusted,
            self.spread_frac,
        )  # fmt: skip
        if self.choice == "series":
            return own
        if self.choice == "auto":
            found = min(self.stations, key=lambda s: _km(s.xy, x, y), default=None)
            far = float("inf") if found is None else _km(found.xy, x, y)
            if trusted and away <= far:
                return own
            if found is not None and far <= near:
                return ChosenLight(
                    "station", self.factor_to(found.kwh_m2), float(found.kwh_m2.sum()), far,
                    measured=True, spread_frac=self.spread_frac, station=found.id,
                )  # fmt: skip
        wanted = None if self.atlas is None else self.atlas.at(x, y)
        if wanted is None or not np.isfinite(wanted).all():
            return own
        return ChosenLight(
            "atlas", self.factor_to(wanted), float(wanted.sum()), away, measured=False,
            spread_frac=self.spread_frac,
        )  # fmt: skip

    def factors_on(self, grid: Grid, atlas: AtlasLight | None) -> F8:
        """Factors of every cell of a grid, f8[12, h, w], by the rule of `at`.

        Parameters
        ----------
        grid : Grid
        atlas : AtlasLight, optional
            The plan's atlas on it.
        """
        x, y = cell_centres(grid)
        shape = (len(y), len(x))
        out = np.ones((MONTHS, *shape))
        if self.choice == "series":
            return out
        if atlas is not None:
            known = np.isfinite(atlas.kwh_m2).all(axis=0)
            if atlas.monthly:
                lit = self.month_kwh_m2 > 0
                found = np.ones((MONTHS, *shape))
                found[lit] = atlas.kwh_m2[lit] / self.month_kwh_m2[lit, None, None]
            else:
                found = np.repeat(atlas.kwh_m2 / self.month_kwh_m2.sum(), MONTHS, axis=0)
            out = np.where(known, found, 1.0)
        if self.choice == "atlas":
            return out
        # the nearest measured light comes last: it wins
        marks = [(s.xy, self.factor_to(s.kwh_m2)) for s in self.stations]
        if self.measured:
            marks.append((self.place_xy, np.ones(MONTHS)))
        least = np.full(shape, _near_km())
        for xy, factor in marks:
            away = np.hypot(x[None, :] - xy[0], y[:, None] - xy[1]) / 1000.0
            here = away <= least
            out[:, here] = factor[:, None]
            least = np.where(here, away, least)
        return out

    def factor_to(self, kwh_m2: F8) -> F8:
        """Factors that bring the series to a year's sum f8[1], or to twelve months f8[12]."""
        if len(kwh_m2) == MONTHS:
            with np.errstate(divide="ignore", invalid="ignore"):
                found = kwh_m2 / self.month_kwh_m2
            return np.where(self.month_kwh_m2 > 0, found, 1.0)
        return np.full(MONTHS, float(kwh_m2[0]) / float(self.month_kwh_m2.sum()))


def _km(xy: tuple[float, float], x: float, y: float) -> float:
    return float(np.hypot(x - xy[0], y - xy[1])) / 1000.0


def _near_km() -> float:
    return float(read_toml("siting.resource", "choice.toml")["station_near_km"]["value"])


def scaled_resource(res: Resource, factor: F8) -> Resource:
    """`res` with its monthly sums of GHI times `factor`, f8[12].

    Raises
    ------
    DataError
        When a month cannot hold as much light.
    """
    if (np.asarray(factor) == 1.0).all():
        return res
    ghi, dni, dhi = scaled_light(
        res.ghi_w_m2,
        res.dni_w_m2,
        res.dhi_w_m2,
        month=res.month,
        factor=factor,
        most=possible_light(res.sun.dni_extra_w_m2, res.sun.cos_zenith),
    )
    return replace(res, ghi_w_m2=ghi, dni_w_m2=dni, dhi_w_m2=dhi)


def light_response(res: Resource, plant: PvPlant, factors: F8, *, nodes: int = 5) -> F8:
    """Monthly yield at each factor over the yield at one, f8[12, n].

    Parameters
    ----------
    res : Resource
    plant : PvPlant
        With the tilt of the cells and their ground cover; stands for all cells of a county.
        Slopes up to 15 degrees change the ratio of a year by less than a thousandth, that of
        a month by up to three thousandths, for factors of 0.85 to 1.1.
    factors : f8[12, n]
        Monthly sums of GHI wanted over those of `res`; NaN gives NaN.
    nodes : int
        Factors the exact chain is run at; between them the ratio is interpolated.
    """
    known = factors[np.isfinite(factors)]
    if not known.size:
        return np.full_like(factors, np.nan)
    low, high = float(known.min()), float(known.max())
    at = np.unique(np.r_[np.linspace(low, high, nodes), 1.0])
    months = np.array(
        [
            site_yield(scaled_resource(res, np.full(MONTHS, f)), plant)
            .monthly()["ac_kwh_kwp"]
            .to_numpy()
            for f in at
        ]
    )
    one = months[int(np.flatnonzero(at == 1.0)[0])]
    ratio = months / np.where(one > 0, one, 1.0)
    return np.array([np.interp(factors[m], at, ratio[:, m]) for m in range(MONTHS)])
