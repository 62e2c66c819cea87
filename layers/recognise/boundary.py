"""The county's boundary from its own data, when these are really its outline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from gis.errors import GeoplanError
from gis.files.look.tables import TableLook
from gis.files.read import read_features
from gis.toml import read_toml
from layers.bundled_county import shared_fracs
from layers.catalogue import layer as layer_of
from layers.open.county import boundary_least_frac
from layers.recognise.counties import County
from layers.recognise.fields import field_fit
from layers.recognise.place import Ground
from layers.recognise.search import Seen

__all__ = ["Outline", "OwnBoundary", "is_county", "is_outline", "own_boundary"]

_MOST_ROWS = 3000


@dataclass(frozen=True)
class Outline:
    """A table of areas that together may be the county.

    Attributes
    ----------
    says_so
        Whether its own code says that it is the county.
    """

    path: Path
    table: str
    crs: str
    rows: int
    says_so: bool = False


@dataclass(frozen=True)
class OwnBoundary:
    """A boundary of the county from its own townships or villages."""

    path: Path
    table: str
    crs: str
    covers_frac: float


def is_outline(seen: Seen, county: County) -> bool:
    """Whether a table of few areas is called the boundary of the county."""
    if not isinstance(seen.look, TableLook) or seen.look.kind != "polygon":
        return False
    named = read_toml("layers.recognise", "evidence.toml")["boundary"]["names"]
    plain = seen.look.name.casefold()
    for place in (county.name, county.city, county.province, county.name[:-1]):
        plain = plain.replace(place, "")
    plain = re.sub(r"[\W\d_]+", "", plain)
    return plain in named


def is_county(seen: Seen, county: County) -> bool:
    """Whether a table of divisions is one division, and that is the county by its code.

    The code of a county has six digits; nine or twelve are filled up with zeros.
    """
    look = seen.look
    if not isinstance(look, TableLook) or look.kind != "polygon":
        return False
    columns = field_fit(layer_of("townships"), map(str, look.sample.columns)).columns
    if "code" not in columns or not 0 < look.rows == len(look.sample):
        return False
    codes = look.sample[columns["code"]].astype(str).str.strip().str.removesuffix(".0")
    names = look.sample[columns["name"]].nunique() if "name" in columns else look.rows
    return names <= 1 and bool(codes.str.fullmatch(rf"{county.adcode}(0{{3}}){{0,2}}").all())


def own_boundary(outlines: Iterable[Outline], ground: Ground) -> OwnBoundary | None:
    """The first outline that is the county's: nine tenths of each are the other's.

    One whose code says that it is has to lie in the county; how much of it it is, is told.

    Parameters
    ----------
    outlines : iterable of Outline
        The best first.
    ground : Ground
    """
    least = boundary_least_frac()
    for one in outlines:
        if one.rows > _MOST_ROWS:
            continue
        try:
            table = read_features(
                one.path, layer=one.table, crs=one.crs, kind="polygon"
            ).to_crs("EPSG:4326")
        except GeoplanError:
            continue
        outline = shapely.union_all(np.asarray(table.geometry.array))
        if outline.geom_type not in ("Polygon", "MultiPolygon"):
            continue
        covers, own = shared_fracs(outline, ground.shape_ll)
        if min(1.0 if one.says_so else covers, own) >= least:
            return OwnBoundary(one.path, one.table, one.crs, covers)
    return None
