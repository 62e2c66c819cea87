"""The bill of quantities of a drawn plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gis.say import Sentence, say
from siting.pv.array.features import cable_class_a, fence_m
from siting.pv.array.plant import PvArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BillRow", "bill", "bill_table"]

Kind = Literal["drawn", "convention", "not_estimated"]


@dataclass(frozen=True)
class BillRow:
    """One row of the bill.

    Attributes
    ----------
    key
        What it is; lines of the collector by class of current are ``collector_100`` ...
    item
        In words.
    quantity
        None where it is not estimated.
    unit
    basis
        How the quantity comes about.
    kind
        Counted on the drawing, with a convention in it, or not estimated.
    """

    key: str
    item: Sentence
    quantity: float | None
    unit: str
    basis: Sentence
    kind: Kind


def bill(array: PvArray) -> tuple[BillRow, ...]:
    """Quantities of a drawn plant; no price is assumed.

    Parameters
    ----------
    array : PvArray

    Notes
    -----
    Modules, tables, inverters, transformers, roads and fence are counted on the drawing. Cables
    are its lengths with the margin of the conventions; what stands outside the drawing
    (substation, grid connection, way in, drains, foundations of houses) is not in it.
    """
    r, g = array.rules, array.groups
    margin = 1.0 + r.other["cable_margin_frac"]
    road_m2 = float(array.roads.area)
    rows = [
        _row("modules", array.n_modules, "", module_w=1000.0 * r.module_kw),
        _row("strings", array.n_tables * r.table_strings, "", n=r.string_modules),
        _row("tables", array.n_tables, "", n=r.table_modules, up=r.up),
        _row(
            "piles", array.n_tables * r.table_piles, "", "convention",
            n=r.table_piles, spacing=r.other["pile_spacing_m"],
        ),
        _row("inverters", len(g.inverter_kw), "", kw=float(np.median(g.inverter_kw))),
        _row("transformers", len(g.transformer_xy), "", mw=r.block_mw),
        _row(
            "string_cable", float(g.string_cable_m.sum()) * margin / 1000.0, "km", "convention",
            margin=100.0 * r.other["cable_margin_frac"],
        ),
        _row(
            "low_cable", float(g.low_cable_m.sum()) * margin / 1000.0, "km", "convention",
            margin=100.0 * r.other["cable_margin_frac"],
        ),
    ]  # fmt: skip
    classes = cable_class_a(array)
    for top in np.unique(classes).tolist():
        km = float(array.collector.length_m[classes == top].sum()) * margin / 1000.0
        rows.append(
            BillRow(
                f"collector_{top:g}",
                say(
                    "siting.pv_array.item_collector",
                    kv=r.other["collector_kv"],
                    low=top - r.other["cable_class_a"],
                    top=top,
                ),
                km,
                "km",
                say(
                    "siting.pv_array.basis_collector",
                    margin=100.0 * r.other["cable_margin_frac"],
                ),
                "convention",
            )
        )
    rows += [
        _row("roads", road_m2 / r.road_m / 1000.0 if r.road_m else 0.0, "km", width=r.road_m),
        _row("road_area", road_m2, "m2"),
        _row("fence", fence_m(array) / 1000.0, "km"),
    ]
    for key in ("cut", "fill"):
        known = array.earth is not None and np.isfinite(array.earth.cut_m3).any()
        if not known or array.earth is None:
            rows.append(_row(key, None, "m3", "not_estimated", basis="no_dem"))
            continue
        values = array.earth.cut_m3 if key == "cut" else array.earth.fill_m3
        rows.append(
            _row(
                key, float(np.nansum(values)), "m3", "convention", basis="earth",
                slope=100.0 * r.other["axis_slope_most"], reveal=r.other["reveal_m"],
            )
        )  # fmt: skip
    return tuple(rows)


_ITEMS = {
    k: f"siting.pv_array.item_{k}"
    for k in (
        *("modules", "strings", "tables", "piles", "inverters", "transformers"),
        *("string_cable", "low_cable", "roads", "road_area", "fence", "cut", "fill"),
    )
}


def _row(
    key: str,
    quantity: float | None,
    unit: str,
    kind: Kind = "drawn",
    *,
    basis: str = "",
    **values: float,
) -> BillRow:
    item = say(_ITEMS[key])
    how = say(f"siting.pv_array.basis_{basis or key}", **values)
    return BillRow(key, item, quantity, unit, how, kind)


def bill_table(array: PvArray, site_id: str = "") -> pd.DataFrame:
    """The bill as a table ``pv_bill``: site_id, item, quantity, unit, basis in both languages.

    Quantities that are not estimated are NaN.
    """
    import pandas as pd

    rows = [
        {
            "site_id": site_id,
            "key": row.key,
            "item_zh": row.item("zh"),
            "item_en": row.item("en"),
            "quantity": float("nan") if row.quantity is None else float(row.quantity),
            "unit": row.unit,
            "basis_zh": row.basis("zh"),
            "basis_en": row.basis("en"),
            "kind": row.kind,
        }
        for row in bill(array)
    ]
    return pd.DataFrame(rows)
