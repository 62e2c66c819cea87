"""The indicators, one module each; a new one is a module here and a file of its words.

A module needs an object ``INDICATOR`` of `carbon_sink.cover.indicator.Indicator` and is found
by being here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from carbon_sink.cover.indicator import Indicator

__all__ = ["indicators"]


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by its id, in the order of tables.

    Examples
    --------
    >>> indicators()["forest_cover"].unit
    '%'
    """
    found = [
        importlib.import_module(f"{__name__}.{module.name}").INDICATOR
        for module in pkgutil.iter_modules(__path__)
    ]
    ordered = sorted(found, key=lambda i: (i.place, i.id))
    return MappingProxyType({i.id: i for i in ordered})
