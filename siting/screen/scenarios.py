"""Scenarios side by side: how much land each leaves, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.area import to_ha
from gis.cells.coverage import Runs
from gis.cells.grid import Grid, Window, windows
from gis.cells.runs import Cells, RunRaster, in_strips, strips
from gis.cells.tally import CellAreas, tally
from gis.files.write_raster import Colour, write_cog
from layers.plan.model import Plan
from siting.rules.model import Rule
from siting.screen.coded import (
    OUTSIDE,
    STATES,
    Effect,
    Screening,
    areas_by_state,
    in_use,
    says,
    screen_program,
    state_count,
    state_of,
    with_missing,
)
from siting.screen.factors import compile_rules
from siting.screen.program import Program
from siting.screen.screening import rules_of, screen_with_program, source_of
from siting.screen.section import Missing, ScenarioName, ScreeningSection
from siting.screen.sources import ReadSource, Source

__all__ = [
    "ScenarioMap",
    "compare_scenarios",
    "scenario_areas",
    "scenario_map",
    "scenario_states",
    "scenario_table",
    "scenario_transitions",
    "scenarios_compared",
    "transition_areas",
    "transitions",
]

_BLOCK = 2048  # cells of a side of what is written at a time
_COMPARED: tuple[ScenarioName, ...] = ("hard_only", "hard_conditional", "conservative")


def compare_scenarios(
    plan: Plan,
    tech: str,
    names: Sequence[ScenarioName] = _COMPARED,
    *,
    zones: Mapping[str, Runs] | None = None,
    source: Source | None = None,
) -> dict[str, Screening]:
    """Screen a plan once for each scenario; layers are read once.

    Parameters
    ----------
    plan : Plan
    tech : str
    names : sequence of str
        Scenarios, see `siting.screen.section.ScreeningSection`.
    zones : mapping of str to Runs, optional
        Parts whose areas are wanted; none when not given.
    source : Source, optional
        In place of the plan's layers.
    """
    chosen = source if source is not None else source_of(plan)
    out: dict[str, Screening] = {}
    for name in names:
        found, program = screen_with_program(
            plan, tech, scenario=name, zones=zones or {}, source=chosen
        )
        chosen = ReadSource(chosen, program.features)
        out[name] = found
    return out


def scenario_table(found: Mapping[str, Screening]) -> pd.DataFrame:
    """Area by scenario and state.

    Returns
    -------
    DataFrame
        ``scenario``, ``state``, ``area_ha``, and ``difference_ha`` from the first scenario.
    """
    rows = []
    first: dict[str, float] = {}
    for name, one in found.items():
        areas = {k: to_ha(v) for k, v in areas_by_state(one).items()}
        first = first or areas
        rows += [
            {
                "scenario": name,
                "state": state,
                "area_ha": ha,
                "difference_ha": ha - first[state],
            }
            for state, ha in areas.items()
        ]
    return pd.DataFrame(rows)


def transitions(before: Screening, after: Screening) -> pd.DataFrame:
    """Cells by state before and after, as a table of states by states.

    Examples
    --------
    Rows are the states before, columns those after: ``table.loc["left", "taken"]``.
    """
    n = len(STATES)
    count = np.zeros(n * n, np.int64)
    for window in strips(before.code.shape):
        pair = before.state[before.code[window]].astype(np.intp) * n
        pair += after.state[after.code[window]]
        count += np.bincount(pair.reshape(-1), minlength=n * n)
    told = sorted({*in_use(before.missing), *in_use(after.missing)})
    names = [STATES[s] for s in told]
    return pd.DataFrame(count.reshape(n, n)[np.ix_(told, told)], index=names, columns=names)


@dataclass(frozen=True)
class ScenarioMap:
    """One scenario beside the plan's own.

    Attributes
    ----------
    state : RunRaster of uint8
        State of every cell, as `siting.screen.coded.state_raster`.
    moved_m2 : (n, n) float
        Area [m2] by the plan's state (rows) and the scenario's (columns), in the order of
        `siting.screen.coded.STATES`. Whole multiples of one quantum, so every sum is exact.
    """

    name: ScenarioName
    state: RunRaster
    moved_m2: npt.NDArray[np.float64]


def transition_areas(
    before: Cells,
    after: Cells,
    county: Runs,
    areas: CellAreas,
    missing: Missing = "unknown",
) -> npt.NDArray[np.float64]:
    """Ellipsoidal area by state before and after.

    Parameters
    ----------
    before, after : (h, w) uint8, or RunRaster
        States of the whole grid.
    county : Runs
        Cells of the county with their share.
    areas : CellAreas
        Of the whole grid.
    missing : str
        Whether there is a state ``"provisional"``.

    Returns
    -------
    (n, n) float
        Rows are the states before, columns those after [m2]; the sum is the county.
    """
    n = state_count(missing)
    quanta = np.zeros(n * n, np.int64)
    for window in strips((before.shape[0], before.shape[1])):
        pair = before[window].astype(np.uint32) * np.uint32(n) + after[window]
        quanta += tally(pair, n * n, county, areas, window)
    return np.asarray(quanta.reshape(n, n) * areas.quantum_m2, dtype=np.float64)


def _same_land(a: Rule, b: Rule) -> bool:
    """Whether two versions of a rule hit the same land, whatever they do to it."""
    free = {"kind": b.kind, "stated_kind": b.stated_kind, "scenario": b.scenario}
    return a.model_copy(update=free) == b


def scenario_states(
    found: Screening,
    program: Program,
    source: Source,
    rules: Sequence[Rule],
    effects: Sequence[Effect],
    section: ScreeningSection,
) -> RunRaster:
    """State of every cell under other rules, from a screening that is already there.

    Only rules the screening did not judge are burned; the others come from its codes. The
    answer is that of a fresh run, cell for cell.

    Parameters
    ----------
    found, program, source
        The screening, what it was made with, and where layers come from.
    rules, effects
        The rules wanted, see `siting.screen.screening.rules_of`.
    section : ScreeningSection
        For the size and number of tiles.

    Returns
    -------
    RunRaster of uint8
    """
    at = {r.id: i for i, r in enumerate(found.rules)}
    old: list[tuple[int, Effect]] = []
    new: list[tuple[Rule, Effect]] = []
    for rule, effect in zip(rules, effects, strict=True):
        i = at.get(rule.id)
        if i is not None and _same_land(found.rules[i], rule):
            old.append((i, effect))
        elif effect != "none":
            new.append((rule, effect))
    kept = [i for i, _ in old]
    counts = says(found.outcomes[:, kept], [e for _, e in old], found.waiting[:, kept])
    if not new:
        state = state_of(*counts)
        state[0] = OUTSIDE
        return found.code.map(state.astype(np.uint8))
    known = ReadSource(source, program.features)
    more = compile_rules([r for r, _ in new], known, program.grid, program.county)
    engine = section.engine if section.engine in ("serial", "threads") else "threads"
    extra = screen_program(
        more,
        known,
        effects=[e for _, e in new],
        tile_px=section.tile_px,
        engine=engine,
        workers=section.workers,
    )
    extra = with_missing(extra, found.missing)
    added = says(extra.outcomes, extra.effects, extra.waiting)
    table = state_of(*(a[:, None] + b[None, :] for a, b in zip(counts, added, strict=True)))
    table[0] = OUTSIDE
    table = table.astype(np.uint8)

    def told(window: Window) -> npt.NDArray[np.uint8]:
        return np.asarray(table[found.code[window], extra.code[window]])

    return in_strips(found.code.shape, told, np.uint8)


def scenario_map(
    plan: Plan, found: Screening, program: Program, source: Source, name: ScenarioName
) -> ScenarioMap:
    """A scenario beside the plan's own screening `found`, made with `program`.

    Raises
    ------
    ConfigError
        See `siting.screen.screening.rules_of`.
    """
    rules, effects = rules_of(plan, found.tech, name)
    section = plan.section(ScreeningSection)
    state = scenario_states(found, program, source, rules, effects, section)
    own = found.code.map(found.state)
    moved = transition_areas(own, state, program.county, program.areas, found.missing)
    return ScenarioMap(name, state, moved)


def _bands(
    maps: Sequence[ScenarioMap], grid: Grid
) -> Iterator[tuple[Window, npt.NDArray[np.uint8]]]:
    """One band a map, window by window."""
    for window in windows(grid, _BLOCK):
        yield window, np.stack([m.state[window] for m in maps])


def scenario_areas(found: Screening, maps: Sequence[ScenarioMap]) -> pd.DataFrame:
    """Area by scenario and state, the plan's own scenario first.

    Returns
    -------
    DataFrame
        ``tech``, ``scenario``, ``own`` (whether it is the plan's), ``state``, ``area_ha``,
        ``difference_ha`` from the plan's scenario.
    """
    own = areas_by_state(found)
    by_name = {found.scenario: own}
    for one in maps:
        after = one.moved_m2.sum(axis=0)
        by_name[one.name] = {s: float(after[STATES.index(s)]) for s in own}
    return pd.DataFrame(
        [
            {
                "tech": found.tech,
                "scenario": name,
                "own": name == found.scenario,
                "state": state,
                "area_ha": to_ha(m2),
                "difference_ha": to_ha(m2 - own[state]),
            }
            for name, areas in by_name.items()
            for state, m2 in areas.items()
        ]
    )


def scenario_transitions(found: Screening, maps: Sequence[ScenarioMap]) -> pd.DataFrame:
    """Area by state in the plan's scenario and in each other; closes to the county.

    Returns
    -------
    DataFrame
        ``tech``, ``scenario``, ``state`` (in the plan's scenario), ``state_there``,
        ``area_ha``; pairs without land are left out.
    """
    return pd.DataFrame(
        [
            {
                "tech": found.tech,
                "scenario": one.name,
                "state": STATES[i],
                "state_there": STATES[j],
                "area_ha": to_ha(float(one.moved_m2[i, j])),
            }
            for one in maps
            for i, j in zip(*np.nonzero(one.moved_m2), strict=True)
        ],
        columns=["tech", "scenario", "state", "state_there", "area_ha"],
    )


def scenarios_compared(
    found: Sequence[Screening],
    maps: Sequence[Sequence[ScenarioMap]],
    work: Path,
    tags: Mapping[str, str],
    colours: Mapping[int, Colour],
) -> tuple[dict[str, pd.DataFrame], dict[str, Path]]:
    """Tables and rasters of the scenarios set beside the plan's.

    Parameters
    ----------
    found : sequence of Screening
        One a technology.
    maps : sequence of sequence of ScenarioMap
        Of each technology, its scenarios.
    work : Path
        Where the rasters go.
    tags : mapping
        Of the rasters.
    colours : mapping
        Of the states.

    Returns
    -------
    tables : dict
        ``scenario_areas`` and ``scenario_transitions``.
    rasters : dict
        ``eligibility_<scenario>``, one band a technology.
    """
    pairs = list(zip(found, maps, strict=True))
    tables = {
        "scenario_areas": pd.concat(
            [scenario_areas(s, m) for s, m in pairs], ignore_index=True
        ),
        "scenario_transitions": pd.concat(
            [scenario_transitions(s, m) for s, m in pairs], ignore_index=True
        ),
    }
    rasters = {}
    for same in zip(*maps, strict=True):  # one scenario, all technologies
        name = f"eligibility_{same[0].name}"
        rasters[name] = write_cog(
            work / f"{name}.tif",
            _bands(same, found[0].grid),
            found[0].grid,
            dtype="uint8",
            nodata=0,
            tags={**tags, "scenario": same[0].name},
            colormap=colours if len(same) == 1 else None,
            descriptions=[s.tech for s in found],
        )
    return tables, rasters
