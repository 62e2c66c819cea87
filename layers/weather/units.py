"""Units that weather comes in, and how to reach the schema's."""

from __future__ import annotations

from gis.errors import DataError
from gis.say import listed, say
from gis.types import F8
from layers.weather.schema import COLUMNS

__all__ = ["convert"]


# unit -> (factor, offset) to the schema's unit, by quantity
_W_M2 = {
    "w/m2": (1.0, 0.0),
    "wh/m2": (1.0, 0.0),
    "kwh/m2": (1000.0, 0.0),
    "kw/m2": (1000.0, 0.0),
    "kw-hr/m2": (1000.0, 0.0),
    "wh/m2/h": (1.0, 0.0),
    "mj/m2": (1e6 / 3600.0, 0.0),
    "mj/hr": (1e6 / 3600.0, 0.0),
    "mj/m2/h": (1e6 / 3600.0, 0.0),
    "kj/m2": (1e3 / 3600.0, 0.0),
    "j/m2": (1.0 / 3600.0, 0.0),
}
_FRAC = {"": (1.0, 0.0), "frac": (1.0, 0.0), "1": (1.0, 0.0), "%": (0.01, 0.0)}
_UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "W/m2": _W_M2,
    "degC": {"degc": (1.0, 0.0), "c": (1.0, 0.0), "k": (1.0, -273.15)},
    "m/s": {"m/s": (1.0, 0.0), "km/h": (1 / 3.6, 0.0), "kn": (1852 / 3600, 0.0)},
    "deg": {"deg": (1.0, 0.0), "degrees": (1.0, 0.0), "degree": (1.0, 0.0)},
    "Pa": {
        "pa": (1.0, 0.0),
        "hpa": (100.0, 0.0),
        "mbar": (100.0, 0.0),
        "atm": (101_325.0, 0.0),
        "kpa": (1000.0, 0.0),
    },
    "frac": _FRAC,
    "m": {"m": (1.0, 0.0), "cm": (0.01, 0.0), "mm": (0.001, 0.0)},
    "mm": {"mm": (1.0, 0.0), "mm/hour": (1.0, 0.0), "mm/h": (1.0, 0.0), "m": (1000.0, 0.0)},
}


def _quantity(name: str) -> str:
    if name in COLUMNS:
        return COLUMNS[name].unit
    for start, unit in (
        ("wind_speed", "m/s"),
        ("wind_direction", "deg"),
        ("temp_air", "degC"),
        ("pressure", "Pa"),
    ):
        if name.startswith(start):
            return unit
    raise KeyError(name)


def convert(values: F8, name: str, unit: str, where: str) -> F8:
    """`values` of column `name` from `unit` into the schema's unit.

    Energies of an hour (Wh/m2, MJ/m2) become mean powers. An empty unit is the schema's.

    Raises
    ------
    DataError
        For a unit that is not known for the quantity.

    Examples
    --------
    >>> import numpy as np
    >>> convert(np.array([3.6]), "ghi_w_m2", "MJ/m2", "demo").round(6).tolist()
    [1000.0]
    >>> convert(np.array([273.15]), "temp_air_c", "K", "demo").tolist()
    [0.0]
    """
    known = _UNITS[_quantity(name)]
    key = unit.strip().lower().replace("^", "").replace("²", "2").replace(" ", "")
    key = key.replace("**-2", "2").replace("wm2", "w/m2").replace("jm2", "j/m2")
    key = key.replace("ms**-1", "m/s").replace("ms-1", "m/s").replace("wm-2", "w/m2")
    if not key:
        return values
    if key not in known:
        raise DataError(
            say("layers.weather.unknown_unit"),
            where=where,
            got=unit,
            expected=listed(u for u in known if u),
        )
    factor, offset = known[key]
    return values * factor + offset
