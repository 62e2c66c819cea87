"""An invented county inside a real boundary, generated once and kept in the cache.

Every file says ``synthetic = true``: a column of the vector layers, a tag of the rasters, a
line of the weather.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from gis.errors import ConfigError
from gis.say import os_reason, say

__all__ = ["SIZES", "SampleSize", "cache_folder", "sample_folder", "sample_key"]


@dataclass(frozen=True)
class SampleSize:
    """How finely the county is drawn.

    Attributes
    ----------
    cell_m
        Cells of the rasters, and of the screening grid that goes with them.
    field_m
        Size of a field across and along the river.
    ditch_m
        Distance between ditches.
    inner
        Points between two corners of a parcel.
    years
        Years of hourly weather.
    """

    cell_m: float
    field_m: tuple[float, float]
    ditch_m: float
    inner: int
    years: int


SIZES: dict[str, SampleSize] = {
    "tiny": SampleSize(100.0, (1000.0, 900.0), 7200.0, 1, 2),
    "demo": SampleSize(40.0, (215.0, 295.0), 1600.0, 3, 10),
    "full": SampleSize(10.0, (120.0, 185.0), 1200.0, 7, 20),
}
"""``tiny`` for tests, ``demo`` for a first look, ``full`` for a county at 10 m."""


def cache_folder() -> Path:
    """Where generated and downloaded data are kept: ``GEOPLAN_CACHE`` or the user's cache.

    Raises
    ------
    ConfigError
        When the folder cannot be made.
    """
    named = os.environ.get("GEOPLAN_CACHE", "")
    if named:
        base = Path(named).expanduser()
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "geoplan"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches" / "geoplan"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "geoplan"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigError(
            say("layers.sample.cache_folder_cannot_made"),
            where=str(base),
            got=os_reason(err),
            todo=say("layers.sample.set_geoplan_cache_folder_you"),
        ) from err
    return base


@lru_cache(maxsize=1)
def sample_key() -> str:
    """Digest of the generator: its code and tables; another generator, another folder."""
    h = hashlib.sha256()
    found = [f for f in resources.files("layers.sample").iterdir() if f.is_file()]
    for f in sorted(found, key=lambda f: f.name):
        if f.name.endswith((".py", ".toml")):
            h.update(f.name.encode())
            h.update(f.read_bytes().replace(b"\r\n", b"\n"))
    return h.hexdigest()[:12]


def sample_folder(size: Literal["tiny", "demo", "full"]) -> Path:
    """Folder of the sample county's files, made on first use.

    The files are written aside and moved into place when complete, so two processes may ask
    at once and an interrupted one leaves nothing half done.

    Parameters
    ----------
    size : {"tiny", "demo", "full"}
        See `SIZES`.

    Returns
    -------
    Path
        Holds ``land_parcels.gpkg``, ``<layer>.fgb``, ``<layer>.tif`` and ``weather.csv``.

    Raises
    ------
    ConfigError
        When the size is not one of the three, or the cache cannot be written.
    """
    if size not in SIZES:
        raise ConfigError(
            say("layers.sample.no_such_sample"), got=size, expected=", ".join(SIZES)
        )
    base = cache_folder() / "sample"
    target = base / f"{size}-{sample_key()}"
    if target.is_dir():
        return target
    from layers.sample.build import build_sample  # heavy, and only on first use

    base.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{size}-", dir=base))
    try:
        build_sample(work, SIZES[size])
        try:
            work.rename(target)
        except OSError:
            if not target.is_dir():  # another process was faster: theirs is as good
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target
