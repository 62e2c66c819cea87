"""Module types, which come as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gis.errors import ConfigError
from gis.say import say
from gis.toml import read_toml
from layers.spec import Frozen, Origin, Text

__all__ = ["Module", "ModuleChoice", "data_toml", "module", "modules"]


class Module(Frozen):
    """A module type.

    Attributes
    ----------
    efficiency_frac
        Whole-area efficiency at standard test conditions.
    gamma_per_c
        Change of power with temperature [1/K].
    lid_frac
        Loss in the first year (light-induced degradation).
    degradation_frac_yr
        Further loss a year, of the rated power.
    bifaciality_frac
        Rear over front efficiency; 0 for monofacial.
    """

    id: str
    title: Text | None = None
    efficiency_frac: Annotated[float, Field(gt=0, lt=1)]
    gamma_per_c: Annotated[float, Field(gt=-0.02, le=0)]
    lid_frac: Annotated[float, Field(ge=0, lt=1)]
    degradation_frac_yr: Annotated[float, Field(ge=0, lt=1)]
    bifaciality_frac: Annotated[float, Field(ge=0, le=1)] = 0.0
    source: Origin = ""
    date: str = ""
    quality: str = ""


def data_toml(name: str) -> Mapping[str, Any]:
    """A table of cited numbers beside this code."""
    return read_toml("siting.pv", f"data/{name}")


@cache
def modules() -> Mapping[str, Module]:
    """Module types by id.

    Examples
    --------
    >>> modules()["pvwatts_standard"].gamma_per_c
    -0.0037
    """
    rows = data_toml("modules.toml")
    return MappingProxyType(
        {k: Module.model_validate({"id": k, **row}) for k, row in rows.items()}
    )


def module(module_id: str) -> Module:
    """The module type called `module_id`.

    Raises
    ------
    ConfigError
        With the ids there are.
    """
    found = modules().get(module_id)
    if found is None:
        raise ConfigError(
            say("siting.pv_plant.no_such_module"), got=module_id, expected=", ".join(modules())
        )
    return found


def _by_id(value: object) -> object:
    """A module named by its id; a table of its own figures is taken as it is."""
    if not isinstance(value, str):
        return value
    if value not in modules():
        raise ValueError(say("siting.pv_plant.no_such_module"), ", ".join(modules()))
    return modules()[value]


ModuleChoice = Annotated[Module, BeforeValidator(_by_id)]
"""A module type, or its id in ``siting/pv/data/modules.toml``."""
