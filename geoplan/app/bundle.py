"""What is several files on the disk is handed out as one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

__all__ = ["bundled", "is_bundle"]


def is_bundle(path: Path) -> bool:
    """Whether a Shapefile or a file geodatabase, which is nothing by one of its files.

    Examples
    --------
    >>> is_bundle(Path("site.shp")), is_bundle(Path("site.kml"))
    (True, False)
    """
    return path.suffix.lower() == ".shp" or (path.suffix.lower() == ".gdb" and path.is_dir())


def bundled(path: Path) -> bytes:
    """A zip with every file of it, under the names they have on the disk.

    Parameters
    ----------
    path : Path
        The ``.shp`` of a Shapefile, or the folder of a file geodatabase.
    """
    if path.is_dir():
        parts = sorted(p for p in path.rglob("*") if p.is_file())
    else:
        parts = sorted(p for p in path.parent.glob(f"{path.stem}.*") if _same(p, path))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for part in parts:
            z.write(part, part.relative_to(path.parent).as_posix())
    return out.getvalue()


_SIDES = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qmd", ".sbn", ".sbx", ".shp.xml"}


def _same(part: Path, shape: Path) -> bool:
    """Whether a file belongs to a Shapefile: another format may have its name."""
    return part.name[len(shape.stem) :].lower() in _SIDES
