"""From rules and layers to bits: which features, distances, classes and limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.coverage import Runs
from gis.cells.grid import Grid
from gis.cells.ragged import LINE
from gis.cells.tally import cell_areas
from gis.errors import ConfigError, Fault, raise_faults
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.vocabulary import vocabulary
from siting.rules.features import matches
from siting.rules.model import (
    Above,
    AnyOf,
    Below,
    InClasses,
    Intersects,
    NotInClasses,
    Rule,
    Within,
    as_conditions,
)
from siting.screen.classes import class_outcomes
from siting.screen.expression import HIT, MISS, UNKNOWN, AllOf, Constant, Leaf, Node, OneOf
from siting.screen.program import (
    Atom,
    BurnJob,
    ClassJob,
    LimitJob,
    Program,
    Verdict,
    burn_jobs,
)
from siting.screen.sources import Features, Source

__all__ = ["compile_rules"]

F8 = npt.NDArray[np.float64]
I1 = npt.NDArray[np.int8]

_DERIVED = {"slope": "dem", "aspect": "dem"}
# Where land classes may be read from when the layer a rule names is not there.
_CLASS_LAYERS = ("land_parcels", "land_cover")
_CLASS_VALUES = 1 << 16
# Measured from the drawn line or point itself, without a half width.
_FROM_THE_LINE = ("centre_line", "point", "ground_mark")


def _selected(features: Features, where: Mapping[str, Any]) -> I1:
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
class _Builder:
    """Collects bits while the rules are read; lives only inside `compile_rules`."""

    source: Source
    features: dict[str, Features] = field(default_factory=dict)
    atoms: dict[str, list[Atom]] = field(default_factory=dict)
    bits: dict[tuple[Any, ...], int] = field(default_factory=dict)
    classes: dict[str, list[tuple[int, int, dict[str, int]]]] = field(default_factory=dict)
    limits: list[LimitJob] = field(default_factory=list)
    derived: dict[str, str] = field(default_factory=dict)
    n_bits: int = 0

    def new_bit(self) -> int:
        self.n_bits += 1
        return self.n_bits - 1

    def features_of(self, layer_id: str) -> Features:
        if layer_id not in self.features:
            self.features[layer_id] = self.source.features(layer_id)
        return self.features[layer_id]

    def atom(self, layer_id: str, distance: F8, *, touch: bool) -> int:
        """The bit of these features at these distances; -1 when no feature takes part."""
        if np.isnan(distance).all():
            return -1
        key = (layer_id, touch, hashlib.blake2b(distance.tobytes(), digest_size=16).digest())
        if key not in self.bits:
            self.bits[key] = self.new_bit()
            self.atoms.setdefault(layer_id, []).append(Atom(self.bits[key], distance, touch))
        return self.bits[key]

    def covered(self, layer_id: str) -> int:
        """The bit of land the layer says anything about; -1 where silence means none."""
        spec = layer_of(layer_id)
        if spec.unknown != "unknown" or spec.geometry != "polygon":
            return -1
        return self.atom(layer_id, np.zeros(len(self.features_of(layer_id))), touch=False)

    def near(
        self, layer_id: str, outcome: I1, distance: float, *, from_edge: bool, touch: bool
    ) -> Leaf:
        """Bits of the features that take part and of those that may."""
        features = self.features_of(layer_id)
        reach = np.full(len(features), distance)
        if from_edge and len(features.half_width_m):
            reach = reach + features.half_width_m
        found = []
        for value in (HIT, UNKNOWN):
            d = np.where(outcome == value, reach, np.nan)
            found.append(self.atom(layer_id, d, touch=touch))
        return Leaf(hit=found[0], unknown=found[1], covered=self.covered(layer_id))


def _without_area(features: Features) -> npt.NDArray[np.bool_]:
    """Features without a polygon and without a half width: lines and points of no area."""
    s = features.shapes
    polygon = np.zeros(len(s), dtype=bool)
    owner = np.repeat(np.arange(len(s)), np.diff(s.feature))
    polygon[owner[s.kind > LINE]] = True
    half = features.half_width_m if len(features.half_width_m) else np.zeros(len(s))
    return np.asarray(~polygon & (half == 0), dtype=bool)


def _intersects(b: _Builder, test: Intersects) -> Node:
    features = b.features_of(test.layer)
    outcome = _selected(features, test.where)
    thin = _without_area(features)
    leaf = b.near(
        test.layer,
        np.where(thin, MISS, outcome).astype(np.int8),
        0.0,
        from_edge=True,
        touch=False,
    )
    if not (thin & (outcome != MISS)).any():
        return leaf
    # a line has no centre inside it: take the cells it crosses
    line = b.near(
        test.layer,
        np.where(thin, outcome, MISS).astype(np.int8),
        0.0,
        from_edge=False,
        touch=True,
    )
    return OneOf((leaf, line))


def _within(b: _Builder, test: Within) -> Node:
    if test.distance_m is None:
        return Constant(MISS)  # waits for a turbine; its verdict says so
    outcome = _selected(b.features_of(test.layer), test.where)
    edge = test.from_ not in _FROM_THE_LINE
    return b.near(test.layer, outcome, test.distance_m, from_edge=edge, touch=False)


def _class_test(b: _Builder, test: Any, layer_id: str, at: str) -> Node:  # noqa: ANN401
    spec = layer_of(layer_id)
    name = b.source.vocabulary(layer_id) or spec.vocabulary
    outcomes = class_outcomes(_by_class(test), name, at)
    if isinstance(test, NotInClasses):
        outcomes = {k: HIT - v for k, v in outcomes.items()}
    if spec.kind == "features":
        code, names = pd.factorize(b.features_of(layer_id).table[name])
        # the last one, which -1 points to, is for features without a code
        known = [outcomes.get(str(n), UNKNOWN) for n in names]
        per = np.array([*known, UNKNOWN], dtype=np.int8)[code]
        return b.near(layer_id, per, 0.0, from_edge=False, touch=False)
    key = ("classes", layer_id, tuple(sorted(outcomes.items())))
    if key not in b.bits:
        b.bits[key] = b.new_bit()
        b.bits[(*key, "unknown")] = b.new_bit()
        jobs = b.classes.setdefault(layer_id, [])
        jobs.append((b.bits[key], b.bits[(*key, "unknown")], outcomes))
    return Leaf(hit=b.bits[key], unknown=b.bits[(*key, "unknown")])


def _limit_test(b: _Builder, test: Above | Below, at: str) -> Node:
    spec = layer_of(test.layer)
    if spec.unit and test.unit != spec.unit:
        raise ConfigError(
            say("siting.screen.rule_unit_not_layer"),
            where=at,
            got=test.unit,
            expected=spec.unit,
        )
    operator = (">" if isinstance(test, Above) else "<") + ("=" if test.inclusive else "")
    key = ("limit", test.layer, operator, test.limit)
    if key not in b.bits:
        b.bits[key] = b.new_bit()
        b.bits[("limit", test.layer, "unknown")] = b.bits.get(
            ("limit", test.layer, "unknown"), -1
        )
        if b.bits[("limit", test.layer, "unknown")] < 0:
            b.bits[("limit", test.layer, "unknown")] = b.new_bit()
        unknown = b.bits[("limit", test.layer, "unknown")]
        b.limits.append(LimitJob(test.layer, operator, test.limit, b.bits[key], unknown))
    return Leaf(hit=b.bits[key], unknown=b.bits[("limit", test.layer, "unknown")])


def _answering(b: _Builder, test: Any) -> tuple[str, str]:  # noqa: ANN401
    """The layer that answers a test and its state."""
    layer_id = test.layer
    state = b.source.state(layer_id)
    if state != "available" and layer_id in _DERIVED:
        base = _DERIVED[layer_id]
        if b.source.state(base) == "available":
            b.derived[layer_id] = base
            return layer_id, "available"
        if state == "missing":
            return base, b.source.state(base)
    if state != "available" and layer_id in _CLASS_LAYERS and _by_class(test):
        for other in _CLASS_LAYERS:
            if b.source.state(other) == "available":
                return other, "available"
    return layer_id, state


def _by_class(test: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The classes a test asks for, when it asks for nothing else."""
    if isinstance(test, InClasses | NotInClasses):
        return test.classes
    if isinstance(test, Intersects) and set(test.where) == {"dlbm"}:
        condition = as_conditions(test.where)["dlbm"]
        if condition.in_ and not condition.not_:
            return tuple(map(str, condition.in_))
    return ()


def _node(b: _Builder, test: Any, at: str, seen: dict[str, str]) -> Node:  # noqa: ANN401
    """The logic of a test with its conditions; `seen` collects layer -> state."""
    if isinstance(test, AnyOf):
        own: Node = OneOf(tuple(_node(b, t, at, seen) for t in test.tests))
    else:
        layer_id, state = _answering(b, test)
        seen[layer_id] = state
        if state == "assumed_absent":
            own = Constant(MISS)
        elif state != "available":
            own = Constant(UNKNOWN)
        elif layer_id != test.layer or isinstance(test, InClasses | NotInClasses):
            own = _class_test(b, test, layer_id, at)
        elif isinstance(test, Intersects):
            own = _intersects(b, test)
        elif isinstance(test, Within):
            own = _within(b, test)
            if test.distance_m is None:
                seen[layer_id] = "no_turbine"
        else:
            own = _limit_test(b, test, at)
    if not test.when:
        return own
    return AllOf((own, *(_node(b, t, at, seen) for t in test.when)))


def _verdict(seen: Mapping[str, str]) -> Verdict:
    for state in ("missing", "assumed_absent", "no_turbine"):
        lacking = tuple(k for k, v in seen.items() if v == state)
        if lacking:
            return Verdict(state, tuple(seen), lacking)
    return Verdict("judged", tuple(seen))


def _class_jobs(b: _Builder, n_words: int) -> tuple[ClassJob, ...]:
    out = []
    for layer_id, tests in b.classes.items():
        own = vocabulary(b.source.vocabulary(layer_id) or layer_of(layer_id).vocabulary)
        values: dict[str, int] = {}
        for code in own.entries:
            try:
                values[code] = own.raster_values([code])[0]
            except ValueError:
                continue  # a code no raster holds (05H1)
        size = max(values.values(), default=0) + 1
        if size > _CLASS_VALUES:
            raise ConfigError(
                say("siting.screen.raster_classes_too_large"), where=f"layer {layer_id}"
            )
        bits = np.zeros((n_words, size), dtype=np.uint64)
        unknown = np.zeros(n_words, dtype=np.uint64)
        known = np.zeros(size, dtype=bool)
        known[list(values.values())] = True
        if (
            own.nodata is not None
            and 0 <= own.nodata < size
            and own.nodata not in {v for c, v in values.items() if c in own.entries}
        ):
            known[own.nodata] = False
        for hit, maybe, outcomes in tests:
            for code, value in values.items():
                bit = {HIT: hit, UNKNOWN: maybe}.get(outcomes[code])
                if bit is not None:
                    bits[bit // 64, value] |= np.uint64(1) << np.uint64(bit % 64)
            unknown[maybe // 64] |= np.uint64(1) << np.uint64(maybe % 64)
        bits[:, ~known] = unknown[:, None]
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
    b = _Builder(source)
    kept, nodes, verdicts = [], [], []
    faults: list[Fault] = []
    for rule in rules:
        if not rule.is_filter:
            continue
        seen: dict[str, str] = {}
        try:
            node = _node(b, rule.test, f"rule {rule.id}", seen)
        except ConfigError as err:
            faults += err.faults
            continue
        kept.append(rule)
        nodes.append(node)
        verdicts.append(_verdict(seen))
    raise_faults(ConfigError, faults)
    n_words = max((b.n_bits + 63) // 64, 1)
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
        classes=_class_jobs(b, n_words),
        limits=tuple(b.limits),
        derived=dict(b.derived),
        county=county,
        areas=cell_areas(grid),
        zones=dict(zones or {}),
        features=b.features,
    )
