"""Screening of a plan: the rules of a technology against its layers, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from gis.cells.coverage import Runs, coverage_runs
from gis.cells.ragged import ragged
from gis.errors import ConfigError
from gis.machine import give_back_memory
from gis.say import listed, say
from layers.open.county import county_boundary, plan_grid_of
from layers.open.county_parts import zone_runs
from layers.plan.model import Plan, locality_of
from siting.rules import Part, Rule, Scenario, load_rules, rule_books, rules_elsewhere
from siting.screen.coded import (
    CONDITIONAL,
    LEFT,
    OUTSIDE,
    PROVISIONAL,
    STATES,
    TAKEN,
    UNDECIDED,
    Effect,
    Screening,
    areas_by_state,
    effect_of,
    screen_program,
    state_raster,
    with_missing,
)
from siting.screen.elsewhere import screen_elsewhere
from siting.screen.factors import compile_rules
from siting.screen.program import Program
from siting.screen.section import ScenarioName, ScreeningSection
from siting.screen.sources import PlanSource, Source

__all__ = [
    "ALL_TECHS",
    "CONDITIONAL",
    "LEFT",
    "OUTSIDE",
    "PROVISIONAL",
    "STATES",
    "TAKEN",
    "UNDECIDED",
    "Effect",
    "Screening",
    "about_land_of",
    "areas_by_state",
    "book_paths",
    "conditions_of",
    "county_runs",
    "loaded_rules",
    "not_in_force_of",
    "not_judged_of",
    "other_parts_of",
    "other_projects_of",
    "program_of",
    "rules_of",
    "scenario_of",
    "screen",
    "screen_with_program",
    "source_of",
    "state_raster",
]

_SCENARIO: dict[str, Scenario] = {
    "hard_only": "base",  # hard ones that are only recalled are to be seen as well
    "hard_conditional": "base",
    "conservative": "conservative",
    "custom": "base",
}


def scenario_of(name: ScenarioName) -> Scenario:
    """The scenario of the rules behind one of a screening."""
    return _SCENARIO[name]


def book_paths(plan: Plan) -> tuple[str, ...]:
    """Rule books of the plan; paths are made absolute from the plan file's folder."""
    section = plan.section(ScreeningSection)
    folder = plan.path.parent
    return tuple(
        str((folder / b).resolve()) if b.endswith(".toml") and not Path(b).is_absolute() else b
        for b in section.books
    )


def rules_of(
    plan: Plan, tech: str, scenario: ScenarioName | None = None, *, every_part: bool = False
) -> tuple[tuple[Rule, ...], tuple[Effect, ...]]:
    """Filter rules in force for a technology, and what a hit of each does.

    Parameters
    ----------
    plan : Plan
    tech : str
        pv, wind, afforest, wetland or grass.
    scenario : str, optional
        In place of the plan's.
    every_part : bool
        Also rules about parts of a project that do not take the land by themselves (roads,
        lines, substations); a county is screened for the array or the turbine alone.

    Returns
    -------
    rules : tuple of Rule
        Hard ones that are only recalled come as conditional and are shown as such, also
        when only hard rules are asked for.
    effects : tuple of str

    Raises
    ------
    ConfigError
        For a technology there are no rules for, and for faulty overrides and kinds.
    """
    if tech not in ALL_TECHS:
        raise ConfigError(
            say("siting.screen.no_such_technology"),
            where="technology",
            got=tech,
            expected=listed(ALL_TECHS),
        )
    section = plan.section(ScreeningSection)
    name = scenario or section.scenario
    rules = loaded_rules(plan, tech, name)
    if not every_part:
        rules = tuple(r for r in rules if about_land_of(r, tech))
    if name == "hard_only":
        rules = tuple(r for r in rules if r.kind == "hard" or r.stated_kind == "hard")
    kinds = section.kinds if name == "custom" else {}
    unknown = set(kinds) - {e.id for b in rule_books(book_paths(plan)) for e in b.entries}
    if unknown:
        raise ConfigError(
            say("siting.screen.no_such_rule"),
            where=f"{plan.path.name} [screening] kinds",
            got=listed(sorted(unknown)),
            todo=say("siting.screen.see_geoplan_rules"),
        )
    out = []
    for rule in rules:
        kind = kinds.get(rule.id, "")
        if kind == "off" or not rule.is_filter:
            continue
        if kind and kind != rule.kind:
            rule = rule.model_copy(update={"kind": kind, "stated_kind": rule.kind})
        out.append(rule)
    excludes = section.recalled_excludes
    effects = tuple(effect_of(r, recalled_excludes=excludes) for r in out)
    return tuple(out), effects


def loaded_rules(
    plan: Plan, tech: str | Iterable[str], scenario: ScenarioName | None = None
) -> tuple[Rule, ...]:
    """Rules in force for a plan, project conditions and rules about other parts among them."""
    section = plan.section(ScreeningSection)
    radius = section.rotor_diameter_m
    return load_rules(
        tech,
        books=book_paths(plan),
        as_of=plan.plan.as_of,
        overrides=section.overrides,
        scenario=scenario_of(scenario or section.scenario),
        hub_height_m=section.hub_height_m,
        rotor_radius_m=None if radius is None else radius / 2,
        place=f"{plan.path.name} [[screening.overrides]]",
        here=locality_of(plan),
        project=section.project,
    )


def conditions_of(plan: Plan, tech: str) -> tuple[Rule, ...]:
    """What the law asks of a project of a plan and not of land, every part of it, by id."""
    section = plan.section(ScreeningSection)
    kinds = section.kinds if section.scenario == "custom" else {}
    out = []
    for rule in loaded_rules(plan, tech):
        kind = kinds.get(rule.id, rule.kind)
        if rule.is_filter or kind == "off":
            continue
        own = rule.model_copy(update={"kind": kind, "stated_kind": rule.kind})
        out.append(rule if kind == rule.kind else own)
    return tuple(out)


ALL_TECHS = ("pv", "wind", "afforest", "wetland", "grass")
_TAKES_LAND: dict[str, Part] = {"pv": "array", "wind": "turbine"}


def about_land_of(rule: Rule, tech: str) -> bool:
    """Whether a rule is about the part of a project that takes the land."""
    return not rule.parts or _TAKES_LAND.get(tech) in rule.parts


def not_in_force_of(plan: Plan, tech: str) -> tuple[Rule, ...]:
    """Rules of a technology that hold elsewhere and do not judge this plan, by id."""
    return rules_elsewhere(
        tech,
        locality_of(plan),
        books=book_paths(plan),
        as_of=plan.plan.as_of,
        project=plan.section(ScreeningSection).project,
    )


def other_projects_of(plan: Plan, tech: str) -> tuple[Rule, ...]:
    """Rules of a technology about another kind of project than the plan's, by id."""
    section = plan.section(ScreeningSection)
    return tuple(
        r for r in _here(plan, tech) if r.projects and section.project not in r.projects
    )


def other_parts_of(plan: Plan, tech: str, parts: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Rules of a technology about other parts of a project than those judged, by id.

    Parameters
    ----------
    plan : Plan
    tech : str
    parts : iterable of str
        Parts that are judged; the one that takes the land (array, turbine) when none is named.
    """
    section = plan.section(ScreeningSection)
    judged = set(parts) or {_TAKES_LAND.get(tech, "")}
    return tuple(
        r
        for r in _here(plan, tech)
        if r.parts
        and judged.isdisjoint(r.parts)
        and (not r.projects or section.project in r.projects)
    )


def _here(plan: Plan, tech: str) -> tuple[Rule, ...]:
    """Rules of a technology in force at the place on the day, about whatever project."""
    section = plan.section(ScreeningSection)
    return load_rules(
        tech,
        books=book_paths(plan),
        as_of=plan.plan.as_of,
        overrides=section.overrides,
        scenario=_SCENARIO[section.scenario],
        here=locality_of(plan),
        project=None,
    )


def source_of(plan: Plan, *, alone: bool = False) -> Source:
    """The layers of a plan as rules read them; `alone`, for one piece of land."""
    return PlanSource(plan, alone)


@lru_cache(maxsize=4)
def _county(boundary_wkb: bytes, grid: Any) -> Runs:  # noqa: ANN401
    import shapely

    return coverage_runs(ragged([shapely.from_wkb(boundary_wkb)]), grid)


def county_runs(plan: Plan) -> Runs:
    """Cells of the county with their exact share."""
    boundary = county_boundary(plan)
    return _county(boundary.wkb, plan_grid_of(plan))


def program_of(
    plan: Plan,
    tech: str,
    scenario: ScenarioName | None = None,
    *,
    zones: Mapping[str, Runs] | None = None,
    source: Source | None = None,
) -> tuple[Program, tuple[Effect, ...]]:
    """The rules of a plan made ready for its cells, and what each rule's hit does."""
    rules, effects = rules_of(plan, tech, scenario)
    program = compile_rules(
        rules,
        source or source_of(plan),
        plan_grid_of(plan),
        county_runs(plan),
        zones=zones if zones is not None else zone_runs(plan),
    )
    return program, effects


def not_judged_of(plan: Plan, tech: str) -> tuple[int, int]:
    """Rules that cannot be judged, and rules in all.

    As `screen` counts them, without screening: hard and conditional rules. Preferences
    exclude nothing and are not counted.
    """
    program, effects = program_of(plan, tech, zones={})
    own = [v for v, e in zip(program.verdicts, effects, strict=True) if e != "none"]
    return sum(v.state != "judged" for v in own), len(own)


def screen(
    plan: Plan,
    tech: str,
    *,
    scenario: ScenarioName | None = None,
    zones: Mapping[str, Runs] | None = None,
    source: Source | None = None,
    progress: Callable[[int, int], None] | None = None,
    engine: str = "",
    workers: int = 0,
    tile_px: int = 0,
) -> Screening:
    """Screen a plan's county for one technology.

    Parameters
    ----------
    plan : Plan
    tech : str
        pv, wind, afforest, wetland or grass.
    scenario : str, optional
        In place of the plan's.
    zones : mapping of str to Runs, optional
        Parts whose areas are wanted; the townships when not given.
    source : Source, optional
        In place of the plan's layers.
    progress : callable, optional
        Called with tiles done and tiles in all.
    engine, workers, tile_px : optional
        In place of the plan's.

    Returns
    -------
    Screening

    Raises
    ------
    ConfigError
        When a rule asks for a class, field or unit its layer does not have.
    DataError
        When a layer cannot be read.
    """
    return screen_with_program(
        plan,
        tech,
        scenario=scenario,
        zones=zones,
        source=source,
        progress=progress,
        engine=engine,
        workers=workers,
        tile_px=tile_px,
    )[0]


def screen_with_program(
    plan: Plan,
    tech: str,
    *,
    scenario: ScenarioName | None = None,
    zones: Mapping[str, Runs] | None = None,
    source: Source | None = None,
    progress: Callable[[int, int], None] | None = None,
    engine: str = "",
    workers: int = 0,
    tile_px: int = 0,
    folder: Path | None = None,
) -> tuple[Screening, Program]:
    """As `screen`, with the program: what-ifs and further screenings go on from it.

    `folder`, of this very run and seen by every worker, keeps finished tiles of processes
    and clusters for the next start.
    """
    section = plan.section(ScreeningSection)
    chosen = source if source is not None else source_of(plan)
    program, effects = program_of(plan, tech, scenario, zones=zones, source=chosen)
    give_back_memory()  # what reading the layers left behind
    where = engine or section.engine
    here = where in ("serial", "threads")
    run = screen_program if here else partial(screen_elsewhere, folder=folder)
    found = run(
        program,
        chosen,
        effects=effects,
        tile_px=tile_px or section.tile_px,
        engine=where,
        workers=workers or section.workers,
        progress=progress,
    )
    give_back_memory()  # and the tiles
    found = with_missing(found, section.missing)
    return replace(found, tech=tech, scenario=scenario or section.scenario), program
