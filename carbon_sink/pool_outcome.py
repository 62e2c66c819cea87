"""The part of ``summary.json`` that the step pools owns."""

from __future__ import annotations

from pydantic import Field

from layers.spec import Outcome

__all__ = ["PoolsPart", "PoolsSummary"]


class PoolsSummary(Outcome):
    """Carbon by a table of pools of the user's own."""

    file: str = Field(description="table of pools")
    classes: int = Field(description="classes of the table that occur")
    area_ha: float = Field(description="land with a class in the county, ellipsoidal [ha]")
    unknown_ha: float = Field(description="land of the county without a class [ha]")
    total_tc: float = Field(description="within the county, ellipsoidal cell areas [tC]")
    planar_tc: float = Field(
        description="InVEST's formula: every cell of the file times its planar area [tC]"
    )
    base_total_tc: float | None = Field(description="the same as total_tc at the earlier date")
    base_planar_tc: float | None = Field(description="the same as planar_tc there")
    change_tc: float | None = Field(
        description="on land known at both dates, in the county [tC]"
    )


class PoolsPart(Outcome):
    """What the step pools adds to the summary."""

    pools: PoolsSummary | None = Field(description="null: the plan names no table of pools")
