"""Turbines that stand: from the plan's table, a CSV or the catalogue layer ``turbines``."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.files.given import foreign, given_bytes
from gis.foreign import foreign_reason
from gis.say import listed, say
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.machine.generic import generic_id, generic_turbine, machine_words
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.spacing import spacing_faults
from siting.wind.machine.turbine import Turbine, with_hub
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COLUMNS", "existing_turbines", "machine_of"]

COLUMNS = (
    "turbine_id",
    "farm",
    "turbine",
    "model",
    "capacity_kw",
    "hub_m",
    "rotor_m",
    "on_grid",
    "lon",
    "lat",
)
_NUMBERS = ("capacity_kw", "capacity_mw", "hub_m", "rotor_m", "lon", "lat")
_RENAME = {
    "id": "turbine_id",
    "hub_height_m": "hub_m",
    "rotor_diameter_m": "rotor_m",
    "hub_height": "hub_m",
    "rotor_diameter": "rotor_m",
    "机位号": "turbine_id",
    "机型": "model",
    "单机容量": "capacity_kw",
    "轮毂高度": "hub_m",
    "叶轮直径": "rotor_m",
    "并网日期": "on_grid",
}


def _from_plan(section: WindSection) -> pd.DataFrame:
    rows = [
        {
            "turbine_id": t.id,
            "turbine": t.turbine,
            "model": t.model,
            "capacity_kw": t.capacity_mw * 1000.0,
            "hub_m": t.hub_m,
            "rotor_m": t.rotor_m,
            "on_grid": None if t.on_grid is None else t.on_grid.isoformat(),
            "lon": t.lon,
            "lat": t.lat,
        }
        for t in section.existing
    ]
    return pd.DataFrame(rows)


def _from_csv(path: Path) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            table = pd.read_csv(io.BytesIO(given_bytes(path)), encoding=encoding)
            break
        except UnicodeDecodeError:
            continue
        except (OSError, ValueError, OverflowError, csv.Error) as err:
            raise DataError(
                say("siting.wind_machine.turbine_list_cannot_read"),
                where=str(path),
                got=foreign_reason(err),
            ) from err
    else:
        raise DataError(say("siting.wind_machine.neither_utf_8_nor_gbk"), where=str(path))
    table = _named(table.rename(columns=lambda c: str(c).strip()))
    table = table.reset_index(drop=True)
    for column in [c for c in _NUMBERS if c in table]:
        table[column] = _numbers(table, column, path.name)
    if "capacity_mw" in table and "capacity_kw" not in table:
        table["capacity_kw"] = table["capacity_mw"] * 1000.0
    need = ["turbine_id", "capacity_kw", "lon", "lat"]
    missing = [c for c in need if c not in table]
    if missing:
        raise DataError(
            say("siting.wind_machine.columns_missing"),
            where=path.name,
            got=listed(map(str, table.columns)),
            expected=listed(missing),
        )
    return table


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Columns under the names of `COLUMNS`; one that has its name keeps it."""
    names: dict[str, str] = {}
    for column in map(str, table.columns):
        new = _RENAME.get(column)
        if new and new not in table and new not in names.values():
            names[column] = new
    return table.rename(columns=names)


def _numbers(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """A column as numbers; what is neither a number nor empty is a fault of its row."""
    given = table[column]
    if given.dtype == object:  # pandas keeps whole numbers of any length; floats end
        given = given.astype(str)
    values = pd.to_numeric(given, errors="coerce").astype(float)
    values = values.where(np.isfinite(values))
    wrong = values.isna() & table[column].notna()
    raise_faults(
        DataError,
        [
            Fault(
                say("siting.wind_machine.not_a_number"),
                where=say("siting.wind_machine.at_row", name=name, row=row + 2, column=column),
                got=str(table[column].iloc[row])[:40],
            )
            for row in np.flatnonzero(wrong)[:20].tolist()
        ],
    )
    return values


def _from_layer(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    table = _named(table)
    if "status" in table:
        keep = table["status"].isna() | (table["status"] != "retired")
        table, frame = table[keep], frame[keep.to_numpy()]
    points = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    table = table.assign(x=points[:, 0], y=points[:, 1])
    return table.reset_index(drop=True)


def _float(value: Any) -> float:  # noqa: ANN401 - a cell of a table
    """The number of a cell, NaN where there is none."""
    return float(value) if pd.notna(value) and value != "" else float("nan")


def _checked(table: pd.DataFrame, where: str) -> pd.DataFrame:
    faults: list[Fault] = []
    ids = table["turbine_id"].astype(str)
    faults += [
        Fault(
            say("siting.wind_machine.duplicated_turbine"),
            where=where,
            got=i,
            todo=say("siting.wind_machine.keep_one_row_turbine"),
        )
        for i in sorted(set(ids[ids.duplicated()]))
    ]
    xy = np.round(table[["x", "y"]].to_numpy(float), 1)
    if not np.isfinite(xy).all():
        faults.append(Fault(say("siting.wind_machine.turbine_without_position"), where=where))
    else:
        _, first, count = np.unique(xy, axis=0, return_index=True, return_counts=True)
        faults += [
            Fault(
                say("siting.wind_machine.turbines_stand_on_one_another"),
                where=where,
                got=say("siting.wind_machine.at_place", n=n, turbine=ids.iloc[int(i)]),
                todo=say("siting.wind_machine.remove_copies_correct_coordinates"),
            )
            for i, n in zip(first, count, strict=True)
            if n > 1
        ]
    for row in table.to_dict("records"):
        spot = f"{where}, turbine {row['turbine_id']}"
        kw = _float(row["capacity_kw"])
        if not (np.isfinite(kw) and kw > 0):
            faults.append(
                Fault(
                    say("siting.wind_machine.no_rated_power"),
                    where=spot,
                    got=str(row["capacity_kw"]),
                )
            )
        elif kw < 20 or kw > 20_000:
            faults.append(
                Fault(
                    say("siting.wind_machine.rated_power_looks_like_another"),
                    where=spot,
                    got=f"{kw:g} kW",
                )
            )
        hub, rotor = _float(row["hub_m"]), _float(row["rotor_m"])
        if hub <= rotor / 2:
            faults.append(
                Fault(
                    say("siting.wind_machine.hub_lower_than_rotor_radius"),
                    where=spot,
                    got=say("siting.wind_machine.hub_m_rotor_m", hub=hub, rotor=rotor),
                )
            )
    if not faults:
        faults = spacing_faults(
            table["x"], table["y"], [_float(d) for d in table["rotor_m"]], list(ids), where
        )
    raise_faults(DataError, faults)
    return table


def existing_turbines(
    plan: Plan,
    section: WindSection,
    crs: Any,  # noqa: ANN401 - pyproj CRS
) -> tuple[gpd.GeoDataFrame | None, list[Warn]]:
    """Turbines that stand, in the plan CRS.

    The plan's own table wins over ``existing_csv``, that over the layer ``turbines``.

    Returns
    -------
    GeoDataFrame or None
        Columns of `COLUMNS`, `x`, `y` and the geometry; None when the plan names none.

    Raises
    ------
    DataError
        Duplicates, positions outside the county's surroundings, hubs lower than the rotor.
    """
    warnings: list[Warn] = []
    if section.existing:
        table, where = _from_plan(section), f"{plan.path.name} [wind.existing]"
    elif section.existing_csv:
        path = plan_file(plan, section.existing_csv)
        with foreign(say("siting.wind_machine.turbine_list_cannot_read"), str(path)):
            table, where = _from_csv(path), path.name
    else:
        from layers.open.plan_layers import open_features

        frame = open_features(plan, "turbines")
        if frame is None or len(frame) == 0:
            return None, warnings
        table, where = _from_layer(frame), f"{plan.path.name} [layers.turbines]"
    if "x" not in table:
        points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326").to_crs(crs)
        table = table.assign(x=points.x, y=points.y)
    for column in COLUMNS:
        if column not in table:
            table[column] = np.nan if column in {"hub_m", "rotor_m", "lon", "lat"} else ""
    table = _checked(table, where)
    frame = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=crs
    )
    ll = frame.geometry.to_crs("EPSG:4326")
    frame["lon"], frame["lat"] = ll.x.to_numpy(), ll.y.to_numpy()
    with foreign(say("siting.wind_machine.turbine_list_cannot_read"), where):
        dates = pd.to_datetime(frame["on_grid"].replace("", None), errors="coerce")
    frame["on_grid"] = dates.dt.strftime("%Y-%m-%d").where(dates.notna(), "")
    for column in ("turbine_id", "farm", "turbine", "model"):
        text = frame[column].astype("object")
        frame[column] = text.where(text.notna(), "").astype(str)
    return frame[[*COLUMNS, "x", "y", "geometry"]].reset_index(drop=True), warnings


def machine_of(
    row: Mapping[str, Any], user: dict[str, Turbine], *, where: str = ""
) -> tuple[Turbine, list[Warn]]:
    """The library machine of one existing turbine.

    A named library id is taken as it is; a model name that the library knows as well;
    otherwise the generic machine of the rated power and specific power, with a warning.
    A missing rotor takes that of the generic 1.5 MW class (77 m scaled by power).
    """
    for key in ("turbine", "model"):
        name = str(row.get(key) or "").strip()
        if not name:
            continue
        try:
            found = library_turbine(name, user)
        except ConfigError:
            if key == "turbine":
                raise
            continue
        hub = row.get("hub_m")
        return with_hub(found, float(hub) if pd.notna(hub) else None), []
    rated = float(row["capacity_kw"])
    rotor = (
        float(row["rotor_m"]) if pd.notna(row["rotor_m"]) else 77.0 * np.sqrt(rated / 1500.0)
    )
    specific = rated * 1000.0 / (np.pi * rotor**2 / 4)
    specific = float(np.clip(round(specific), 150, 600))
    base = generic_turbine(generic_id(max(rated, 500.0), specific))
    hub = float(row["hub_m"]) if pd.notna(row["hub_m"]) else base.hub_m
    return with_hub(base, hub), [
        Warn(
            "turbine_generic_curve",
            say(
                "siting.wind_machine.turbine_generic_curve",
                model=row.get("model") or say("siting.wind_machine.unnamed_model"),
                rated=rated,
                id=machine_words(base.id),
            ),
            where=where,
        )
    ]
