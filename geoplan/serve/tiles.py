# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""Base maps of the plan in the served page, tile by tile."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import Response

from geoplan.maps.page import PageData
from geoplan.serve.refusals import refused
from geoplan.tiles.archive import picture_kind, tile_of
from geoplan.tiles.base import Bases, add_tiles, layer_of, plan_box
from gis.say import LANGS
from layers.plan.model import Plan

__all__ = ["give_tiles", "show_tiles"]

_AT = "/api/tile"


def show_tiles(data: PageData, plan: Plan, found: Bases, address: str, token: str) -> None:
    """Tell a served page of the plan's base maps, and of those that cannot be read.

    Parameters
    ----------
    data : PageData
    plan : Plan
    found : Bases
    address : str
        Where the app stands.
    token : str
        What every request has to carry.
    """
    if found.bases:
        box = plan_box(plan)
        layers = [
            layer_of(x, f"{address}{_AT}/{i}/{{z}}/{{x}}/{{y}}", box, x.archive.most, token)
            for i, x in enumerate(found.bases)
        ]
        add_tiles(data, layers)
    for fault in found.faults:
        words = {lang: fault.text(lang) for lang in LANGS}
        data.meta["banners"] = [*data.meta["banners"], {"kind": "warning", "text": words}]


def give_tiles(app: FastAPI, found: Bases) -> None:
    """Answer requests for the tiles of base maps."""

    @app.get(_AT + "/{base}/{z}/{x}/{y}")
    def tile(base: int, z: int, x: int, y: int) -> Response:
        bases = found.bases
        given = tile_of(bases[base].archive, z, x, y) if 0 <= base < len(bases) else None
        if given is None:
            raise refused(404, "no_such_picture")
        return Response(given, media_type=f"image/{picture_kind(given)}")
