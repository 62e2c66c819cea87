"""The plan section ``[register]``: where the register of the plan is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gis.say import say
from layers.plan.model import Plan
from layers.spec import Checked

__all__ = ["RegisterSection", "register_section"]


def _beside(name: str) -> str:
    if name in {".", ".."} or set(name) & set("/\\:\0"):
        raise ValueError(
            say("geoplan.register.file_with_folder"), say("geoplan.register.file_beside")
        )
    return name


class RegisterSection(Checked):
    """``[register]``: the register of projects, for its verbs and for the run.

    With `file` or `dsn_env` a run counts the PV and wind projects of the register among the
    plants by year, each once; without them it does not look for a register.

    Attributes
    ----------
    file
        Name of a GeoPackage beside the plan, without a folder; the verbs take
        ``<plan>.register.gpkg`` when not given.
    dsn_env
        Environment variable with the connection text of a PostGIS database in its place.
    db_schema
        Schema of that database.
    """

    file: Annotated[str, AfterValidator(_beside)] = ""
    dsn_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$")] = ""
    db_schema: Annotated[str, Field(min_length=1, max_length=63)] = "geoplan_register"

    @property
    def named(self) -> bool:
        """Whether the plan names a register."""
        return bool(self.file or self.dsn_env)


def register_section(plan: Plan) -> RegisterSection:
    """``[register]`` of a plan; its defaults where the plan was read without it."""
    try:
        return plan.section(RegisterSection)
    except KeyError:
        return RegisterSection()
