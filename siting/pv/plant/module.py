"""Module types, which come as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, model_validator

from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml
from layers.model_faults import model_faults
from layers.spec import Frozen, Origin, Text
from siting.pv.equipment.makers import file_key
from siting.pv.equipment.read import figures_of

__all__ = [
    "Diode",
    "Module",
    "ModuleChoice",
    "checked_file",
    "data_toml",
    "module",
    "modules",
    "plan_figures",
]


class Diode(Frozen):
    """Parameters of a single diode at 1000 W/m2 and 25 deg C.

    Attributes
    ----------
    kind
        ``pvsyst``: ideality, its change [1/K], shunt resistance that grows in low light; light
        and saturation current follow from Isc and Voc. ``cec`` and ``desoto``: currents [A],
        ``a_v`` (ideality times cells times thermal voltage [V]), for CEC the adjustment [%].
    """

    kind: Literal["pvsyst", "cec", "desoto"]
    r_s_ohm: Annotated[float, Field(ge=0, le=50)]
    r_sh_ohm: Annotated[float, Field(gt=0, le=1e9)]
    r_sh_0_ohm: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    r_sh_exp: Annotated[float, Field(ge=0, le=50)] = 5.5
    ideality: Annotated[float, Field(ge=0, le=5)] = 0.0
    ideality_per_c: Annotated[float, Field(ge=-0.1, le=0.1)] = 0.0
    i_l_a: Annotated[float, Field(ge=0, le=1000)] = 0.0
    i_o_a: Annotated[float, Field(ge=0, le=1)] = 0.0
    a_v: Annotated[float, Field(ge=0, le=100)] = 0.0
    adjust_pct: Annotated[float, Field(ge=-1000, le=1000)] = 0.0


class Module(Frozen):
    """A module type.

    Attributes
    ----------
    efficiency_frac
        Whole-area efficiency at standard test conditions; of `pmp_w` over `area_m2` where those
        are given and it is not.
    gamma_per_c
        Change of power with temperature [1/K].
    lid_frac
        Loss in the first year (light-induced degradation); PVWatts' 1.5 % where not given.
    degradation_frac_yr
        Further loss a year, of the rated power; SAM's 0.5 % where not given.
    bifaciality_frac
        Rear over front efficiency; 0 for monofacial.
    pmp_w, vmp_v, imp_a, voc_v, isc_a, cells, area_m2
        Of the data sheet at standard test conditions; 0 where not known.
    alpha_isc_per_c, beta_voc_per_c
        Changes of Isc and Voc with temperature [1/K].
    max_system_v
        Largest voltage of a system [V]; 0 where not known.
    diode
        Where a file gives one; otherwise it is fitted to the figures of the data sheet.
    path, name
        The file it was read from, and the row of a table.
    """

    id: str
    title: Text | None = None
    efficiency_frac: Annotated[float, Field(gt=0, lt=1)]
    gamma_per_c: Annotated[float, Field(gt=-0.02, le=0)]
    lid_frac: Annotated[float, Field(ge=0, lt=1)] = 0.015
    degradation_frac_yr: Annotated[float, Field(ge=0, lt=1)] = 0.005
    bifaciality_frac: Annotated[float, Field(ge=0, le=1)] = 0.0
    pmp_w: Annotated[float, Field(ge=0, le=2000)] = 0.0
    vmp_v: Annotated[float, Field(ge=0, le=1000)] = 0.0
    imp_a: Annotated[float, Field(ge=0, le=100)] = 0.0
    voc_v: Annotated[float, Field(ge=0, le=1000)] = 0.0
    isc_a: Annotated[float, Field(ge=0, le=100)] = 0.0
    cells: Annotated[int, Field(ge=0, le=1000)] = 0
    area_m2: Annotated[float, Field(ge=0, le=20)] = 0.0
    alpha_isc_per_c: Annotated[float, Field(ge=-0.005, le=0.005)] | None = None
    beta_voc_per_c: Annotated[float, Field(ge=-0.02, lt=0)] | None = None
    max_system_v: Annotated[float, Field(ge=0, le=5000)] = 0.0
    diode: Diode | None = None
    path: str = ""
    name: str = ""
    source: Origin = ""
    date: str = ""
    quality: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_sheet(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        """The efficiency of a data sheet is its power over its area."""
        if not isinstance(given, Mapping) or "efficiency_frac" in given:
            return given
        power, area = given.get("pmp_w"), given.get("area_m2")
        if isinstance(power, int | float) and isinstance(area, int | float) and area > 0:
            return {**given, "efficiency_frac": power / (1000.0 * area)}
        return given

    @model_validator(mode="after")
    def _can_be(self) -> Module:
        sheet = (self.pmp_w, self.vmp_v, self.imp_a, self.voc_v, self.isc_a)
        if not any(sheet[1:]):
            return self
        whole = all(sheet) and self.vmp_v < self.voc_v and self.imp_a < self.isc_a
        if not whole or abs(self.vmp_v * self.imp_a / self.pmp_w - 1.0) > _SHEET_CLOSES:
            raise ValueError(
                say(
                    "siting.pv_plant.sheet_cannot_be",
                    pmp=self.pmp_w,
                    vmp=self.vmp_v,
                    imp=self.imp_a,
                    voc=self.voc_v,
                    isc=self.isc_a,
                )
            )
        return self

    @property
    def has_sheet(self) -> bool:
        """Whether voltages and currents are known, with their changes with temperature."""
        known = self.alpha_isc_per_c is not None and self.beta_voc_per_c is not None
        return bool(self.vmp_v and self.cells and known)


_SHEET_CLOSES = 0.05
"""Vmp times Imp is Pmp: sheets round, and tables of CEC differ by up to 3 %."""


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
            say("siting.pv_plant.no_such_module"), got=module_id, expected=listed(modules())
        )
    return found


def plan_figures(
    value: object, kind: Literal["module", "inverter"], info: ValidationInfo
) -> object:
    """What a plan gives as figures; paths start at its data, or here in a program.

    A plan on the sample county has its data elsewhere: the path is kept whole there.
    """
    context = info.context if isinstance(info.context, Mapping) else {}
    base = Path(context.get("base", "."))
    return figures_of(value, kind, base, whole=bool(context.get("beside")))


def checked_file(model: type[Frozen], given: object, figures: object) -> object:
    """Figures of a file, when they can be; a fault names the file and the key it has there.

    Parameters
    ----------
    model
        `Module` or an inverter.
    given
        What the plan or the command line says: its own figures are told at its own keys.
    figures
        The same with those of the file, from `plan_figures`.

    Raises
    ------
    ValueError
        With everything that is wrong with the file.
    """
    if figures is given or not isinstance(figures, Mapping):
        return figures
    own = set(given) if isinstance(given, Mapping) else set()
    try:
        model.model_validate(figures)
    except ValidationError as err:
        path = Path(str(figures["path"]))
        panond = path.suffix.lower() != ".csv"
        said = []
        for fault in model_faults(err, ""):
            keys = tuple(fault.where.strip(" []").split(".")) if fault.where else ()
            if keys and keys[0] in own:
                return figures
            key = file_key(keys) if panond else ".".join(keys)
            what = fault.what
            if fault.expected and fault.got:
                # the file's own unit is another: the value is told as it is here
                what = say(
                    "siting.pv_equipment.figure_cannot_be",
                    what=what,
                    figure=".".join(keys),
                    value=fault.got,
                    like=fault.expected,
                )
            where = f"{path.name} {key}".strip()
            said.append(say("siting.pv_equipment.file_refused", where=where, what=what))
        raise ValueError(listed(said) if len(said) > 1 else said[0]) from err
    return figures


def _by_id(value: object, info: ValidationInfo) -> object:
    """A module named by its id or its file; a table of its own figures is taken as it is."""
    value = checked_file(Module, value, plan_figures(value, "module", info))
    if not isinstance(value, str):
        return value
    if value not in modules():
        raise ValueError(say("siting.pv_plant.no_such_module"), ", ".join(modules()))
    return modules()[value]


ModuleChoice = Annotated[Module, BeforeValidator(_by_id)]
"""A module type, its id in ``siting/pv/data/modules.toml``, or a maker's file of it."""
