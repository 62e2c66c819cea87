"""What is asked for: which formats, which layers, which coordinate system."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.glossary import tech_word
from geoplan.maps.themes import themes
from geoplan.report.exports import column_title, field_docs, run_layers
from gis.crs.china import gk_epsg
from gis.crs.systems import as_crs, china_row, pick_gk_crs, reproject
from gis.errors import ConfigError
from gis.say import listed, say
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = [
    "FORMATS",
    "Wanted",
    "chosen_layers",
    "layer_title",
    "target_crs",
    "titles_of",
    "wanted",
]

FORMATS = (
    *("gpkg", "gdb", "shp", "fgb", "parquet", "kml", "kmz", "dxf"),
    *("cog", "txt", "points", "postgis"),
)
"""Every format `geoplan export` writes."""
_ENCODINGS = {"gbk": "gbk", "gb18030": "gbk", "utf-8": "utf-8", "utf8": "utf-8"}
_ZONES = {"cgcs2000-3": False, "cgcs2000-3-zone": True}


@dataclass(frozen=True)
class Wanted:
    """One call of the export, checked.

    Attributes
    ----------
    formats
        Of `FORMATS`, each once.
    layers
        Names; all of the run when empty.
    crs
        ``EPSG:CODE``, ``cgcs2000-3`` or ``cgcs2000-3-zone``; empty for the plan's own.
    encoding
        ``gbk`` or ``utf-8``, of Shapefiles and coordinate texts.
    site
        Only the rows of this site, in layers that have sites.
    """

    formats: tuple[str, ...]
    layers: tuple[str, ...] = ()
    crs: str = ""
    encoding: str = "gbk"
    site: str = ""


def _split(texts: Sequence[str]) -> tuple[str, ...]:
    parts = (p.strip() for text in texts for p in text.split(","))
    return tuple(dict.fromkeys(p for p in parts if p))


def wanted(
    formats: Sequence[str],
    *,
    layers: Sequence[str] = (),
    crs: str = "",
    encoding: str = "",
    site: str = "",
) -> Wanted:
    """Check what is asked for; lists may be given in one text with commas.

    Raises
    ------
    ConfigError
        For a format, a system or an encoding that is not known.

    Examples
    --------
    >>> wanted(["gdb,kml", "kml"]).formats
    ('gdb', 'kml')
    """
    kinds = tuple(f.lower() for f in _split(formats))
    for kind in kinds or formats:
        _one_of("--format", kind, FORMATS)
    _one_of("--encoding", (encoding or "gbk").lower(), tuple(_ENCODINGS))
    if crs and crs.lower() not in _ZONES:
        as_crs(crs, "--crs")
    return Wanted(
        kinds, _split(layers), crs, _ENCODINGS[(encoding or "gbk").lower()], site.strip()
    )


def _one_of(option: str, got: str, known: Sequence[str]) -> None:
    if got not in known:
        raise ConfigError(
            say("geoplan.faults.no_such_choice"),
            where=option,
            got=got,
            expected=", ".join(known),
        )


def target_crs(crs: str, boxes: gpd.GeoDataFrame) -> pyproj.CRS:
    """The system asked for; of the two words the plan's zone, else the nearest.

    Parameters
    ----------
    crs : str
        Of `Wanted`; not empty.
    boxes : GeoDataFrame
        In the plan's system; their extent decides where it is no 3-degree zone.
    """
    prefixed = _ZONES.get(crs.lower())
    if prefixed is None:
        return as_crs(crs, "--crs")
    own = china_row(as_crs(boxes.crs, "--crs"))
    if own is not None and own.is_gk and own.zone_width_deg == 3:
        return as_crs(gk_epsg(own.zone, prefixed=prefixed), "--crs")
    west, south, east, north = reproject(boxes, 4490, "--crs").total_bounds.tolist()
    return pick_gk_crs((west, south, east, north), prefixed=prefixed)


def chosen_layers(plan: Plan, run: Path, ask: Wanted) -> dict[str, gpd.GeoDataFrame]:
    """Layers of the run as asked for: named ones, rows of a site, the system.

    Raises
    ------
    ConfigError
        For a layer the run does not have, naming near ones; for a site it does not have.
    """
    found = dict(run_layers(run))
    unknown = [n for n in ask.layers if n not in found]
    if unknown:
        near = [m for n in unknown for m in difflib.get_close_matches(n, found, n=3)]
        raise ConfigError(
            say("geoplan.export.no_such_layer"),
            where="--layers",
            got=listed(unknown),
            expected=listed(near or sorted(found)),
        )
    out = {n: g for n, g in found.items() if not ask.layers or n in ask.layers}
    if ask.site:
        out = {n: g[g["site_id"] == ask.site] for n, g in out.items() if "site_id" in g}
        known = found["sites"]["site_id"].tolist() if "sites" in found else []
        if ask.site not in known:
            raise ConfigError(
                say("geoplan.faults.no_such_site"),
                where="--site",
                got=ask.site,
                expected=listed(known[:12]),
            )
    if ask.site and ask.layers and not out:
        raise ConfigError(
            say("geoplan.export.no_sites_in_layers"), where="--layers", got=listed(ask.layers)
        )
    if ask.crs and out:
        first = found.get("county", next(iter(found.values())))
        target = target_crs(ask.crs, first)
        out = {
            n: reproject(g, target, n) if len(g) else g.set_crs(target, allow_override=True)
            for n, g in out.items()
        }
    if plan.plan.synthetic:
        out = {n: g.assign(synthetic=True) for n, g in out.items()}
    return {n: g.reset_index(drop=True) for n, g in out.items()}


def layer_title(name: str, lang: str) -> str:
    """What people call a layer of a run; its name where the map has no word for it.

    Examples
    --------
    >>> layer_title("sites", "en"), layer_title("codes_pv", "en")
    ('Candidate sites', 'codes_pv')
    """
    theme = next((v for v in themes().vector if fnmatchcase(name, v.layer)), None)
    if theme is None:
        return name
    tech = name.partition("_")[2] if theme.layer.endswith("_*") else ""
    title: str = theme.title(lang).format(tech=tech_word(tech)(lang), name="")
    return title.strip(" :\uff1a") or name


def titles_of(plan: Plan, columns: Sequence[str], lang: str) -> Mapping[str, str]:
    """Title with unit of every column that has one."""
    docs = field_docs(plan)
    return {c: column_title(c, lang, docs) for c in columns if docs.get(c) is not None}
