"""The data of the page: layers with their pictures and features, legends, rules, search."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.glossary import kind_word, state_word, tech_word
from geoplan.maps.assets import manifest
from geoplan.maps.base import WithBase
from geoplan.maps.card import card_blocks, page_views
from geoplan.maps.contents import RunContents, class_word, named_ids, same_words, vector_themes
from geoplan.maps.drawn.ramp_steps import NO_VALUE, ramp_steps
from geoplan.maps.features import features_bounds, pack_features
from geoplan.maps.frame import attributions, banners, crs_parameters, sources
from geoplan.maps.judged import (
    HATCHED,
    judged_of,
    little_judged,
    state_colours,
    state_patterns,
    thinly_judged,
    with_little_judged,
)
from geoplan.maps.overview import overview_chunks
from geoplan.maps.panel import panel_blocks
from geoplan.maps.raster_notes import raster_blank, raster_note
from geoplan.maps.rasters import (
    Chunk,
    blank_chunks,
    class_chunks,
    coarser,
    code_chunks,
    low_zoom,
    ramp_chunks,
    ramp_digits,
    shade_chunks,
)
from geoplan.maps.reasons import STATES, code_table, rule_texts, techs_of
from geoplan.maps.sheet_ramp import raster_ramp
from geoplan.maps.themes import RELIEF_SOURCES, RasterTheme, VectorTheme, themes
from geoplan.maps.values import Legend, MapLayer, Picture, RampLegend
from gis.cells.webmap import WebRaster, inside_web, warp_web, warp_web_bands, web_bands
from gis.say import LANGS, both, listed, say, texts_of
from gis.singular import forms_at_one
from layers.spec import Text
from layers.units import MU_PER_HA
from layers.vocabulary import vocabulary
from siting.sites.judged import provisional_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geoplan.summary import RunSummary

__all__ = ["BASE_MAP_HOSTS", "SPARE_COLOURS", "MapOptions", "PageData", "page_data"]

BASE_MAP_HOSTS = {
    "osm": "https://tile.openstreetmap.org",
    "tianditu": "https://t0.tianditu.gov.cn",
}
"""Hosts a page may ask when the user wanted an online base map."""

MANY = 5_000
"""Above this many features a layer is sliced in the browser (maps_and_ecosystem.md 2.6)."""

_FACILITIES = "facilities"  # group of the layers of its cases
_PICTURE = 5
"""Work of a picture of one band, where that of a layer of features is 1."""

KINDS = ("hard", "conditional", "preference", "engineering")

CODE_MAX_PX = 8_000_000
"""Ceiling of the code picture that answers clicks: a county at 20 m or better."""

SIMPLIFY_DISPLAY_M = 25.0
"""Tolerance of the display-only map: below the 1:50,000 drawing width of 0.5 mm."""


@dataclass(frozen=True)
class MapOptions:
    """What the caller chose.

    Attributes
    ----------
    lang
        Language the page opens in.
    display_only
        Simplified shapes, public fields only.
    review_number
        审图号, printed only when the user gives it.
    base_maps
        Online base maps to offer (``"osm"``, ``"tianditu"``); none by default.
    """

    lang: str = "zh"
    display_only: bool = False
    review_number: str = ""
    base_maps: tuple[str, ...] = ()


@dataclass
class PageData:
    """What goes into the page: one JSON value and named blobs of base64 text."""

    meta: dict[str, Any]
    blobs: dict[str, str] = field(default_factory=dict)

    def json(self) -> str:
        """The JSON value as text."""
        return json.dumps(self.meta, ensure_ascii=False, separators=(",", ":"))


def _chunks(data: PageData, key: str, chunks: list[Chunk]) -> list[Picture]:
    out: list[Picture] = []
    for i, chunk in enumerate(chunks):
        name = f"{key}-{i}"
        data.blobs[name] = chunk.webp
        out.append({"blob": name, "bounds": [round(v, 9) for v in chunk.bounds_ll]})
    return out


def _low(
    data: PageData,
    layer: MapLayer,
    web: WebRaster,
    draw: Callable[[WebRaster], list[Chunk]],
) -> None:
    """Add the coarse picture that stands for the chunks at low zooms."""
    coarse = coarser(web)
    if coarse is not None:
        chunks = _chunks(data, f"{layer['id']}-low", draw(coarse))
        layer["low"] = {"chunks": chunks, "zoom": round(low_zoom(coarse), 3)}


def _tech_title(title: Mapping[str, str], tech: str) -> dict[str, str]:
    words = both(tech_word(tech))
    return {lang: title[lang].replace("{tech}", words[lang]) for lang in LANGS}


def _state_layer(
    data: PageData,
    name: str,
    path: Path,
    theme: RasterTheme,
    palette: Mapping[str, str],
    techs: list[str],
    skip: frozenset[str] = frozenset(),
    share: tuple[Callable[[int], WebRaster], Mapping[str, float]] | None = None,
    thin: Collection[str] = (),
    done: Callable[[int], None] = lambda _: None,
) -> None:
    names = web_bands(path)
    at = _bands_of(path)
    for band, described in enumerate(names, start=1):
        done(_PICTURE)
        tech = (
            described if described else (techs[band - 1] if band <= len(techs) else str(band))
        )
        tech = next((x for x in techs if x == tech or described.startswith(x)), tech)
        if tech in skip:
            continue
        web = at(band)
        if share is not None and name == "eligibility":
            web = with_little_judged(web, share[0](band), share[1].get(tech, 0.0))
        colours = state_colours(palette)
        key = f"r-{name}-{tech}"
        present = set(np.unique(web.values[web.valid]).tolist())
        # laid over the picture by the page, in pixels of the screen
        patterns = state_patterns(thin=tech in thin)
        draw = partial(class_chunks, colours=colours)
        legend: list[Legend] = [
            {
                "colour": colours[i],
                "label": both(state_word(s, tech)),
                "pattern": patterns.get(i, ""),
            }
            for i, s in enumerate(STATES)
            if i in present and s != "outside"
        ]
        if HATCHED in present and share is not None:
            state = state_word("provisional", tech)
            words = say("geoplan.common.hatched", state=state, limit_pct=100 * share[1][tech])
            mark: Legend = {
                "colour": colours[HATCHED],
                "label": both(words),
                "pattern": patterns[HATCHED],
            }
            legend.append(mark)
        layer = _raster_layer(
            key,
            theme,
            _tech_title(theme.title.model_dump(), tech),
            _chunks(data, key, draw(web)),
            legend,
            shrink=web.shrink,
        )
        _low(data, layer, web, draw)
        layer["tech"] = tech
        layer["visible"] = theme.visible == "all" or (theme.visible == "first" and band == 1)
        data.meta["layers"].append(layer)


def _bands_of(path: Path) -> Callable[[int], WebRaster]:
    """Bands of a raster of classes on the map's pixels, all warped when one is asked for."""
    warped = cache(partial(warp_web_bands, path, kind="classes"))
    return lambda band: warped()[band - 1]


def _unchanged(contents: RunContents, scenario: str) -> frozenset[str]:
    """Technologies whose land is the same in a compared scenario: one picture is enough."""
    if "scenario_transitions" not in contents.tables:
        return frozenset()
    table = contents.table("scenario_transitions")
    table = table[table["scenario"] == scenario]
    moved = table[table["state"] != table["state_there"]]
    return frozenset(table["tech"]) - frozenset(moved["tech"])


def _raster_layer(
    key: str,
    theme: RasterTheme,
    title: dict[str, str],
    chunks: list[Picture],
    legend: list[Legend],
    *,
    shrink: float,
) -> MapLayer:
    return {
        "id": key,
        "kind": "raster",
        "group": theme.group,
        "title": title,
        "chunks": chunks,
        "legend": legend,
        "pixelated": theme.kind != "ramp",
        "opacity": theme.opacity,
        "visible": theme.visible == "all",
        "unit": theme.unit,
        "shrink": round(shrink, 2),
        "sources": list(theme.sources),
    }


def _ramp_legend(
    stops: tuple[str, ...], low: float, high: float, decimals: int, *, parted: bool = False
) -> RampLegend:
    digits = ramp_digits(low, high, decimals)
    return {
        "stops": list(stops),
        "low": f"{low:,.{digits}f}",
        "high": f"{high:,.{digits}f}",
        "blank": None,
        "middle": "0" if parted or low == -high else "",
    }


def _share_layers(
    data: PageData,
    path: Path,
    theme: RasterTheme,
    techs: list[str],
    at: Callable[[int], WebRaster],
) -> None:
    """The judged share, one layer a technology, from nothing to all."""
    stops = themes().ramp(theme.ramp)
    for band, tech in enumerate(web_bands(path), start=1):
        if tech not in techs:
            continue
        web = at(band)
        key = f"r-judged-{tech}"
        chunks = _chunks(data, key, ramp_chunks(web, stops, 0.0, 100.0))
        title = _tech_title(theme.title.model_dump(), tech)
        layer = _raster_layer(key, theme, title, chunks, [], shrink=web.shrink)
        _low(data, layer, web, lambda coarse: ramp_chunks(coarse, stops, 0.0, 100.0))
        layer["ramp"] = _ramp_legend(stops, 0.0, 100.0, theme.decimals)
        data.meta["layers"].append(layer)


def _ramp_layer(
    data: PageData,
    name: str,
    path: Path,
    theme: RasterTheme,
    summary: RunSummary,
    county_m: BaseGeometry | None = None,
) -> None:
    """A quantity; land of the county (in EPSG:3857) it has no figure for is hatched."""
    web = warp_web(path, kind="intensive")
    if theme.nothing_is_clear:
        web = replace(web, valid=web.valid & (web.values != 0))
    ramp = raster_ramp(path, theme)
    if ramp is None or ramp.low == ramp.high:
        return  # one colour from end to end tells nothing
    stops, low, high, scale = ramp.stops, ramp.low, ramp.high, ramp.scale
    key = f"r-{name}"
    title = theme.title_of(name).model_dump()
    blank = raster_blank(theme.note, summary)

    def draw(web: WebRaster) -> list[Chunk]:
        found = ramp_chunks(web, stops, low, high, parted=ramp.parted)
        if blank is None or county_m is None:
            return found
        bare = replace(web, valid=inside_web(web, county_m) & ~web.valid)
        return found + blank_chunks(bare, NO_VALUE)

    chunks = _chunks(data, key, draw(web))
    layer = _raster_layer(key, theme, title, chunks, [], shrink=web.shrink)
    _low(data, layer, web, draw)
    told = low * scale, high * scale
    layer["ramp"] = _ramp_legend(stops, *told, ramp.digits(theme.decimals), parted=ramp.parted)
    if blank is not None:
        layer["ramp"]["blank"] = both(blank)
    if (note := raster_note(theme.note, summary)) is not None:
        layer["note"] = both(note)
    if theme.asks:
        layer["asks"] = f"v-{theme.asks}"
    data.meta["layers"].append(layer)


def _county_m(contents: RunContents) -> BaseGeometry | None:
    """The county in EPSG:3857."""
    if "county" not in contents.layers:
        return None
    shapes = contents.layer("county").to_crs("EPSG:3857")
    return shapely.union_all(shapes.geometry.values)


def _relief_layer(data: PageData, shade: WebRaster) -> None:
    """Shadows over the pictures, under the lines."""
    title = both(say("geoplan.map.relief"))
    theme = RasterTheme(
        match="hillshade",
        group="base",
        title=Text.model_validate(title),
        kind="ramp",
        opacity=0.7,
        sources=RELIEF_SOURCES,
        visible="all",
    )
    chunks = _chunks(data, "r-hillshade", shade_chunks(shade))
    layer = _raster_layer("r-hillshade", theme, title, chunks, [], shrink=shade.shrink)
    layer["symbol"] = "relief"
    data.meta["layers"].append(layer)


def _codes(data: PageData, contents: RunContents, tech: str, *, display_only: bool) -> None:
    path = contents.rasters.get(f"screening_{tech}")
    if path is None or f"codes_{tech}" not in contents.tables:
        return
    web = warp_web(path, kind="classes", max_px=CODE_MAX_PX)
    table = code_table(contents.table(f"codes_{tech}"))
    if display_only:
        table["quote"] = []
    _doubt_layer(data, web, table, tech)
    key = f"c-{tech}"
    data.meta["codes"][tech] = {
        "chunks": _chunks(data, key, code_chunks(web)),
        "table": table,
        "shrink": round(web.shrink, 2),
    }


# upper ends of the classes of the data-quality layer, and their colours (OrRd, ColorBrewer)
_DOUBT = ((1, "#fdcc8a"), (3, "#fc8d59"), (8, "#d7301f"), (10_000, "#7f0000"))


def _doubt_layer(
    data: PageData, web: WebRaster, table: Mapping[str, list[Any]], tech: str
) -> None:
    """How many rules could not be judged, place by place; nothing when all could."""
    counts = np.zeros(max(table["code"]) + 1, np.uint8)
    for code, unknown in zip(table["code"], table["unknown"], strict=True):
        n = len(unknown)
        counts[code] = 0 if n == 0 else 1 + next(i for i, (u, _) in enumerate(_DOUBT) if n <= u)
    if not counts.any():
        return
    known = web.valid & (web.values < len(counts))
    doubt = np.where(known, counts[np.where(known, web.values, 0)], 0)
    shown = replace(web, values=doubt, valid=doubt > 0)
    colours = {i + 1: c for i, (_, c) in enumerate(_DOUBT)}
    key = f"r-doubt-{tech}"
    lower = [1, *(u + 1 for u, _ in _DOUBT[:-1])]
    labels = [
        same_words(str(a) if a == u else f"≥ {a}" if u == _DOUBT[-1][0] else f"{a}–{u}")
        for a, (u, _) in zip(lower, _DOUBT, strict=True)
    ]
    theme = RasterTheme(
        match=key,
        group="quality",
        title=Text(**both(say("geoplan.map.doubt", tech="{tech}"))),
        kind="classes",
    )
    chunks = _chunks(data, key, class_chunks(shown, colours))
    legend: list[Legend] = [
        {"colour": c, "label": label} for (_, c), label in zip(_DOUBT, labels, strict=True)
    ]
    title = _tech_title(theme.title.model_dump(), tech)
    data.meta["layers"].append(
        _raster_layer(key, theme, title, chunks, legend, shrink=web.shrink)
    )


def _joined(contents: RunContents, theme: VectorTheme, name: str) -> gpd.GeoDataFrame:
    """A layer with the tables beside it; ``table.column`` names the column that is its id."""
    gdf = contents.layer(name)
    for entry in theme.join:
        other, _, key = entry.partition(".")
        if other not in contents.tables or theme.on not in gdf or not len(gdf):
            continue
        table = contents.table(other)
        if key:
            table = table.rename(columns={key: theme.on})
        if theme.on not in table or table[theme.on].duplicated().any():
            continue
        new = [c for c in table.columns if c not in gdf.columns]
        gdf = gdf.merge(table[[theme.on, *new]], on=theme.on, how="left")
    return gdf


def _vector_layers(
    data: PageData, contents: RunContents, theme: VectorTheme, name: str, options: MapOptions
) -> None:
    """The layer of a theme, or one a value of the theme's `split` field."""
    import pandas as pd  # heavy

    gdf = _joined(contents, theme, name)
    for column in gdf.columns[[pd.api.types.is_bool_dtype(d) for d in gdf.dtypes]]:
        gdf[column] = gdf[column].map({True: "yes", False: "no"})
    if not theme.split or theme.split not in gdf:
        _vector_layer(data, gdf, theme, name, options)
        return
    titles = named_ids(contents.summary) | dict(contents.titles)
    for value, part in gdf.groupby(theme.split, sort=False):
        words = titles.get(value) or same_words(str(value))
        # rings of one colour say in the legend what each of them is
        named = sorted(set(part[theme.label])) if "{label}" in theme.title.zh else []
        rings = listed(f"{v:g}" for v in named)
        title = {
            k: v.replace("{name}", words[k]).replace("{label}", rings(k))
            for k, v in theme.title.model_dump().items()
        }
        title = {k: v[:1].upper() + v[1:] for k, v in title.items()}
        own = theme.model_copy(
            update={"id": f"{theme.id or name}-{value}", "title": Text.model_validate(title)}
        )
        _vector_layer(data, part.reset_index(drop=True), own, name, options)


def _vector_layer(
    data: PageData, gdf: gpd.GeoDataFrame, theme: VectorTheme, name: str, options: MapOptions
) -> None:
    if gdf.empty or (options.display_only and not theme.public):
        return
    if theme.style_by and theme.ramp and theme.style_by not in gdf:
        return
    plain = theme.ramp and theme.style_by and len(gdf) > 1
    if plain and not theme.always and gdf[theme.style_by].nunique() < 2:
        return  # one colour from end to end tells nothing
    there = (f for f in theme.fields if f.columns[0] in gdf.columns)
    fields = [f for f in there if f.unless not in gdf.columns]
    if options.display_only:
        fields = [f for f in fields if f.public]
        gdf = gdf.set_geometry(
            gdf.geometry.simplify(SIMPLIFY_DISPLAY_M, preserve_topology=True)
        )
    key = f"v-{theme.id or name}"
    tech = name.removeprefix(theme.layer.rstrip("*")) if "*" in theme.layer else ""
    ll = gdf.to_crs("EPSG:4326")
    many = len(ll) > MANY
    if many and theme.geometry == "polygon":
        # a metre is a tenth of a pixel at zoom 14, and saves a third of the file
        ll = ll.set_geometry(ll.geometry.simplify(1e-5, preserve_topology=True))
    columns: dict[str, int | None] = {c: f.decimals for f in fields for c in f.columns}
    label = theme.label if theme.label in ll else ""
    extra = (theme.style_by, label, theme.label_en, theme.search_field)
    columns |= {c: None for c in extra if c and c in ll and c not in columns}
    late = theme.geometry == "polygon" and theme.fill and provisional_rows(ll).any()
    if late:
        waits = provisional_rows(ll).astype(np.int64)
        ll, columns["provisional"] = ll.assign(provisional=waits), 0
    layer: MapLayer = {
        "id": key,
        "kind": "tiles" if many else "vector",
        "geometry": theme.geometry,
        "group": theme.group,
        "title": _tech_title(theme.title.model_dump(), tech),
        "tech": tech,
        "blob": key,
        "n": len(ll),
        "stroke": theme.stroke,
        "width": theme.width,
        "dash": theme.dash,
        "fill": theme.fill,
        "opacity": theme.opacity,
        "symbol": theme.symbol,
        "radius": theme.radius,
        "label": label,
        "label_en": theme.label_en if theme.label_en in ll else label,
        "heat": theme.heat,
        "label_rank": theme.label_rank,
        "visible": theme.visible,
        "z": theme.order,
        "hit": theme.hit,
        "overlap": theme.overlap,
        "rules_key": theme.rules_title,
        "search": theme.search,
        "search_field": theme.search_field or label,
        "sources": list(theme.sources),
        "fields": [
            {
                "name": f.name,
                "title": f.title.model_dump(),
                "unit": f.unit if isinstance(f.unit, str) else f.unit.model_dump(),
                "text": f.text,
                "rules": f.rules,
                "decimals": f.decimals,
                "percent": f.percent,
                "low": f.low,
                "high": f.high,
                "quiet": f.quiet,
            }
            for f in fields
        ],
    }
    if late:
        layer["late"] = both(say("geoplan.map.provisional_land"))
    _style(layer, theme, ll)
    data.blobs[key] = pack_features(ll, columns, step_deg=4e-6 if many else 1e-6)
    if many and theme.geometry == "polygon":
        colours = [c["colour"] for c in layer["classes"]] or [theme.stroke]
        index = _class_index(layer, ll)
        chunks = overview_chunks(ll, index, colours)
        layer["overview"] = _chunks(data, f"{key}-o", chunks)
    data.meta["layers"].append(layer)


def _class_index(layer: Mapping[str, Any], ll: gpd.GeoDataFrame) -> Any:  # noqa: ANN401
    """Class of each feature, -1 where none; the page computes the same colours."""
    field_name = layer["style_by"]
    if not field_name or field_name not in ll:
        return np.zeros(len(ll), int)
    if layer["breaks"]:
        values = ll[field_name].to_numpy(float)
        index = np.searchsorted(layer["breaks"][1:-1], values, side="right")
        told = layer["classes"][-1]["value"] == _NO_VALUE["value"]
        return np.where(np.isfinite(values), index, len(layer["classes"]) - 1 if told else -1)
    position = {str(c["value"]): i for i, c in enumerate(layer["classes"])}
    return ll[field_name].map(lambda v: position.get(str(v), -1)).to_numpy(int)


# Paul Tol's muted set, for classes the themes do not name
SPARE_COLOURS = (
    "#332288",
    "#88ccee",
    "#44aa99",
    "#117733",
    "#999933",
    "#ddcc77",
    "#cc6677",
    "#882255",
)


_NO_VALUE: Legend = {"value": -1, "colour": NO_VALUE}


def _style(layer: MapLayer, theme: VectorTheme, ll: gpd.GeoDataFrame) -> None:
    layer["style_by"] = theme.style_by if theme.style_by in ll else ""
    layer["breaks"], layer["classes"] = [], []
    if not layer["style_by"]:
        return
    if theme.ramp:
        values = ll[theme.style_by].to_numpy(float)
        if not np.isfinite(values).any():
            layer["style_by"] = ""
            return
        steps = ramp_steps(values, theme)
        first, *_ = steps
        layer["breaks"] = [first.low, *(s.high for s in steps)]
        layer["classes"] = [
            {"value": i, "colour": s.colour, "label": s.label} for i, s in enumerate(steps)
        ]
        if not np.isfinite(values).all():
            layer["classes"].append(_NO_VALUE | {"label": both(say("geoplan.map.no_value"))})
        return
    present = list(dict.fromkeys(str(v) for v in ll[theme.style_by].dropna()))
    named = [c for c in theme.classes if str(c.value) in present]
    rest = [v for v in sorted(present) if v not in {str(c.value) for c in named}]
    shown: list[Legend] = [
        {"value": str(c.value), "colour": c.colour, "label": c.title.model_dump()}
        for c in named
    ]
    shown += [
        {"value": v, "colour": SPARE_COLOURS[i % len(SPARE_COLOURS)], "label": class_word(v)}
        for i, v in enumerate(rest)
    ]
    layer["classes"] = shown


def _land_classes() -> dict[str, dict[str, str]]:
    """What classes of the land survey are called, by the Chinese name parcels carry."""
    found = vocabulary("dlbm").entries.values()
    return {e.title.zh: e.title.model_dump() for e in found}


def page_data(
    contents: RunContents,
    options: MapOptions,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> PageData:
    """Everything the page shows of a run.

    Parameters
    ----------
    contents : RunContents
    options : MapOptions
    progress : callable
        Told how many rasters, code tables and vector layers of how many are done.

    Raises
    ------
    DataError
        When the run has no layer to place the map by, or a raster cannot be read.
    """
    look = themes()
    techs = techs_of(contents)
    plan, run = contents.summary.plan, contents.summary.run
    data = PageData(
        {
            "lang": options.lang,
            "mu_per_ha": MU_PER_HA,
            "title": both(say("geoplan.map.title", place=plan.title)),
            "layers": [],
            "codes": {},
            "techs": techs,
            "groups": [g.model_dump() for g in look.group],
            "rules": {},
            "strings": {
                lang: {
                    **{f"map.{k}": v[lang] for k, v in texts_of("geoplan.map").items()},
                    **{k: v[lang] for k, v in texts_of("geoplan.common").items()},
                    **{f"zone.{z.id}": z.title(lang) for z in contents.summary.zones or ()},
                    **{f"state.{s}": state_word(s)(lang) for s in STATES},
                    **{f"state.{t}.{s}": state_word(s, t)(lang) for t in techs for s in STATES},
                    **{f"kind_{k}": kind_word(k)(lang) for k in KINDS},
                    **{f"dlmc.{zh}": words[lang] for zh, words in _land_classes().items()},
                    **{
                        k.replace("grid_state.", "grid."): v[lang]
                        for k, v in texts_of("geoplan.cells").items()
                        if k.startswith("grid_state.")
                    },
                }
                for lang in LANGS
            },
            "palette": look.state_colours(),
            "states": list(STATES),
            "judged_of": judged_of(contents),
            "run": {"id": run.id, "date": run.finished[:10]},
            "review_number": options.review_number,
            "base_maps": list(options.base_maps),
            "base_urls": {b: BASE_MAP_HOSTS[b] for b in options.base_maps},
            "licences": ", ".join(
                f"{name} {p['version']} ({p['licence']})" for name, p in manifest().items()
            ),
            "display_only": options.display_only,
            "synthetic": plan.synthetic,
            "official": plan.boundary_official,
            "boundary": plan.boundary,
        }
    )
    words: dict[str, str] = data.meta["strings"]["en"]
    words |= forms_at_one(words)
    data.meta["run"]["date"] = data.meta["run"]["date"] or date.today().isoformat()
    # a picture takes several times what a layer of features takes
    pictures = {
        name: _PICTURE * len(web_bands(path))
        for name, path in contents.rasters.items()
        if any(fnmatch(name, t.match) and t.kind != "codes" for t in look.raster)
    }
    whole = sum(pictures.values()) + _PICTURE * len(techs) + len(contents.layers)
    told = 0

    def done(work: int) -> None:
        nonlocal told
        told = min(told + work, whole)
        progress(told, whole)

    little = little_judged(contents)
    at = None if little is None else _bands_of(little[0])
    thin = thinly_judged(contents)
    county_m = _county_m(contents)
    for theme in look.raster:
        for name, path in contents.rasters.items():
            if not fnmatch(name, theme.match) or f"r-{name}" in _ids(data):
                continue
            if theme.kind == "codes":
                continue  # a click tells them: `_codes`
            if theme.kind == "state":
                same = _unchanged(contents, name.removeprefix("eligibility_"))
                share = None if little is None or at is None else (at, little[1])
                colours = look.state_colours()
                args = data, name, path, theme, colours, techs, same, share, thin
                _state_layer(*args, done)
                continue
            if theme.kind == "share":
                _share_layers(data, path, theme, techs, at or _bands_of(path))
            else:
                _ramp_layer(data, name, path, theme, contents.summary, county_m)
            done(pictures[name])
    if isinstance(contents, WithBase) and contents.shade is not None:
        _relief_layer(data, contents.shade)
    for tech in techs:
        _codes(data, contents, tech, display_only=options.display_only)
        done(_PICTURE)
    for vector in vector_themes(contents.summary):
        for name in sorted(contents.layers, key=partial(_tech_order, techs)):
            if fnmatch(name, vector.layer):
                _vector_layers(data, contents, vector, name, options)
                done(1)
    data.meta["layers"] = _case_by_case(data.meta["layers"], contents.summary)
    data.meta["rules"] = rule_texts(contents)
    data.meta["card"] = card_blocks(contents.summary)
    data.meta["views"] = page_views(look.view, data.meta["layers"])
    if len(data.meta["views"]) == 1:  # no button then: what the page is about is shown
        shown = set(data.meta["views"][0]["layers"])
        for layer in data.meta["layers"]:
            layer["visible"] = layer["visible"] or layer["id"] in shown
    data.meta["panel"] = panel_blocks(contents.summary, look.state_colours())
    data.meta["banners"] = banners(contents, display_only=options.display_only)
    data.meta["crs"] = crs_parameters(contents)
    data.meta["sources"] = sources(contents)
    data.meta["attributions"] = attributions(contents)
    data.meta["warnings"] = [w.text.model_dump() for w in contents.summary.warnings]
    used = {x["group"] for x in data.meta["layers"]}
    data.meta["groups"] = [g for g in data.meta["groups"] if g["id"] in used]
    frames = [contents.layer(n).to_crs("EPSG:4326") for n in contents.layers if n == "county"]
    if not frames:
        frames = [contents.layer(n).to_crs("EPSG:4326") for n in contents.layers[:3]]
    frames = [f for f in frames if len(f)]
    bounds = features_bounds(frames) if frames else plan.bounds_ll
    data.meta["bounds"] = list(bounds or ())
    return data


def _case_by_case(layers: list[MapLayer], summary: RunSummary) -> list[MapLayer]:
    """Layers of facilities case after case, where the first stood; others as they are."""
    order = {a.id: k for k, a in enumerate(summary.facilities or ())}
    own = [x for x in layers if x["group"] == _FACILITIES]
    if not own:
        return layers
    # v-facility_sites-charging: no name of a layer has a hyphen, an id of a case may
    own.sort(key=lambda x: order.get(x["id"].split("-", 2)[-1], len(order)))
    at = next(i for i, x in enumerate(layers) if x["group"] == _FACILITIES)
    rest = [x for x in layers if x["group"] != _FACILITIES]
    return [*rest[:at], *own, *rest[at:]]


def _tech_order(techs: list[str], name: str) -> int:
    """Layers of a technology in the order of the plan's; all others before them."""
    return next((i for i, t in enumerate(techs) if name.endswith(f"_{t}")), -1)


def _ids(data: PageData) -> set[str]:
    return {x["id"] for x in data.meta["layers"]}
