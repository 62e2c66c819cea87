"""An invented county inside a real boundary, generated once and kept in the cache.

Every file says ``synthetic = true``: a column of the vector layers, a tag of the rasters, a
line of the weather.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gis.errors import ConfigError, DataError
from gis.machine import cache_path, stamp_of
from gis.say import listed, os_reason, say
from layers.plain_json import write_json
from layers.provenance import file_sha256
from layers.sample.size import SIZES, SampleSize, Size

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = [
    "SIZES",
    "SampleSize",
    "Size",
    "cache_folder",
    "make_sample",
    "on_sample",
    "sample_folder",
    "sample_key",
    "sample_path",
    "with_sample",
]

_FILES = "files.json"


def cache_folder() -> Path:
    """Where generated and downloaded data are kept: ``GEOPLAN_CACHE`` or the user's cache.

    Raises
    ------
    ConfigError
        When the folder cannot be made.
    """
    base = cache_path()
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


def sample_path(size: Size) -> Path:
    """Where the sample county of a size is, or will be; nothing is made.

    Raises
    ------
    ConfigError
        When the size is not one of the three.
    """
    if size not in SIZES:
        raise ConfigError(say("layers.sample.no_such_sample"), got=size, expected=listed(SIZES))
    return cache_path() / "sample" / f"{size}-{sample_key()}"


def sample_folder(size: Size) -> Path:
    """Folder of the sample county's files, made on first use.

    The files are written aside and moved into place when complete, so two processes may ask
    at once and an interrupted one leaves nothing half done. Once in every process they are
    held against their sha256; a folder that was damaged or edited is made anew.

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
    target = sample_path(size)
    if target.is_dir() and _is_whole(str(target)):
        return target
    base = cache_folder() / "sample"
    from layers.sample.build import build_sample  # heavy, and only on first use

    base.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{size}-", dir=base))
    try:
        build_sample(work, SIZES[size])
        files = {p.name: file_sha256(p) for p in sorted(work.iterdir())}
        write_json(work / _FILES, {"synthetic": True, "files": files})
        if target.is_dir() and not _is_whole(str(target)):
            target.rename(work.with_name(work.name + "-damaged"))
        try:
            work.rename(target)
        except OSError:
            if not target.is_dir():  # another process was faster: theirs is as good
                raise
        _is_whole.cache_clear()
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(work.with_name(work.name + "-damaged"), ignore_errors=True)
    return target


@lru_cache(maxsize=8)
def _is_whole(folder: str) -> bool:
    """Whether the files of a sample are those that were made.

    Held against their digests once; later by what the system says of each, which a file
    that was changed or put in its place does not share.
    """
    target = Path(folder)
    seen = target.parent.with_name("sample_seen") / f"{target.name}.json"
    try:
        files = json.loads((target / _FILES).read_text(encoding="utf-8"))["files"]
        stamps = {name: list(stamp_of(target / name)) for name in (*files, _FILES)}
        with suppress(OSError, ValueError):
            if json.loads(seen.read_text(encoding="utf-8")) == stamps:
                return True
        whole = all(file_sha256(target / name) == was for name, was in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DataError):
        return False
    if whole:
        with suppress(OSError):
            seen.parent.mkdir(exist_ok=True)
            write_json(seen, stamps)
    return whole


def on_sample(plan: Plan, size: Size | Literal[""] = "") -> Plan:
    """`plan` with its data folder where its sample county is or will be; nothing is made.

    Parameters
    ----------
    plan : Plan
        One that is not on the sample county comes back as it is.
    size : {"tiny", "demo", "full"}, optional
        Another size than the plan's own.
    """
    wanted = size or plan.data.sample
    if not plan.data.sample or not wanted:
        return plan
    data = plan.data.model_copy(update={"sample": wanted})
    return plan.model_copy(update={"data": data, "base": sample_path(wanted)})


def with_sample(plan: Plan, size: Size) -> Plan:
    """`plan` on another size of the synthetic county, with the cell that goes with it.

    Raises
    ------
    ConfigError
        When the plan is not on the synthetic county.
    """
    if not plan.data.sample:
        raise ConfigError(
            say("layers.sample.plan_not_on_synthetic_county"),
            where=f"{plan.path.name} [data] sample",
            todo=say("layers.sample.use_plans_sample_toml"),
        )
    area = plan.area.model_copy(update={"cell_m": SIZES[size].cell_m})
    return on_sample(plan, size).model_copy(update={"area": area})


def make_sample(plan: Plan) -> None:
    """Make the sample county a plan is on, unless it is there already.

    Raises
    ------
    ConfigError
        When the cache cannot be written.
    """
    if plan.data.sample:
        sample_folder(plan.data.sample)
