"""What if one rule were different: another distance, another limit, another kind, or gone.

Only the rule that changes is burned again, from coordinates already in memory; everything
else comes from the codes of the screening. The answer is the same, to the last bit, as a
fresh run with the changed rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Window, window_bounds, windows
from gis.cells.tally import sums_by, tally_pairs
from gis.errors import ConfigError
from gis.say import listed, say
from siting.rules import Rule, relaxed
from siting.rules.outcome import HIT, UNKNOWN
from siting.screen.coded import (
    OUTSIDE,
    STATES,
    Effect,
    Screening,
    effect_of,
    in_use,
    state_of,
)
from siting.screen.expression import evaluate
from siting.screen.factors import compile_rules
from siting.screen.judged.counted import count_says, roles_of
from siting.screen.program import Program
from siting.screen.section import Missing
from siting.screen.sources import ReadSource, Source
from siting.screen.tiles import fill_words, select_features

__all__ = ["Move", "WhatIf", "what_if", "what_ifs"]

U8 = npt.NDArray[np.uint64]
I8 = npt.NDArray[np.int64]
I1 = npt.NDArray[np.int8]

_MOST_BITS = 12  # a single rule needs one to a few
_MOST_PAIRS = 1 << 24  # of a code and the bits of the moved rules


@dataclass(frozen=True)
class Move:
    """A rule moved: to another distance or to another limit.

    Attributes
    ----------
    distance_m
        Another distance [m], of a ``within`` rule.
    limit
        Another limit, of an ``above`` or ``below`` rule.
    """

    rule_id: str
    distance_m: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class WhatIf:
    """The county with one rule changed.

    Attributes
    ----------
    rule
        The rule as it would be; None when it is switched off.
    before_m2, after_m2
        Area by state [m2].
    gross_m2
        Area the changed rule hits [m2].
    state : (h, w) uint8 or None
        The changed state raster, when asked for.
    hit_m2
        Area each rule hits that was burned anew [m2].
    """

    rule: Rule | None
    before_m2: dict[str, float]
    after_m2: dict[str, float]
    gross_m2: float
    state: npt.NDArray[np.uint8] | None = None
    hit_m2: Mapping[str, float] = field(default_factory=dict)

    @property
    def gain_m2(self) -> float:
        """Change of land left [m2]."""
        return self.after_m2["left"] - self.before_m2["left"]


def _by_state(
    quanta: I8, state: npt.NDArray[np.uint8], quantum_m2: float, missing: Missing
) -> dict[str, float]:
    sums = sums_by(state, quanta, len(STATES))
    return {STATES[s]: float(sums[s] * quantum_m2) for s in in_use(missing)}


@dataclass(frozen=True)
class _Changed:
    """What a changed rule says: of each code, or of each combination of its bits.

    Attributes
    ----------
    index
        Of the rule in the screening.
    outcome, late : (1 or n codes, m) array
        What it says, and where its unknown is that of a layer that is not there.
    """

    index: int
    outcome: I1
    effect: Effect
    late: npt.NDArray[np.bool_]


def _states(s: Screening, changed: Sequence[_Changed], n: int) -> npt.NDArray[np.uint8]:
    """State by (code, outcome column), (codes, n), when some rules say and do other things."""
    own = [c.index for c in changed]
    role = roles_of([s.effects[i] for i in own])
    others = s.said - count_says(s.outcomes[:, own], role, s.waiting[:, own])
    out = np.empty((len(s.outcomes), n), dtype=np.uint8)
    for k in range(n):
        hard, unknown, soft, waiting = others.copy() if n > 1 else others
        for c in changed:
            if c.effect == "none":
                continue
            said = c.outcome[:, k] if c.outcome.shape[1] > 1 else c.outcome[:, 0]
            late = c.late[:, k] if c.late.shape[1] > 1 else c.late[:, 0]
            (hard if c.effect == "taken" else soft)[:] += said == HIT
            unknown += (said == UNKNOWN) & ~late
            waiting += (said == UNKNOWN) & late
        out[:, k] = state_of(hard, unknown, soft, waiting)
    out[0] = OUTSIDE
    return out


def _reached(program: Program, tile_px: int) -> list[Window]:
    """Windows a program's features reach; all of them when it reads a raster."""
    found = windows(program.grid, tile_px)
    runs = program.county
    inside = [w for w in found if runs.row[w[0].start] != runs.row[w[0].stop]]
    if program.classes or program.limits:
        return inside
    return [
        w
        for w in inside
        if any(len(select_features(j, window_bounds(program.grid, w))) for j in program.burns)
    ]


def what_if(
    found: Screening,
    program: Program,
    source: Source,
    rule_id: str,
    *,
    distance_m: float | None = None,
    limit: float | None = None,
    kind: Literal["hard", "conditional", "preference", "off"] | None = None,
    recalled_excludes: bool = False,
    raster: bool = False,
    workers: int = 2,
    tile_px: int = 1024,
) -> WhatIf:
    """The county with one rule changed.

    Parameters
    ----------
    found : Screening
        The screening as it is.
    program : Program
        What it was made with.
    source : Source
        Read only when the changed rule needs a raster.
    rule_id : str
    distance_m : float, optional
        Another distance [m], of a ``within`` rule.
    limit : float, optional
        Another limit, of an ``above`` or ``below`` rule.
    kind : str, optional
        Another kind, or ``"off"``.
    recalled_excludes : bool
        See `siting.screen.coded.effect_of`.
    raster : bool
        Also give the changed state raster.
    workers, tile_px : int
        Threads, and the side of a tile [cells].

    Returns
    -------
    WhatIf

    Raises
    ------
    ConfigError
        When the rule is not in force, or has no such parameter.
    """
    try:
        i = found.rule_index(rule_id)
    except KeyError as err:
        raise ConfigError(say("siting.screen.rule_not_force_here"), where=rule_id) from err
    rule: Rule = found.rules[i]
    if kind is not None and kind != "off":
        rule = rule.model_copy(update={"kind": kind, "stated_kind": rule.kind})
    effect = effect_of(rule, recalled_excludes=recalled_excludes)
    effect = "none" if kind == "off" else effect if kind else found.effects[i]
    before = _by_state(found.quanta, found.state, found.quantum_m2, found.missing)
    if distance_m is None and limit is None:
        own = found.outcomes[:, i : i + 1]
        state = _states(found, [_Changed(i, own, effect, found.waiting[:, [i]])], 1)[:, 0]
        return WhatIf(
            rule=None if kind == "off" else rule,
            before_m2=before,
            after_m2=_by_state(found.quanta, state, found.quantum_m2, found.missing),
            gross_m2=found.sum_m2(own[:, 0] == HIT),
            state=np.asarray(found.code.map(state)) if raster else None,
        )
    rule = relaxed(rule, distance_m=distance_m, limit=limit)
    return _burned(found, program, source, [(i, rule, effect)], raster, workers, tile_px)


def what_ifs(
    found: Screening,
    program: Program,
    source: Source,
    moves: Sequence[Move],
    *,
    raster: bool = False,
    workers: int = 2,
    tile_px: int = 1024,
) -> WhatIf:
    """The county with several rules at another distance or limit, all at once.

    Parameters
    ----------
    found, program, source, raster, workers, tile_px
        As for `what_if`; the effects are those of `found`.
    moves : sequence of Move
        At least one; each rule once.

    Returns
    -------
    WhatIf
        `rule` and `gross_m2` are of the last one.

    Raises
    ------
    ConfigError
        When a rule is not in force or has no such parameter, or they are too many to be
        burned together.
    """
    parts = []
    for move in moves:
        try:
            i = found.rule_index(move.rule_id)
        except KeyError as err:
            raise ConfigError(
                say("siting.screen.rule_not_force_here"), where=move.rule_id
            ) from err
        rule = relaxed(found.rules[i], distance_m=move.distance_m, limit=move.limit)
        parts.append((i, rule, found.effects[i]))
    return _burned(found, program, source, parts, raster, workers, tile_px)


def _burned(
    found: Screening,
    program: Program,
    source: Source,
    parts: Sequence[tuple[int, Rule, Effect]],
    raster: bool,  # noqa: FBT001
    workers: int,
    tile_px: int,
) -> WhatIf:
    """The county with rules burned anew; each part is index, rule and effect."""
    changed = compile_rules(
        [rule for _, rule, _ in parts],
        ReadSource(source, program.features),
        program.grid,
        program.county,
    )
    shape = (len(found.table), 1 << min(changed.n_bits, 40))
    too_many = len(parts) > 1 and shape[0] * shape[1] > _MOST_PAIRS
    if too_many or (len(parts) == 1 and changed.n_bits > _MOST_BITS):
        raise ConfigError(
            say("siting.screen.rule_too_involved_what_if"),
            where=listed(rule.id for _, rule, _ in parts),
        )
    combos = np.arange(shape[1], dtype=np.uint64)[:, None]
    told: list[_Changed] = []
    for k, (i, _, effect) in enumerate(parts):
        outcome = evaluate(changed.nodes[k], combos)
        verdict = changed.verdicts[k]
        late = np.array([found.missing == "provisional" and bool(verdict.awaits)])
        if late.any() and set(verdict.awaits) == set(verdict.incomplete):
            late = evaluate(changed.nodes[k], combos, vouched=True) != UNKNOWN
        told.append(_Changed(i, outcome[None, :], effect, late[None, :]))
    state = _states(found, told, shape[1])
    picture = np.asarray(found.code.map(state[:, 0])) if raster else None

    def some(own: Sequence[Window]) -> I8:
        pairs = np.zeros(shape, dtype=np.int64)
        for window in own:
            r, c = window
            words = np.zeros((1, r.stop - r.start, c.stop - c.start), dtype=np.uint64)
            fill_words(words, changed, source, window)
            code = found.code[window]
            if picture is not None:
                picture[window] = state[code, words[0].astype(np.intp)]
            tally_pairs(code, words[0], pairs, changed.county, changed.areas, window)
        return pairs

    reached = _reached(changed, tile_px)
    with ThreadPoolExecutor(workers) as pool:
        parts_of = pool.map(some, [reached[k::workers] for k in range(workers)])
        pairs = reduce(np.add, parts_of)
    pairs[:, 0] = found.quanta - pairs[:, 1:].sum(axis=1)
    hit = {
        rule.id: float(pairs[:, c.outcome[0] == HIT].sum() * found.quantum_m2)
        for (_, rule, _), c in zip(parts, told, strict=True)
    }
    return WhatIf(
        rule=parts[-1][1],
        before_m2=_by_state(found.quanta, found.state, found.quantum_m2, found.missing),
        after_m2=_by_state(pairs, state, found.quantum_m2, found.missing),
        gross_m2=hit[parts[-1][1].id],
        state=picture,
        hit_m2=hit,
    )
