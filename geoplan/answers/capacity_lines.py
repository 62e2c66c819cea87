"""What a run says of capacity and grid, the same at every door."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geoplan.summary import RunSummary
from gis.say import Sentence, say
from siting.connection.capacity import Capacity, capacity_of, capacity_words
from siting.connection.kinds import LEAST_SHARED_HA
from siting.connection.words import target_words

__all__ = ["capacity_in", "capacity_statement", "grid_lines", "same_land_line"]


def capacity_in(summary: RunSummary) -> Capacity | None:
    """The three capacities of a run; without its step ``connection`` those of its sites.

    None where the run has no site whose capacity is known.
    """
    found = None if summary.connection is None else summary.connection.capacity
    if found is None and summary.sites:
        found = capacity_of(
            pd.DataFrame([s.model_dump() for s in summary.sites]), dc_ac_ratio=None
        )
    if found is None or found.unknown_sites == found.sites:
        return None
    return found


def capacity_statement(summary: RunSummary) -> Sentence | None:
    """They in one sentence."""
    found = capacity_in(summary)
    return None if found is None else capacity_words(found)


def same_land_line(found: Capacity) -> Sentence | None:
    """What stands beside the three figures where they add PV and wind of the same land."""
    shared = found.shared_ha
    if shared is None or shared < LEAST_SHARED_HA:
        return None
    return say("geoplan.common.same_land", ha=shared)


def grid_lines(summary: RunSummary) -> Iterator[Sentence]:
    """What the grid takes, how surely that is the best, and targets that hang on sites."""
    part = summary.connection
    if part is None:
        return
    if part.known and part.free_mw is not None and part.fitting_mw is not None:
        yield say(
            "geoplan.common.grid_free",
            free=part.free_mw,
            fitting=part.fitting_mw,
            n=sum(1 for s in part.stations if s.routed_mw > 0),
            routed=part.capacity.with_grid_mw or 0.0,
            short=part.shortfall_mw - part.no_bay_mw,
        )
        if part.no_bay_mw > 0:
            yield say("geoplan.common.grid_bays", mw=part.no_bay_mw)
        yield say(
            "geoplan.common.grid_gap",
            lines=say(
                f"geoplan.common.line_{part.objective}",
                value=part.objective_value,
                way=_way(part.detour_factor),
            ),
            mw_pct=100 * part.mw_gap,
            cost_pct=100 * part.cost_gap,
        )
        if not part.in_time:
            yield say("geoplan.common.grid_not_in_time")
    elif summary.sites:
        yield say("geoplan.common.grid_not_known")
    if part.reinforcement_cny is not None:
        yield say("geoplan.common.grid_reinforcement", mcny=part.reinforcement_cny / 1e6)
    counted = [w for w in part.works if w.counts]
    if part.works:
        mw = sum(w.add_mw for w in counted)
        yield say("geoplan.common.grid_works", n=len(part.works), counted=len(counted), mw=mw)
    priced = [w.cost_cny for w in counted if w.cost_cny is not None]
    if priced:
        yield say("geoplan.common.grid_works_cost", n=len(priced), mcny=sum(priced) / 1e6)
    for target in part.targets:
        words = target_words(dict(target))
        if words is not None:
            yield words


def _way(factor: float) -> Sentence:
    """How lengths of lines were counted."""
    if factor == 1.0:
        return say("geoplan.common.line_straight")
    return say("geoplan.common.line_detour", factor=factor)
