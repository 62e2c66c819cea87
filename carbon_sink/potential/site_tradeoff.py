"""The run's energy sites against carbon: its layers and tables, read and set side by side."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from carbon_sink.potential.outcome import EnergyForForest, TradeoffSummary
from carbon_sink.potential.projects import SinkRate
from carbon_sink.potential.tradeoff import CAVEATS, carbon_on_sites, energy_for_forest
from carbon_sink.section import PotentialSection
from layers.result import optional_layer, optional_table

__all__ = ["site_tradeoff"]


def site_tradeoff(
    work: Path,
    section: PotentialSection,
    rate: SinkRate,
    county_ha: float,
    candidates_ha: float,
) -> tuple[pd.DataFrame | None, TradeoffSummary | None]:
    """Carbon on the run's sites and what they avoid; nothing where the run has no site."""
    sites, parcels = optional_layer(work, "sites"), optional_layer(work, "ecosystem")
    if sites is None or parcels is None or not len(sites):
        return None, None
    energy = optional_table(work, "pv_sites")
    mwh = None
    if energy is not None and {"site_id", "p50_mwh_yr"} <= set(energy.columns):
        mwh = energy.set_index(energy["site_id"].astype(str))["p50_mwh_yr"].astype(float)
    table = carbon_on_sites(
        sites,
        parcels,
        mwh_yr=mwh,
        factor_tco2_mwh=section.grid_emission_factor_tco2_mwh,
        greening_tc_ha_yr=section.pv_greening_tc_ha_yr,
    )
    avoided = float(table["avoided_tco2_yr"].sum(min_count=1))
    summary = TradeoffSummary(
        sites=len(table),
        area_ha=float(table["area_ha"].sum()),
        stock_tc=float(table["stock_tc"].sum()),
        lost_if_cleared_tco2=float(table["lost_if_cleared_tco2"].sum()),
        greening_tco2_yr=float(table["greening_tco2_yr"].sum()),
        avoided_tco2_yr=avoided,
        grid_factor_tco2_mwh=section.grid_emission_factor_tco2_mwh,
        grid_factor_source=section.grid_emission_factor_source,
        energy_for_forest=EnergyForForest.model_validate(
            energy_for_forest(avoided, rate, county_ha=county_ha, candidates_ha=candidates_ha)
        ),
        caveats=CAVEATS,
    )
    return table, summary
