"""Blocks of the report on one plant that are no table of the run but made of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.lender.chapters import Kind, TableSpec, plant_table
from geoplan.report.document import Block, Paragraph, Table
from geoplan.report.frames import column_widths, known, number
from gis.say import in_lang, say
from layers.sources import source_words
from layers.spec import Origin
from siting.economy.by_hour import HOURS, MONTHS
from siting.economy.price import Prices, kept_frac, plan_prices
from siting.economy.section import MoneySection
from siting.money.terms import needed_words

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from layers.plan.model import Plan

__all__ = ["DERIVED", "OfPlant", "sensitivity"]

_PCT = 100.0
DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class OfPlant:
    """The plant a report is about.

    Attributes
    ----------
    plant, farm
        The plant; the wind farm whose tables are shown (of a station its wind part).
    """

    plan: Plan
    run: Path
    plant: str
    farm: str
    kind: Kind
    lang: str

    def table(self, name: str, of: str = "") -> pd.DataFrame | None:
        """Rows of a table that are of the plant or, of the farm's tables, of the farm."""
        who = self.farm if name.startswith("farm_") else self.plant
        return plant_table(self.run, TableSpec(name=name, of=of), who)


def _caption(name: str, lang: str) -> str:
    return say(f"geoplan.lender.c_{name}")(lang)


def _month_hours(name: str, values: npt.NDArray[np.float64], lang: str, digits: int) -> Table:
    """A table of 24 rows and 12 columns."""
    heads = [say("geoplan.lender.hour")(lang), *(str(m) for m in range(1, MONTHS + 1))]
    rows = [[f"{h}", *(number(float(v), digits) for v in values[:, h])] for h in range(HOURS)]
    numeric = frozenset(range(1, MONTHS + 1))
    return Table(name, _caption(name, lang), heads, rows, numeric, [2.0] + [3.0] * MONTHS)


def _hours(at: OfPlant) -> Iterator[Block]:
    table = at.table("plant_hours")
    if table is None:
        return
    mean = np.zeros((MONTHS, HOURS))
    mean[table["month"].to_numpy() - 1, table["hour"].to_numpy()] = table["energy_mwh"]
    mean /= DAYS[:, None]
    yield _month_hours("plant_hour_table", mean, at.lang, 1 if mean.max() < 1000 else 0)


def sensitivity(at: OfPlant) -> pd.DataFrame | None:
    """Energy of the first year with each uncertainty one deviation down and up.

    Returns
    -------
    DataFrame or None
        ``title``, ``sd_frac``, ``low_mwh``, ``high_mwh``, the largest first; None where the
        run has no uncertainties of the plant.
    """
    name, of = {
        "pv": ("pv_uncertainty", "site_id"),
        "wind": ("farm_uncertainty", "plant"),
        "hybrid": ("hybrid_uncertainty", "plant"),
    }[at.kind]
    parts, life = at.table(name, of), at.table("plant_life")
    if parts is None or life is None:
        return None
    title = f"title_{at.lang}" if f"title_{at.lang}" in parts else at.lang
    sd = parts["sd_frac" if "sd_frac" in parts else "energy_frac"].astype(float)
    p50 = float(life["p50_mwh"].iloc[0])
    out = parts[[title]].rename(columns={title: "title"})
    out = out.assign(sd_frac=sd, low_mwh=p50 * (1 - sd), high_mwh=p50 * (1 + sd))
    return out[sd > 0].sort_values("sd_frac", ascending=False)


def _sensitivity(at: OfPlant) -> Iterator[Block]:
    table = sensitivity(at)
    if table is None or not len(table):
        return
    heads = [say(f"geoplan.lender.sens_{k}")(at.lang) for k in ("what", "sd", "low", "high")]
    rows = [
        [
            str(r["title"]),
            number(_PCT * r["sd_frac"], 1),
            number(r["low_mwh"], 0),
            number(r["high_mwh"], 0),
        ]
        for r in table.to_dict("records")
    ]
    yield _table("plant_sensitivity", heads, rows, frozenset({1, 2, 3}), at.lang)


def _table(
    name: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: frozenset[int],
    lang: str,
) -> Table:
    widths = column_widths(heads, rows, numeric)
    return Table(name, _caption(name, lang), heads, rows, numeric, widths)


def _light_by_month(at: OfPlant) -> Iterator[Block]:
    """Sources of light beside each other, a column a month."""
    table = at.table("resource_monthly")
    if table is None:
        return
    wide = table.pivot_table(
        index=f"title_{at.lang}", columns="month", values="value", sort=False
    ).reindex(columns=range(1, MONTHS + 1))
    year = say("geoplan.lender.whole_year")(at.lang)
    heads = [say("geoplan.lender.source")(at.lang), *map(str, range(1, MONTHS + 1)), year]
    rows = [
        [str(title), *(number(v, 0) for v in values), number(float(values.sum()), 0)]
        for title, values in zip(wide.index, wide.to_numpy(float), strict=True)
    ]
    numeric = frozenset(range(1, MONTHS + 2))
    widths = [12.0] + [3.6] * MONTHS + [5.0]
    caption = _caption("light_by_month", at.lang)
    yield Table("light_by_month", caption, heads, rows, numeric, widths)


_MONEY = (
    ("sold_mwh_yr", 0, "MWh/a", 1.0),
    ("curtailed_frac", 2, "%", _PCT),
    ("price_cny_mwh", 1, "CNY/MWh", 1.0),
    ("lcoe_real_cny_mwh", 1, "CNY/MWh", 1.0),
    ("lcoe_nominal_cny_mwh", 1, "CNY/MWh", 1.0),
    ("lcoe_fixed_charge_cny_mwh", 1, "CNY/MWh", 1.0),
    ("npv_mcny", 1, "million_cny", 1.0),
    ("irr_frac", 2, "%", _PCT),
    ("payback_yr", 1, "year", 1.0),
    ("debt_mcny", 1, "million_cny", 1.0),
    ("equity_npv_mcny", 1, "million_cny", 1.0),
    ("equity_irr_frac", 2, "%", _PCT),
    ("least_dscr_p50", 2, "-", 1.0),
    ("mean_dscr_p50", 2, "-", 1.0),
    ("least_dscr_p90", 2, "-", 1.0),
    ("most_debt_frac_p90", 1, "%", _PCT),
)


_UNITS = {"million_cny": "geoplan.common.header_unit.million_CNY", "year": "geoplan.lender.yr"}


def _unit(unit: str, lang: str) -> str:
    words = {
        "million_cny": "geoplan.common.header_unit.million_CNY",
        "year": "geoplan.lender.yr",
    }
    return say(words[unit])(lang) if unit in words else unit


def _money(at: OfPlant) -> Iterator[Block]:
    """Figures of money, a row each; and what the lender's own limit says of them."""
    from geoplan.report.exports import field_docs

    table = at.table("money_plants", "plant")
    if table is None:
        yield Paragraph(
            say("geoplan.lender.not_in_run", name=_caption("money_key", at.lang))(at.lang),
            "note",
        )
        return
    row: Mapping[Any, Any] = table.to_dict("records")[0]
    docs = field_docs()
    heads = [say(f"geoplan.report.{k}")(at.lang) for k in ("quantity", "value", "unit")]
    rows = [
        [
            str((docs.get(key) or docs[key.replace("_mcny", "_cny")])[at.lang]),
            number(float(row[key]) * factor, digits),
            _unit(unit, at.lang),
        ]
        for key, digits, unit, factor in _MONEY
        if known(row.get(key))
    ]
    caption = _caption("money_key", at.lang)
    yield Table("money_key", caption, heads, rows, frozenset({1}), (5, 2, 2))
    if str(row.get("missing") or ""):
        needed = needed_words(str(row["missing"]).split(", "))
        text = say("geoplan.lender.money_missing", needed=needed)
        yield Paragraph(text(at.lang), "note")
    debt = at.plan.section(MoneySection).debt
    cover = row.get("least_dscr_p90")
    if debt is None or debt.least_dscr is None or not known(cover):
        return
    least = debt.least_dscr
    met = "met" if float(row["least_dscr_p90"]) >= least else "not_met"
    text = say(
        f"geoplan.lender.dscr_{met}",
        cover=float(row["least_dscr_p90"]),
        least=least,
        most=float(row["most_debt_frac_p90"]),
        share=debt.share_frac,
    )
    yield Paragraph(text(at.lang), "body" if met == "met" else "note")


def _prices(at: OfPlant) -> Iterator[Block]:
    """The prices with their source and day; by month and hour where they differ."""
    prices = plan_prices(at.plan)
    if prices is None:
        return
    yield Paragraph(_of_prices(prices, at.lang))
    if not prices.flat:
        yield _month_hours("money_prices", prices.cny_mwh, at.lang, 0)
    m = at.plan.section(MoneySection).mechanism
    if m is not None:
        reference = m.reference_cny_mwh
        text = say(
            "geoplan.lender.mechanism",
            share=m.share_frac,
            price=m.price_cny_mwh,
            years=m.years,
            reference=say("geoplan.lender.own_price")
            if reference is None
            else f"{reference:g} CNY/MWh",
            source=_source(m.source, at.lang),
        )
        yield Paragraph(text(at.lang))


def _source(given: Origin, lang: str) -> str:
    """Where a figure of the plan is from, in one language; that nobody said, where it is so."""
    return source_words(in_lang(given, lang), lang) or say("geoplan.lender.no_source")(lang)


def _of_prices(prices: Prices, lang: str) -> str:
    source = _source(prices.source, lang)
    title = "" if prices.title is None else in_lang(prices.title, lang)
    if prices.flat:
        price = float(prices.cny_mwh[0, 0])
        return say("geoplan.lender.one_price", price=price, source=source)(lang)
    return say("geoplan.lender.prices_by_hour", title=title, source=source, date=prices.date)(
        lang
    )


def _curtailment(at: OfPlant) -> Iterator[Block]:
    """Curtailment by month, or by month and hour, as the plan gives it."""
    lost = _PCT * (1.0 - kept_frac(at.plan))
    source = at.plan.section(MoneySection).curtailment_source
    words = _source(source, at.lang)
    if not lost.any():
        yield Paragraph(say("geoplan.lender.no_curtailment")(at.lang))
        return
    yield Paragraph(say("geoplan.lender.curtailment_of", source=words)(at.lang))
    if (lost == lost[:, :1]).all():
        heads = [str(m) for m in range(1, MONTHS + 1)]
        rows = [[number(float(v), 1) for v in lost[:, 0]]]
        caption = _caption("money_curtailment", at.lang)
        yield Table("money_curtailment", caption, heads, rows, frozenset(range(MONTHS)))
        return
    yield _month_hours("money_curtailment", lost, at.lang, 1)


DERIVED: Mapping[str, Callable[[OfPlant], Iterator[Block]]] = {
    "plant_hour_table": _hours,
    "plant_sensitivity": _sensitivity,
    "light_by_month": _light_by_month,
    "money_key": _money,
    "money_prices": _prices,
    "money_curtailment": _curtailment,
}
"""Name in ``chapters.toml`` -> its blocks; nothing where the run has none of it."""
