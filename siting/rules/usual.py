"""How much land the layers behind rules usually cover: what hangs on a rule not judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from gis.toml import read_toml
from siting.rules.conditions.base import RuleTest
from siting.rules.model import Rule

__all__ = ["UsualLand", "convention_frac", "rule_weights", "usual_land"]


@dataclass(frozen=True)
class UsualLand:
    """Land a layer, or some classes of the land survey, usually cover.

    Attributes
    ----------
    id
        Name of the entry.
    layers, classes
        Layers it stands for, and first digits of land survey codes.
    share_frac
        Of the land of the country.
    source, date, quality
        Where the figure is from.
    """

    id: str
    layers: tuple[str, ...]
    classes: tuple[str, ...]
    share_frac: float
    source: str
    date: str
    quality: str


@cache
def usual_land() -> tuple[UsualLand, ...]:
    """Every entry, as the file has them.

    Examples
    --------
    >>> found = {u.id: u for u in usual_land()}
    >>> round(found["cropland"].share_frac, 4)
    0.1332
    """
    data = read_toml("siting.rules", "usual_land.toml")
    survey = data["survey"]
    whole = float(data["land"]["area_10kha"])
    return tuple(
        UsualLand(
            id=r["id"],
            layers=tuple(r.get("layers", ())),
            classes=tuple(r.get("classes", ())),
            share_frac=float(r["area_10kha"]) / whole,
            source=survey["title"] if r["source"] == "survey" else r["source"],
            date=str(r.get("date", survey["date"])),
            quality=r["quality"],
        )
        for r in data["share"]
    )


def convention_frac() -> float:
    """Share that stands for a layer nobody publishes one of: a convention."""
    return float(read_toml("siting.rules", "usual_land.toml")["convention"]["share_frac"])


@cache
def _shares() -> dict[str, float]:
    return {u.id: u.share_frac for u in usual_land()}


def _of_class(code: str) -> str:
    """The entry of a land survey code, the longest that fits; empty without one."""
    fits = [(len(c), u.id) for u in usual_land() for c in u.classes if code.startswith(c)]
    return max(fits)[1] if fits else ""


def _of_test(test: RuleTest) -> frozenset[str]:
    """Entries a test rests on; of tests that must all hit, those of the smallest land."""
    own = {_of_class(c) for c in test.asked_classes}
    own |= {u.id for u in usual_land() if not own and set(u.layers) & set(test.reads)}
    inside = [_of_test(t) for t in test.inner]
    if not test.reads:  # members of any_of, one of which is enough
        return frozenset().union(*inside) - {""}
    found = [s for s in (frozenset(own - {""}), *inside) if s]
    return min(found, key=_land, default=frozenset())


def _land(entries: frozenset[str]) -> float:
    return sum(_shares()[e] for e in entries)


def rule_weights(rules: Sequence[Rule]) -> npt.NDArray[np.float64]:
    """Weight of each rule among others: the land it usually takes.

    Rules that rest on the same land share it evenly, so that ten rules about one layer do not
    count its land ten times. A rule nothing is published of weighs `convention_frac`.

    Parameters
    ----------
    rules : sequence of r rules
        Those that are weighed against one another.

    Returns
    -------
    (r,) float

    Examples
    --------
    The red line covers 304 of 960; of military land nothing is published:

    >>> from siting.rules import load_rules
    >>> rules = {r.id: r for r in load_rules("pv")}
    >>> rule_weights([rules["PV-013"], rules["PV-032"]]).round(4).tolist()
    [0.3167, 0.005]
    """
    of = [_of_test(r.test) for r in rules]
    count = Counter(e for own in of for e in own)
    shares = _shares()
    return np.array(
        [
            sum(shares[e] / count[e] for e in sorted(own)) if own else convention_frac()
            for own in of
        ],
        dtype=np.float64,
    )
