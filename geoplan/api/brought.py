"""A boundary that was sent, as the file the readers know."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

__all__ = ["KINDS", "kind_of", "without_folder", "written"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "application/geo+json": "geojson",
        "application/json": "geojson",
        "text/plain": "txt",
        "application/vnd.google-earth.kml+xml": "kml",
    }
)
"""Content type -> ending of the file it becomes."""


def kind_of(content_type: str) -> str | None:
    """Ending of the file a content type stands for; None for one that is not read.

    Examples
    --------
    >>> kind_of("text/plain; charset=gbk"), kind_of("application/zip")
    ('txt', None)
    """
    return KINDS.get(content_type.partition(";")[0].strip().lower())


@contextmanager
def written(body: bytes, kind: str, name: str = "") -> Iterator[Path]:
    """The body as a file, which is gone after the block.

    Parameters
    ----------
    body : bytes
    kind : str
        One of the values of `KINDS`.
    name : str
        What the file is called in the answer, with its ending or without; no folders.
    """
    with tempfile.TemporaryDirectory(prefix="geoplan-", ignore_cleanup_errors=True) as folder:
        stem = name.removesuffix(f".{kind}") or "boundary"
        path = Path(folder).resolve() / f"{stem}.{kind}"
        path.write_bytes(body)
        yield path


def without_folder(text: str, path: Path) -> str:
    """A message with the name of the file alone: nobody asks where the body was kept.

    Examples
    --------
    >>> where = Path("kept") / "boundary.txt"
    >>> without_folder(f"{where}, line 2", where)
    'boundary.txt, line 2'
    """
    return text.replace(f"{path.parent}{os.sep}", "")
