"""From rules and layers to a program: which features, distances, classes and limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gis.cells.coverage import Runs
from gis.cells.grid import Grid
from gis.cells.tally import cell_areas
from gis.errors import ConfigError, Fault, raise_faults
from gis.say import say
from siting.rules.classes import raster_outcomes
from siting.rules.model import Rule
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.cells import Bits, Cells
from siting.screen.expression import Node
from siting.screen.program import BurnJob, ClassJob, Program, Verdict, burn_jobs, words_of
from siting.screen.sources import Source, vocabulary_in

__all__ = ["compile_rules"]

_CLASS_VALUES = 1 << 16


def _verdict(seen: Mapping[str, str], partial: Iterable[str] = ()) -> Verdict:
    """Verdict of a rule from the states of its layers, and those whose silence is open."""
    open_ = tuple(partial)
    states = dict.fromkeys(seen.values())
    by_state = {s: tuple(k for k, v in seen.items() if v == s) for s in states}
    assumed = by_state.get("assumed_absent", ())
    turbine = "no_turbine" in by_state
    only_layers = "law_unknown" not in by_state and not turbine
    awaits = (*by_state.get("missing", ()), *open_) if only_layers else ()
    for state in ("missing", "law_unknown", "assumed_absent", "no_turbine"):
        if lacking := by_state.get(state):
            return Verdict(
                state, tuple(seen), lacking, (), assumed, awaits, turbine, incomplete=open_
            )
    if open_:
        return Verdict("incomplete", tuple(seen), open_, awaits=awaits, incomplete=open_)
    return Verdict("judged", tuple(seen))


def _class_jobs(b: Bits, n_words: int) -> tuple[ClassJob, ...]:
    out = []
    for layer_id, tests in b.classes.items():
        name = vocabulary_in(b.source, layer_id)
        found = [(hit, maybe, raster_outcomes(o, name)) for hit, maybe, o in tests]
        size = max((max(by_value, default=0) for *_, by_value in found), default=0) + 1
        if size > _CLASS_VALUES:
            raise ConfigError(
                say("siting.screen.raster_classes_too_large"), where=f"layer {layer_id}"
            )
        bits = np.zeros((n_words, size), dtype=np.uint64)
        unknown = np.zeros(n_words, dtype=np.uint64)
        for hit, maybe, by_value in found:
            for value in range(size):
                outcome = by_value.get(value, UNKNOWN)
                if outcome != MISS:
                    bit = hit if outcome == HIT else maybe
                    bits[bit // 64, value] |= np.uint64(1) << np.uint64(bit % 64)
            unknown[maybe // 64] |= np.uint64(1) << np.uint64(maybe % 64)
        out.append(ClassJob(layer_id, bits, unknown))
    return tuple(out)


def compile_rules(
    rules: Sequence[Rule],
    source: Source,
    grid: Grid,
    county: Runs,
    *,
    zones: Mapping[str, Runs] | None = None,
) -> Program:
    """Make the filter rules ready for the cells of `grid`.

    Parameters
    ----------
    rules : sequence of Rule
        Others than filter rules are passed over.
    source : Source
        Where the layers come from. Features are taken whole, so those outside the county
        count as far as their distance reaches.
    grid : Grid
    county : Runs
        The county's cells with their share.
    zones : mapping of str to Runs, optional
        Parts whose areas are wanted separately.

    Returns
    -------
    Program

    Raises
    ------
    ConfigError
        With the faults of all rules: unknown classes, fields or units.
    """
    b = Bits(source, grid)
    kept, nodes, verdicts = [], [], []
    derived: dict[str, str] = {}
    faults: list[Fault] = []
    for rule in rules:
        if not rule.is_filter:
            continue
        canvas = Cells(b, f"rule {rule.id}", derived=derived)
        try:
            node: Node = rule.on(canvas)
        except ConfigError as err:
            # one cause is one fault, however many rules meet it
            told = {str(f) for f in faults}
            faults += [f for f in err.faults if str(f) not in told]
            continue
        kept.append(rule)
        nodes.append(node)
        verdicts.append(_verdict(canvas.seen, canvas.partial))
    raise_faults(ConfigError, faults)
    burns: list[BurnJob] = []
    for layer_id, atoms in b.atoms.items():
        burns += burn_jobs(layer_id, b.features[layer_id].shapes, atoms)
    return Program(
        grid=grid,
        rules=tuple(kept),
        nodes=tuple(nodes),
        verdicts=tuple(verdicts),
        n_bits=b.n_bits,
        burns=tuple(burns),
        classes=_class_jobs(b, words_of(b.n_bits)),
        limits=tuple(b.limits),
        derived=derived,
        county=county,
        areas=cell_areas(grid),
        zones=dict(zones or {}),
        features=b.features,
    )
