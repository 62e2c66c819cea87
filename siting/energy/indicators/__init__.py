"""The energy indicators; a new one is a module here, its words in ``siting/text/energy.toml``.

A module needs a tuple ``INDICATORS`` of `siting.energy.declared.EnergyIndicator` and is found
by being here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from siting.energy.declared import EnergyIndicator

__all__ = ["energy_indicators"]


@cache
def energy_indicators() -> Mapping[str, EnergyIndicator]:
    """Every one by its id.

    Examples
    --------
    >>> energy_indicators()["new_energy_capacity"].quantity
    'power'
    """
    found = {
        kind.id: kind
        for module in pkgutil.iter_modules(__path__)
        for kind in importlib.import_module(f"{__name__}.{module.name}").INDICATORS
    }
    return MappingProxyType(found)
