"""The plan file as the page changes it: checked before it counts, the rest of it kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from geoplan.app.messages import SettingsAsked
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.files.given import given_bytes
from gis.say import LANGS, say
from layers.plan.model import Plan
from layers.plan.write import edited_plan, write_plan
from siting.screen.section import ScreeningSection

__all__ = [
    "alone",
    "changed_plan",
    "changed_text",
    "plan_text_of",
    "refuse_changed",
    "set_up",
    "settings_of",
    "without_remarks",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")

# one change of a plan after the other: each starts from the text the other left
_LOCK = threading.RLock()


def alone(change: Callable[_P, _R]) -> Callable[_P, _R]:
    """A change that looks at the plan first: nobody changes it between the two."""

    @wraps(change)
    def whole(*given: _P.args, **named: _P.kwargs) -> _R:
        with _LOCK:
            return change(*given, **named)

    return whole


def refuse_changed(*, changed: bool) -> None:
    """Refuse to write over what somebody changed since it was shown.

    Raises
    ------
    ConfigError
        When it was changed.
    """
    if changed:
        raise ConfigError(
            say("geoplan.app.changed_meanwhile"), todo=say("geoplan.app.open_again")
        )


def without_remarks(text: str, of: Callable[[str], str], heading: str = "") -> str:
    r"""A plan without remarks the house made of a file that is no longer meant.

    Parameters
    ----------
    text : str
    of : callable
        Language -> beginning of such a remark.
    heading : str
        Table the remark stands above; anywhere when empty.

    Examples
    --------
    >>> print(without_remarks("# by a.shp\n# mine\n[x]\n", lambda _: "by ", "x"), end="")
    # mine
    [x]
    """
    lines = text.splitlines(keepends=True)
    first, last = 0, len(lines)
    if heading:
        heads = [i for i, line in enumerate(lines) if line.strip() == f"[{heading}]"]
        first = last = heads[0] if heads else 0
        while first and lines[first - 1].startswith("#"):
            first -= 1
    made = tuple(f"# {of(lang)}" for lang in LANGS)
    kept = [line for line in lines[first:last] if not line.startswith(made)]
    return "".join([*lines[:first], *kept, *lines[last:]])


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


def settings_of(plan: Plan) -> dict[str, str | float | None]:
    """What a plan says of itself, as the page asks for it."""
    screening = plan.section(ScreeningSection)
    return {
        "title": plan.plan.title(plan.plan.lang),
        "cell_m": plan.area.cell_m,
        "hub_height_m": screening.hub_height_m,
        "rotor_diameter_m": screening.rotor_diameter_m,
    }


_PLACES = {
    "cell_m": "area.cell_m",
    "hub_height_m": "screening.hub_height_m",
    "rotor_diameter_m": "screening.rotor_diameter_m",
}


@alone
def set_up(project: Project, asked: SettingsAsked) -> None:
    """Change what is given of title, cell size and the turbine that is meant.

    Raises
    ------
    ConfigError
        When the plan would not be valid, or somebody changed the same meanwhile.
    """
    plan = load_plan(project.plan)
    now = settings_of(plan)
    given = asked.model_fields_set - {"was"}
    refuse_changed(changed=any(asked.was[k] != now.get(k) for k in asked.was))
    changes: dict[str, object] = {}
    if "title" in given:
        changes["plan.title"] = plan.plan.title.model_dump() | {plan.plan.lang: asked.title}
    for key in (k for k in _PLACES if k in given):
        value = getattr(asked, key)
        whole = value is not None and value == int(value)
        changes[_PLACES[key]] = int(value) if whole else value
    if changes:
        changed_plan(project, changes)
