"""Tables of an inventory: activity data, factors, uncertainty, other gases, checks, log.

The shape is that of a provincial inventory and of LY/T 2988 / DB1502/T 031-2025: what was
counted, with what factor, how sure, who checked, what was computed anew. Totals are computed by
the workbook's formulas; the same totals stand in the summary and have to agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from carbon_sink.monitor.outcome import InventoryLine
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants, recalled
from carbon_sink.stock.methane import CH4_ROW
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.result import Warn
from layers.spec import Text, text_of

__all__ = ["POOLS", "activity", "categories", "checks", "inventory_lines", "other_gases"]

POOLS = ("agb", "bgb", "biomass", "dead_wood", "litter", "soc")


@cache
def categories() -> Mapping[str, tuple[str, Text]]:
    """Group of the survey -> land category and its name.

    Examples
    --------
    >>> categories()["water"][0], categories()["facility"][1].en
    ('wetlands', 'settlements')
    """
    raw = read_toml("carbon_sink", "data/mrv.toml")
    return {
        g: (key, Text.model_validate(one["title"]))
        for key, one in raw.items()
        for g in one["groups"]
    }


def activity(by_class: pd.DataFrame, section: MonitorSection, year: int) -> pd.DataFrame:
    """Area and factor of every class, with the uncertainty of both.

    Parameters
    ----------
    by_class : DataFrame
        The run's ``carbon_by_class``.
    year : int
        Of the land; 0 when unknown, which is NaN in the table.

    Returns
    -------
    DataFrame
        ``category, category_zh/en, ecosystem, title_zh/en, year, area_ha, area_u95_frac,
        <pool>_tc_ha ..., factor_u95_frac, total_tc, u95_frac, grade, not_estimated, sources``.
        NaN is not estimated, and never 0.
    """
    words = categories()
    t = by_class.copy()
    group = t["group"].astype(str)
    other = ("other_land", words["unused"][1])
    t["category"] = [words.get(g, other)[0] for g in group]
    for lang in ("zh", "en"):
        t[f"category_{lang}"] = [getattr(words.get(g, other)[1], lang) for g in group]
    t["year"] = year or math.nan
    t["area_u95_frac"] = math.nan if section.area_u95_frac is None else section.area_u95_frac
    total = t["total_tc"].to_numpy(np.float64)
    low, high = (t[c].to_numpy(np.float64) for c in ("low_tc", "high_tc"))
    half = np.maximum(high - total, total - low)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(total > 0, half / total, np.nan)
    t["factor_u95_frac"] = factor
    # IPCC 2006 Vol. 1, eq. 3.1: a product; without an error of the area it is that of factors
    t["u95_frac"] = np.sqrt(factor**2 + np.nan_to_num(t["area_u95_frac"]) ** 2)
    columns = [
        *(
            "category",
            "category_zh",
            "category_en",
            "ecosystem",
            "title_zh",
            "title_en",
            "year",
        ),
        *("area_ha", "area_u95_frac", *(f"{p}_tc_ha" for p in POOLS), "factor_u95_frac"),
        *("total_tc", "u95_frac", "grade", "not_estimated", "sources"),
    ]
    return t[columns].sort_values(["category", "ecosystem"]).reset_index(drop=True)


def other_gases(
    wetland_ha: float | None, table: Coefficients, section: MonitorSection
) -> pd.DataFrame:
    """Methane and nitrous oxide of wetlands, beside the carbon and never in its sums.

    Returns
    -------
    DataFrame
        ``gas, title_zh/en, area_ha, factor_kg_ha_yr, gwp100, emission_tco2e_yr, source,
        note_zh/en``; a gas without a factor is NaN.
    """
    area = math.nan if wetland_ha is None else wetland_ha
    row = table.peek(CH4_ROW)
    review = not table.usable(row)
    note = say(f"carbon_sink.monitor.ch4_{'recalled' if review else 'of_plan'}")
    gwp = constants()["gwp100_ch4"]
    n2o = section.n2o_kg_ha_yr
    gwp_n2o = constants()["gwp100_n2o"]
    factor = math.nan if n2o is None else n2o
    lines = [
        ("ch4", area, row.value, gwp, row.source, note),
        ("n2o", area, factor, gwp_n2o, section.n2o_source,
         say("carbon_sink.monitor.n2o_of_plan" if n2o is not None else
             "carbon_sink.monitor.n2o_missing")),
    ]  # fmt: skip
    return pd.DataFrame(
        [
            {
                "gas": gas,
                "title_zh": say(f"carbon_sink.monitor.gas_{gas}")("zh"),
                "title_en": say(f"carbon_sink.monitor.gas_{gas}")("en"),
                "area_ha": ha,
                "factor_kg_ha_yr": kg,
                "gwp100": g,
                "emission_tco2e_yr": ha * kg / 1000.0 * g,
                "source": source,
                "note_zh": _noted(gas, words, "zh"),
                "note_en": _noted(gas, words, "en"),
            }
            for gas, ha, kg, g, source, words in lines
        ]
    )


def _noted(gas: str, words: Sentence, lang: str) -> str:
    """A note of a gas, with that its GWP was recalled where it was."""
    text = words(lang)
    if not recalled(f"gwp100_{gas}"):
        return text
    return (
        text + ("；" if lang == "zh" else "; ") + say("carbon_sink.monitor.gwp_recalled")(lang)
    )


def checks(
    by_class: pd.DataFrame,
    by_township: pd.DataFrame | None,
    closure: float | None,
    tolerance: float,
    warnings: Sequence[Warn] = (),
) -> pd.DataFrame:
    """What was checked and what came out, for the sheet of quality.

    Returns
    -------
    DataFrame
        ``check, title_zh, title_en, result, value, expected, note_zh, note_en``; result is
        pass, fail, unknown, or explain: nothing is wrong, but who signs has to say why.
    """

    def row(
        key: str, value: float, expected: str, *, ok: bool | None, why: Sentence | None = None
    ) -> dict[str, object]:
        words = text_of(say(f"carbon_sink.monitor.check_{key}"))
        bad = "fail" if why is None else "explain"
        note = why if why is not None and ok is False else None
        return {"check": key, "title_zh": words.zh, "title_en": words.en,
                "result": "unknown" if ok is None else "pass" if ok else bad,
                "value": value, "expected": expected,
                "note_zh": note("zh") if note else "", "note_en": note("en") if note else "",
                }  # fmt: skip

    pools = by_class[[f"{p}_tc" for p in POOLS]].sum(axis=1, min_count=1)
    total = by_class["total_tc"]
    off = float((pools - total).abs().max(skipna=True) / max(float(total.max()), 1e-300))
    rows = [row("pools", off, "<= 1e-9", ok=off <= 1e-9)]
    value = math.nan if closure is None else abs(closure)
    rows.append(
        row(
            "closure",
            value,
            f"<= {tolerance:g}",
            ok=None if closure is None else value <= tolerance,
        )
    )
    if by_township is not None and len(by_township):
        whole = float(total.sum(min_count=1))
        places = float(by_township["total_tc"].sum(min_count=1))
        apart = abs(places - whole) / max(abs(whole), 1e-300)
        rows.append(row("townships", apart, "<= 1e-6", ok=apart <= 1e-6))
    else:
        rows.append(row("townships", math.nan, "<= 1e-6", ok=None))
    missing = float(by_class["area_ha"][total.isna()].sum() / by_class["area_ha"].sum())
    rows.append(row("estimated", missing, "0", ok=missing == 0, why=_not_estimated(by_class)))
    told = say("carbon_sink.monitor.check_warnings_why")
    rows.append(row("warnings", float(len(warnings)), "0", ok=not warnings, why=told))
    return pd.DataFrame(rows)


def _not_estimated(by_class: pd.DataFrame) -> Sentence:
    """The classes of which nothing is estimated, the largest first."""
    empty = by_class[by_class["total_tc"].isna() & (by_class["area_ha"] > 0)]
    names = [
        say(
            "carbon_sink.monitor.check_class",
            name=Text(zh=str(r["title_zh"]), en=str(r["title_en"])),
            area_ha=float(r["area_ha"]),
        )
        for r in empty.sort_values("area_ha", ascending=False).to_dict("records")
    ]
    return say("carbon_sink.monitor.check_estimated_why", classes=listed(names))


def inventory_lines(table: pd.DataFrame, gases: pd.DataFrame) -> tuple[InventoryLine, ...]:
    """Totals the workbook has to reach: carbon, CO2, uncertainty, other gases beside.

    The error of the sum is that of equation 3.2 of IPCC 2006 Vol. 1, classes apart from one
    another; a coefficient two classes share makes it larger, which the draws of the run hold.
    """
    carbon = float(table["total_tc"].sum(min_count=1))
    errors = (table["u95_frac"] * table["total_tc"]).to_numpy(np.float64)
    u95 = float(np.sqrt(np.nansum(errors**2)) / carbon) if carbon > 0 else math.nan
    lines = [
        InventoryLine(id="area", value=float(table["area_ha"].sum()), unit="ha"),
        InventoryLine(id="carbon", value=carbon, unit="tC"),
        InventoryLine(id="co2", value=carbon * constants()["co2_per_c"], unit="tCO2"),
        InventoryLine(id="u95", value=u95, unit="0-1"),
    ]
    lines += [
        InventoryLine(id=str(g), value=float(v), unit="tCO2e/yr")
        for g, v in zip(gases["gas"], gases["emission_tco2e_yr"], strict=True)
    ]
    return tuple(lines)
