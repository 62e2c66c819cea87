"""Land eligibility, coded: every cell taken, conditional, left or not judged, and its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.cells.blocks import map_windows
from gis.cells.grid import Grid, Window, windows
from gis.cells.runs import RunRaster, joined, run_raster
from gis.cells.tally import merge_tables, sums_by
from gis.types import F8, I4
from siting.rules.entry import strength
from siting.rules.model import Rule
from siting.screen.expression import evaluate
from siting.screen.judged.counted import count_says, roles_of
from siting.screen.judged.silence import silent_codes
from siting.screen.program import Program, Verdict
from siting.screen.section import Missing
from siting.screen.sources import Source
from siting.screen.tiles import Tile, run_tile

__all__ = [
    "CONDITIONAL",
    "LEFT",
    "OUTSIDE",
    "PROVISIONAL",
    "STATES",
    "TAKEN",
    "UNDECIDED",
    "Effect",
    "Screening",
    "areas_by_state",
    "code_type",
    "coded",
    "effect_of",
    "in_use",
    "says",
    "screen_program",
    "state_count",
    "state_of",
    "state_raster",
    "states",
    "with_missing",
]

OUTSIDE, LEFT, CONDITIONAL, TAKEN, UNDECIDED, PROVISIONAL = 0, 1, 2, 3, 4, 5
"""States of a cell, as written to the eligibility raster."""

STATES = ("outside", "left", "conditional", "taken", "unknown", "provisional")
"""Names of the states, by number; the last only where a plan asks for it."""

_ROWS = 1 << 14  # codes whose rules are told together: as many as a cache holds

Effect = Literal["taken", "conditional", "none"]

I8 = npt.NDArray[np.int64]
I1 = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Screening:
    """The answer of one screening, coded by a dictionary.

    Attributes
    ----------
    grid
        The whole grid.
    rules, verdicts, effects
        Filter rules in stated order, whether each was judged, and what its hit does:
        ``"taken"``, ``"conditional"`` or ``"none"`` (preferences).
    code : RunRaster of uint16 or uint32
        0 outside the county, else a row of the tables below; windows of it are arrays.
    table : (n, k) uint64
        The masks behind the codes.
    outcomes : (n, r) int8
        Miss, unknown or hit of every rule for every code; row 0 is a placeholder.
    state : (n,) uint8
        State of every code.
    area_m2 : (n,) float
        Ellipsoidal area of every code inside the county.
    quanta : (n,) int
        The same in whole multiples of `quantum_m2`.
    zones : mapping of str to (n,) float
        The same inside parts of the county.
    quantum_m2 : float
        Areas are whole multiples of this.
    missing : str
        What land is that only rules without their layer leave open: ``"unknown"``, or
        ``"provisional"``, a state of its own.
    known : mapping of str to int
        Cells of each raster that hold a value.
    silent : (n, r) bool or None
        Codes where an incomplete layer is silent, and nothing else keeps the rule from being
        judged; None where every layer is complete.
    """

    grid: Grid
    rules: tuple[Rule, ...]
    verdicts: tuple[Verdict, ...]
    effects: tuple[Effect, ...]
    code: RunRaster
    table: npt.NDArray[np.uint64]
    outcomes: I1
    state: npt.NDArray[np.uint8]
    area_m2: F8
    quanta: I8
    zones: Mapping[str, F8] = field(default_factory=dict)
    quantum_m2: float = 0.0
    known: Mapping[str, int] = field(default_factory=dict)
    tech: str = ""
    scenario: str = ""
    missing: Missing = "unknown"
    silent: Bools | None = None

    @property
    def waiting(self) -> Bools:
        """Rules whose unknown makes land provisional: only their layers are lacking.

        Returns
        -------
        (n, r) bool
            By code and rule; (1, r) where it is the same for all codes.
        """
        if self.missing != "provisional":
            return np.zeros((1, len(self.verdicts)), dtype=bool)
        return self.late

    @property
    def late(self) -> Bools:
        """As `waiting`, whatever the plan calls such land."""
        # a layer that is not there is silent about all land, for whatever reason
        gone = np.array([[set(v.awaits) > set(v.incomplete) for v in self.verdicts]], bool)
        gone = gone.reshape(1, len(self.verdicts))
        return gone if self.silent is None else gone | self.silent

    @property
    def county_m2(self) -> float:
        """Area of the county [m2]."""
        return float(self.quanta.sum() * self.quantum_m2)

    @cached_property
    def said(self) -> I4:
        """How many rules say taken, unknown, conditional, and wait for a layer, (4, n)."""
        return count_says(self.outcomes, roles_of(self.effects), self.waiting)

    def sum_m2(self, rows: npt.NDArray[np.bool_]) -> float:
        """Area of some codes [m2]; whole numbers are added, so their order is of no account."""
        return float(self.quanta[rows].sum() * self.quantum_m2)

    def rule_index(self, rule_id: str) -> int:
        """Position of a rule in `rules`.

        Raises
        ------
        KeyError
            When the rule is not among them.
        """
        for i, r in enumerate(self.rules):
            if r.id == rule_id:
                return i
        raise KeyError(rule_id)

    def ids(self, code: int, outcome: int, kind: str = "") -> tuple[str, ...]:
        """Rules with `outcome` at a code, optionally of one kind."""
        found = np.flatnonzero(self.outcomes[code] == outcome)
        return tuple(self.rules[i].id for i in found if not kind or self.rules[i].kind == kind)


def effect_of(rule: Rule, *, recalled_excludes: bool = False) -> Effect:
    """What a hit of the rule does to land.

    A rule whose text is not firm does not exclude land by itself: it is shown as a condition
    that needs legal review, unless the plan says otherwise.

    Parameters
    ----------
    rule : Rule
    recalled_excludes : bool
        Let every rule that is stated as hard exclude land.
    """
    if recalled_excludes and rule.stated_kind == "hard" and not rule.overridden:
        return "taken"
    firm = rule.firm or rule.engineering or bool(rule.overridden) or recalled_excludes
    kind = strength(rule.kind, rule.source_step, rule.scenario, firm=firm)
    return "taken" if kind == "hard" else "conditional" if kind == "conditional" else "none"


def in_use(missing: Missing) -> tuple[int, ...]:
    """States land may have, in the order of tables.

    Examples
    --------
    >>> [STATES[s] for s in in_use("provisional")]
    ['taken', 'conditional', 'left', 'unknown', 'provisional']
    """
    more = (PROVISIONAL,) if missing == "provisional" else ()
    return (TAKEN, CONDITIONAL, LEFT, UNDECIDED, *more)


def state_count(missing: Missing) -> int:
    """Number of states, outside among them: the side of a table of states by states."""
    return 1 + max(in_use(missing))


def state_of(
    hard: Any,  # noqa: ANN401 - numbers or arrays
    unknown: Any,  # noqa: ANN401
    conditional: Any,  # noqa: ANN401
    waiting: Any = 0,  # noqa: ANN401
) -> npt.NDArray[np.uint8]:
    """States from how many rules say taken, unknown, conditional, and wait for a layer.

    Taken comes first, then unknown; land that only waiting rules leave open is provisional,
    whatever conditions are known of it.

    Examples
    --------
    >>> hard, unknown, soft = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0]])
    >>> state_of(hard, unknown, soft).tolist()
    [3, 4, 2, 1]
    >>> state_of(hard, unknown, soft, np.array([1, 1, 1, 1])).tolist()
    [3, 4, 5, 5]
    """
    out = np.where(conditional > 0, CONDITIONAL, LEFT).astype(np.uint8)
    out[np.broadcast_to(waiting, out.shape) > 0] = PROVISIONAL
    out[unknown > 0] = UNDECIDED
    out[hard > 0] = TAKEN
    return out


def says(
    outcomes: I1, effects: Sequence[Effect], waiting: Bools | None = None
) -> tuple[I4, I4, I4, I4]:
    """How many rules say taken, unknown, conditional, and wait for a layer, by code.

    Parameters
    ----------
    outcomes : (n, r) int8
    effects : sequence of r effects
        A rule of the effect ``"none"`` says nothing.
    waiting : (1, r) or (n, r) bool, optional
        Rules whose unknown is that of a layer that is not there, see `Screening.waiting`.

    Examples
    --------
    >>> from siting.rules.outcome import HIT, UNKNOWN
    >>> one = np.array([[HIT, UNKNOWN, HIT], [UNKNOWN, UNKNOWN, HIT]], np.int8)
    >>> [n.tolist() for n in says(one, ("taken", "conditional", "none"))]
    [[1, 0], [1, 2], [0, 0], [0, 0]]
    >>> wait = np.array([[False, True, False]])
    >>> [n.tolist() for n in says(one, ("taken", "conditional", "none"), wait)]
    [[1, 0], [0, 1], [0, 0], [1, 1]]
    """
    late = np.zeros((1, len(effects)), dtype=bool) if waiting is None else waiting
    hard, unknown, soft, waits = count_says(outcomes, roles_of(effects), late)
    return hard, unknown, soft, waits


def states(
    outcomes: I1, effects: Sequence[Effect], waiting: Bools | None = None
) -> npt.NDArray[np.uint8]:
    """State of every code from the outcomes of its rules.

    Parameters
    ----------
    outcomes : (n, r) int8
        Row 0 is the placeholder for cells outside.
    effects : sequence of r effects
    waiting : (1, r) or (n, r) bool, optional
        See `says`.
    """
    out = state_of(*says(outcomes, effects, waiting))
    out[0] = OUTSIDE
    return out


def with_missing(screening: Screening, missing: Missing) -> Screening:
    """A screening that tells land without layers as `missing` says; no rule is judged anew."""
    told = replace(screening, missing=missing)
    return replace(told, state=states(told.outcomes, told.effects, told.waiting))


def coded(
    program: Program,
    table: npt.NDArray[np.uint64],
    maps: Sequence[npt.NDArray[np.uint32]],
    tiles: Sequence[Tile],
    effects: Sequence[Effect] | None = None,
    code: RunRaster | None = None,
) -> Screening:
    """The screening behind merged tiles.

    Parameters
    ----------
    program : Program
    table : (n, k) uint64
        Merged masks.
    maps : sequence
        Code in `table` of every code of each tile.
    tiles : sequence of Tile
    effects : sequence, optional
        What each rule's hit does; from the rules when not given.
    code : RunRaster, optional
        Codes of all cells, where they are in memory.
    """
    n = len(table)
    area = np.zeros(n, dtype=np.int64)
    zones = {k: np.zeros(n, dtype=np.int64) for k in program.zones}
    known: dict[str, int] = {}
    for tile, to in zip(tiles, maps, strict=True):
        np.add.at(area, to, tile.area)
        for k, z in tile.zones.items():
            np.add.at(zones[k], to, z)
        for k, v in tile.known.items():
            known[k] = known.get(k, 0) + v
    outcomes = np.empty((n, len(program.nodes)), dtype=np.int8)
    for at in range(0, n, _ROWS):
        for i, node in enumerate(program.nodes):
            outcomes[at : at + _ROWS, i] = evaluate(node, table[at : at + _ROWS])
    verdicts = _with_nodata(program, known)
    chosen = effects if effects is not None else [effect_of(r) for r in program.rules]
    quantum = program.areas.quantum_m2
    return Screening(
        grid=program.grid,
        rules=program.rules,
        verdicts=verdicts,
        effects=tuple(chosen),
        code=run_raster(np.zeros((0, 0), np.uint16)) if code is None else code,
        table=table,
        outcomes=outcomes,
        state=states(outcomes, chosen),
        area_m2=_m2(area, quantum),
        quanta=area,
        zones={k: _m2(v, quantum) for k, v in zones.items()},
        quantum_m2=quantum,
        known=known,
        silent=silent_codes(program.nodes, verdicts, outcomes, table),
    )


def code_type(table: npt.NDArray[np.uint64]) -> type[np.unsignedinteger]:
    """The smallest type that holds the rows of a table of codes."""
    return np.uint16 if len(table) <= np.iinfo(np.uint16).max else np.uint32


def _packed_tile(program: Program, source: Source, window: Window) -> tuple[Tile, RunRaster]:
    """A tile without its cells, and their runs."""
    tile = run_tile(program, source, window)
    return replace(tile, code=np.zeros((0, 0), np.uint16)), run_raster(tile.code)


def _m2(quanta: I8, quantum_m2: float) -> F8:
    return np.asarray(quanta * quantum_m2, dtype=np.float64)


def _with_nodata(program: Program, known: Mapping[str, int]) -> tuple[Verdict, ...]:
    """Verdicts that name rasters without a single value in the county."""
    silent = {k for k, v in known.items() if v == 0}
    if not silent:
        return program.verdicts
    out = []
    for v in program.verdicts:
        names = tuple(
            x for x in v.layers if x in silent or program.derived.get(x, "") in silent
        )
        silenced = replace(v, all_nodata=names, state="missing", awaits=())
        out.append(silenced if names else v)
    return tuple(out)


def screen_program(
    program: Program,
    source: Source,
    *,
    effects: Sequence[Effect] | None = None,
    tile_px: int = 1024,
    engine: str = "threads",
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Screening:
    """Run a program over the grid.

    Parameters
    ----------
    program : Program
    source : Source
        For the rasters.
    effects : sequence, optional
        What each rule's hit does; from the rules when not given.
    tile_px : int
        Side of a tile [cells].
    engine, workers, progress
        See `gis.cells.blocks.map_windows`; every engine gives the same bits.
    """
    parts = map_windows(
        partial(_packed_tile, program, source),
        windows(program.grid, tile_px),
        engine=engine,
        workers=workers,
        progress=progress,
    )
    found = list(parts)
    tiles = [tile for _, (tile, _) in found]
    table, maps = merge_tables([t.table for t in tiles])
    kind = code_type(table)
    codes = ((w, c.map(to.astype(kind))) for (w, (_, c)), to in zip(found, maps, strict=True))
    return coded(program, table, maps, tiles, effects, joined(program.grid, codes, kind))


def state_raster(screening: Screening) -> npt.NDArray[np.uint8]:
    """State of every cell, (h, w): by number as in `STATES`."""
    return np.asarray(screening.code.map(screening.state))


def areas_by_state(screening: Screening, zone: str = "") -> dict[str, float]:
    """Ellipsoidal area [m2] by state, of the county or of one zone.

    Returns
    -------
    dict
        ``taken``, ``conditional``, ``left``, ``unknown``, and ``provisional`` where the plan
        tells it apart; they add up to the area to rounding and do not depend on how land was
        numbered.
    """
    quanta = screening.quanta
    if zone:
        quanta = np.rint(screening.zones[zone] / screening.quantum_m2).astype(np.int64)
    found = _m2(sums_by(screening.state, quanta, len(STATES)), screening.quantum_m2)
    return {STATES[s]: float(found[s]) for s in in_use(screening.missing)}
