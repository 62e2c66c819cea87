"""The plan file as the page changes it: checked before it counts, the rest of it kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from geoplan.app.messages import SettingsAsked
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.files.given import given_bytes
from layers.plan.model import Plan
from layers.plan.write import edited_plan, write_plan

__all__ = ["changed_plan", "changed_text", "plan_text_of", "set_up"]

# one change of a plan after the other: each starts from the text the other left
_LOCK = threading.Lock()


def plan_text_of(project: Project) -> str:
    """The text of a project's plan.

    Raises
    ------
    ConfigError
        When it cannot be read.
    """
    return given_bytes(project.plan, ConfigError).decode("utf-8-sig")


def changed_plan(
    project: Project,
    changes: Mapping[str, object],
    remarks: Mapping[str, str] | None = None,
    *,
    checked: bool = True,
) -> Plan | None:
    """Change some places of a plan.

    Parameters
    ----------
    changes, remarks : mapping
        As `layers.plan.write.edited_plan` takes them.
    checked : bool
        Whether the plan has to be valid afterwards.

    Returns
    -------
    Plan or None
        The plan as it is now; None where it is not checked.

    Raises
    ------
    ConfigError
        When the plan would not be valid: then nothing is changed.
    """
    return changed_text(
        project, lambda text: edited_plan(text, changes, remarks), checked=checked
    )


def changed_text(
    project: Project,
    edit: Callable[[str], str],
    *,
    checked: bool = True,
    write: bool = True,
) -> Plan | None:
    """Change the text of a plan.

    Parameters
    ----------
    edit : callable
        The text as it is -> as it shall be.
    checked : bool
        Whether the plan has to be valid afterwards.
    write : bool
        Whether it is written, not only tried.

    Raises
    ------
    ConfigError
        When the plan would not be valid: then nothing is changed.
    """
    with _LOCK:
        text = edit(plan_text_of(project))
        tried = project.folder / ".tried.toml"
        try:
            if checked:
                write_plan(tried, text, replace=True)
                load_plan(tried)
        finally:
            tried.unlink(missing_ok=True)
        if write:
            write_plan(project.plan, text, replace=True)
        return load_plan(project.plan) if checked else None


def set_up(project: Project, asked: SettingsAsked) -> None:
    """Change title, cell size and the turbine that is meant.

    Raises
    ------
    ConfigError
        When the plan would not be valid.
    """
    plan = load_plan(project.plan)
    title = plan.plan.title.model_dump() | {plan.plan.lang: asked.title}
    cell = int(asked.cell_m) if asked.cell_m == int(asked.cell_m) else asked.cell_m
    changed_plan(
        project,
        {
            "plan.title": title,
            "area.cell_m": cell,
            "screening.hub_height_m": asked.hub_height_m,
            "screening.rotor_diameter_m": asked.rotor_diameter_m,
        },
    )
