"""A scene of Sentinel-2 (a SAFE folder, or a folder of bands) read as its NDVI."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from gis.errors import DataError
from gis.files.archive import check_xml
from gis.files.given import given_file
from gis.files.raster_info import raster_info
from gis.foreign import foreign_reason
from gis.say import listed, say
from gis.tiles.ndvi import Band, write_ndvi
from gis.toml import read_toml
from layers.provenance import file_mark
from layers.sample import cache_folder

__all__ = ["bands_in", "is_scene", "scene_band", "scene_ndvi"]

_RASTERS = frozenset({".jp2", ".tif", ".tiff"})
_META = "MTD_MSIL2A.xml"
_BASELINE = re.compile(r"_N(\d{4})_")


def _facts() -> Mapping[str, Any]:
    return read_toml("layers.open", "sentinel2.toml")


def _band_files(folder: Path, band: str) -> list[Path]:
    """Files of a band, those of the smallest cells first."""
    pattern = _pattern(band)
    found = [
        (int(m[1] or 0), p)
        for p in folder.rglob("*")
        if p.suffix.lower() in _RASTERS and (m := pattern.fullmatch(p.stem))
        if "QI_DATA" not in p.parts
    ]
    return [p for _, p in sorted(found, key=lambda f: (f[0], str(f[1])))]


def is_scene(path: Path) -> bool:
    """Whether a path is a folder with the bands of a scene."""
    return path.is_dir() and bool(_band_files(path, "red") and _band_files(path, "nir"))


def scene_band(path: Path, band: str = "red") -> Path | None:
    """The file of a band of a scene; None where the folder holds none."""
    return next(iter(_band_files(path, band)), None)


def bands_in(names: Iterable[str]) -> bool:
    """Whether files called so are the bands a vegetation index needs.

    Examples
    --------
    >>> bands_in(["B04.tif", "T48TXJ_B08_10m.jp2"]), bands_in(["red.tif", "nir.txt"])
    (True, False)
    """
    stems = [Path(n).stem for n in names if Path(n).suffix.lower() in _RASTERS]
    return all(any(_pattern(b).fullmatch(s) for s in stems) for b in ("red", "nir"))


def _pattern(band: str) -> re.Pattern[str]:
    names = "|".join(_facts()["bands"][band]["names"])
    # ..._B04_10m.jp2, ..._B04.tif, red.tif
    return re.compile(rf"(?:^|.*_)(?:{names})(?:_(\d+)m)?", re.IGNORECASE)


def scene_ndvi(folder: Path) -> Path:
    """The NDVI of a scene, kept in the cache until one of its files changes.

    Parameters
    ----------
    folder : Path
        A SAFE folder of level 2A, or a folder with the bands B04 and B08 (and SCL) as
        GeoTIFF or JPEG 2000.

    Raises
    ------
    DataError
        When a band is missing or cannot be read, or nothing says which offset its numbers
        have.

    Notes
    -----
    The offset is that of ``MTD_MSIL2A.xml``; else what the bands say themselves; else of a
    STAC item in the folder; else of the processing baseline in the names.
    """
    given_file(folder)
    red, nir = _only(folder, "red"), _only(folder, "nir")
    scl = next(iter(_band_files(folder, "scl")), None)
    said = [p for p in (_meta(folder), *_items(folder)) if p is not None]
    files = [red, nir, *([scl] if scl else []), *said]
    facts = _facts()
    of = repr([(str(f), file_mark(f)) for f in files] + [facts])
    name = hashlib.sha256(of.encode()).hexdigest()[:24]
    out = cache_folder() / "scenes" / f"ndvi-{name}.tif"
    if not out.is_file():
        dark, bright = _band(folder, red, "red"), _band(folder, nir, "nir")
        known = write_ndvi(dark, bright, out, classes=scl, hidden=facts["hidden"])
        if not known:
            out.unlink(missing_ok=True)
            raise DataError(say("layers.open.scene_hidden"), where=str(folder))
    return out


def _only(folder: Path, band: str) -> Path:
    """The file of a band; several of the same cells are several scenes."""
    found = _band_files(folder, band)
    if not found:
        raise DataError(
            say("layers.open.scene_lacks_band"),
            where=str(folder),
            expected=listed(_facts()["bands"][band]["names"]),
        )
    cell = re.compile(r"_\d+m$")
    if len({cell.sub("", p.stem) for p in found}) > 1:
        raise DataError(
            say("layers.open.several_scenes"),
            where=str(folder),
            got=f"{found[0].name}, {found[1].name}",
            todo=say("layers.open.one_folder_a_scene"),
        )
    return found[0]


def _meta(folder: Path) -> Path | None:
    return next(iter(sorted(folder.rglob(_META))), None)


def _items(folder: Path) -> Iterator[Path]:
    yield from sorted(p for p in folder.glob("*.json") if p.is_file())


def _band(folder: Path, file: Path, key: str) -> Band:
    """What the numbers of a band mean."""
    facts = _facts()
    unknown = tuple(float(v) for v in facts["unknown"])
    number = facts["bands"][key]["id"]
    meta = _meta(folder)
    if meta is not None:
        full, offset = _of_meta(meta, number)
        return Band(file, 1 / full, offset / full, unknown)
    info = raster_info(file)
    if info.dtype.startswith("float"):
        nodata = () if info.nodata[0] is None else (info.nodata[0],)
        return Band(file, info.scales[0], info.offsets[0], nodata)
    if (info.scales[0], info.offsets[0]) != (1.0, 0.0):
        return Band(file, info.scales[0], info.offsets[0], unknown)
    scale = 1 / facts["quantification"]
    for item in _items(folder):
        if (found := _of_item(item, facts["bands"][key]["names"])) is not None:
            return Band(file, scale, found, unknown)
    named = _BASELINE.search(folder.name) or _BASELINE.search(file.name)
    if named is None:
        raise DataError(
            say("layers.open.scene_offset_unknown"),
            where=str(folder),
            expected=f"{_META}, STAC, _N0400_",
            todo=say("layers.open.put_metadata_beside"),
        )
    late = int(named[1]) >= facts["first_baseline_with_offset"]
    return Band(file, scale, facts["offset"] * scale if late else 0.0, unknown)


def _of_meta(meta: Path, number: str) -> tuple[float, float]:
    """Full scale and offset of a band; before baseline 04.00 there are no offsets."""
    check_xml(meta)
    try:
        root = ET.parse(meta).getroot()  # check_xml refuses entities
        [full] = [float(e.text or "") for e in root.iter("BOA_QUANTIFICATION_VALUE")]
        offsets = {e.get("band_id"): float(e.text or "") for e in root.iter("BOA_ADD_OFFSET")}
        if not full > 0 or (offsets and number not in offsets):
            raise ValueError(number)
    except (ET.ParseError, ValueError, OSError) as err:
        raise DataError(
            say("layers.open.scene_metadata_unread"), where=str(meta), got=foreign_reason(err)
        ) from err
    return full, offsets.get(number, 0.0)


def _of_item(item: Path, names: list[str]) -> float | None:
    """Offset a STAC item gives for a band; None when it says nothing of it."""
    try:
        doc = json.loads(item.read_text(encoding="utf-8-sig"))
        properties, assets = dict(doc["properties"]), dict(doc["assets"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    # the numbers of some archives have the offset in them already, and then this is the truth
    # (maintainers of Element84/earth-search, issue 9)
    done = properties.get("earthsearch:boa_offset_applied")
    if done is True:
        return 0.0
    wanted = {n.lower() for n in names}
    for key, asset in assets.items():
        if key.lower() in wanted and isinstance(asset, dict):
            bands = asset.get("raster:bands") or asset.get("bands") or [{}]
            first = bands[0] if isinstance(bands, list) and bands else {}
            said = first.get("offset", first.get("raster:offset"))
            if isinstance(said, int | float):
                return float(said)
    return None
