"""Pictures of one plant: losses, hours, probability, cash flow, sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from geoplan.charts import house_style, p_curve, save_figure
from geoplan.charts.energy import hour_month
from geoplan.charts.money import cash_bars, tornado_bars
from geoplan.charts.style import colours, new_figure
from geoplan.lender.chapters import TableSpec, plant_table
from geoplan.report.cell_words import cell_word
from geoplan.report.draw import add_shapes, loss_waterfall
from gis.say import say
from layers.result import optional_layer
from siting.economy.by_hour import HOURS, MONTHS

__all__ = ["draw_plant_figures", "plant_figure"]

Figure = Any
_MILLION = 1e6
_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_Z90 = NormalDist().inv_cdf(0.9)


def plant_figure(folder: Path, name: str, lang: str) -> Path:
    """Where the picture `name` of the plant whose folder this is lies."""
    return folder / "figures" / lang / f"{name}.png"


def draw_plant_figures(run: Path, plant: str, folder: Path, lang: str) -> None:
    """Draw every picture the run has numbers for, below ``figures/<lang>`` of `folder`."""
    with house_style():
        for name, draw in _DRAWN.items():
            figure = draw(run, plant, lang)
            if figure is not None:
                save_figure(figure, plant_figure(folder, name, lang))


def _losses(run: Path, plant: str, lang: str) -> Figure | None:
    steps = plant_table(run, TableSpec(name="pv_waterfall", of="site_id"), plant)
    return None if steps is None else loss_waterfall(steps, lang)


def _hours(run: Path, plant: str, lang: str) -> Figure | None:
    table = plant_table(run, TableSpec(name="plant_hours"), plant)
    if table is None:
        return None
    mean = np.zeros((HOURS, MONTHS))
    mean[table["hour"].to_numpy(), table["month"].to_numpy() - 1] = table["energy_mwh"]
    return hour_month(mean / _DAYS, unit="MW", lang=lang, decimals=1)


def _probability(run: Path, plant: str, lang: str) -> Figure | None:
    life = plant_table(run, TableSpec(name="plant_life"), plant)
    if life is None:
        return None
    p50, p90 = float(life["p50_mwh"].iloc[0]), float(life["p90_mwh"].iloc[0])
    return p_curve(p50 / 1000.0, (1.0 - p90 / p50) / _Z90, lang=lang)


def _cash(run: Path, plant: str, lang: str) -> Figure | None:
    flow = plant_table(run, TableSpec(name="money_flow_p50", of="plant"), plant)
    if flow is None:
        return None
    project = flow["project_cny"].to_numpy(float) / _MILLION
    equity = flow["equity_cny"].to_numpy(float) / _MILLION
    return cash_bars(project, equity if flow["drawn_cny"].any() else None, lang=lang)


def _tornado(run: Path, plant: str, lang: str) -> Figure | None:
    bars = plant_table(run, TableSpec(name="money_tornado", of="plant"), plant)
    money = plant_table(run, TableSpec(name="money_plants", of="plant"), plant)
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


def _map(run: Path, plant: str, lang: str) -> Figure | None:  # noqa: ARG001 - one farm a run
    """New and old turbines in the county, and near by."""
    new, county = optional_layer(run, "turbines_new"), optional_layer(run, "county")
    if new is None or county is None or not len(new):
        return None
    old, c = optional_layer(run, "turbines_existing"), colours()
    fig, whole = new_figure(height_cm=8.0)
    whole.remove()
    left, right = fig.subplots(1, 2)
    for ax in (left, right):
        add_shapes(ax, county, facecolor="#f4f1ea", edgecolor="#333333", linewidth=0.8)
        if old is not None:
            ax.plot(old.geometry.x, old.geometry.y, "x", ms=3, color=c["dim"],
                    label=say("geoplan.charts.farm_old")(lang))  # fmt: skip
        ax.plot(new.geometry.x, new.geometry.y, "o", ms=3, color=c["minus"],
                label=say("geoplan.charts.farm_new")(lang))  # fmt: skip
        ax.set_aspect("equal")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(visible=False)
    x0, y0, x1, y1 = new.total_bounds
    margin = 0.15 * max(x1 - x0, y1 - y0) + 500.0
    right.set_xlim(x0 - margin, x1 + margin)
    right.set_ylim(y0 - margin, y1 + margin)
    right.legend()
    return fig


_DRAWN: dict[str, Callable[[Path, str, str], Figure | None]] = {
    "plant_map": _map,
    "plant_losses": _losses,
    "plant_hours": _hours,
    "plant_p": _probability,
    "plant_cash": _cash,
    "plant_tornado": _tornado,
}
