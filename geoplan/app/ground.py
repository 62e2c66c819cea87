"""What lies beneath the maps of the workspace: the county's own water, roads and towns."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import shapely
from typing_extensions import TypedDict

from geoplan.app.workspace import Project
from geoplan.maps.base import BASE_LAYERS, base_frame
from geoplan.maps.themes import themes
from gis.errors import GeoplanError
from layers.open.plan_layers import layer_state, townships
from layers.plain_json import JsonObject, write_json
from layers.plan.model import Plan

__all__ = ["Ground", "ground_of"]

_LAYERS = ("base_water", "base_river", "base_towns", "base_road", "base_railway", "townships")
_DEGREES = 2e-4  # 20 m: below two pixels of a view of the county


class GroundLayer(TypedDict):
    """A layer of the ground as the main map draws it."""

    title: dict[str, str]
    stroke: str
    width: float
    dash: str
    fill: bool
    shapes: JsonObject


class Ground(TypedDict):
    """The ground of a project.

    Attributes
    ----------
    synthetic
        Whether nothing on it is real.
    """

    synthetic: bool
    layers: list[GroundLayer]


def _key(plan: Plan) -> str:
    """Changes with the plan's layers and with their files."""
    digest = hashlib.sha256()
    for layer_id in (*BASE_LAYERS.values(), "townships"):
        source = plan.layers.get(layer_id)
        digest.update(f"{layer_id} {source!r}".encode())
        path = plan.resolve(source.path) if source is not None and source.path else None
        if path is not None and path.exists():
            digest.update(f"{path.stat().st_mtime_ns} {path.stat().st_size}".encode())
    return digest.hexdigest()[:16]


def ground_of(project: Project, plan: Plan) -> Ground:
    """The layers of the plan that tell where one is; one that cannot be read is left out.

    Kept beside the project until the plan or a file changes: what is wrong with a layer is
    the doctor's to say.
    """
    kept = project.own / "ground.json"
    key = _key(plan)
    try:
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held.get("key") == key:
            return {"synthetic": plan.plan.synthetic, "layers": held["layers"]}
    except (OSError, ValueError):
        pass  # none yet, or half of one
    layers = [one for name in _LAYERS if (one := _layer(plan, name)) is not None]
    _keep(kept, key, layers)
    return {"synthetic": plan.plan.synthetic, "layers": layers}


def _keep(path: Path, key: str, layers: list[GroundLayer]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, "layers": layers})


def _layer(plan: Plan, name: str) -> GroundLayer | None:
    theme = next(t for t in themes().vector if t.layer == name)
    try:
        if name != "townships":
            frame = base_frame(plan, name)
        else:
            frame = townships(plan) if layer_state(plan, name) == "available" else None
    except GeoplanError:
        return None
    if frame is None or frame.empty:
        return None
    shapes = shapely.simplify(frame.geometry.to_crs("EPSG:4326").to_numpy(), _DEGREES)
    shapes = shapely.set_precision(shapes, 1e-5, mode="pointwise")
    names = frame["name"] if "name" in frame else [""] * len(frame)
    return {
        "title": theme.title.model_dump(),
        "stroke": theme.stroke,
        "width": theme.width,
        "dash": theme.dash,
        "fill": theme.fill and theme.geometry == "polygon" and name != "townships",
        "shapes": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": n if isinstance(n, str) else ""},
                    "geometry": json.loads(shapely.to_geojson(shape)),
                }
                for shape, n in zip(shapes, names, strict=True)
                if not shape.is_empty
            ],
        },
    }
