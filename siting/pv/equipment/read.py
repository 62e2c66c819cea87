"""A module or an inverter of a plan, from the file it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from gis.errors import DataError, GeoplanError
from gis.files.given import given_file
from gis.say import listed, say
from siting.pv.equipment.makers import inverter_of_ond, module_of_pan
from siting.pv.equipment.panond import read_panond
from siting.pv.equipment.tables import inverter_of_row, module_of_row, row_of_table

__all__ = ["equipment_file", "figures_of", "given_equipment"]

Kind = Literal["module", "inverter"]
SUFFIXES = {"module": (".pan", ".csv"), "inverter": (".ond", ".csv")}
"""Endings of the files of each kind."""
_GAMMA = (-0.008, -0.001)  # amorphous silicon has -0.001 to -0.003, old silicon -0.005


def equipment_file(path: Path, kind: Kind, name: str = "") -> dict[str, object]:
    """Figures of a module or an inverter from a file.

    Parameters
    ----------
    path : Path
        ``.PAN`` or ``.OND``, or a CSV table of SAM's library.
    kind : {"module", "inverter"}
    name : str
        Row of a table.

    Raises
    ------
    DataError
        When the file is none of them, or what it says cannot be.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES[kind]:
        raise DataError(
            say("siting.pv_equipment.other_suffix"),
            where=path.name,
            expected=listed(SUFFIXES[kind]),
        )
    given_file(path)
    if not path.is_file():
        raise DataError(
            say("siting.pv_equipment.not_there"),
            where=path.name,
            todo=say("siting.pv_equipment.beside_the_plan"),
        )
    if suffix == ".csv":
        row = row_of_table(path, name)
        where = f"{path.name} {next(iter(row.values()))}"
        if kind == "inverter":
            return inverter_of_row(row, where)
        return _can_be(module_of_row(row, where), where)
    text = read_panond(path)
    if kind == "inverter":
        return inverter_of_ond(text)
    return _can_be(module_of_pan(text), path.name)


def _can_be(figures: dict[str, object], where: str) -> dict[str, object]:
    """The figures of a module, when its coefficient of power is one that modules have.

    Written as a fraction in place of per cent it is a hundred times too small, and nothing else
    would tell.
    """
    gamma = figures["gamma_per_c"]
    if not isinstance(gamma, float) or not _GAMMA[0] <= gamma <= _GAMMA[1]:
        raise DataError(
            say("siting.pv_equipment.gamma_cannot_be"),
            where=where,
            got=f"{gamma} 1/K",
            expected=f"{_GAMMA[0]:g} - {_GAMMA[1]:g} 1/K",
        )
    return figures


def given_equipment(
    value: Mapping[str, object], kind: Kind, base: Path, *, whole: bool = False
) -> dict[str, object]:
    """What a plan gives, with the figures of its ``path`` under its own.

    Raises
    ------
    ValueError
        With what is wrong with the file, for the fault of the plan's key.
    """
    given = {k: v for k, v in value.items() if k != "path"}
    path = Path(str(value["path"]))
    try:
        found = equipment_file(base / path, kind, str(value.get("name", "")))
    except GeoplanError as err:
        fault = err.faults[0]
        said = say(
            "siting.pv_equipment.file_refused",
            where=fault.where,
            what=fault.what,
        )
        if fault.got:
            said = say("siting.pv_equipment.file_refused_got", said=said, got=fault.got)
        raise ValueError(said, fault.expected or fault.todo) from err
    source = say("siting.pv_equipment.source_file", file=path.name)
    kept = str((base / path).resolve()) if whole else str(value["path"])
    own = {"path": kept, "quality": "user"}
    own["source"] = {"zh": source("zh"), "en": source("en")}  # type: ignore[assignment]
    return {**found, **own, **given}


def figures_of(value: object, kind: Kind, base: Path, *, whole: bool = False) -> object:
    """A table or the name of a file (``list.csv#row``) as figures; anything else as it is."""
    if isinstance(value, str):
        path, _, name = value.partition("#")
        if Path(path).suffix.lower() in SUFFIXES[kind]:
            value = {"path": path, "name": name} if name else {"path": path}
    # figures that were read before say of which quality they are
    if isinstance(value, Mapping) and value.get("path") and "quality" not in value:
        return given_equipment(value, kind, base, whole=whole)
    return value
