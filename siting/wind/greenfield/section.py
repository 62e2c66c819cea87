"""Plan section of a new wind farm."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from layers.numbers import Positive
from layers.spec import Checked

__all__ = ["GreenfieldSection"]


class GreenfieldSection(Checked):
    """``[greenfield]``: a new wind farm in a zone, on a site or in a polygon.

    Attributes
    ----------
    zone
        Id of ``[[zones]]``, or of a wind site that screening found.
    polygon
        File of the boundary, in any form ``geoplan check`` reads; wins over `zone`.
    turbine
        Library ids; empty proposes machines for the class the wind asks for.
    max_turbines
        No more turbines than this are laid out.
    least_full_load_hours_h
        No turbine is added that brings less.
    gust_50yr_m_s, turbulence_15
        3-second gust of 50 years and turbulence intensity at 15 m/s, of a site study: the
        class is not known without them.
    capex_cny_kw, opex_cny_kw_yr, discount_frac, life_yr
        Cost; those of ``[repower]`` where empty, no LCOE without them.
    """

    zone: str = ""
    polygon: str = ""
    turbine: tuple[str, ...] = ()
    max_turbines: Annotated[int, Field(ge=1, le=200)] = 40
    least_full_load_hours_h: Annotated[float, Field(ge=0, le=8760)] = 0.0
    gust_50yr_m_s: Positive | None = None
    turbulence_15: Annotated[float, Field(gt=0, lt=0.6)] | None = None
    capex_cny_kw: Positive | None = None
    opex_cny_kw_yr: Positive | None = None
    discount_frac: Annotated[float, Field(ge=0, lt=1)] | None = None
    life_yr: Annotated[int, Field(ge=5, le=40)] = 25
