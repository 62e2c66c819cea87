"""What land became: transitions between two dates, from parcels, arrays or rasters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.outlines import STANDS, outline_transitions, parcel_transitions
from carbon_sink.change.raster import Footprints, raster_change, tally_change
from carbon_sink.cover.classes import classify_codes, ecosystems, raster_values
from gis.cells.grid import Grid
from gis.errors import ConfigError, DataError
from gis.say import listed, say
from layers.vocabulary import vocabulary

__all__ = ["ClassChange", "class_change", "matrix_of", "pairs_of"]

Classes = pd.DataFrame | npt.NDArray[np.integer] | Path | str


def pairs_of(transitions: pd.DataFrame) -> dict[tuple[str, str], float]:
    """(before, after) -> area [ha], summed over places.

    Examples
    --------
    >>> pairs_of(pd.DataFrame({"before": ["a", "a"], "after": ["b", "b"],
    ...                        "area_ha": [1.0, 2.0]}))
    {('a', 'b'): 3.0}
    """
    grouped = transitions.groupby(["before", "after"], sort=True)["area_ha"].sum()
    table = grouped.reset_index()
    return {
        (str(b), str(a)): float(v)
        for b, a, v in zip(table["before"], table["after"], table["area_ha"], strict=True)
    }


def matrix_of(transitions: pd.DataFrame) -> pd.DataFrame:
    """The transition matrix [ha]: rows before, columns after, with sums.

    Examples
    --------
    >>> m = matrix_of(pd.DataFrame({"before": ["a", "a"], "after": ["a", "b"],
    ...                             "area_ha": [3.0, 1.0]}))
    >>> m.loc["a", "b"], m.loc["total", "total"]
    (np.float64(1.0), np.float64(4.0))
    """
    wide = transitions.pivot_table(
        index="before", columns="after", values="area_ha", aggfunc="sum", fill_value=0.0
    )
    names = sorted({*wide.index, *wide.columns})
    wide = wide.reindex(index=names, columns=names, fill_value=0.0)
    wide["total"] = wide.sum(axis=1)
    wide.loc["total"] = wide.sum(axis=0)
    return wide


@dataclass(frozen=True)
class ClassChange:
    """Transitions of land, and where the two dates know it.

    Attributes
    ----------
    transitions
        ``before, after, area_ha``; classes are ecosystems, or ``<vocabulary>:<code>`` where a
        code may be several.
    footprints
        Land known at both dates, at one, at neither.
    ambiguous
        Those codes -> the ecosystems they may be.
    """

    transitions: pd.DataFrame
    footprints: Footprints
    ambiguous: Mapping[str, frozenset[str]]


def class_change(
    before: Classes,
    after: Classes,
    *,
    classes: str,
    cell_ha: float | npt.NDArray[np.float64] | None = None,
    grid: Grid | None = None,
    key: str = "parcel_id",
    tolerance_m: float = 2.0,
) -> ClassChange:
    """Transitions between two dates, from whatever holds the classes.

    Parameters
    ----------
    before, after : DataFrame, ndarray of int or path
        Parcels with ``ecosystem`` (or ``code``): with outlines and a CRS, or with `key` and
        ``area_m2`` where both dates hold the same parcels; class values of the same cells; or
        two class rasters.
    classes : str
        ``"ecosystem"`` where parcels name ecosystems, else a vocabulary.
    cell_ha : float or ndarray, optional
        Area of each cell of the arrays [ha].
    grid : Grid, optional
        What the rasters are brought onto (planar metres).
    key : str
        Column that numbers the parcels, where they have no outlines.
    tolerance_m : float
        A change of outlines narrower than this is a boundary drawn twice [m].

    Raises
    ------
    ConfigError
        Arrays without cell areas, rasters without a grid, classes of another kind.
    DataError
        Values the vocabulary does not have, arrays of different shapes, parcels named twice.
    """
    if isinstance(before, pd.DataFrame) and isinstance(after, pd.DataFrame):
        return _of_parcels(before, after, classes, key, tolerance_m)
    if isinstance(before, pd.DataFrame) or isinstance(after, pd.DataFrame):
        raise ConfigError(say("carbon_sink.change.two_dates_of_one_kind"))
    if classes == "ecosystem":
        raise ConfigError(
            say("carbon_sink.change.values_need_a_vocabulary"), where="classes", got=classes
        )
    for name, given in (("before", before), ("after", after)):
        if isinstance(given, np.ndarray) and not np.issubdtype(given.dtype, np.integer):
            raise ConfigError(
                say("carbon_sink.change.class_values_are_integers"),
                where=name,
                got=str(given.dtype),
            )
    by_value = raster_values(classes)
    codes = pd.Series(list(by_value.values()), dtype=object)
    labels, _, ambiguous = classify_codes(codes, {}, classes)
    label = dict(zip(by_value, labels, strict=True))
    nothing = dict.fromkeys(by_value, np.nan)  # counted for its area alone
    empty = vocabulary(classes).nodata
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        if cell_ha is None or not (np.asarray(cell_ha) > 0).all():
            raise ConfigError(say("carbon_sink.change.cell_area_needed"), got=str(cell_ha))
        area_m2 = np.broadcast_to(np.asarray(cell_ha, np.float64) * 1e4, before.shape)
        _, sums, _ = tally_change(
            np.atleast_2d(before),
            np.atleast_2d(after),
            np.ascontiguousarray(np.atleast_2d(area_m2)),
            nothing,
            nothing,
            known_before=None if empty is None else np.atleast_2d(before) != empty,
            known_after=None if empty is None else np.atleast_2d(after) != empty,
        )
        area_ha = sums / 1e4
    elif isinstance(before, Path | str) and isinstance(after, Path | str):
        if grid is None:
            raise ConfigError(say("carbon_sink.change.grid_needed"))
        files = Path(before), Path(after)
        area_ha = raster_change(*files, grid, nothing, nothing, nodata=empty).area_ha
    else:
        raise ConfigError(say("carbon_sink.change.two_dates_of_one_kind"))
    values = sorted(by_value)
    rows = [
        {"before": label[a], "after": label[b], "area_ha": area_ha[i, j]}
        for i, a in enumerate(values, 1)
        for j, b in enumerate(values, 1)
        if area_ha[i, j] > 0
    ]
    table = pd.DataFrame(rows, columns=["before", "after", "area_ha"])
    table = table.groupby(["before", "after"], as_index=False).agg(area_ha=("area_ha", "sum"))
    feet = Footprints(
        float(area_ha[1:, 1:].sum()),
        float(area_ha[1:, 0].sum()),
        float(area_ha[0, 1:].sum()),
        float(area_ha[0, 0]),
    )
    return ClassChange(table, feet, ambiguous)


def _of_parcels(
    before: pd.DataFrame, after: pd.DataFrame, classes: str, key: str, tolerance_m: float
) -> ClassChange:
    ambiguous: dict[str, frozenset[str]] = {}
    tables = []
    outlined = all(getattr(t, "crs", None) is not None for t in (before, after))
    needed = () if outlined else (key, "area_m2")
    for table in (before, after):
        name = "ecosystem" if classes == "ecosystem" else "code"
        lacking = [c for c in (*needed, name) if c not in table.columns]
        if lacking:
            raise DataError(
                say("carbon_sink.change.parcels_lack_columns"), expected=listed(lacking)
            )
        if classes == "ecosystem":
            labels = table["ecosystem"].astype(str)
            strange = sorted(set(labels) - set(ecosystems()))
            if strange:
                raise ConfigError(
                    say("carbon_sink.cover.no_such_ecosystem"),
                    got=listed(strange),
                    expected=listed(ecosystems()),
                )
        else:
            labels, _, more = classify_codes(table["code"].astype(str), {}, classes)
            ambiguous |= more
        stands = [c for c in STANDS if c in table.columns and table is after]
        kept = table[[*needed, *stands]] if not outlined else table[["geometry", *stands]]
        tables.append(kept.assign(ecosystem=labels))
    if outlined:
        transitions, gone, come = outline_transitions(*tables, tolerance_m=tolerance_m)
        both = float(transitions["area_ha"].sum())
        return ClassChange(transitions, Footprints(both, gone, come, 0.0), ambiguous)
    transitions = parcel_transitions(*tables, key=key)
    pair = ["before", "after", *(c for c in STANDS if c in transitions.columns)]
    transitions = transitions.groupby(pair, as_index=False, dropna=False).agg(
        area_ha=("area_ha", "sum")
    )
    feet = Footprints(float(transitions["area_ha"].sum()), 0.0, 0.0, 0.0)
    return ClassChange(transitions, feet, ambiguous)
