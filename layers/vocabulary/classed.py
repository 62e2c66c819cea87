"""Features whose class nobody knows: their land is unknown, which is told, and is no class."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.errors import DataError
from gis.say import listed, say
from gis.toml import read_toml
from layers.result import Warn
from layers.spec import Layer
from layers.vocabulary import check_codes, vocabulary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["NAMES", "Unclassed", "check_vocabulary", "classed", "codes_by_name"]

NAMES = "dlmc"
"""The field of the names that stand beside codes of the survey."""

_NAMED = 5  # features called by name
_CALLED = ("bsm", "tbbh", "name")


@dataclass(frozen=True)
class Unclassed:
    """A feature that was left out since its class is not known.

    Attributes
    ----------
    name
        BSM, number or name; else its row.
    shape
        In the plan CRS.
    area_m2
        Ellipsoidal.
    """

    name: str
    shape: Any
    area_m2: float


def classed(
    table: gpd.GeoDataFrame, name: str, spec: Layer, said: Collection[str], where: str
) -> tuple[gpd.GeoDataFrame, tuple[Unclassed, ...], list[Warn]]:
    """The features of a layer that fills the land whose class is known, and the others.

    Land of a feature that is left out is what land without a feature is: unknown.

    Parameters
    ----------
    table : GeoDataFrame
        With the catalogue's fields, in the plan CRS.
    name : str
        Of the vocabulary, and of the field that holds its codes.
    spec : Layer
    said : collection of str
        Codes of the data the plan says the meaning of; a blank one among them is meant.
    where : str
        Plan file and layer, for messages.

    Raises
    ------
    DataError
        When so much land has no class that the plan has to say it is meant.
    """
    fills = spec.unknown == "unknown" and spec.geometry == "polygon"
    if not fills or name not in table.columns:
        return table, (), []
    codes = table[name]
    blank = (codes.isna() | codes.isin([""])).to_numpy(bool)
    n = int(blank.sum())
    if not n:
        return table, (), []
    shapes = np.asarray(table.geometry.array)
    size = shapely.area(shapes)
    share = float(size[blank].sum() / max(float(size.sum()), 1e-9))
    most = float(read_toml("layers.open", "acceptance.toml")["class"]["few_frac"])
    if n == len(table) or (share > most and "" not in said):
        raise DataError(
            say("layers.vocabulary.class_unknown_much", title=spec.title, n=n),
            where=f"{where} {name}",
            got=f"{100 * share:.1f} %",
            expected=f"<= {100 * most:g} %",
            todo=say("layers.vocabulary.say_what_blank_means", name=name),
        )
    area = np.asarray(polygon_area_m2(shapes[blank], table.crs), dtype=np.float64)
    left = tuple(map(Unclassed, _names(table[blank], blank), shapes[blank], area.tolist()))
    first = sorted(left, key=lambda u: -u.area_m2)[:_NAMED]
    text = say(
        "layers.vocabulary.class_unknown",
        title=spec.title,
        n=n,
        area_ha=to_ha(float(area.sum())),
        ids=listed([*(u.name for u in first), *(["..."] if n > _NAMED else [])]),
    )
    warn = Warn("class_unknown", text, where)
    return table[~blank].reset_index(drop=True), left, [warn]


def codes_by_name(values: pd.Series[Any], said: Mapping[str, str], name: str) -> frozenset[str]:
    """Codes that come from names alone: words of the data the plan says the code of.

    Parameters
    ----------
    values : Series
        The column of the file the codes are read from.
    said : mapping
        Words of the data and the code each means.
    name : str
        Of the vocabulary.

    Examples
    --------
    >>> import pandas as pd
    >>> said = {"空闲地": "1201", "铁路用地": "1001"}
    >>> sorted(codes_by_name(pd.Series(["空闲地", "铁路用地", "1001"]), said, "dlbm"))
    ['1201']
    """
    entries = vocabulary(name).entries
    found = {str(v).strip() for v in values.dropna().unique()}
    words = {w.lower() for w in found if w not in entries}
    return frozenset(c for w, c in said.items() if w.strip().lower() in words) - found


def _names(left: gpd.GeoDataFrame, blank: Any) -> list[str]:  # noqa: ANN401 - a mask
    """What features are called, by their own fields, else by their row."""
    out = [f"#{row + 1}" for row in np.flatnonzero(blank)]
    for field in reversed(_CALLED):
        if field in left.columns:
            own = left[field].astype("object").where(left[field].notna(), "")
            out = [str(v).strip() or o for o, v in zip(out, own, strict=True)]
    return out


def check_vocabulary(table: gpd.GeoDataFrame, name: str, where: str, *, few: bool) -> None:
    """Refuse codes that are not of the list; a few wrong names are listed by acceptance."""
    # the field a feature layer keeps its codes in has the vocabulary's own name
    if name not in table.columns:
        return
    words = vocabulary(name)
    codes = [str(c).strip() for c in table[name]]
    names = table["dlmc"].tolist() if name == "dlbm" and "dlmc" in table.columns else None
    if few and names is not None:
        wrong = [
            c in words.entries
            and isinstance(n, str)
            and n.strip() not in ("", words.entries[c].title.zh, words.collisions.get(c, ""))
            for c, n in zip(codes, names, strict=True)
        ]
        most = read_toml("layers.open", "acceptance.toml")["names"]["few_frac"]
        if sum(wrong) <= most * len(wrong):
            names = [None if w else n for w, n in zip(wrong, names, strict=True)]
    check_codes(table[name].tolist(), names, words, where=f"{where} {name}", field=name)
