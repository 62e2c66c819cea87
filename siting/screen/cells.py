"""The canvas of cells: a test becomes bits to burn and the logic that joins them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.grid import Grid, grid_crs
from gis.cells.ground import feature_scales
from gis.cells.ragged import LINE
from gis.types import F8
from layers.catalogue import layer as layer_of
from siting.rules.classes import class_outcomes
from siting.rules.conditions.canvas import Answer, Operator
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.rules.where import Where, matches
from siting.screen.expression import AllOf, Constant, Leaf, Node, Not, OneOf
from siting.screen.judged.silence import fills_land, silence_is_open
from siting.screen.program import Atom, LimitJob, atom_of
from siting.screen.sources import Features, Source, answering, vocabulary_in

__all__ = ["Bits", "Cells"]

I1 = npt.NDArray[np.int8]


def _selected(features: Features, where: Where) -> I1:
    """Outcome of a feature filter for every feature; equal rows are asked once."""
    if not where or not len(features):
        return np.full(len(features), HIT, dtype=np.int8)
    names = [n for n in where if n in features.table.columns]
    group = np.zeros(len(features), dtype=np.int64)
    table = pd.DataFrame(index=range(1))
    if names:
        for name in names:
            code, _ = pd.factorize(features.table[name], use_na_sentinel=False)
            group = group * (int(code.max()) + 1) + code
            if len(names) > 1:
                group = np.unique(group, return_inverse=True)[1]
        _, first = np.unique(group, return_index=True)
        table = features.table.iloc[first]
    found = matches(dict(where), table.reset_index(drop=True))
    out = np.full(len(table), MISS, dtype=np.int8)
    out[found.unknown] = UNKNOWN
    out[found.hit] = HIT
    return out[group]


@dataclass
class Bits:
    """Collects bits while the rules are read; lives only inside `compile_rules`."""

    source: Source
    grid: Grid
    features: dict[str, Features] = field(default_factory=dict)
    atoms: dict[str, list[Atom]] = field(default_factory=dict)
    bits: dict[tuple[Any, ...], int] = field(default_factory=dict)
    classes: dict[str, list[tuple[int, int, dict[str, int]]]] = field(default_factory=dict)
    limits: list[LimitJob] = field(default_factory=list)
    n_bits: int = 0

    def bit(self, key: tuple[Any, ...]) -> tuple[int, bool]:
        """The bit of a key, and whether it is new."""
        if key in self.bits:
            return self.bits[key], False
        self.bits[key] = self.n_bits
        self.n_bits += 1
        return self.bits[key], True

    def features_of(self, layer_id: str) -> Features:
        """Features of a layer, read once."""
        if layer_id not in self.features:
            self.features[layer_id] = self.source.features(layer_id)
        return self.features[layer_id]

    def atom(self, layer_id: str, distance: F8, *, touch: bool) -> int:
        """The bit of these features at these distances; -1 when no feature takes part."""
        own = atom_of(self.n_bits, distance, touch=touch)
        if not len(own.rows):
            return -1
        digest = hashlib.blake2b(own.rows.tobytes(), digest_size=16)
        digest.update(own.distance_m.tobytes())
        bit, new = self.bit((layer_id, touch, digest.digest()))
        if new:
            self.atoms.setdefault(layer_id, []).append(own)
        return bit

    def silent(self, layer_id: str) -> int:
        """The bit of land the layer says anything about; -1 where silence means none."""
        if not fills_land(layer_id):
            return -1
        return self.atom(layer_id, np.zeros(len(self.features_of(layer_id))), touch=False)

    def burned(
        self, layer_id: str, outcome: I1, distance: float, *, from_edge: bool, touch: bool
    ) -> Leaf:
        """Bits of the features that take part and of those that may."""
        open_ = silence_is_open(self.source, layer_id, distance)
        features = self.features_of(layer_id)
        reach = np.full(len(features), distance)
        if from_edge and len(features.half_width_m):
            reach = reach + features.half_width_m
        far = np.flatnonzero((reach > 0) & (outcome != MISS))
        if len(far):  # metres on the ground as metres of the map
            bounds = features.shapes.bounds[far]
            reach[far] *= feature_scales(bounds, grid_crs(self.grid), reach[far])
        found = []
        for value in (HIT, UNKNOWN):
            d = np.where(outcome == value, reach, np.nan)
            found.append(self.atom(layer_id, d, touch=touch))
        covered = self.silent(layer_id)
        return Leaf(hit=found[0], unknown=found[1], covered=covered, open=open_)


def _without_area(features: Features) -> npt.NDArray[np.bool_]:
    """Features without a polygon and without a half width: lines and points of no area."""
    s = features.shapes
    polygon = np.zeros(len(s), dtype=bool)
    owner = np.repeat(np.arange(len(s)), np.diff(s.feature))
    polygon[owner[s.kind > LINE]] = True
    half = features.half_width_m if len(features.half_width_m) else np.zeros(len(s))
    return np.asarray(~polygon & (half == 0), dtype=bool)


@dataclass(frozen=True)
class Cells:
    """`siting.rules.conditions.canvas.Canvas` of grid cells, for one rule.

    Attributes
    ----------
    bits
        Where bits are collected.
    where
        The rule, for messages.
    seen
        Layer id -> state of every layer that was asked; filled while the rule is read.
    derived
        Layers computed from another, filled likewise.
    partial
        Layers whose silence leaves land open, filled likewise.
    """

    bits: Bits
    where: str
    seen: dict[str, str] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)
    partial: dict[str, None] = field(default_factory=dict)

    def _burned(
        self, layer_id: str, outcome: I1, distance: float, *, from_edge: bool, touch: bool
    ) -> Leaf:
        leaf = self.bits.burned(layer_id, outcome, distance, from_edge=from_edge, touch=touch)
        if leaf.open:
            self.partial[layer_id] = None
        return leaf

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """See `Canvas`."""
        found = answering(self.bits.source, layer_id, by_class=by_class)
        self.seen[found.layer_id] = found.state
        if found.base:
            self.derived[found.layer_id] = found.base
        return found

    def lacking(self, answer: Answer) -> Node:
        """See `Canvas`."""
        self.seen[answer.layer_id] = answer.state
        return Constant(MISS if answer.state == "assumed_absent" else UNKNOWN)

    def near(self, layer_id: str, where: Where, distance_m: float, *, from_edge: bool) -> Node:
        """See `Canvas`."""
        outcome = _selected(self.bits.features_of(layer_id), where)
        return self._burned(layer_id, outcome, distance_m, from_edge=from_edge, touch=False)

    def covered(self, layer_id: str, where: Where) -> Node:
        """See `Canvas`."""
        features = self.bits.features_of(layer_id)
        outcome = _selected(features, where)
        thin = _without_area(features)
        own = np.where(thin, MISS, outcome).astype(np.int8)
        leaf = self._burned(layer_id, own, 0.0, from_edge=True, touch=False)
        if not (thin & (outcome != MISS)).any():
            return leaf
        # a line has no centre inside it: take the cells it crosses
        crossing = np.where(thin, outcome, MISS).astype(np.int8)
        line = self._burned(layer_id, crossing, 0.0, from_edge=False, touch=True)
        return OneOf((leaf, line))

    def classes(self, layer_id: str, classes: Iterable[str]) -> Node:
        """See `Canvas`."""
        name = vocabulary_in(self.bits.source, layer_id)
        outcomes = class_outcomes(tuple(classes), name, self.where)
        if layer_of(layer_id).kind == "features":
            code, names = pd.factorize(self.bits.features_of(layer_id).table[name])
            # the last one, which -1 points to, is for features without a code
            known = [outcomes.get(str(n), UNKNOWN) for n in names]
            per = np.array([*known, UNKNOWN], dtype=np.int8)[code]
            return self._burned(layer_id, per, 0.0, from_edge=False, touch=False)
        key = ("classes", layer_id, tuple(sorted(outcomes.items())))
        hit, new = self.bits.bit(key)
        unknown, _ = self.bits.bit((*key, "unknown"))
        if new:
            self.bits.classes.setdefault(layer_id, []).append((hit, unknown, outcomes))
        return Leaf(hit=hit, unknown=unknown)

    def limit(self, answer: Answer, operator: Operator, limit: float) -> Node:
        """See `Canvas`."""
        hit, new = self.bits.bit(("limit", answer.layer_id, operator, limit))
        unknown, _ = self.bits.bit(("limit", answer.layer_id, "unknown"))
        if new:
            self.bits.limits.append(LimitJob(answer, operator, limit, hit, unknown))
        return Leaf(hit=hit, unknown=unknown)

    def all_of(self, parts: Iterable[Node]) -> Node:
        """See `Canvas`."""
        return AllOf(tuple(parts))

    def one_of(self, parts: Iterable[Node]) -> Node:
        """See `Canvas`."""
        return OneOf(tuple(parts))

    def no(self, part: Node) -> Node:
        """See `Canvas`."""
        return Not(part)
