"""What stands on each piece of two surveys: planting year, species, and whether it is new."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbon_sink.change.conversion import Period
from carbon_sink.change.land_groups import Rules
from carbon_sink.overlay.lands import SurveyLand
from carbon_sink.overlay.overlay import Overlay
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.growth import grown_years
from carbon_sink.survey.changes import land_at_both
from gis.types import F8

__all__ = ["density_at", "stand_ages"]


def stand_ages(
    found: Overlay, before: SurveyLand, after: SurveyLand, period: Period
) -> pd.DataFrame:
    """Stands of the pieces of an overlay, in their order.

    Returns
    -------
    DataFrame
        ``planted`` (year, NaN where not known), ``species`` (empty where not known),
        ``replanted`` (the later survey shows the same class, planted in the period).
    """
    land = land_at_both(found.pieces, before, after)
    stayed = (land["before"] == land["after"]).to_numpy()
    from_year = period.to_year - period.years
    new = stayed & (land["planted_year"] > from_year).to_numpy()
    old = land["planted_before"].where(land["planted_before"] <= from_year)
    own = land["planted_year"].where(stayed)
    planted = np.where(new, own, old.fillna(own))
    kept = np.where(stayed & (land["species_before"] == ""), land["species"], "")
    species = np.where(land["species_before"] != "", land["species_before"], kept)
    return pd.DataFrame(
        {
            "planted": planted,
            "species": np.where(new, land["species"], species),
            "replanted": new,
        }
    )


def density_at(
    label: str, species: str, age_years: float, table: Coefficients
) -> tuple[str, float] | None:
    """Slope of a stand's line and the years it has grown along it; None where not known.

    Examples
    --------
    A poplar stand of 10 years: 2.17 x 10 - 14.9 = 6.8 tC/ha.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> t = load_coefficients()
    >>> slope, years = density_at("forest_arbor", "poplar", 10.0, t)
    >>> round(t[slope].value * years, 2), density_at("forest_arbor", "poplar", 90.0, t)
    (6.8, None)
    """
    line = Rules({}).line(label, species)
    if line is None or not age_years >= 0:
        return None
    years: F8 = grown_years(line, [age_years], table)
    return (line.slope, float(years[0])) if np.isfinite(years[0]) else None
