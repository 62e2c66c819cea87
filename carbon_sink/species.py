"""Tree species: which coefficient rows each uses, from ``data/species.toml``.

A species more is a table there, and its rows in ``data/coefficients.csv`` where they are new.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.toml import read_toml
from layers.spec import Frozen, Text

__all__ = ["Species", "species_table"]


class Species(Frozen):
    """Where the coefficients of a species stand.

    Attributes
    ----------
    continuous
        Stem of the rows ``a_slope`` and ``b_intercept``; empty without an equation.
    cf_measured
        Row of the measured carbon fraction.
    constants
        Stem of the rows ``BEF``, ``root_shoot_R``, ``wood_density_WD`` and ``CF``; empty
        without them.
    """

    id: str
    title: Text
    continuous: str = ""
    cf_measured: str
    constants: str = ""


@cache
def species_table() -> Mapping[str, Species]:
    """Every species by its id.

    Examples
    --------
    >>> species_table()["elm"].title("zh")
    '榆'
    """
    table = read_toml("carbon_sink", "data/species.toml")
    return MappingProxyType({k: Species(id=k, **row) for k, row in table.items()})
