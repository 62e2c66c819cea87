"""Scenarios side by side: how much land each leaves, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.area import to_ha
from gis.coverage import Runs
from layers.plan import Plan
from siting.land.coded import STATES, Screening, areas_by_state
from siting.land.screening import screen_with_program, source_of
from siting.land.section import ScenarioName
from siting.land.sources import ReadSource, Source

__all__ = ["compare_scenarios", "scenario_change", "scenario_table", "transitions"]

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
        Scenarios, see `siting.land.section.ScreeningSection`.
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


def scenario_change(before: Screening, after: Screening) -> npt.NDArray[np.uint8]:
    """Where two scenarios differ, cell by cell.

    Returns
    -------
    (h, w) uint8
        ``10 x state before + state after`` (13 is left before and taken after); 0 where they
        agree and outside.
    """
    a, b = before.state[before.code], after.state[after.code]
    return np.where(a == b, 0, 10 * a + b).astype(np.uint8)


def transitions(before: Screening, after: Screening) -> pd.DataFrame:
    """Cells by state before and after, as a table of states by states.

    Examples
    --------
    Rows are the states before, columns those after: ``table.loc["left", "taken"]``.
    """
    n = len(STATES)
    pair = before.state[before.code].astype(np.intp) * n + after.state[after.code]
    count = np.bincount(pair.reshape(-1), minlength=n * n).reshape(n, n)
    return pd.DataFrame(count[1:, 1:], index=list(STATES[1:]), columns=list(STATES[1:]))
