"""What was found on opening a layer, kept until its files, the plan or the code change."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

from gis.errors import ConfigError
from layers.open.read_layer import LayerReport
from layers.open.shelf.marks import report_mark, rows_mark, shelf_path
from layers.open.shelf.words import UnwritableError, to_words, warn_from, warn_to
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.sample import cache_folder

__all__ = ["can_keep", "is_reported", "kept_areas", "kept_report", "put"]


def put(path: Path, *parts: bytes) -> None:
    """Write a file of the cache whole or not at all; a cache that cannot be written is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, aside = tempfile.mkstemp(prefix=f".{path.stem}.", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as out:
                out.writelines(parts)
            Path(aside).replace(path)
        finally:
            Path(aside).unlink(missing_ok=True)
    except OSError:
        return


def can_keep() -> bool:
    """Whether what is found on opening a layer can be kept; a full or locked disk cannot."""
    try:
        folder = cache_folder() / "layers"
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"0")
    except (ConfigError, OSError):
        return False
    return True


def _read(path: Path, mark: str) -> LayerReport | None:
    try:
        found = json.loads(path.read_bytes())
        if found["mark"] != mark:
            return None
        given = {**found["report"], "bounds": tuple(found["report"]["bounds"])}
        warnings = tuple(warn_from(w) for w in found["warnings"])
        return LayerReport(**given, warnings=warnings)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, mark: str, report: LayerReport) -> None:
    own = asdict(replace(report, warnings=()))
    del own["warnings"], own["unclassed"], own["by_name"]
    try:
        found = {
            "mark": mark,
            "report": {k: list(v) if k == "bounds" else to_words(v) for k, v in own.items()},
            "warnings": [warn_to(w) for w in report.warnings],
        }
        back = [warn_from(w) for w in json.loads(json.dumps(found["warnings"]))]
    except UnwritableError:
        return
    said = [[w.as_dict() for w in some] for some in (report.warnings, back)]
    if said[0] == said[1]:  # else one would say something else than the other
        put(path, json.dumps(found).encode())


def kept_report(plan: Plan, layer_id: str, look: Callable[[], LayerReport]) -> LayerReport:
    """What was found of a layer, from the cache where nothing that decides it has changed.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        A layer the plan has.
    look : callable
        Opens the layer and looks at it. What it refuses is not kept.
    """
    mark = report_mark(plan, layer_id)
    if mark is None:
        return look()
    try:
        path = shelf_path(plan, layer_id, "report")
    except ConfigError:
        return look()
    found = _read(path, mark)
    if found is None:
        found = look()
        if report_mark(plan, layer_id) == mark:  # no file changed meanwhile
            _write(path, mark, found)
    return found


def kept_areas(
    plan: Plan, layer_id: str, codes: Iterable[str], look: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """Areas of some classes of a layer, from the cache where nothing decides them anew.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        A layer the plan has.
    codes : iterable of str
    look : callable
        Opens the layer and measures.
    """
    own = rows_mark(plan, layer_id)
    mark = digest("areas", own, sorted(codes))
    try:
        path = shelf_path(plan, layer_id, "areas")
    except ConfigError:
        return look()
    try:
        found = json.loads(path.read_bytes())
        if own is not None and found["mark"] == mark:
            return {str(k): float(v) for k, v in found["areas"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # as if it were not there
    areas = look()
    if own is not None and rows_mark(plan, layer_id) == own:
        put(path, json.dumps({"mark": mark, "areas": areas}).encode())
    return areas


def is_reported(plan: Plan, layer_id: str) -> bool:
    """Whether `kept_report` would open nothing."""
    mark = report_mark(plan, layer_id)
    if mark is None:
        return False
    try:
        return _read(shelf_path(plan, layer_id, "report"), mark) is not None
    except ConfigError:
        return False
