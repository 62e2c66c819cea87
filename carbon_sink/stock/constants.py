"""Physical and reporting constants, each with its source in ``data/constants.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.toml import read_toml

__all__ = ["constants", "recalled", "transition_years"]


@cache
def constants() -> Mapping[str, float]:
    """Every constant by its name.

    Examples
    --------
    >>> constants()["gwp100_ch4"], round(constants()["co2_per_c"] * 12.0, 12)
    (28.0, 44.0)
    """
    table = read_toml("carbon_sink", "data/constants.toml")
    return MappingProxyType({k: float(row["value"]) for k, row in table.items()})


def recalled(name: str) -> bool:
    """Whether a constant was recalled and not read in its source: whoever shows it says so.

    Examples
    --------
    >>> recalled("gwp100_n2o"), recalled("co2_per_c")
    (True, False)
    """
    row = read_toml("carbon_sink", "data/constants.toml")[name]
    return "recalled" in str(row["quality"])


def transition_years() -> float:
    """Years until dead matter and soil are at their new equilibrium (equations 2.23, 2.25).

    Examples
    --------
    >>> transition_years()
    20.0
    """
    return constants()["soil_transition_years"]
