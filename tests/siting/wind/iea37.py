"""Case studies of IEA Wind Task 37, read from their published files.

The files (layout, turbine, wind rose, boundary) are YAML of the task's plant ontology; both
the form of case studies 1-2 (one speed, ``xc``/``yc``) and of 3-4 (speed by direction, list
of pairs) are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml  # type: ignore[import-untyped]
from numpy.typing import NDArray

from gis.errors import DataError
from siting.wind.resource.rose import Rose
from siting.wind.wake.gaussian import GaussWake, LayoutEnergy, gauss_aep, simple_bastankhah

__all__ = ["Case", "CubicTurbine", "case_aep", "read_boundary", "read_case", "read_rose"]

Float = NDArray[np.float64]


@dataclass(frozen=True)
class CubicTurbine:
    """A turbine whose power grows with the cube of the speed above cut-in.

    ``P = rated ((v - cut_in) / (rated_speed - cut_in))^3`` up to rated speed, rated power
    from there to below cut-out.
    """

    rated_kw: float
    rotor_m: float
    cut_in_m_s: float
    rated_m_s: float
    cut_out_m_s: float
    hub_m: float = float("nan")

    def power_kw(self, speed_m_s: Float) -> Float:
        """Power at `speed_m_s` [kW].

        Examples
        --------
        >>> t = CubicTurbine(3350.0, 130.0, 4.0, 9.8, 25.0)
        >>> t.power_kw(np.array([3.9, 6.9, 9.8, 25.0])).tolist()
        [0.0, 418.75, 3350.0, 0.0]
        """
        v = np.asarray(speed_m_s, dtype=float)
        share = (v - self.cut_in_m_s) / (self.rated_m_s - self.cut_in_m_s)
        below = self.rated_kw * np.clip(share, 0.0, 1.0) ** 3
        return np.where(v < self.cut_out_m_s, below, 0.0)

    def slope_kw(self, speed_m_s: Float) -> Float:
        """Derivative of the power by the speed [kW s/m]."""
        v = np.asarray(speed_m_s, dtype=float)
        span = self.rated_m_s - self.cut_in_m_s
        share = (v - self.cut_in_m_s) / span
        inside = (share > 0) & (share < 1)
        return np.where(inside, 3 * self.rated_kw / span * np.clip(share, 0, 1) ** 2, 0.0)


@dataclass(frozen=True, eq=False)
class Case:
    """One layout of a case study with all it needs.

    Attributes
    ----------
    x_m, y_m : (n,) float
        Positions.
    published_mwh_yr
        Annual energy the file states; NaN when it states none.
    """

    x_m: Float
    y_m: Float
    turbine: CubicTurbine
    rose: Rose
    wake: GaussWake
    published_mwh_yr: float
    name: str


def _load(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise DataError("the case file cannot be read", where=str(path), got=str(err)) from err
    if not isinstance(found, dict):
        raise DataError("not a case file", where=str(path))
    return found


def _bad(path: Path, what: str, err: Exception) -> DataError:
    return DataError(
        f"{what} not found where the ontology has it",
        where=path.name,
        got=f"{err!r}",
    )


def read_rose(path: Path) -> Rose:
    """The wind rose of a case study, frequencies as published."""
    try:
        props = _load(path)["definitions"]["wind_inflow"]["properties"]
        wd = np.asarray(props["direction"]["bins"], dtype=float)
        if "bins" in props["speed"]:
            ws = np.asarray(props["speed"]["bins"], dtype=float)
            by_wd = np.asarray(props["direction"]["frequency"], dtype=float)
            by_ws = np.asarray(props["speed"]["frequency"], dtype=float)
            table = by_wd[:, None] * np.atleast_2d(by_ws)
        else:
            ws = np.atleast_1d(np.asarray(props["speed"]["default"], dtype=float))
            table = np.asarray(props["probability"]["default"], dtype=float)[:, None]
    except (KeyError, TypeError, ValueError) as err:
        raise _bad(path, "the wind rose was", err) from err
    order = np.argsort(wd)
    return Rose(wd[order], ws, table[order], path.name)


def _default(node: dict[str, Any]) -> float:
    return float(node["default"])


def _turbine(path: Path) -> CubicTurbine:
    defs = _load(path)["definitions"]
    try:
        modes = defs["operating_mode"]
        modes = modes.get("properties", modes)
        rotor = defs["rotor"].get("properties", defs["rotor"])
        if "radius" in rotor and "default" in rotor["radius"]:
            diameter = 2 * _default(rotor["radius"])
        else:
            diameter = _default(rotor["diameter"])
        table = defs.get("wind_turbine_lookup", {}).get("properties", {})
        machine = defs.get("wind_turbine", {})
        stated = (table.get("power", {}), machine.get("rated_power", {}))
        rated = next(r for r in stated if "maximum" in r)
        hub = defs.get("hub", {})
        hub = hub.get("properties", hub).get("height", {}).get("default", float("nan"))
        return CubicTurbine(
            rated_kw=float(rated["maximum"]) / 1000.0,
            rotor_m=diameter,
            cut_in_m_s=_default(modes["cut_in_wind_speed"]),
            rated_m_s=_default(modes["rated_wind_speed"]),
            cut_out_m_s=_default(modes["cut_out_wind_speed"]),
            hub_m=float(hub),
        )
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as err:
        raise _bad(path, "the turbine was", err) from err


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [r for v in node.values() for r in _references(v)]
    if isinstance(node, list):
        return [r for v in node for r in _references(v)]
    return []


def read_case(path: Path, folder: Path | None = None) -> Case:
    """A layout file and the turbine and wind rose it refers to.

    Parameters
    ----------
    path : Path
        Layout (``iea37-ex16.yaml``, a submission, ``iea37-ex-opt3.yaml`` ...).
    folder : Path, optional
        Where the turbine and rose files lie; the layout's own folder by default.

    Raises
    ------
    DataError
        When a file is missing or not of the ontology.
    """
    path = Path(path)
    folder = path.parent if folder is None else Path(folder)
    defs = _load(path)["definitions"]
    try:
        items = defs["position"]["items"]
        if isinstance(items, dict):
            x, y = (np.asarray(items[k], dtype=float) for k in ("xc", "yc"))
        else:
            x, y = np.asarray(items, dtype=float).T
        outside = [r for r in _references(defs) if r.endswith((".yaml", ".yml"))]
        rose = next(r for r in outside if "windrose" in r)
        turbine = next(r for r in outside if "windrose" not in r)
        stated = defs["plant_energy"]["properties"].get("annual_energy_production", {})
    except (KeyError, TypeError, ValueError, StopIteration) as err:
        raise _bad(path, "the layout was", err) from err
    machine = _turbine(folder / turbine)
    return Case(
        x_m=np.ascontiguousarray(x),
        y_m=np.ascontiguousarray(y),
        turbine=machine,
        rose=read_rose(folder / rose),
        wake=simple_bastankhah(machine.rotor_m),
        published_mwh_yr=float(stated.get("default", float("nan"))),
        name=path.stem,
    )


def read_boundary(path: Path) -> list[Float]:
    """Boundary rings of case studies 3 and 4, each (n, 2) [m]."""
    try:
        rings = [
            np.asarray(ring, dtype=float)
            for part in _load(path)["boundaries"]
            for ring in part.values()
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise _bad(path, "the boundary was", err) from err
    return rings


def case_aep(case: Case) -> LayoutEnergy:
    """Annual energy of a case through the project's own layout path."""
    return gauss_aep(case.x_m, case.y_m, case.rose, case.wake, case.turbine.power_kw)
