"""The step ``stand``: volume and carbon of the forest map, stand by stand, and its checks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carbon_sink.asked.data import unread_warnings
from carbon_sink.change.layer_dates import other_year_warnings
from carbon_sink.local import carbon_section
from carbon_sink.section import CarbonSection
from carbon_sink.soil.samples import SoilSamples, soil_samples
from carbon_sink.species import species_table
from carbon_sink.stand.county_total import arbor_columns
from carbon_sink.stand.growth import StandGain, stand_gain
from carbon_sink.stand.outcome import (
    AgbSummary,
    PlotSummary,
    SoilSummary,
    StandMissing,
    StandPart,
    StandSummary,
)
from carbon_sink.stand.read import LAYER, Stands, read_stands
from carbon_sink.stand.recipe import (
    ECOSYSTEM,
    Recipes,
    recipes_of,
    unmet_warnings,
    volume_row,
)
from carbon_sink.stand.sense import Sensed, sense_warnings, sensed
from carbon_sink.stand.stock import (
    DEAD,
    StandStock,
    group_values,
    stand_intervals,
    stand_stock,
    titles_of,
)
from carbon_sink.stand.verify import AgbCheck, PlotCheck, check_agb, check_plots
from carbon_sink.stock.choice import Choice, densities_of, table_of
from carbon_sink.stock.coefficients import Coefficient, Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.summary import spread
from gis.say import Sentence, listed, say
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from layers.sources import source_text
from layers.spec import text_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["stand_step"]

_Z95 = 1.959963984540054


def _known(value: float) -> float | None:
    """A number, or None where it is not known."""
    return value if math.isfinite(value) else None


def _volume_error(
    section: CarbonSection, plots: PlotCheck | None
) -> tuple[Coefficient | None, Sentence]:
    """What every volume is multiplied with, and where its interval is from."""
    given = section.stands.volume_error
    if plots is not None and section.stands.calibrate != "none":
        name = say(f"carbon_sink.stand.mean_{section.stands.calibrate}")
        row = volume_row(plots.factor, plots.factor_se, "forest_plots")
        return row, say("carbon_sink.stand.volume_by_plots", name=name, factor=plots.factor)
    if given is not None:
        row = volume_row(1.0, given.half_width_frac / _Z95, given.source)
        return row, say(
            "carbon_sink.stand.volume_by_user",
            half=given.half_width_frac,
            source=source_text(given.source),
        )
    return None, say("carbon_sink.stand.volume_without_error")


def _layer(
    t: gpd.GeoDataFrame,
    recipes: Recipes,
    densities: Choice,
    table: Coefficients,
    living: pd.DataFrame,
    depth_cm: int,
) -> gpd.GeoDataFrame:
    """Each stand with its volume, its carbon by pool, interval and source."""
    out = t[["geometry", "stand_id", "township"]].copy()
    for name in ("forest_type", "age_class", "origin", "purpose", "ownership"):
        words = titles_of(name, list(t[name]))
        out[f"{name}_zh"] = [w.zh for w in words]
        out[f"{name}_en"] = [w.en for w in words]
    words = titles_of("species", list(group_values(t, "species")))
    out["species_zh"], out["species_en"] = [w.zh for w in words], [w.en for w in words]
    for name in ("age_years", "area_ha"):
        out[name] = t[name].to_numpy()
    # calibrated like the tables, so that the stands of a map add up to them
    out["m3_ha"] = t["m3_ha"].to_numpy() * recipes.volume_factor
    out["volume_m3"] = out["m3_ha"] * out["area_ha"]
    for name in living.columns:
        out[name] = living[name].to_numpy()
    kinds = t["forest_type"].to_numpy(object)
    for pool in DEAD:
        values = np.full(len(t), np.nan)
        for kind, ecosystem in ECOSYSTEM.items():
            found = densities.get((ecosystem, pool))  # type: ignore[arg-type]
            if found is not None:
                values[kinds == kind] = found.value(table)
        out[f"{pool}_tc_ha"] = values
    pools = out[["living_tc_ha", *(f"{p}_tc_ha" for p in DEAD)]]
    out["total_tc_ha"] = pools.sum(axis=1, min_count=1)
    out["soc_depth_cm"] = f"0-{depth_cm}"
    routes = recipes.routes()
    said = {r: say(f"carbon_sink.stand.route_{r or 'none'}") for r in dict.fromkeys(routes)}
    out["source_zh"] = [said[r]("zh") for r in routes]
    out["source_en"] = [said[r]("en") for r in routes]
    ids = [" ".join(r.coefficients) for r in recipes.recipes]
    out["coefficients"] = [ids[k] for k in recipes.of]
    return out


def _no_species(t: pd.DataFrame, recipes: Recipes) -> list[Warn]:
    """Arbor stands whose species is not known, and volumes without an equation."""
    out = []
    arbor = (t["forest_type"] == "arbor").to_numpy()
    strange = arbor & (t["species_id"] == "").to_numpy()
    area = t["area_ha"].to_numpy()
    if strange.any():
        names = sorted({str(v) for v in t["species"].to_numpy()[strange]})
        first = next((n for n in names if n), "")
        told = say(
            "carbon_sink.stand.species_unknown",
            n=int(strange.sum()),
            ha=float(area[strange].sum()),
            names=listed([n or say("carbon_sink.stand.not_stated") for n in names[:8]]),
            first=first or "?",
            known=listed(species_table()),
        )
        out.append(Warn("stand_species_unknown", told, LAYER))
    lost = recipes.no_equation & ~strange
    if lost.any():
        told = say(
            "carbon_sink.stand.no_equation", n=int(lost.sum()), ha=float(area[lost].sum())
        )
        out.append(Warn("stand_no_equation", told, LAYER))
    default = recipes.routes() == "default"
    if (default & arbor).any():
        told = say(
            "carbon_sink.stand.by_default",
            n=int((default & arbor).sum()),
            ha=float(area[default & arbor].sum()),
        )
        out.append(Warn("stand_by_default", told, LAYER))
    return out


def _missing(plan: Plan, section: CarbonSection) -> StepResult[StandPart]:
    """Without stands the soil profiles still have their stocks."""
    warnings = unread_warnings(plan, section)
    needs: tuple[str, ...] = (LAYER,)
    if layer_state(plan, LAYER) == "available":
        needs = ("forest_type",)
        told = say("carbon_sink.stand.no_land_class")
        warnings.append(Warn("stand_no_land_class", told, LAYER))
    summary = StandPart(stand=StandMissing(needs=needs))
    soil = soil_samples(plan, section)
    if soil is None:
        return StepResult(summary=summary, warnings=warnings)
    return StepResult(
        summary=summary,
        tables={"soil_profiles": soil.profiles, "soil_by_class": soil.classes},
        layers={} if soil.layer is None else {"soil_profiles": soil.layer},
        warnings=[*warnings, *soil.warnings],
    )


def _plots(found: PlotCheck | None, section: CarbonSection) -> PlotSummary | None:
    if found is None or found.agreement is None:
        return None
    a = found.agreement
    return PlotSummary(
        n=a.n,
        bias_m3_ha=a.bias,
        bias_se_m3_ha=_known(a.bias_se),
        rmse_m3_ha=a.rmse,
        r=_known(a.r),
        calibration=section.stands.calibrate,
        factor=found.factor,
    )


def _agb(found: AgbCheck | None) -> AgbSummary | None:
    if found is None or found.agreement is None:
        return None
    a = found.agreement
    return AgbSummary(
        stands=found.stands,
        comparable=found.comparable,
        bias_t_ha=a.bias if found.comparable else None,
        rmse_t_ha=a.rmse if found.comparable else None,
        r=_known(a.r),
    )


def _soil(found: SoilSamples | None, section: CarbonSection) -> SoilSummary | None:
    if found is None:
        return None
    refused = int(found.profiles["tc_ha"].isna().sum())
    return SoilSummary(
        depth_cm=f"0-{section.soc_depth_cm}",
        profiles=len(found.profiles) - refused,
        refused=refused,
    )


def _summary(
    section: CarbonSection,
    t: pd.DataFrame,
    found: StandStock,
    gain: StandGain,
    error: tuple[Coefficient | None, Sentence],
    findings: pd.DataFrame,
) -> StandSummary:
    row, words = error
    half = _Z95 * row.sd / row.value if row is not None and row.sd > 0 else math.nan
    area = t["area_ha"].to_numpy(np.float64)
    living, total = found.pools.get("living"), found.pools.get("total")
    told = findings["finding"].value_counts()
    bare = (t["species"] == "") & t["m3_ha"].isna() & t["age_years"].isna()
    return StandSummary(
        stands=len(t),
        area_ha=math.fsum(area),
        arbor_ha=math.fsum(area[(t["forest_type"] == "arbor").to_numpy()]),
        volume_m3=_known(found.volume_m3),
        volume_missing_ha=found.volume_missing_ha,
        volume_low_m3=_known(found.volume_m3 * (1.0 - half)),
        volume_high_m3=_known(found.volume_m3 * (1.0 + half)),
        volume_source=text_of(words),
        other_volume_m3=found.other_volume_m3,
        living_tc=spread(living) if living else None,
        total_tc=spread(total) if total else None,
        not_estimated_ha=found.not_estimated_ha,
        soc_depth_cm=section.soc_depth_cm,
        gain_tc_yr=spread(gain.total) if gain.total else None,
        gain_tco2_yr=gain.total.value * constants()["co2_per_c"] if gain.total else None,
        gain_estimated_ha=gain.estimated_ha,
        gain_not_estimated_ha=gain.not_estimated_ha,
        volume_gain_m3_yr=_known(gain.volume_m3_yr),
        findings={str(k): int(v) for k, v in told.items()},
        plots=None,
        agb=None,
        soil=None,
        land_class_only=bool(bare.all()),
    )


def _total(s: StandSummary, groups: pd.DataFrame) -> pd.DataFrame:
    """The volume of tree forest as one row, for the targets and the report."""
    row = {
        "volume_m3": math.nan if s.volume_m3 is None else s.volume_m3,
        "volume_missing_ha": s.volume_missing_ha,
        "low_m3": math.nan if s.volume_low_m3 is None else s.volume_low_m3,
        "high_m3": math.nan if s.volume_high_m3 is None else s.volume_high_m3,
        "source_zh": s.volume_source.zh,
        "source_en": s.volume_source.en,
        "arbor_ha": s.arbor_ha,
        "living_tc": s.living_tc.value if s.living_tc else math.nan,
        "living_low_tc": s.living_tc.low if s.living_tc else math.nan,
        "living_high_tc": s.living_tc.high if s.living_tc else math.nan,
        "gain_tc_yr": s.gain_tc_yr.value if s.gain_tc_yr else math.nan,
        **arbor_columns(groups),
    }
    return pd.DataFrame([row])


def _worded(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings with their words beside the ids."""
    out = findings.copy()
    for column, key in (("finding", "kind"), ("taken", "taken")):
        for lang in ("zh", "en"):
            words = {
                v: say(f"carbon_sink.stand.{key}_{v}")(lang) for v in dict.fromkeys(out[column])
            }
            out[f"{column}_{lang}"] = out[column].map(words).astype(str)
    return out


def _said_of_sums(s: StandSummary) -> list[Warn]:
    out = []
    if s.not_estimated_ha > 0:
        told = say(
            "carbon_sink.stand.total_is_a_bound",
            ha=s.not_estimated_ha,
            part=s.not_estimated_ha / s.area_ha if s.area_ha else 0.0,
        )
        out.append(Warn("stand_total_is_a_bound", told, LAYER))
    if s.other_volume_m3 > 0:
        told = say("carbon_sink.stand.other_volume", m3=s.other_volume_m3)
        out.append(Warn("stand_other_volume", told, LAYER))
    if s.volume_missing_ha > 0 and s.volume_m3 is not None:
        told = say("carbon_sink.stand.volume_is_a_bound", ha=s.volume_missing_ha)
        out.append(Warn("stand_volume_is_a_bound", told, LAYER))
    if s.volume_low_m3 is None and s.volume_m3:
        told = say("carbon_sink.stand.volume_without_error")
        out.append(Warn("stand_volume_without_error", told, "[carbon.stands] volume_error"))
    return out


def stand_step(plan: Plan, work: Path, progress: Progress) -> StepResult[StandPart]:
    """Volume, biomass, growth and checks of the forest map, stand by stand.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder.
    progress : callable

    Returns
    -------
    StepResult
        Layer ``stands``; tables ``stand_total``, ``stand_by_group``, ``stand_volume``,
        ``stand_sources``, ``stand_findings`` and, as far as there are data, ``stand_gain``,
        ``stand_plot_means`` (with the layer ``stand_plots``), ``soil_profiles`` (also a layer)
        and ``soil_by_class``.
    """
    del work
    section = carbon_section(plan)
    progress("stand", 0, 3)
    stands = read_stands(plan, section)
    if stands is None:
        return _missing(plan, section)
    checked = sensed(stands)
    progress("stand", 1, 3)
    return _computed(plan, section, stands, checked, progress)


def _computed(
    plan: Plan, section: CarbonSection, stands: Stands, checked: Sensed, progress: Progress
) -> StepResult[StandPart]:
    t = checked.table
    table = table_of(section)
    densities = densities_of(section, table, {}, use_volume=False)
    plots = check_plots(plan, section, t)
    error = _volume_error(section, plots)
    recipes = recipes_of(t, section, table, densities, volume=error[0])
    found = stand_stock(t, recipes, densities, draws=section.draws, seed=section.seed)
    living = stand_intervals(recipes, draws=section.draws, seed=section.seed)
    per_ha = living["living_tc_ha"].to_numpy()
    gain = stand_gain(t, recipes, section, per_ha)
    agb = check_agb(plan, section, t, per_ha, recipes.carbon_fractions())
    soil = soil_samples(plan, section)
    progress("stand", 2, 3)
    summary = _summary(section, t, found, gain, error, checked.findings).model_copy(
        update={
            "plots": _plots(plots, section),
            "agb": _agb(agb),
            "soil": _soil(soil, section),
        }
    )
    tables = {
        "stand_total": _total(summary, found.groups),
        "stand_by_group": found.groups,
        "stand_volume": found.volumes,
        "stand_sources": found.routes,
        "stand_findings": _worded(checked.findings),
    }
    layers = {"stands": _layer(t, recipes, densities, table, living, section.soc_depth_cm)}
    warnings = [*stands.warnings, *sense_warnings(checked.findings), *_no_species(t, recipes)]
    warnings += other_year_warnings(plan, (LAYER, "agb"))
    warnings += _said_of_sums(summary)
    if agb is not None and agb.agreement is None:
        told = say("carbon_sink.stand.agb_too_few", n=agb.stands)
        warnings.append(Warn("stand_agb_too_few", told, "agb"))
    warnings += [*unmet_warnings(t, section), *unread_warnings(plan, section)]
    if len(gain.table):
        tables["stand_gain"] = gain.table
    if plots is not None:
        layers["stand_plots"] = plots.layer
        warnings += plots.warnings
        if len(plots.means):
            tables["stand_plot_means"] = plots.means
    if soil is not None:
        tables["soil_profiles"], tables["soil_by_class"] = soil.profiles, soil.classes
        warnings += soil.warnings
        if soil.layer is not None:
            layers["soil_profiles"] = soil.layer
    progress("stand", 3, 3)
    return StepResult(
        summary=StandPart(stand=summary), tables=tables, layers=layers, warnings=warnings
    )
