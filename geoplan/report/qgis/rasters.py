"""Rasters of a run as layers of a QGIS project, in the colours of the web map."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from geoplan.glossary import labelled, state_word, tech_word
from geoplan.maps.contents import RunContents
from geoplan.maps.reasons import STATES, code_table, rule_texts
from geoplan.maps.sheet_ramp import Ramp, bound_texts, raster_ramp
from geoplan.maps.themes import RasterTheme, themes
from gis.cells.webmap import read_preview
from gis.files.export.raster import band_names
from gis.files.export.raster_style import class_renderer, ramp_renderer
from gis.files.raster_info import raster_info
from gis.say import listed

__all__ = ["Picture", "picture_layer", "pictures_of", "quantity_renderer"]

_LOOKED_AT = 1_000_000  # cells that the states of a legend come from
_WHOLE_PCT = 100.0
_DECIDING = ("hard", "conditional", "unknown")  # rules of these kinds make the state


@dataclass(frozen=True)
class Picture:
    """A band of a raster as a layer.

    Attributes
    ----------
    key
        As the subjects of the web map call it, ``r-eligibility-pv``.
    file
        Below the folder of the run.
    """

    id: str
    key: str
    title: str
    file: str
    theme: RasterTheme
    visible: bool
    renderer: ET.Element

    @property
    def lines(self) -> int:
        """Lines of its legend."""
        shader = self.renderer.findall("rastershader/colorrampshader/item")
        return len(shader) or len(self.renderer.findall("colorPalette/paletteEntry"))


def _clear_where_nothing(theme: RasterTheme, renderer: ET.Element) -> ET.Element:
    clear = ET.SubElement(renderer, "rasterTransparency")
    if theme.nothing_is_clear:
        listed = ET.SubElement(clear, "singleValuePixelList")
        ET.SubElement(listed, "pixelListEntry", min="0", max="0", percentTransparent="100")
    return renderer


def _states(theme: RasterTheme, path: Path, band: int, tech: str, lang: str) -> ET.Element:
    """Land states; those the raster does not hold have no line in the legend."""
    seen = read_preview(path, raster_info(path).bounds, band=band, max_px=_LOOKED_AT)
    present = set(np.unique(seen.values[seen.valid]).tolist()) if seen is not None else set()
    colours = themes().state_colours()
    rows = (
        (code, state_word(state, tech)(lang), colours[state], 255)
        for code, state in enumerate(STATES)
        if code in present and state in colours
    )
    out = class_renderer(rows, band=band, opacity=theme.opacity)
    return _clear_where_nothing(theme, out)


def _codes(
    theme: RasterTheme, contents: RunContents, tech: str, lang: str
) -> ET.Element | None:
    """Codes in the colour of their state, named by it and the rules that touch the cell."""
    if f"codes_{tech}" not in contents.tables:
        return None
    table = code_table(contents.table(f"codes_{tech}"))
    titles = {k: v["title"][lang] for k, v in rule_texts(contents).items()}
    colours = themes().state_colours()
    rows = []
    for i, (code, number) in enumerate(zip(table["code"], table["state"], strict=True)):
        if STATES[number] not in colours:
            continue
        said = state_word(STATES[number], tech)
        rules = [titles.get(r, r) for kind in _DECIDING for r in table[kind][i]]
        if rules:
            said = labelled(said, listed(rules))
        rows.append((code, said(lang), colours[STATES[number]], 255))
    return class_renderer(rows, opacity=theme.opacity)


def _ramp(theme: RasterTheme, band: int, ramp: Ramp) -> ET.Element:
    stops, values = ramp.stops, ramp.values
    told = [v * ramp.scale for v in values]
    texts = bound_texts(told, ramp.digits(theme.decimals))
    rows = [
        (value, f"{text} {theme.unit}".strip(), colour)
        for value, text, colour in zip(values, texts, stops, strict=True)
    ]
    out = ramp_renderer(rows, band=band, opacity=theme.opacity)
    # lines with their unit, as on the printed maps; the bar of QGIS shows the file's values
    for shader in out.iter("colorrampshader"):
        ET.SubElement(shader, "rampLegendSettings", useContinuousLegend="0")
    return _clear_where_nothing(theme, out)


def quantity_renderer(theme: RasterTheme, path: Path, band: int) -> ET.Element | None:
    """Colours of a quantity; None where one colour would cover all."""
    if theme.kind == "share":
        return _ramp(theme, band, Ramp(themes().ramp(theme.ramp), 0.0, _WHOLE_PCT, 1.0))
    ramp = raster_ramp(path, theme)
    if ramp is None or ramp.low == ramp.high:
        return None
    return _ramp(theme, band, ramp)


def _code_picture(
    contents: RunContents, theme: RasterTheme, name: str, file: str, lang: str
) -> Iterator[Picture]:
    tech = name.removeprefix(theme.match.rstrip("*"))
    look = _codes(theme, contents, tech, lang)
    if look is not None:
        yield Picture(
            id=f"geoplan_raster_{name}",
            key=f"r-{name}",
            title=theme.title(lang).replace("{tech}", tech_word(tech)(lang)),
            file=file,
            theme=theme,
            visible=False,
            renderer=look,
        )


def pictures_of(contents: RunContents, lang: str) -> list[Picture]:
    """The rasters of a run that the web map has a look for, in the order of its groups.

    Parameters
    ----------
    contents : RunContents
    lang : {"zh", "en"}

    Returns
    -------
    list of Picture
        One a technology where the bands are technologies, else one a raster (its first band).
    """
    out: list[Picture] = []
    done: set[str] = set()
    for theme in themes().raster:
        names = [n for n in sorted(contents.rasters) if fnmatchcase(n, theme.match)]
        for name in [n for n in names if n not in done]:
            done.add(name)
            path = contents.rasters[name]
            file = path.relative_to(contents.path).as_posix()
            title = theme.title_of(name)(lang)
            if theme.kind == "codes":
                out += _code_picture(contents, theme, name, file, lang)
                continue
            techs = band_names(path) if theme.bands == "tech" else ("",)
            for band, tech in enumerate(techs, start=1):
                state = theme.kind == "state"
                look = (
                    _states(theme, path, band, tech, lang)
                    if state
                    else quantity_renderer(theme, path, band)
                )
                if look is None:
                    continue
                part = "-".join(filter(None, (name, tech)))
                first = theme.visible == "first" and band == 1
                spoken = title.replace("{tech}", tech_word(tech)(lang)) if tech else title
                out.append(
                    Picture(
                        id=f"geoplan_raster_{part}".replace("-", "_"),
                        key=f"r-{part}",
                        title=spoken,
                        file=file,
                        theme=theme,
                        visible=theme.visible == "all" or first,
                        renderer=look,
                    )
                )
    return out


def picture_layer(picture: Picture, reference: ET.Element) -> ET.Element:
    """The ``<maplayer>`` of a picture; `reference` is the system of the project."""
    out = ET.Element("maplayer", type="raster", autoRefreshEnabled="0")
    ET.SubElement(out, "id").text = picture.id
    ET.SubElement(out, "datasource").text = f"./{picture.file}"
    ET.SubElement(out, "layername").text = picture.title
    ET.SubElement(out, "provider").text = "gdal"
    ET.SubElement(out, "srs").append(reference)
    ET.SubElement(out, "pipe").append(picture.renderer)
    return out
