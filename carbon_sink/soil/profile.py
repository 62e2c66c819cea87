"""Organic carbon of a soil profile: layers to tC/ha of one depth.

A layer of `thick` cm with carbon `soc` [g/kg], bulk density `bd` of the fine earth [g/cm3] and
stones `s` [share of the volume] holds ``soc x bd x thick x (1 - s) x 0.1`` tC/ha. Nothing is
filled in: a gap between layers, a profile that starts below the surface or ends above the depth
asked for is refused, unless the plan says how to go on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gis.errors import DataError, Fault, raise_faults
from gis.say import Sentence, say

__all__ = ["ProfileStock", "SoilLayer", "profile_stock"]

Below = Literal["refuse", "last_layer"]
_KG_M2 = 10.0  # tC/ha of 1 kg/m2
_G_KG_CM = 0.1  # tC/ha of 1 g/kg x 1 g/cm3 x 1 cm
_DENSEST = 2.65  # g/cm3 of quartz: a soil cannot be denser than its mineral
_DEEPEST = 300.0  # cm: surveys dig to 1-2 m; a table in mm has its second layer below
_MOST_SOC = 580.0  # g/kg: organic matter of pure humus


@dataclass(frozen=True)
class SoilLayer:
    """One layer of a profile.

    Attributes
    ----------
    top_cm, bottom_cm
        Depth of its top and bottom.
    soc_g_kg, som_g_kg
        Organic carbon, or organic matter, of the fine earth; one of the two.
    bulk_density_g_cm3
        Of the fine earth.
    stones_frac
        Share of the volume over 2 mm [0-1].
    stock_kg_m2
        Organic carbon of the layer where the source prints that instead.
    """

    top_cm: float
    bottom_cm: float
    bulk_density_g_cm3: float = math.nan
    soc_g_kg: float = math.nan
    som_g_kg: float = math.nan
    stones_frac: float = math.nan
    stock_kg_m2: float = math.nan


@dataclass(frozen=True)
class ProfileStock:
    """Organic carbon of a profile down to one depth.

    Attributes
    ----------
    tc_ha
        Stock [tC/ha].
    depth_cm
        Down to where; two stocks of unlike depth are never added.
    cut_layer
        A layer is cut by the depth and taken as the same throughout.
    extended_cm
        Centimetres taken like the last layer because the plan said so; 0 else.
    assumed_no_stones
        Layers without a value of stones, taken to have none.
    som_factor
        Organic matter per organic carbon that was used; NaN where none was.
    """

    profile: str
    tc_ha: float
    depth_cm: tuple[int, int]
    cut_layer: bool = False
    extended_cm: float = 0.0
    assumed_no_stones: int = 0
    som_factor: float = math.nan


def _given(value: float) -> bool:
    return math.isfinite(value)


def _faults_of(
    layer: SoilLayer, where: Sentence | str, som_factor: float | None
) -> list[Fault]:
    out: list[Fault] = []

    def bad(
        key: str, got: object, expected: str | Sentence = "", todo: str | Sentence = ""
    ) -> None:
        said = say(f"carbon_sink.soil.{key}")
        out.append(Fault(said, where=where, got=str(got), expected=expected, todo=todo))

    if not (0 <= layer.top_cm < layer.bottom_cm and _given(layer.bottom_cm)):
        bad("no_layer", f"{layer.top_cm:g}-{layer.bottom_cm:g} cm", "0 <= top < bottom")
    elif layer.bottom_cm > _DEEPEST:
        bad(
            "depth_cannot_be", f"{layer.top_cm:g}-{layer.bottom_cm:g} cm", f"<= {_DEEPEST:g} cm"
        )
    if _given(layer.stones_frac) and not 0 <= layer.stones_frac < 1:
        bad("stones_out_of_range", layer.stones_frac, "0 <= x < 1")
    if _given(layer.stock_kg_m2):
        if layer.stock_kg_m2 < 0:
            bad("below_zero", layer.stock_kg_m2, ">= 0")
        return out
    both = _given(layer.soc_g_kg), _given(layer.som_g_kg)
    if both == (False, False):
        bad("no_carbon", "-", say("carbon_sink.soil.soc_or_som"))
    if both == (True, True):
        bad("carbon_twice", "SOC + SOM", say("carbon_sink.soil.soc_or_som"))
    if both == (False, True) and som_factor is None:
        bad("factor_not_named", "SOM", "", say("carbon_sink.soil.name_the_factor"))
    value = layer.soc_g_kg if both[0] else layer.som_g_kg / (som_factor or 1.0)
    if _given(value) and not 0 <= value <= _MOST_SOC:
        bad("carbon_cannot_be", f"{value:g} g/kg", f"0-{_MOST_SOC:g} g/kg")
    if not _given(layer.bulk_density_g_cm3):
        bad("no_bulk_density", "-", "g/cm3", say("carbon_sink.soil.measure_bulk_density"))
    elif not 0 < layer.bulk_density_g_cm3 <= _DENSEST:
        bad("density_cannot_be", f"{layer.bulk_density_g_cm3:g}", f"0-{_DENSEST:g} g/cm3")
    return out


def _stock(layer: SoilLayer, thick_cm: float, som_factor: float | None) -> float:
    """tC/ha of `thick_cm` of a layer."""
    if _given(layer.stock_kg_m2):
        return layer.stock_kg_m2 * _KG_M2 * thick_cm / (layer.bottom_cm - layer.top_cm)
    carbon = layer.soc_g_kg if _given(layer.soc_g_kg) else layer.som_g_kg / (som_factor or 1.0)
    stones = layer.stones_frac if _given(layer.stones_frac) else 0.0
    return carbon * layer.bulk_density_g_cm3 * thick_cm * (1.0 - stones) * _G_KG_CM


def _order_faults(
    ordered: Sequence[SoilLayer], depth_cm: int, where: Sentence | str, below: Below
) -> Iterable[Fault]:
    at = 0.0
    for layer in ordered:
        if at >= depth_cm:
            return
        if layer.top_cm != at:
            key = "gap" if layer.top_cm > at else "overlap"
            yield Fault(
                say(f"carbon_sink.soil.{key}"),
                where=where,
                got=f"{at:g} cm, {layer.top_cm:g}-{layer.bottom_cm:g} cm",
                expected=say("carbon_sink.soil.layers_follow"),
            )
        at = max(at, layer.bottom_cm)
    if at < depth_cm and below == "refuse":
        yield Fault(
            say("carbon_sink.soil.ends_above"),
            where=where,
            got=f"0-{at:g} cm",
            expected=f"0-{depth_cm} cm",
            todo=say("carbon_sink.soil.say_how_to_extend"),
        )


def profile_stock(
    layers: Iterable[SoilLayer],
    depth_cm: int,
    *,
    profile: str = "",
    som_factor: float | None = None,
    below: Below = "refuse",
) -> ProfileStock:
    """Organic carbon of a profile from the surface to `depth_cm` [tC/ha].

    Parameters
    ----------
    layers : iterable of SoilLayer
        Any order; together without gap or overlap from 0 cm.
    depth_cm : int
        30 or 100 as a rule. A layer the depth cuts is taken as the same throughout, and
        `cut_layer` says so.
    profile : str
        Its name, for messages.
    som_factor : float, optional
        Organic matter per organic carbon (1.724 is van Bemmelen's); needed where a layer gives
        organic matter.
    below : {"refuse", "last_layer"}
        A profile that ends above `depth_cm`: refused, or gone on with like its last layer.

    Returns
    -------
    ProfileStock

    Raises
    ------
    DataError
        Every fault of the profile: gaps, overlaps, missing bulk density, values that cannot be.

    References
    ----------
    IPCC 2003 Good Practice Guidance for LULUCF, eq. 3.2.16.

    Examples
    --------
    10 g/kg x 1.4 g/cm3 x 20 cm x 0.1 = 28, and half of a layer of 8 g/kg x 1.5 x 20:

    >>> p = [SoilLayer(0, 20, 1.4, 10.0, stones_frac=0.0),
    ...      SoilLayer(20, 40, 1.5, 8.0, stones_frac=0.0)]
    >>> s = profile_stock(p, 30)
    >>> round(s.tc_ha, 9), s.cut_layer
    (40.0, True)
    """
    where = say("carbon_sink.soil.at_profile", name=profile) if profile else "profile"
    ordered = sorted(layers, key=lambda x: (x.top_cm, x.bottom_cm))
    if som_factor is not None and not 1.0 < som_factor < 3.0:
        raise DataError(
            say("carbon_sink.soil.factor_cannot_be"), got=f"{som_factor:g}", expected="1-3"
        )
    if not depth_cm > 0:
        raise DataError(say("carbon_sink.soil.no_depth"), got=f"{depth_cm:g}", expected="> 0")
    faults = [f for x in ordered for f in _faults_of(x, where, som_factor)]
    if not ordered:
        faults.append(Fault(say("carbon_sink.soil.no_layers"), where=where))
    if not faults:
        faults += _order_faults(ordered, depth_cm, where, below)
    raise_faults(DataError, faults)
    used = [x for x in ordered if x.top_cm < depth_cm]
    parts = [_stock(x, min(x.bottom_cm, depth_cm) - x.top_cm, som_factor) for x in used]
    last = used[-1]
    beyond = max(depth_cm - last.bottom_cm, 0.0)
    if beyond:
        parts.append(_stock(last, beyond, som_factor))
    measured = [x for x in used if not _given(x.stock_kg_m2)]
    matter = any(not _given(x.soc_g_kg) for x in measured)
    return ProfileStock(
        profile=profile,
        tc_ha=math.fsum(parts),
        depth_cm=(0, depth_cm),
        cut_layer=last.bottom_cm > depth_cm,
        extended_cm=beyond,
        assumed_no_stones=sum(not _given(x.stones_frac) for x in measured),
        som_factor=som_factor if matter and som_factor is not None else math.nan,
    )
