"""Rasters of a run: land states with colours and names, numbers with units."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.glossary import labelled, state_word, tech_word
from geoplan.maps.reasons import STATES, code_table
from geoplan.maps.themes import RasterTheme, themes
from geoplan.report.exports import run_tables, unit_of
from geoplan.report.qgis.rasters import quantity_renderer
from gis.files.export.raster import ClassLook, band_names, write_class_cog, write_number_cog
from gis.files.export.raster_style import write_style
from gis.files.raster_info import raster_info
from gis.say import listed
from layers.spec import Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_rasters"]

_CLEAR = (0, 0, 0, 0)
_OPAQUE = 255


def _colour(state: str) -> tuple[int, int, int, int]:
    """Colour of a state on the map; nothing outside."""
    hexed = themes().state_colours().get(state)
    if hexed is None:
        return _CLEAR
    red, green, blue = (int(hexed[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, _OPAQUE


def _states(tech: str, lang: str) -> dict[int, ClassLook]:
    return {
        i: ClassLook(state_word(state, tech)(lang), _colour(state))
        for i, state in enumerate(STATES)
    }


def write_rasters(
    run: Path,
    rasters: Mapping[str, Path],
    out: Path,
    *,
    lang: str,
    origin: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write rasters of a run as cloud-optimised GeoTIFF, in the plan's own system.

    Land states become one file a technology, ``eligibility_pv.tif``; the codes of
    ``screening_<tech>`` are named by state and rules, as their table has them.

    Parameters
    ----------
    run : Path
        Finished run.
    rasters : mapping
        Those to write: name -> file.
    out : Path
        New folder.
    lang : str
        Of the names of classes.
    origin : mapping, optional
        Provenance, kept as tags of every file; attributions also as its copyright.

    Returns
    -------
    list of Path
    """
    out.mkdir()
    said = {f"geoplan_{k}": v for k, v in (origin or {}).items()}
    if words := (origin or {}).get("attribution"):
        said["TIFFTAG_COPYRIGHT"] = words
    tables = dict(run_tables(run))
    written = []
    for name, path in rasters.items():
        if name.startswith("eligibility"):
            for band, tech in enumerate(band_names(path), 1):
                file = out / f"{name}_{tech}.tif"
                looks = _states(tech, lang)
                tags = {**said, "tech": tech, "title": tech_word(tech)(lang)}
                written.append(
                    write_class_cog(path, band, file, looks, tags=tags, description=tech)
                )
            continue
        codes = tables.get(f"codes_{name.removeprefix('screening_')}")
        if name.startswith("screening_") and codes is not None:
            tech = name.removeprefix("screening_")
            looks = _codes(codes, tech, lang)
            file = out / f"{name}.tif"
            written.append(write_class_cog(path, 1, file, looks, tags=said, description=tech))
            continue
        file = write_number_cog(path, out / f"{name}.tif", units=_units(path), tags=said)
        theme = next((r for r in themes().raster if fnmatchcase(name, r.match)), _plain(name))
        # the colours and their ends are those of map, paper and project of the run
        look = quantity_renderer(theme, path, 1)
        if look is not None:
            write_style(file, look)
        written.append(file)
    return written


def _plain(name: str) -> RasterTheme:
    """The look of a raster the map has none for."""
    return RasterTheme(match=name, group="", title=Text(zh=name, en=name), kind="ramp")


def _codes(table: pd.DataFrame, tech: str, lang: str) -> dict[int, ClassLook]:
    """Code -> state and rules, ``taken: PV-001, PV-014``, in the colour of the state."""
    columns = code_table(table)
    out = {}
    for i, (code, number) in enumerate(zip(columns["code"], columns["state"], strict=True)):
        word = state_word(STATES[number], tech)
        rules = [r for kind in ("hard", "conditional", "unknown") for r in columns[kind][i]]
        name = labelled(word, listed(rules)) if rules else word
        out[code] = ClassLook(name(lang), _colour(STATES[number]))
    return out


def _units(path: Path) -> list[str]:
    """Unit of every band: by the name of the band, else what the file says of all."""
    unit = raster_info(path).tags.get("unit", "")
    names = band_names(path)
    return [unit_of(name) or (unit if ";" not in unit else "") for name in names]
