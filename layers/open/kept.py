"""Arrays found once and kept in the cache, under a digest of all they were made from."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import ConfigError
from layers.sample import cache_folder

__all__ = ["Arrays", "kept_arrays"]

Arrays = Mapping[str, npt.NDArray[Any]]
_PACKAGES = ("pingluo-geoplan", "shapely", "numpy")
_DIGEST = 32  # bytes of a sha256, in front of the arrays


def _name(made_of: Iterable[bytes]) -> str:
    h = hashlib.sha256()
    versions = [importlib.metadata.version(p) for p in _PACKAGES]
    for part in (*(v.encode() for v in versions), shapely.geos_version_string.encode()):
        h.update(part + b"\0")
    for part in made_of:
        h.update(b"%d:" % len(part))
        h.update(part)
    return h.hexdigest()[:32]


def _read(path: Path) -> Arrays | None:
    """The arrays of an entry; None when it is not there or not as it was written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _write(path: Path, arrays: Arrays) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    body = stream.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    number, aside = tempfile.mkstemp(prefix=f".{path.stem}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(hashlib.sha256(body).digest() + body)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def kept_arrays(kind: str, made_of: Iterable[bytes], make: Callable[[], Arrays]) -> Arrays:
    """Arrays from the cache, or made and kept.

    The name of an entry is a digest of what it was made from and of the versions, so another
    input is another entry. An entry that was damaged is made again; a cache
    that cannot be written costs time, not the answer.

    Parameters
    ----------
    kind : str
        Folder of the cache.
    made_of : iterable of bytes
        All that decides the arrays.
    make : callable
        Gives the arrays; numbers, text or bytes, no objects.
    """
    try:
        path = cache_folder() / kind / f"{_name(made_of)}.arrays"
    except ConfigError:
        return make()
    found = _read(path)
    if found is None:
        found = make()
        try:
            _write(path, found)
        except OSError:
            return found
    return found
