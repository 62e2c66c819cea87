"""Formal maps on paper: true scale, grid, north, legend, sources, and map books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from geoplan.charts.style import house_style, save_figure
from geoplan.glossary import state_word, tech_word, told_states
from geoplan.maps.base import BASE_LAYERS
from geoplan.maps.contents import RunContents, paper_contents, vector_themes
from geoplan.maps.drawn.labels import Label, labels_of, place_labels
from geoplan.maps.drawn.parcels import draw_parcels, has_parcels
from geoplan.maps.drawn.ramp_steps import NO_VALUE
from geoplan.maps.drawn.vectors import compound_path, draw_vector
from geoplan.maps.judged import HATCHED, hatched_states, state_patterns, thinly_judged
from geoplan.maps.raster_notes import raster_blank, raster_note
from geoplan.maps.reasons import STATES, techs_of
from geoplan.maps.relief import Relief, draw_relief
from geoplan.maps.sheet import (
    Bounds,
    Sheet,
    draw_frame,
    draw_north,
    draw_scale_bar,
    printed_pixels,
    sheet_for,
)
from geoplan.maps.sheet_notes import LegendItem, draw_notes
from geoplan.maps.sheet_ramp import draw_ramp, raster_ramp
from geoplan.maps.themes import VectorTheme, raster_theme, themes
from gis.cells.webmap import read_preview, web_bands
from gis.errors import ConfigError
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "PrintRequest",
    "drawn_themes",
    "padded_bounds",
    "print_map",
    "print_themes",
    "sheet_figure",
    "sheet_title",
]

Axes = Any
Shape = Any
"""A shapely geometry or None."""
_OVER: dict[str, tuple[str, ...]] = {
    "eligibility": ("townships", "zones", "county"),
    "sites": ("sites", "townships", "zones", "county"),
    "ecosystem": ("townships", "zones", "county"),
    "wind": (
        "wind_lines",
        "noise_contours",
        "turbines_existing",
        "turbines_new",
        "townships",
        "zones",
        "county",
    ),
    "raster": ("townships", "zones", "county"),
}


_CARBON = "carbon_density"
"""A raster where the run has one, else what the parcels hold."""


@dataclass(frozen=True)
class PrintRequest:
    """What is to be printed.

    Attributes
    ----------
    theme
        ``"eligibility_<tech>"``, ``"sites"``, ``"ecosystem"``, ``"wind"``, or a raster's id.
    paper, scale, portrait
        See `geoplan.maps.sheet.sheet_for`.
    lang
    review_number
        审图号; the line says "none" without one.
    title
        In place of the theme's own.
    relief
        Shaded relief under the lines, of `geoplan.maps.relief.relief_of`.
    base
        Water, roads, towns and the three lines, of `geoplan.maps.base.base_frames`.
    """

    theme: str
    paper: str = "A3"
    lang: str = "zh"
    scale: int | None = None
    portrait: bool | None = None
    review_number: str = ""
    title: str = ""
    relief: Relief | None = None
    base: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)


def print_themes(contents: RunContents) -> list[str]:
    """Themes that can be printed of a run."""
    out = (
        [f"eligibility_{x}" for x in techs_of(contents)]
        if "eligibility" in contents.rasters
        else []
    )
    out += [n for n in ("sites", "ecosystem") if n in contents.layers]
    if any(n.startswith("turbines") for n in contents.layers):
        out.append("wind")
    shown = [r.match for r in themes().raster if r.kind == "ramp"]
    out += [n for n in contents.rasters if any(fnmatch(n, m) for m in shown)]
    if has_parcels(contents) and not any(n.startswith(_CARBON) for n in out):
        out.append(_CARBON)
    return out


def drawn_themes(contents: RunContents) -> list[str]:
    """Themes with something to see: a change of 0 everywhere leaves a sheet blank."""
    rasters = contents.rasters
    return [
        n
        for n in print_themes(contents)
        if n not in rasters or raster_ramp(rasters[n], raster_theme(n)) is not None
    ]


def _family(theme: str) -> str:
    return (
        "eligibility"
        if theme.startswith("eligibility")
        else theme
        if theme in _OVER
        else "raster"
    )


def sheet_title(contents: RunContents, request: PrintRequest) -> str:
    """What stands above a sheet: the title asked for, or place and theme."""
    if request.title:
        return request.title
    lang, family = request.lang, _family(request.theme)
    place = contents.summary.plan.title(lang)
    if family == "eligibility":
        tech = tech_word(request.theme.removeprefix("eligibility_"))(lang)
        return say("geoplan.print.title_eligibility", place=place, tech=tech)(lang)
    if family == "raster":
        look = raster_theme(request.theme)
        name = look.title_of(request.theme)(lang)
        return say("geoplan.print.title_raster", place=place, name=name)(lang)
    return say(f"geoplan.print.title_{family}", place=place)(lang)


def _draw_state(
    ax: Axes, contents: RunContents, tech: str, sheet: Sheet, lang: str
) -> list[LegendItem]:
    path = contents.rasters["eligibility"]
    names = list(web_bands(path))
    techs = techs_of(contents)
    band = names.index(tech) + 1 if tech in names else techs.index(tech) + 1
    seen = read_preview(path, sheet.bounds, band=band)
    if seen is None:
        return []
    palette = themes().state_colours()
    index = np.where(seen.valid & (seen.values < len(STATES)), seen.values, 0)
    part = (contents.summary.screening or {}).get(tech)
    limit = part.judged.limit if part and part.judged else 0.0
    share = contents.rasters.get("judged_share")
    known = read_preview(share, sheet.bounds, band=band) if share is not None else None
    left, bottom, right, top = seen.bounds
    thin = tech in thinly_judged(contents)
    size = printed_pixels(top - bottom, sheet), printed_pixels(right - left, sheet)
    painted, marked = hatched_states(index, known, limit, palette, thin=thin, size=size)
    patterns = state_patterns(thin=thin)
    ax.imshow(painted, extent=(left, right, bottom, top), interpolation="nearest", zorder=1)
    areas = part.area_ha if part else {}
    items = [
        LegendItem(
            state_word(s, tech)(lang),
            palette[s],
            note=f"{areas[s] / 100:,.1f} km²" if s in areas else "",
            pattern=patterns.get(STATES.index(s), ""),
        )
        for s in (told_states(areas) if areas else palette)
    ]
    if marked:
        state = state_word("provisional", tech)
        words = say("geoplan.common.hatched", state=state, limit_pct=100 * limit)
        colour, pattern = palette["provisional"], patterns[HATCHED]
        items.append(LegendItem(words(lang), colour, pattern=pattern))
    return items


def _layers(
    contents: RunContents, request: PrintRequest
) -> Iterator[tuple[gpd.GeoDataFrame, VectorTheme]]:
    """What is drawn over the theme: the base, then what the theme's family asks for."""
    looks = vector_themes(contents.summary)
    for name in (*BASE_LAYERS, *_OVER[_family(request.theme)]):
        look = next((v for v in looks if v.layer == name), None)
        if look is None:
            continue
        if name in request.base:
            yield request.base[name], look
        elif name in contents.layers:
            yield contents.layer(name), look


def _draw_blank(ax: Axes, contents: RunContents) -> None:
    """The county in grey lines beneath a raster: they are seen where it has no value."""
    from matplotlib.patches import PathPatch

    path = compound_path(np.asarray(contents.layer("county").geometry.values))
    look = {"facecolor": NO_VALUE, "edgecolor": "white", "lw": 0.0, "hatch": "//////"}
    ax.add_patch(PathPatch(path, zorder=0.5, **look))


def sheet_figure(
    contents: RunContents,
    request: PrintRequest,
    bounds: Bounds,
    *,
    focus: Shape = None,
    rows: Sequence[tuple[str, str]] = (),
    sheet_of: tuple[int, int] | None = None,
) -> tuple[Any, Sheet]:
    """One sheet with everything on it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sheet = sheet_for(bounds, request.paper, scale=request.scale, portrait=request.portrait)
    figure = Figure(figsize=(sheet.width_mm / 25.4, sheet.height_mm / 25.4))
    FigureCanvasAgg(figure)
    ax = sheet.axes(figure, sheet.frame_mm)
    family = _family(request.theme)
    legend: list[LegendItem] = []
    about = None
    if family == "eligibility":
        tech = request.theme.removeprefix("eligibility_")
        legend += _draw_state(ax, contents, tech, sheet, request.lang)
    elif family == "raster":
        note = raster_theme(request.theme).note
        about = raster_note(note, contents.summary)
        if raster_blank(note, contents.summary) is not None:
            _draw_blank(ax, contents)
        draw = draw_ramp if request.theme in contents.rasters else draw_parcels
        legend += draw(ax, contents, request.theme, sheet, request.lang)
    elif family == "ecosystem":
        look = next(v for v in themes().vector if v.layer == "ecosystem")
        legend += draw_vector(ax, contents.layer("ecosystem"), look, sheet, request.lang)
    draw_relief(ax, request.relief, sheet.bounds)
    names: list[Label] = []
    drawn = {request.theme} if request.relief is None else {request.theme, "relief"}
    for frame, look in _layers(contents, request):
        drawn.add(look.layer)
        legend += draw_vector(ax, frame, look, sheet, request.lang)
        names += labels_of(frame, look, sheet, request.lang)
    if focus is not None:
        from matplotlib.patches import PathPatch

        path = compound_path(np.array([focus], dtype=object))
        ax.add_patch(
            PathPatch(path, fill=False, edgecolor="#b3003c", lw=2.4 * sheet.factor, zorder=70)
        )
    draw_frame(ax, sheet)
    legend += _unnamed(place_labels(ax, names, halo=2.0 * sheet.factor), request.lang)
    legend += [LegendItem(label, kind="row", note=value) for label, value in rows]
    crs = _crs(contents)
    draw_notes(
        figure,
        sheet,
        contents,
        title=sheet_title(contents, request),
        legend=legend,
        crs=crs,
        lang=request.lang,
        review_number=request.review_number,
        focus=focus,
        sheet_of=sheet_of,
        techs=_judged_techs(contents, request.theme),
        drawn=drawn,
        about=about,
        north=draw_north,
        scale_bar=draw_scale_bar,
    )
    return figure, sheet


def _unnamed(left: Mapping[str, int], lang: str) -> Iterator[LegendItem]:
    """Says how many names of each layer found no room."""
    for layer, n in left.items():
        words = say("geoplan.print.unnamed", layer=layer)(lang)
        yield LegendItem(words, kind="row", note=f"{n:,}")


def _judged_techs(contents: RunContents, theme: str) -> frozenset[str]:
    """Technologies whose screening a sheet rests on."""
    if theme == "sites":
        return frozenset(x.tech for x in contents.summary.sites or ())
    return frozenset({theme.removeprefix("eligibility_")})


def _crs(contents: RunContents) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(contents.layer("county").crs)


def padded_bounds(bounds: Sequence[float], share: float) -> Bounds:
    """`bounds` with a margin of `share` of the longer side."""
    left, bottom, right, top = (float(v) for v in bounds)
    d = share * max(right - left, top - bottom)
    return left - d, bottom - d, right + d, top + d


def print_map(
    run: Path, out: Path, request: PrintRequest, *, county: gpd.GeoDataFrame | None = None
) -> Path:
    """Print one theme of a run on one sheet.

    Parameters
    ----------
    run : path
        Folder of a finished run.
    out : path
        ``.pdf``, ``.png`` or ``.svg``.
    request : PrintRequest
    county : GeoDataFrame, optional
        For a run that has none, see `geoplan.maps.contents.paper_contents`.

    Returns
    -------
    Path
        `out`. Ground distance is paper distance times the scale, exactly, in the plan CRS.

    Raises
    ------
    ConfigError
        For an unknown theme or paper, a scale at which the county does not fit, or no county.
    """
    contents = paper_contents(run, county)
    if request.theme not in print_themes(contents):
        raise ConfigError(
            say("geoplan.faults.no_such_theme_in_run"),
            where="--theme",
            got=request.theme,
            expected=listed(print_themes(contents)),
        )
    if out.suffix.lower() not in {".pdf", ".png", ".svg"}:
        raise ConfigError(
            say("geoplan.faults.not_a_print_format"),
            where=str(out),
            expected=".pdf, .png, .svg",
        )
    bounds = padded_bounds(contents.layer("county").total_bounds, 0.02)
    with house_style():
        figure, _ = sheet_figure(contents, request, bounds)
        return save_figure(figure, out)
