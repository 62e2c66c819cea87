"""Which features a rule means, and how far it reaches from each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import ModelError
from gis.say import say
from siting.rules.model import Condition, Intersects, Where, Within, as_conditions

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Match", "formula_m", "half_widths", "matches", "reach_m"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_POLYGONAL = (3, 6)
_FALL_FACTOR = 1.5  # WD-044: 1.5 x (hub height + rotor radius)
_TENTH, _EIGHTH = 10.0, 8.0  # WD-036..038: height not above 1/10 or 1/8 of the distance


@dataclass(frozen=True)
class Match:
    """Which features a condition holds for.

    Attributes
    ----------
    hit : (n,) bool
    unknown : (n,) bool
        Features that lack a value the condition asks for; never also `hit`.
    """

    hit: Bools
    unknown: Bools


def _three_valued(column: pd.Series[Any], rule: Condition) -> tuple[Bools, Bools]:
    blank = column.isna().to_numpy() | (column.astype(str).str.strip() == "").to_numpy()
    ok: Bools = np.ones(len(column), bool)
    if rule.in_ or rule.not_ or rule.contains:
        text = column.astype(str).str.strip()
        as_number = pd.to_numeric(column, errors="coerce")

        def among(accepted: tuple[str | int | float, ...]) -> Bools:
            out: Bools = text.isin([a for a in accepted if isinstance(a, str)]).to_numpy()
            numeric = [a for a in accepted if not isinstance(a, str)]
            return out | as_number.isin(numeric).to_numpy() if numeric else out

        if rule.in_:
            ok &= among(rule.in_)
        if rule.not_:
            ok &= ~among(rule.not_)
        if rule.contains:
            found = [text.str.contains(c, regex=False, case=False) for c in rule.contains]
            ok &= np.logical_or.reduce([f.to_numpy() for f in found])
    bounds = (rule.min, rule.max, rule.gt, rule.lt)
    if any(b is not None for b in bounds):
        number = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
        blank |= np.isnan(number)
        if rule.min is not None:
            ok &= number >= rule.min
        if rule.max is not None:
            ok &= number <= rule.max
        if rule.gt is not None:
            ok &= number > rule.gt
        if rule.lt is not None:
            ok &= number < rule.lt
    ok &= ~blank
    return ok, blank


def matches(where: Where, table: pd.DataFrame) -> Match:
    """Features of `table` that `where` means; all fields must agree.

    Parameters
    ----------
    where : mapping
        Field -> condition; empty means every feature.
    table : (n,) frame
        With canonical field names; an absent field is missing in every feature.

    Returns
    -------
    Match
        Three-valued: a feature that fails one field is no hit whatever else is missing.

    Examples
    --------
    >>> t = pd.DataFrame({"road_class": ["national", "county", None]})
    >>> m = matches({"road_class": "national"}, t)
    >>> m.hit.tolist(), m.unknown.tolist()
    ([True, False, False], [False, False, True])
    """
    hit = np.ones(len(table), bool)
    failed = np.zeros(len(table), bool)
    for name, rule in as_conditions(where).items():
        column = table[name] if name in table.columns else pd.Series([None] * len(table))
        ok, blank = _three_valued(column.reset_index(drop=True), rule)
        if rule.missing == "hit":
            ok, blank = ok | blank, np.zeros_like(blank)
        elif rule.missing == "miss":
            blank = np.zeros_like(blank)
        failed |= ~ok & ~blank
        hit &= ok
    return Match(hit=hit, unknown=~hit & ~failed)


@cache
def _table() -> tuple[tuple[str, dict[str, Condition], float], ...]:
    text = files("siting.rules").joinpath("half_widths.toml").read_text(encoding="utf-8")
    out = []
    for row in tomllib.loads(text)["entries"]:
        where: dict[str, Any] = {
            k: Condition.model_validate(c) if isinstance(c, dict) else _tuple(c)
            for k, c in row["where"].items()
        }
        out.append((row["layer"], as_conditions(where), float(row["half_width_m"])))
    return tuple(out)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def half_widths(layer_id: str, table: gpd.GeoDataFrame) -> Floats:
    """From the drawn geometry to the edge the law measures from.

    Parameters
    ----------
    layer_id : str
        Layer of the catalogue.
    table : (n,) GeoDataFrame
        With canonical field names.

    Returns
    -------
    (n,) float [m]
        0 for polygons (their outline is the legal edge) and points; for lines the field
        ``half_width_m``, else half of ``width_m``, else the table ``half_widths.toml``,
        else 0.
    """
    kinds = shapely.get_type_id(table.geometry.to_numpy())
    lines = ~np.isin(kinds, (*_POLYGONAL, 0, 4))
    out = np.zeros(len(table))
    if not lines.any():
        return out
    unset = lines.copy()
    for name, factor in (("half_width_m", 1.0), ("width_m", 0.5)):
        if name in table.columns:
            given = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
            use = unset & np.isfinite(given) & (given >= 0)
            out[use] = factor * given[use]
            unset &= ~use
    for layer, where, half_width_m in _table():
        if layer == layer_id and unset.any():
            use = unset & matches(dict(where), table).hit
            out[use] = half_width_m
            unset &= ~use
    return out


def formula_m(
    name: str, hub_height_m: float | None, rotor_radius_m: float | None
) -> float | None:
    """Distance of a `Within.distance_of` formula [m]; None when the turbine is not known.

    Examples
    --------
    >>> formula_m("fall_distance", 100.0, 80.0)
    270.0
    >>> formula_m("tenth_height", 100.0, 80.0)
    1800.0
    """
    if hub_height_m is None or rotor_radius_m is None:
        return None
    tip_m = hub_height_m + rotor_radius_m
    factors: Mapping[str, float] = {
        "fall_distance": _FALL_FACTOR,
        "tenth_height": _TENTH,
        "eighth_height": _EIGHTH,
    }
    return factors[name] * tip_m


def reach_m(test: Intersects | Within, layer_id: str, table: gpd.GeoDataFrame) -> Floats:
    """How far a feature test reaches from the drawn geometry of each feature.

    Returns
    -------
    (n,) float [m]
        Half width plus, for `Within`, the distance. Where the law measures from a centre
        line (pipelines), a wall or a point, there is no half width.

    Raises
    ------
    ModelError
        When the distance waits for a turbine.
    """
    if isinstance(test, Intersects):
        return half_widths(layer_id, table)
    if test.distance_m is None:
        raise ModelError(
            say("siting.rules.distance_depends_on_turbine_which"),
            where=f"rule test within {layer_id}",
            todo=say("siting.rules.give_hub_height_m_rotor"),
        )
    if test.from_ in ("centre_line", "point", "ground_mark"):
        return np.full(len(table), test.distance_m)
    return half_widths(layer_id, table) + test.distance_m
