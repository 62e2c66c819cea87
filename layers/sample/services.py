"""Services of the invented county: where cars are charged and parked, and fill up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from layers.sample.areas import Scene
from layers.sample.frame import county_data, noise
from layers.sample.land import seats
from layers.sample.lines import points

__all__ = ["service_layers"]

_STATIONS = (0, 3, 6)  # seats that have a charging station
_PARKINGS = 2  # at each seat


def service_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Charging stations, parking places and service areas by catalogue id."""
    names, uv = seats()
    k = np.arange(len(names))
    near = uv[list(_STATIONS)] + np.array([0.25, 0.2])
    # two parking places at each seat, on either side of it
    at = np.repeat(k, _PARKINGS)
    side = np.tile([-1.0, 1.0], len(names))
    shift = 0.5 + 0.3 * noise(uv[at, 0], uv[at, 1] * side, 3.0, 141)
    lots = uv[at] + np.column_stack([side * shift, 0.3 * side])
    tracks = [t for t in county_data()["tracks"] if t["kind"] == "road"]
    stops = [(t["u_km"] + 0.15, v) for t in tracks for v in (-6.0, 12.0, 30.0)]
    return {
        "charging_stations": points(
            scene,
            [(u, v) for u, v in near.tolist()],
            name=[f"{names[i]}充电站（合成）" for i in _STATIONS],
            piles=[12, 8, 6],
            power_kw=[720.0, 480.0, 360.0],
        ),
        "parking": points(
            scene,
            [(u, v) for u, v in lots.tolist()],
            name=[f"{names[i]}停车场{n % _PARKINGS + 1}（合成）" for n, i in enumerate(at)],
            spaces=[int(60 + 20 * (i % 5)) for i in range(len(at))],
        ),
        "service_area": points(
            scene,
            stops,
            name=[f"服务区{i + 1}（合成）" for i in range(len(stops))],
        ),
    }
