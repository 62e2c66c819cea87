"""All indicators of a plan's county, in every caliber its layers allow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from carbon_sink.cover.indicator import Evidence
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.land import county_land
from carbon_sink.section import CarbonSection
from layers.answers.figure import Figure
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["Cover", "cover_figures"]


@dataclass(frozen=True)
class Cover:
    """Indicators of one date.

    Attributes
    ----------
    figures
        One for each indicator and caliber that can be answered.
    township_areas
        Township, code, ecosystem, group, area_ha; None without parcels.
    rasters
        Files written on the way (FVC).
    land_warnings
        About the land the figures are of, which the step carbon tells of the plan's own.
    """

    figures: tuple[Figure, ...]
    township_areas: pd.DataFrame | None
    rasters: Mapping[str, Path] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()
    land_warnings: tuple[Warn, ...] = ()


def cover_figures(
    plan: Plan, section: CarbonSection, work: Path, *, only: Collection[str] = ()
) -> Cover:
    """All indicators a plan's layers allow, in every caliber.

    Parameters
    ----------
    work : Path
        Folder FVC rasters are written to.
    only : collection of str
        Indicators asked for; all when empty.

    Returns
    -------
    Cover
        An indicator whose layers are missing is absent.
    """
    county = county_land(plan, section)
    evidence = Evidence(plan, section, county, work)
    asked = [k for k in indicators().values() if not only or k.id in only]
    answers = [kind.answer(evidence) for kind in asked]
    return Cover(
        tuple(f for a in answers for f in a.figures),
        county.areas if county is not None and county.parcels is not None else None,
        {k: p for a in answers for k, p in a.rasters.items()},
        tuple(w for a in answers for w in a.warnings),
        county.warnings if county is not None else (),
    )
