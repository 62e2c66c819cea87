"""Energy of a wind-PV station by year, hour and probability: what money and lenders ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.say import say
from layers.plan.model import Plan
from layers.spec import text_of
from siting.economy.p_values import Component, p_value_table, p_values
from siting.economy.plant_tables import hour_month_energy, life_energy
from siting.economy.price import plan_prices
from siting.economy.price_dispatch import dispatch_for_price
from siting.economy.storage import Battery, dispatch
from siting.wind.farm_tables import LIFE_YR, component_rows
from siting.wind.repower.hybrid import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.wind.farm import FarmYield

__all__ = ["HYBRID", "Station", "price_of_hours", "station_tables"]

Float = NDArray[np.float64]

HYBRID = "hybrid"
_LEAST_YEARS = 5  # years from which their spread is computed
_KNOTS = (0, LIFE_YR // 2, LIFE_YR - 1)  # years between which the energy is interpolated


@dataclass(frozen=True, eq=False)
class Station:
    """Wind and PV behind one connection.

    Attributes
    ----------
    index
        Middle of each hour.
    wind_frac, pv_frac : (t,) float
        Output over rated power, net of losses before the connection.
    battery, price_cny_mwh
        None without a battery, and where all hours have one price.
    """

    index: pd.DatetimeIndex
    wind_frac: Float
    pv_frac: Float
    wind_mw: float
    pv_mw: float
    limit_mw: float
    battery: Battery | None
    price_cny_mwh: Float | None

    def sent_mw(self) -> Float:
        """What leaves the connection in every hour; by price where hours have prices."""
        power = self.wind_frac * self.wind_mw + self.pv_frac * self.pv_mw
        if self.battery is None:
            return np.minimum(power, self.limit_mw)
        if self.price_cny_mwh is None:
            return dispatch(power, self.limit_mw, self.battery).sent_mw
        return dispatch_for_price(
            power, self.limit_mw, self.battery, self.price_cny_mwh
        ).sent_mw


def _clock(plan: Plan, index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    from siting.pv.study.context import official_clock

    return official_clock(plan, index)


def price_of_hours(plan: Plan, index: pd.DatetimeIndex) -> Float | None:
    """The plan's prices on hours of the official clock; None with one price for all or none."""
    prices = plan_prices(plan)
    if prices is None or prices.flat:
        return None
    clock = _clock(plan, index)
    return np.asarray(prices.cny_mwh[clock.month.to_numpy() - 1, clock.hour.to_numpy()])


def station_tables(
    plan: Plan,
    station: Station,
    farm: FarmYield,
    pv_components: Sequence[Component],
    *,
    pv_loss_frac_yr: float,
) -> dict[str, pd.DataFrame]:
    """Life, hours, P-values, uncertainty and parts of a station.

    Parameters
    ----------
    pv_components
        Uncertainties of the PV.
    pv_loss_frac_yr : float
        Degradation of its modules.

    Notes
    -----
    The P50 of a year is what leaves the connection with the modules of that age. Wind and PV
    are taken as fully correlated, each with its share of the energy: the P90 is then never
    too high. The connection's limit cuts good years more than bad ones, which is not counted.
    """
    years = len(station.index) / 8760.0
    sent = station.sent_mw()
    cut = 1.0 - farm.levels.haircut_frac
    wind_mwh = float(station.wind_frac.sum()) * station.wind_mw * cut
    pv_mwh = float(station.pv_frac.sum()) * station.pv_mw
    first = float(sent.sum()) / years * _after_haircut(station, cut)
    of_first = _ageing(station, pv_loss_frac_yr, cut)
    share = wind_mwh / (wind_mwh + pv_mwh) if wind_mwh + pv_mwh > 0 else 0.0
    components = _components(station, sent, farm.components, pv_components, share)
    p = p_values(first, components, of_first=of_first.tolist())
    clock = _clock(plan, station.index).tz_localize(None)
    levels = p_value_table(p)
    levels.insert(0, "plant", HYBRID)
    stored = station.battery
    return {
        "hybrid_life": life_energy(
            HYBRID, "hybrid", station.limit_mw, first * of_first, p.sd_one_year_frac
        ),
        "hybrid_hour_month": hour_month_energy(
            HYBRID, clock.floor("h"), sent, yearly_mwh=first
        ),
        "hybrid_monthly": pd.DataFrame(
            {
                "plant": HYBRID,
                "month": np.arange(1, 13),
                "energy_mwh": np.bincount(clock.month - 1, sent, 12) * (first / sent.sum()),
            }
        ),
        "hybrid_p_values": levels,
        "hybrid_uncertainty": component_rows(components).assign(plant=HYBRID),
        "hybrid_parts": pd.DataFrame(
            [
                {"plant": HYBRID, "part": "wind", "mw": station.wind_mw, "mwh": np.nan},
                {"plant": HYBRID, "part": "pv", "mw": station.pv_mw, "mwh": np.nan},
                {
                    "plant": HYBRID,
                    "part": "storage",
                    "mw": 0.0 if stored is None else stored.power_mw,
                    "mwh": 0.0 if stored is None else stored.energy_mwh,
                },
            ]
        ),
    }


def _by_rule(station: Station, wind: float, pv: float) -> float:
    """Energy sent with the outputs scaled, by the rule that knows no prices [MWh]."""
    return connection(
        station.wind_frac * wind,
        station.pv_frac * pv,
        station.wind_mw,
        station.pv_mw,
        station.limit_mw,
        station.battery,
    ).sent_mwh


def _after_haircut(station: Station, cut: float) -> float:
    """Energy with the wind's P50 cut for a known bias, over that without."""
    return 1.0 if cut == 1.0 else _by_rule(station, cut, 1.0) / _by_rule(station, 1.0, 1.0)


def _ageing(station: Station, loss_frac_yr: float, cut: float) -> Float:
    """Energy sent in each year over that of the first, with the modules growing older."""
    left = [max(1.0 - loss_frac_yr * k, 0.0) for k in _KNOTS]
    sent = np.array([_by_rule(station, cut, f) for f in left])
    return np.asarray(np.interp(np.arange(LIFE_YR), _KNOTS, sent / sent[0]))


def _components(
    station: Station,
    sent: Float,
    wind: Sequence[Component],
    pv: Sequence[Component],
    share: float,
) -> tuple[Component, ...]:
    """What stays and what each year draws anew, wind and PV fully correlated."""

    def sd(parts: Sequence[Component], *, yearly: bool) -> float:
        return float(np.sqrt(sum(c.sd_frac**2 for c in parts if c.yearly == yearly)))

    fixed_w, fixed_p = sd(wind, yearly=False), sd(pv, yearly=False)
    yearly_w, yearly_p = sd(wind, yearly=True), sd(pv, yearly=True)
    text = text_of(say("siting.wind_repower.station_sd", wind=share, pv=1.0 - share))
    lasting = Component(
        "lasting",
        text_of(say("siting.wind_repower.station_lasting", wind_sd=fixed_w, pv_sd=fixed_p)),
        share * fixed_w + (1.0 - share) * fixed_p,
        yearly=False,
        source=text,
        quality="computed",
    )
    weather = replace(
        lasting,
        id="one_year",
        title=text_of(
            say("siting.wind_repower.station_yearly", wind_sd=yearly_w, pv_sd=yearly_p)
        ),
        sd_frac=share * yearly_w + (1.0 - share) * yearly_p,
        yearly=True,
    )
    table = pd.Series(sent).groupby(station.index.year.to_numpy()).agg(["sum", "count"])
    whole = table.loc[table["count"] > 8000, "sum"]
    if len(whole) >= _LEAST_YEARS:
        weather = replace(
            weather,
            sd_frac=float(whole.std(ddof=1) / whole.mean()),
            source=text_of(say("siting.wind.of_yearly_energies")),
        )
    return lasting, weather
