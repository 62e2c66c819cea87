"""Cases of facilities of a project: which there are, a new one by a form, one taken out."""

from __future__ import annotations

from typing import Annotated, Literal

import tomlkit
from pydantic import Field
from typing_extensions import TypedDict

from geoplan.app.edit import changed_plan, plan_text_of
from geoplan.app.workspace import Project
from gis.errors import ConfigError
from gis.say import both, say
from layers.catalogue import layer as layer_of
from layers.catalogue import layers
from layers.numbers import Positive
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.facilities.models import NEEDS_LIMIT, NEEDS_NUMBER
from siting.facilities.section import FacilitiesSection, FacilityCase

__all__ = ["CaseAsked", "CasesView", "add_case", "cases_view", "drop_case"]

_T = "geoplan.app"
MODELS: tuple[str, ...] = ("mclp", "lscp", "p_median", "p_center", "backup")
_NUMBERS = ("number", "integer")
Words = dict[str, str]
LayerId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class CaseAsked(Frozen):
    """A new case as the form has it.

    Attributes
    ----------
    demand, weight
        Who is to be reached, and a number field of theirs, ``each`` or ``area_ha``.
    existing
        What stands already; empty for none.
    candidates
        Where it may be built; empty for nowhere: then it is told how well what stands serves.
    rules
        Book of what excludes a candidate.
    limit
        Within which demand counts as served, in `unit`.
    open
        Year -> number of new sites until then.
    """

    title: Annotated[str, Field(min_length=1, max_length=60)]
    demand: LayerId
    weight: Annotated[str, Field(max_length=60)] = "each"
    existing: LayerId | Literal[""] = ""
    candidates: Annotated[tuple[LayerId, ...], Field(max_length=12)] = ()
    rules: Literal["", "construction", "charging", "polluting"] = ""
    by: Literal["road", "straight"] = "road"
    unit: Literal["min", "m", "km"] = "min"
    limit: Positive | None = None
    model: Literal["mclp", "lscp", "p_median", "p_center", "backup"] = "mclp"
    open: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^\d{4}$")],
            Annotated[int, Field(ge=0, le=1_000_000)],
        ],
        Field(max_length=10),
    ] = Field(default_factory=dict)


class CaseRow(TypedDict):
    """A case of the plan; the layers it reads that the plan has not."""

    id: str
    title: Words
    model: Words
    missing: list[Words]


class CaseLayer(TypedDict):
    """A layer a case may be made of, and its number fields."""

    id: str
    title: Words
    areas: bool
    numbers: list[dict[str, str]]


class CasesView(TypedDict):
    """The cases of a plan, and what a new one may be made of."""

    rows: list[CaseRow]
    layers: list[CaseLayer]
    models: list[dict[str, str]]
    needs_limit: list[str]
    needs_number: list[str]


def _model_word(model: str) -> Words:
    return both(say(f"siting.facilities.model_{model}"))


def cases_view(plan: Plan) -> CasesView:
    """The cases of a plan, and the layers it has to make others of."""
    given = [k for k, v in plan.layers.items() if v.available]
    own = [layers()[k] for k in given if k in layers() and layers()[k].kind == "features"]
    return {
        "rows": [_row(plan, c) for c in plan.section(FacilitiesSection).cases],
        "layers": [
            {
                "id": x.id,
                "title": x.title.model_dump(),
                "areas": x.geometry == "polygon",
                "numbers": [
                    {"id": f.name, **f.title.model_dump()}
                    for f in x.fields
                    if f.type in _NUMBERS
                ],
            }
            for x in own
        ],
        "models": [{"id": m, **_model_word(m)} for m in MODELS],
        "needs_limit": sorted(NEEDS_LIMIT & {*MODELS}),
        "needs_number": sorted(NEEDS_NUMBER & {*MODELS}),
    }


def _row(plan: Plan, case: FacilityCase) -> CaseRow:
    lacking = [
        i
        for i in case.layers
        if i not in case.may_lack
        and not ((source := plan.layers.get(i)) is not None and source.available)
    ]
    return {
        "id": case.id,
        "title": case.name.model_dump(),
        "model": _model_word(case.model),
        "missing": [layer_of(i).title.model_dump() for i in lacking],
    }


def _as_plan(asked: CaseAsked, own: str) -> dict[str, object]:
    """The case as ``[[facilities]]`` writes it."""
    demand: dict[str, object] = {"layer": asked.demand}
    if asked.weight == "each":
        demand["each"] = True
    elif asked.weight == "area_ha":
        demand["measure"] = "area_ha"
    else:
        demand["weight"] = asked.weight
    cost: dict[str, object] = {"by": asked.by, "unit": asked.unit}
    cost |= {} if asked.limit is None else {"limit": asked.limit}
    out: dict[str, object] = {"id": own, "title": asked.title, "demand": demand}
    if asked.existing:
        out["existing"] = {"layer": asked.existing}
    if asked.candidates:
        rules = {"rules": asked.rules} if asked.rules else {}
        out["candidates"] = {"layers": list(asked.candidates), **rules}
    out |= {"cost": cost, "model": asked.model}
    return out | ({"open": dict(asked.open)} if asked.open else {})


def add_case(project: Project, asked: CaseAsked) -> str:
    """Add a case to the plan; its id.

    Raises
    ------
    ConfigError
        When the plan would not be valid, and says what of the case is not.
    """
    doc = tomlkit.parse(plan_text_of(project)).unwrap()
    held = doc.get("facilities", [])
    used = {c.get("id") for c in held}
    own = next(k for n in range(1, 1000) if (k := f"case_{n}") not in used)
    changed_plan(project, {"facilities": [*held, _as_plan(asked, own)]})
    return own


def drop_case(project: Project, case_id: str) -> None:
    """Take a case out of the plan.

    Raises
    ------
    ConfigError
        When there is none of that id.
    """
    held = tomlkit.parse(plan_text_of(project)).unwrap().get("facilities", [])
    kept = [c for c in held if c.get("id") != case_id]
    if len(kept) == len(held):
        raise ConfigError(say("geoplan.serve.no_such_case"), got=case_id[:60])
    changed_plan(project, {"facilities": kept or None})
