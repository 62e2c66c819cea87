"""A farm's tables: hours, months, life, probabilities, equipment; one shape for every step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gis.say import in_lang, say
from siting.economy.p_values import Component, p_value_table
from siting.economy.plant_tables import hour_month_energy, life_energy
from siting.wind.machine.turbine import Turbine, specific_power_w_m2
from siting.wind.uncertainty import loss_table

if TYPE_CHECKING:
    from siting.wind.farm import FarmYield

__all__ = [
    "LIFE_YR",
    "HourlyForm",
    "component_rows",
    "component_table",
    "equipment_table",
    "farm_tables",
    "hourly_table",
    "monthly_table",
    "write_hourly",
]

LIFE_YR = 25
"""Years of the life tables; no wind degradation is assumed, a plan may give a loss for it."""

HourlyForm = Literal["csv", "parquet", "sam"]


def _begin(result: FarmYield, utc_offset_h: float) -> pd.DatetimeIndex:
    """Begin of each hour in local standard time; the series holds the middles."""
    local = result.series.index.tz_convert("UTC").tz_localize(None)
    return local + pd.Timedelta(hours=utc_offset_h) - pd.Timedelta(minutes=30)


def component_table(result: FarmYield) -> pd.DataFrame:
    """The uncertainty stack, a row a component."""
    return component_rows(result.components)


def component_rows(components: Sequence[Component]) -> pd.DataFrame:
    """Components of an uncertainty, a row each."""
    rows = [
        {
            "name": c.id,
            "zh": c.title("zh"),
            "en": c.title("en"),
            "energy_frac": c.sd_frac,
            "yearly": c.yearly,
            "source_zh": in_lang(c.source, "zh"),
            "source_en": in_lang(c.source, "en"),
            "quality": c.quality,
        }
        for c in components
    ]
    return pd.DataFrame(rows)


def hourly_table(result: FarmYield, utc_offset_h: float) -> pd.DataFrame:
    """Every hour of the farm: wind at the hub, density, gross, wakes, losses, net.

    Parameters
    ----------
    utc_offset_h : float
        Of local standard time [h].

    Returns
    -------
    DataFrame
        ``time_begin`` (ISO 8601 with its offset; the values are means of the hour that
        begins then), ``wind_speed_hub_m_s, wind_direction_deg, air_density_kg_m3`` of the
        first turbine type, ``gross_kw, wake_loss_kw, availability_loss_kw, other_loss_kw,
        net_kw`` of the farm. Gross less the three losses is net; hours without wind are empty.
    """
    s = result.series
    missing = ~np.isfinite(s.speed_m_s)
    lost = {step.id: step.given_frac or 0.0 for step in result.waterfall.steps}
    down = result.after_wake_kw * lost.get("availability", 0.0)
    table = pd.DataFrame(
        {
            "wind_speed_hub_m_s": s.speed_m_s,
            "wind_direction_deg": np.nan if s.direction_deg is None else s.direction_deg,
            "air_density_kg_m3": s.rho_kg_m3,
            "gross_kw": result.gross_kw,
            "wake_loss_kw": result.gross_kw - result.after_wake_kw,
            "availability_loss_kw": down,
            "other_loss_kw": result.after_wake_kw - down - result.power_kw,
            "net_kw": result.power_kw,
        }
    )
    table.loc[missing, table.columns[3:]] = np.nan
    sign = "-" if utc_offset_h < 0 else "+"
    whole, part = divmod(round(abs(utc_offset_h) * 60), 60)
    stamp = (
        _begin(result, utc_offset_h).strftime("%Y-%m-%dT%H:%M") + f"{sign}{whole:02}:{part:02}"
    )
    table.insert(0, "time_begin", stamp)
    return table


def write_hourly(
    result: FarmYield,
    folder: Path,
    utc_offset_h: float,
    forms: Sequence[HourlyForm] = ("csv",),
    name: str = "wind_hourly",
) -> dict[str, Path]:
    """Write the hours as CSV, Parquet or a generation profile SAM reads.

    SAM's profile is one column of net power in kW (*Custom Generation Profile*), 8,760 hours
    from 1 January 0:00 local standard time; of several years the mean of each hour, of a leap
    year without 29 February.
    """
    table = hourly_table(result, utc_offset_h)
    folder.mkdir(parents=True, exist_ok=True)
    out: dict[str, Path] = {}
    if "csv" in forms:
        out["hourly_csv"] = folder / f"{name}.csv"
        table.round(4).to_csv(out["hourly_csv"], index=False, encoding="utf-8-sig")
    if "parquet" in forms:
        out["hourly_parquet"] = folder / f"{name}.parquet"
        table.to_parquet(out["hourly_parquet"], index=False)
    if "sam" in forms:
        out["hourly_sam"] = folder / f"{name}_sam.csv"
        hours = _one_year(_begin(result, utc_offset_h), result.power_kw)
        pd.DataFrame({"kW": hours.round(3)}).to_csv(out["hourly_sam"], index=False)
    return out


def _one_year(begin: pd.DatetimeIndex, power_kw: np.ndarray) -> np.ndarray:
    """Mean of every hour of a year of 365 days, from 1 January 0:00."""
    keep = ~((begin.month == 2) & (begin.day == 29))
    start = begin[keep]
    day = start.day_of_year.to_numpy() - (start.is_leap_year & (start.month > 2))
    place = (day - 1) * 24 + start.hour.to_numpy()
    power = np.asarray(power_kw)[keep]
    total = np.bincount(place, weights=power, minlength=8760)[:8760]
    return total / np.maximum(np.bincount(place, minlength=8760)[:8760], 1)


def monthly_table(result: FarmYield, plant: str, utc_offset_h: float) -> pd.DataFrame:
    """Net energy and mean wind of each month; the energies add up to the P50."""
    begin = _begin(result, utc_offset_h)
    energy = np.bincount(begin.month.to_numpy() - 1, weights=result.power_kw, minlength=12)
    total = float(energy.sum())
    speed = pd.Series(result.series.speed_m_s).groupby(begin.month.to_numpy()).mean()
    p50 = result.levels.life[50]
    return pd.DataFrame(
        {
            "plant": plant,
            "month": np.arange(1, 13),
            "energy_mwh": energy * (p50 / total if total > 0 else 0.0),
            "mean_speed_m_s": speed.reindex(range(1, 13)).to_numpy(),
        }
    )


def equipment_table(plant: str, machines: Sequence[Turbine]) -> pd.DataFrame:
    """The sheet of every turbine type: what was computed with, and where it is from."""
    rows: list[dict[str, str]] = []
    for m in {(m.id, m.hub_m): m for m in machines}.values():
        count = sum(o.id == m.id and o.hub_m == m.hub_m for o in machines)
        ct = say(f"siting.wind.thrust_{m.ct_kind}")
        generic = m.kind == "generic"
        source = say("siting.wind.of_generic_model") if generic else m.source
        values: dict[str, tuple[object, str]] = {
            "type": (m.id, ""),
            "maker": (("" if generic else m.manufacturer) or "-", ""),
            "count": (count, ""),
            "rated": (f"{m.rated_kw:g}", "kW"),
            "rotor": (f"{m.rotor_m:.1f}", "m"),
            "hub": (f"{m.hub_m:g}", "m"),
            "specific": (f"{specific_power_w_m2(m):.0f}", "W/m2"),
            "cut_in": (f"{m.cut_in_m_s:g}", "m/s"),
            "rated_speed": (f"{m.rated_m_s:g}", "m/s"),
            "cut_out": (f"{m.cut_out_m_s:g}", "m/s"),
            "restart": ("-" if m.restart_m_s is None else f"{m.restart_m_s:g}", "m/s"),
            "thrust": (ct, ""),
            "density": (f"{m.density_kg_m3:g}", "kg/m3"),
            "curve": (say(f"siting.wind.curve_{m.kind}"), ""),
        }
        rows += [
            {
                "plant": plant,
                "part": "turbine",
                "item_zh": say(f"siting.wind.sheet_{key}")("zh"),
                "item_en": say(f"siting.wind.sheet_{key}")("en"),
                "value_zh": str(in_lang(value, "zh")),
                "value_en": str(in_lang(value, "en")),
                "unit": unit,
                "source_zh": str(in_lang(source, "zh")),
                "source_en": str(in_lang(source, "en")),
            }
            for key, (value, unit) in values.items()
        ]
    return pd.DataFrame(rows)


def farm_tables(
    prefix: str,
    plant: str,
    result: FarmYield,
    machines: Sequence[Turbine],
    capacity_mw: float,
    *,
    utc_offset_h: float,
    in_time: bool,
) -> dict[str, pd.DataFrame]:
    """All tables of one farm under names that begin with `prefix`.

    Parameters
    ----------
    in_time : bool
        False for hours drawn from a distribution: they have no order, so there are no tables
        by month and hour.
    """
    p50 = result.levels.life[50]
    levels = p_value_table(result.levels)
    levels.insert(0, "plant", plant)
    out = {
        f"{prefix}_losses": loss_table(result.waterfall),
        f"{prefix}_uncertainty": component_table(result),
        f"{prefix}_p_values": levels,
        f"{prefix}_life": life_energy(
            plant, "wind", capacity_mw, np.full(LIFE_YR, p50), result.levels.sd_one_year_frac
        ),
        f"{prefix}_equipment": equipment_table(plant, machines),
    }
    if in_time and result.power_kw.sum() > 0:
        hours = "wind_energy_hour_month" if prefix == "wind" else f"{prefix}_hour_month"
        out[hours] = hour_month_energy(
            plant, _begin(result, utc_offset_h), result.power_kw / 1000.0, yearly_mwh=p50
        )
        out[f"{prefix}_monthly"] = monthly_table(result, plant, utc_offset_h)
    return out
