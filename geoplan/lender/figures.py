"""Pictures of one plant: losses, hours, probability, cash flow, sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from geoplan.charts import house_style, p_curve, save_figure, waterfall
from geoplan.charts.energy import hour_month
from geoplan.charts.money import cash_bars, tornado_bars
from geoplan.lender.derived import DAYS, OfPlant, sensitivity
from geoplan.lender.place import photo_frame, place_map
from geoplan.report.cell_words import cell_word
from geoplan.report.draw import loss_waterfall
from geoplan.report.draw_wind import wind_climate
from gis.say import say
from siting.economy.by_hour import HOURS, MONTHS

__all__ = ["draw_plant_figures", "plant_figure"]

Figure = Any
_MILLION = 1e6
_BARS, _LABEL = 10, 28
_Z90 = NormalDist().inv_cdf(0.9)


def plant_figure(folder: Path, name: str, lang: str) -> Path:
    """Where the picture `name` of the plant whose folder this is lies."""
    return folder / "figures" / lang / f"{name}.png"


def draw_plant_figures(at: OfPlant, folder: Path) -> None:
    """Draw every picture the run has numbers for, below ``figures/<lang>`` of `folder`."""
    with house_style():
        for name, draw in _DRAWN.items():
            figure = draw(at)
            path = plant_figure(folder, name, at.lang)
            if figure is not None:
                save_figure(figure, path)
            else:
                path.unlink(missing_ok=True)  # of an earlier report
        if at.kind != "pv":
            for name, figure in wind_climate(at.run, at.lang, tables=at.table).items():
                save_figure(figure, plant_figure(folder, f"plant_{name}", at.lang))


def _losses(at: OfPlant) -> Figure | None:
    if at.kind == "pv":
        steps = at.table("pv_waterfall", "site_id")
        return None if steps is None else loss_waterfall(steps, at.lang)
    steps = at.table("farm_losses")
    if steps is None:
        return None
    first, rest = steps.iloc[0], steps.iloc[1:]
    return waterfall(
        list(rest[at.lang]),
        list(-rest["loss_mwh_yr"] / 1000.0),
        start=(str(first[at.lang]), float(first["left_mwh_yr"]) / 1000.0),
        end=say("geoplan.report.net_yield")(at.lang),
        unit="GWh/a",
        decimals=1,
    )


def _hours(at: OfPlant) -> Figure | None:
    table = at.table("plant_hours")
    if table is None:
        return None
    mean = np.zeros((HOURS, MONTHS))
    mean[table["hour"].to_numpy(), table["month"].to_numpy() - 1] = table["energy_mwh"]
    return hour_month(mean / DAYS, unit="MW", lang=at.lang, decimals=1)


def _probability(at: OfPlant) -> Figure | None:
    life = at.table("plant_life")
    if life is None:
        return None
    p50, p90 = float(life["p50_mwh"].iloc[0]), float(life["p90_mwh"].iloc[0])
    return p_curve(p50 / 1000.0, (1.0 - p90 / p50) / _Z90, lang=at.lang)


def _cash(at: OfPlant) -> Figure | None:
    flow = at.table("money_flow_p50", "plant")
    if flow is None:
        return None
    project = flow["project_cny"].to_numpy(float) / _MILLION
    equity = flow["equity_cny"].to_numpy(float) / _MILLION
    return cash_bars(project, equity if flow["drawn_cny"].any() else None, lang=at.lang)


def _energy_tornado(at: OfPlant) -> Figure | None:
    """Energy of the first year with each uncertainty one deviation down and up."""
    table, life = sensitivity(at), at.table("plant_life")
    if table is None or life is None or not len(table):
        return None
    table = table.head(_BARS)
    return tornado_bars(
        [
            f"{str(r['title'])[:_LABEL]} ±{100 * r['sd_frac']:.1f} %"
            for r in table.to_dict("records")
        ],
        table["low_mwh"].to_numpy(float) / 1000.0,
        table["high_mwh"].to_numpy(float) / 1000.0,
        base=float(life["p50_mwh"].iloc[0]) / 1000.0,
        unit=say("geoplan.lender.first_year_gwh")(at.lang),
        lang=at.lang,
    )


def _tornado(at: OfPlant) -> Figure | None:
    lang = at.lang
    bars, money = at.table("money_tornado", "plant"), at.table("money_plants", "plant")
    if bars is None or money is None:
        return None
    labels = [
        f"{cell_word('input', r['input'], {}, lang)} ±{100 * r['move']:g} %"
        for r in bars.to_dict("records")
    ]
    return tornado_bars(
        labels,
        bars["npv_low_cny"].to_numpy(float) / _MILLION,
        bars["npv_high_cny"].to_numpy(float) / _MILLION,
        base=float(money["npv_cny"].iloc[0]) / _MILLION,
        unit=say("geoplan.charts.npv_money")(lang),
        lang=lang,
    )


def _map(at: OfPlant) -> Figure | None:
    return place_map(at.plan, at.run, at.plant, at.farm, at.kind, at.lang)


_DRAWN: dict[str, Callable[[OfPlant], Figure | None]] = {
    "plant_map": _map,
    "plant_photo": lambda at: photo_frame(at.lang),
    "plant_losses": _losses,
    "plant_hours": _hours,
    "plant_p": _probability,
    "plant_energy_tornado": _energy_tornado,
    "plant_cash": _cash,
    "plant_tornado": _tornado,
}
