"""The part of ``summary.json`` that the step stand owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carbon_sink.summary import Spread
from layers.spec import Outcome, Text

__all__ = ["PlotSummary", "SoilSummary", "StandMissing", "StandPart", "StandSummary"]


class StandMissing(Outcome):
    """No forest map that can be computed from."""

    state: Literal["missing"] = "missing"
    needs: tuple[str, ...] = Field(description="layers or fields that are needed")


class PlotSummary(Outcome):
    """The forest map against measured plots."""

    n: int = Field(description="plots used")
    bias_m3_ha: float = Field(description="mean of map minus plot [m3/ha]")
    bias_se_m3_ha: float | None = Field(description="standard error of it [m3/ha]")
    rmse_m3_ha: float = Field(description="root mean square of map minus plot [m3/ha]")
    r: float | None = Field(description="correlation; null: one side is flat")
    calibration: str = Field(description="none, ratio or regression")
    factor: float = Field(description="what every volume of the map is multiplied with")


class AgbSummary(Outcome):
    """The stands against a map of above-ground biomass."""

    stands: int = Field(description="stands compared")
    comparable: bool = Field(description="whether roots were taken off the stands")
    bias_t_ha: float | None = Field(description="stand minus map [t/ha]; null: unlike")
    rmse_t_ha: float | None = Field(description="root mean square of it [t/ha]; null: unlike")
    r: float | None = Field(description="correlation")


class SoilSummary(Outcome):
    """Soil profiles at one depth."""

    depth_cm: str = Field(description="layer of soil, one for all")
    profiles: int = Field(description="profiles used")
    refused: int = Field(description="profiles left out")


class StandSummary(Outcome):
    """Volume and carbon of the stands."""

    state: Literal["computed"] = "computed"
    stands: int = Field(description="stands counted")
    area_ha: float = Field(description="their land, each hectare once [ha]")
    arbor_ha: float = Field(description="tree forest [ha]")
    volume_m3: float | None = Field(
        description="standing volume of tree forest; null: no stand has one [m3]"
    )
    volume_missing_ha: float = Field(description="tree forest without a volume [ha]")
    volume_low_m3: float | None = Field(description="lower end; null: no error is known [m3]")
    volume_high_m3: float | None = Field(description="upper end [m3]")
    volume_source: Text = Field(description="what the interval of the volume rests on")
    other_volume_m3: float = Field(
        description="volume on sparse and young land, beside it [m3]"
    )
    living_tc: Spread | None = Field(description="living biomass [tC]")
    total_tc: Spread | None = Field(description="all pools as far as estimated [tC]")
    not_estimated_ha: float = Field(description="stands without living biomass [ha]")
    soc_depth_cm: int = Field(description="soil layer of the total [cm]")
    gain_tc_yr: Spread | None = Field(description="yearly gain of living biomass [tC/yr]")
    gain_tco2_yr: float | None = Field(description="the same as CO2 [tCO2/yr]")
    gain_estimated_ha: float = Field(description="land whose gain is estimated [ha]")
    gain_not_estimated_ha: float = Field(description="forest whose gain is not [ha]")
    volume_gain_m3_yr: float | None = Field(description="by the plan's rates [m3/yr]")
    findings: dict[str, int] = Field(description="kind of finding -> stands")
    plots: PlotSummary | None = Field(description="against plots")
    agb: AgbSummary | None = Field(description="against a map of biomass")
    soil: SoilSummary | None = Field(description="soil profiles")
    land_class_only: bool = Field(description="no stand has species, volume or age")


class StandPart(Outcome):
    """What the step stand adds to the summary."""

    stand: StandSummary | StandMissing = Field(description="stands of the forest map")
