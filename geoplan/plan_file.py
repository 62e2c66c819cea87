"""Reading a plan file with the sections of every room."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from carbon_sink.section import SECTIONS as CARBON
from layers.catalogue import layer_ids
from layers.plan.model import Plan, read_plan
from siting.sections import SECTIONS as SITING

__all__ = ["SECTIONS", "load_plan"]

SECTIONS: dict[str, type[BaseModel]] = {**SITING, **CARBON}


def load_plan(path: Path | str) -> Plan:
    """Read and check the plan file at `path`.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    return read_plan(path, SECTIONS, layer_ids())
