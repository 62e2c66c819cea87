"""Compares two finished runs number by number.

Run as ``python benchmarks/compare_runs.py OLD NEW [--rtol 0] [--texts]`` on two result
folders. Looks at ``summary.json`` (every leaf), the CSV tables (every cell), the layers of
``results.gpkg`` (features, columns, ellipsoidal area, length), the rasters (every cell), the
figures and the pictures inside of ``map.html`` (every pixel that shows).
Prints one line a difference with its relative size and ends with exit code 1 when numbers
differ, 0 when they do not. Sentences may be reworded without changing a result, so they are
counted only, and listed with ``--texts``.
"""

from __future__ import annotations

import argparse
import base64
import csv
import io
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

# What names a run and not its answer: when, by which code, from which bytes.
NAMES_THE_RUN = ("run.id", "run.finished", "run.geoplan", "provenance.", ".sha256", "seconds")


@dataclass(frozen=True)
class Difference:
    """One place where two runs part.

    ``relative`` is ``|new - old| / max(|old|, |new|)``: 1 where one of them is 0 or absent.
    """

    where: str
    old: Any
    new: Any
    relative: float
    number: bool

    def __str__(self) -> str:
        return f"{self.where}: {self.old!r} -> {self.new!r} ({self.relative:.2e})"


def number(value: Any) -> float | None:
    """The value as a number, or None; a flag is no number, "1e3" is, "nan" is."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def differ(where: str, old: Any, new: Any, rtol: float = 0.0) -> Iterator[Difference]:
    """The difference of two leaves, if there is one."""
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return
    a, b = number(old), number(new)
    if a is None or b is None:
        # a number that came or went counts as one; so does a flag that turned
        counts = a is not None or b is not None or bool in (type(old), type(new))
        yield Difference(where, old, new, 1.0, counts)
        return
    if math.isnan(a) and math.isnan(b):
        return
    scale = max(abs(a), abs(b))
    relative = abs(a - b) / scale if 0 < scale < math.inf else (0.0 if a == b else 1.0)
    if not relative <= rtol:  # also true for one NaN
        yield Difference(where, old, new, relative if relative == relative else 1.0, True)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of every leaf; empty lists and tables are leaves."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list) and tree:
        for i, value in enumerate(tree):
            yield from leaves(value, f"{path}[{i}]")
    else:
        yield path, tree


def names_the_run(path: str) -> bool:
    """Whether a leaf says which run it was and not what it found."""
    return any(
        path.startswith(n) if n.endswith(".") else path.endswith(n) for n in NAMES_THE_RUN
    )


def compare_summaries(old: Path, new: Path, rtol: float) -> Iterator[Difference]:
    """Leaf by leaf."""
    a, b = (dict(leaves(json.loads(p.read_text(encoding="utf-8")))) for p in (old, new))
    for path in [*a, *(k for k in b if k not in a)]:
        if not names_the_run(path):
            here = (a.get(path, "(absent)"), b.get(path, "(absent)"))
            yield from differ(f"summary.json {path}", *here, rtol)


def compare_tables(old: Path, new: Path, rtol: float) -> Iterator[Difference]:
    """Cell by cell; rows by their order, columns by their name."""
    rows = []
    for path in (old, new):
        with path.open(encoding="utf-8-sig", newline="") as f:
            rows.append(list(csv.DictReader(f)))
    if len(rows[0]) != len(rows[1]):
        yield Difference(f"{new.name} rows", len(rows[0]), len(rows[1]), 1.0, True)
    for i, (a, b) in enumerate(zip_longest(*rows, fillvalue={}), start=1):
        for column in [*a, *(c for c in b if c not in a)]:
            here = (a.get(column, "(absent)"), b.get(column, "(absent)"))
            yield from differ(f"{new.name} row {i} {column}", *here, rtol)


def layer_figures(path: Path) -> dict[str, float]:
    """Features, columns, ellipsoidal area and length of every layer of a GeoPackage."""
    import geopandas as gpd
    import pyogrio
    import pyproj

    geod = pyproj.Geod(ellps="GRS80")  # CGCS2000 differs in the eleventh digit of 1/f
    out: dict[str, float] = {}
    for layer, kind in pyogrio.list_layers(path):
        frame = pyogrio.read_dataframe(path, layer=layer)
        out[f"{layer} features"] = len(frame)
        out[f"{layer} columns"] = len(frame.columns)
        if kind is not None and isinstance(frame, gpd.GeoDataFrame) and len(frame):
            shapes = frame.geometry.to_crs(4490)
            out[f"{layer} area_m2"] = sum(
                abs(geod.geometry_area_perimeter(s)[0]) for s in shapes if s is not None
            )
            out[f"{layer} length_m"] = sum(
                geod.geometry_length(s) for s in shapes if s is not None
            )
    return out


def compare_layers(old: Path, new: Path, rtol: float) -> Iterator[Difference]:
    """Figure by figure of each layer."""
    a, b = layer_figures(old), layer_figures(new)
    for key in [*a, *(k for k in b if k not in a)]:
        here = (a.get(key, "(absent)"), b.get(key, "(absent)"))
        yield from differ(f"{new.name} {key}", *here, rtol)


def compare_rasters(old: Path, new: Path, rtol: float) -> Iterator[Difference]:
    """Band by band: how many cells differ, and by how much at most."""
    import rasterio

    with rasterio.open(old) as a, rasterio.open(new) as b:
        shapes = (a.count, *a.shape), (b.count, *b.shape)
        if shapes[0] != shapes[1] or a.transform != b.transform:
            yield Difference(f"{new.name} grid", shapes[0], shapes[1], 1.0, True)
            return
        for band in range(1, a.count + 1):
            x, y = (r.read(band).astype(float) for r in (a, b))
            scale = np.maximum(np.abs(x), np.abs(y))
            with np.errstate(invalid="ignore", divide="ignore"):
                relative = np.where(x == y, 0.0, np.abs(x - y) / scale)
            relative[np.isnan(x) & np.isnan(y)] = 0.0
            relative[np.isnan(x) ^ np.isnan(y)] = 1.0
            n = int((relative > rtol).sum())
            if n:
                where = f"{new.name} band {band} cells that differ"
                yield Difference(where, 0, n, float(np.nanmax(relative)), True)


def pixels(picture: bytes) -> Any:
    """A picture's pixels; what is transparent has no colour."""
    from PIL import Image

    rgba = np.array(Image.open(io.BytesIO(picture)).convert("RGBA"))
    rgba[rgba[..., 3] == 0] = 0
    return rgba


def compare_pixels(where: str, old: bytes, new: bytes) -> Iterator[Difference]:
    """How many pixels differ."""
    if old == new:
        return
    a, b = pixels(old), pixels(new)
    if a.shape != b.shape:
        yield Difference(f"{where} size", a.shape[:2], b.shape[:2], 1.0, True)
    elif n := int((a != b).any(axis=2).sum()):
        yield Difference(f"{where} pixels that differ", 0, n, n / (a.size / 4), True)


def compare_figures(old: Path, new: Path, _rtol: float) -> Iterator[Difference]:
    """Pixel by pixel."""
    yield from compare_pixels(new.name, old.read_bytes(), new.read_bytes())


def map_blobs(path: Path) -> dict[str, bytes]:
    """The named pictures and features a map carries."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'<script type="text/plain" id="gp-([^"]+)">([^<]*)</script>', text)
    return {name: base64.b64decode(content) for name, content in found}


def compare_maps(old: Path, new: Path, _rtol: float) -> Iterator[Difference]:
    """Pictures pixel by pixel, features as they are packed."""
    a, b = map_blobs(old), map_blobs(new)
    for name in [*a, *(k for k in b if k not in a)]:
        where = f"{new.name} {name}"
        if name not in a or name not in b:
            here = ("there", "absent") if name in a else ("absent", "there")
            yield Difference(where, *here, 1.0, True)
        elif a[name][:4] == b"RIFF":
            yield from compare_pixels(where, a[name], b[name])
        elif a[name] != b[name]:
            yield Difference(f"{where} bytes", len(a[name]), len(b[name]), 1.0, True)


def compare_runs(old: Path, new: Path, rtol: float = 0.0) -> list[Difference]:
    """Every difference of two result folders, numbers and texts."""
    found: list[Difference] = []
    kinds = (
        ("summary.json", compare_summaries),
        ("tables/*.csv", compare_tables),
        ("results.gpkg", compare_layers),
        ("*.tif", compare_rasters),
        ("figures/**/*.png", compare_figures),
        ("map.html", compare_maps),
    )
    for pattern, compare in kinds:
        names = [{p.relative_to(root) for p in root.glob(pattern)} for root in (old, new)]
        for name in sorted(names[0] ^ names[1]):
            here = ("there", "absent") if name in names[0] else ("absent", "there")
            found.append(Difference(str(name), *here, 1.0, True))
        for name in sorted(names[0] & names[1]):
            found += compare(old / name, new / name, rtol)
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the differences; 1 if a number differs, 2 if a folder holds no run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rtol", type=float, default=0.0, help="differences up to this pass")
    parser.add_argument("--texts", action="store_true", help="list changed sentences too")
    parser.add_argument("--most", type=int, default=200, help="lines at most")
    args = parser.parse_args(argv)
    for root in (args.old, args.new):
        if not (root / "summary.json").is_file():
            print(f"{root}: no summary.json here, so no finished run", file=sys.stderr)
            return 2
    found = compare_runs(args.old, args.new, args.rtol)
    numbers = [d for d in found if d.number]
    texts = [d for d in found if not d.number]
    shown = numbers + (texts if args.texts else [])
    for line in shown[: args.most]:
        print(line)
    if len(shown) > args.most:
        files = Counter(d.where.split(" ")[0] for d in shown)
        print(f"... {len(shown) - args.most} more; by file: {dict(files.most_common())}")
    print(f"{len(numbers)} numbers differ, {len(texts)} texts differ")
    return 1 if numbers else 0


if __name__ == "__main__":
    raise SystemExit(main())
