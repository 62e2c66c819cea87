"""The register as a file for other programs, which `geoplan.register.reading` reads back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.register.ledger import Check, Entry, Finding
from geoplan.register.listing import not_judged, not_passed, result_word, shown
from geoplan.register.project import FIELDS
from geoplan.register.reading import POINTS, PROJECTS
from gis.cells.area import to_ha
from gis.crs.systems import as_crs, transform_points
from gis.errors import ConfigError
from gis.files.plain_text import harmless_table
from gis.files.write import write_features
from gis.say import Sentence, listed, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["export_register", "left_out"]


def left_out(path: Path, entries: Iterable[Entry]) -> Sentence | None:
    """What a file of this kind does not hold of the register; None for nothing."""
    if path.suffix.lower() == ".gpkg":
        return None
    areas = [e for e in entries if e.geometry is not None and e.geometry.geom_type != "Point"]
    return say("geoplan.register.export_no_land", n=len(areas)) if areas else None


def _lon_lat(entry: Entry, epsg: int) -> dict[str, float]:
    """The place of a point [deg]; nothing of a boundary, which is no point."""
    if not isinstance(entry.geometry, shapely.Point):
        return {}
    at = transform_points(entry.geometry.x, entry.geometry.y, as_crs(epsg), as_crs(4490))
    lon, lat = (float(np.ravel(v)[0]) for v in at)
    return {"lon": lon, "lat": lat}


def _project_table(
    entries: Iterable[Entry], check: Check | None, epsg: int, lang: str
) -> pd.DataFrame:
    import pandas as pd

    found: Mapping[str, Finding] = {f.id: f for f in check.findings} if check else {}
    rows = []
    for e in entries:
        f = found.get(e.project.id)
        now = f if f and f.entry == e.seq else None  # of the boundary as it is
        rows.append(
            shown(e, lang)
            | {
                **_lon_lat(e, epsg),
                "boundary_ha": to_ha(now.area_m2) if now and now.area_m2 else None,
                "result": result_word(now.result)(lang) if now else "",
                "rules": listed(not_passed(now))(lang) if now else "",
                "not_judged": listed(not_judged(now))(lang) if now else "",
                "as_of": check.as_of if check and now else "",
            }
        )
    names = [*FIELDS, "lon", "lat", "boundary_ha", "result", "rules", "not_judged", "as_of"]
    return pd.DataFrame(rows, columns=names)


def _history_table(history: Iterable[Entry], lang: str) -> pd.DataFrame:
    import pandas as pd

    names = ["seq", "at", "who", "event", "run_id", "plan", "rules_hash", *FIELDS]
    rows = [
        {
            "seq": e.seq,
            **vars(e.stamp),
            "event": say(f"geoplan.register.event.{e.event}")(lang),
            **shown(e, lang),
        }
        for e in history
    ]
    return pd.DataFrame(rows, columns=names)


def _headed(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    words = {c: say(f"geoplan.register.column.{c}")(lang) for c in table.columns}
    return harmless_table(table.rename(columns=words))


def export_register(
    path: Path,
    entries: Mapping[str, Entry],
    history: Iterable[Entry],
    check: Check | None,
    epsg: int,
    lang: str,
) -> Path:
    """Write the register as ``.xlsx`` (with its history), ``.csv`` or ``.gpkg``.

    A table holds the place of a project that is a point; the boundaries of the others stand in
    the GeoPackage alone, with the projects that have none. `read_brought` reads either back.

    Raises
    ------
    ConfigError
        For another suffix.
    """
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".csv", ".gpkg"):
        raise ConfigError(say("geoplan.register.export_kind"), where="export", got=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = _project_table(entries.values(), check, epsg, lang)
    if kind == ".csv":
        _headed(table, lang).to_csv(path, index=False, encoding="utf-8-sig")
    elif kind == ".xlsx":
        import pandas as pd

        with pd.ExcelWriter(path) as book:
            for name, own in (("projects", table), ("history", _history_table(history, lang))):
                title = say(f"geoplan.register.sheet.{name}")(lang)
                _headed(own, lang).to_excel(book, sheet_name=title, index=False)
    else:
        import geopandas as gpd

        land = [e.geometry for e in entries.values()]
        frame = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=land, crs=epsg)
        points = frame.geometry.geom_type.isin(["Point", "MultiPoint"])
        write_features(path, PROJECTS, frame[~points], append=False)
        if points.any():
            write_features(path, POINTS, frame[points])
    return path
