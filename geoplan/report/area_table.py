"""The area table of an approval file in the words of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.say import say
from layers.units import unit_of
from siting.check.area_table import OWNERS, balanced_areas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["official_rows"]


def official_rows(kinds: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The balanced rows of `siting.check.area_table` with titles, for print.

    Parameters
    ----------
    kinds : DataFrame
        Of `siting.check.boundary` (``kinds``): kind, titles and hectares by ownership.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    DataFrame
        One row a kind; land without a stated owner has a column only where there is any.
    """
    areas = balanced_areas(kinds)
    out = kinds[[f"kind_{lang}"]].set_axis([say("geoplan.pack.area_item")(lang)], axis=1)
    for unit in ("ha", "mu"):
        for name in ("total", *OWNERS):
            values = areas[f"{name}_{unit}"].to_numpy()
            if name == "unstated" and not values.any():
                continue
            title = say(f"geoplan.pack.area_{name}")(lang)
            out[f"{title} {unit_of(unit).title(lang)}"] = values
    return out.reset_index(drop=True)
