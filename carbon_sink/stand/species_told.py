"""Species of a map that no growth line is known of: told with their names."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carbon_sink.species import UNLISTED, species_table
from carbon_sink.stand.codes import plain_text
from gis.say import listed, say
from layers.result import Warn

__all__ = ["species_told"]

_SHOWN = 8


def species_told(land: pd.DataFrame, written: pd.Series[Any], where: str) -> list[Warn]:
    """Species written for tree forest that are not in the table; what stands there has no line.

    Parameters
    ----------
    land : DataFrame
        ``species``, of `carbon_sink.stand.codes.growing_species`, and ``ecosystem`` where the
        map has other land too.
    written : Series
        What the map says, by the index of `land`.
    where : str
        The layer.
    """
    own = land["species"] == UNLISTED
    if "ecosystem" in land.columns:
        own &= land["ecosystem"] == "forest_arbor"
    if not own.any():
        return []
    names = sorted(set(plain_text(written[own]).str.strip()))
    said = say(
        "carbon_sink.stand.species_without_line",
        n=int(own.sum()),
        names=listed(names, _SHOWN),
        first=names[0],
        known=listed(species_table()),
    )
    return [Warn("species_without_line", said, where)]
