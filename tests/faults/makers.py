"""How the inputs of the fault table are made, and what reads them.

A maker takes a folder and the words of a row, and gives what the reader answered. It holds no
expectation: those stand in ``tests/faults/table``.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from geoplan.plan_file import load_plan
from layers.catalogue import layers as catalogue
from tests.faults.readers import _BOUNDARIES, READERS, _plan
from tests.faults.seeds import SEEDS

__all__ = ["MAKERS", "Answer"]

# a county of two kilometres in the plain, in metres of EPSG:4544
X, Y, SIDE = 640_000.0, 4_300_000.0, 2000.0
HEAD = """
[plan]
id = "t"
title = {{ zh = "测", en = "test" }}
as_of = 2026-03-31
[area]
boundary = {{ path = "county.gpkg" }}
crs = "EPSG:4544"
cell_m = {cell_m}
[screening]
techs = ["pv"]
{head}
"""


@dataclass(frozen=True)
class Answer:
    """What a reader gave: numbers by name, codes and sentences of what it told."""

    values: Mapping[str, float] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    told: str = ""


def long_text(text: str) -> str:
    """``@9*5000@`` stands for five thousand nines."""
    return re.sub(r"@(.+?)\*(\d+)@", lambda m: m[1] * int(m[2]), text)


# ---------------------------------------------------------------- one thing changed in a file


def changed(raw: bytes, change: Sequence[Any]) -> bytes:
    """`raw` with one thing changed, as a row of the table says it."""
    verb, *more = change
    words = [long_text(w) if isinstance(w, str) else w for w in more]
    if verb == "put":  # old, new
        old, new = words[0].encode(), words[1].encode("utf-8", "surrogatepass")
        assert old in raw, f"not in the good file: {words[0]}"
        return raw.replace(old, new, 1)
    if verb == "all":  # old, new: everywhere
        assert words[0].encode() in raw, words[0]
        return raw.replace(words[0].encode(), words[1].encode())
    if verb == "first":  # expression, new
        out, n = re.subn(words[0].encode(), words[1].encode(), raw, count=1, flags=re.S)
        assert n == 1, f"nothing matches: {words[0]}"
        return out
    if verb == "only":  # another content altogether
        text: str = words[0]
        return text.encode()
    if verb == "more":
        return raw + words[0].encode()
    if verb == "before":
        return bytes(words[0].encode() + raw)
    if verb == "cut":
        return raw[: int(len(raw) * words[0])]
    if verb == "lines":  # keep the first n
        return b"\n".join(raw.split(b"\n")[: words[0]])
    if verb == "drop":  # lines that match
        return b"\n".join(s for s in raw.split(b"\n") if not re.search(words[0].encode(), s))
    if verb == "as":  # another encoding
        return raw.decode("utf-8").encode(words[0])
    if verb == "hex":
        return raw + bytes.fromhex(words[0])
    if verb == "recode":  # from, to
        return raw.decode(words[0]).encode(words[1])
    if verb == "swap":  # the two numbers of every place of a GeoJSON
        return re.sub(rb"\[(-?[\d.]+), (-?[\d.]+)\]", rb"[\2, \1]", raw)
    if verb in ("zip without", "zip adds"):
        return _rezipped(raw, verb, words[0])
    if verb == "in zip":  # member, then a change as any other
        return _rezipped(raw, verb, words[0], words[1:])
    raise ValueError(verb)


def _rezipped(raw: bytes, verb: str, name: str, change: Sequence[Any] = ()) -> bytes:
    """An archive without members, with one more, or with one changed."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            body = old.read(one)
            if verb == "in zip" and one == name:
                body = changed(body, change)
            if verb != "zip without" or not one.startswith(name):
                new.writestr(one, body)
        if verb == "zip adds":
            new.writestr(name, "x")
    return out.getvalue()


def _outline(path: Path, crs: str = "") -> Answer:
    from siting.check.outline import read_outline

    found = read_outline(
        path, _plan(), crs=crs or ("EPSG:4544" if path.suffix == ".dxf" else "")
    )
    shapes = found.parcels.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert np.isfinite(shapely.get_coordinates(shapes)).all()
    values = {"parcels": len(shapes), "area_ha": float(shapely.area(shapes).sum() / 1e4)}
    text = "\n".join(f("en") for f in found.findings)
    return Answer(values, frozenset(f.code for f in found.findings), text)


def _weather_file(path: Path, **source: Any) -> Answer:
    from layers.weather import WeatherSource, weather_of

    got, findings = weather_of(WeatherSource(path=str(path), **source), path)
    table = got.hourly
    assert not np.isinf(table.to_numpy(float)).any()
    values = {"hours": float(len(table))}
    if "ghi_w_m2" in table:
        values["ghi_kwh_m2"] = float(table["ghi_w_m2"].sum() / 1000)
    for name, column in (("temp_c", "temp_air_c"), ("wind_m_s", "wind_speed_m_s")):
        if column in table:
            values[name] = float(table[column].mean())
    said = [*(w.text("en") for w in got.warnings), *(f.text("en") for f in findings)]
    codes = {w.code for w in got.warnings} | {f.code for f in findings}
    return Answer(values, frozenset(codes), "\n".join(said))


def _features(path: Path, kind: str = "", **more: Any) -> Answer:
    from gis.files.read import notes_of, read_features

    got = read_features(path, kind=kind, **more)
    values = {"rows": float(len(got)), "area_ha": float(got.geometry.area.sum() / 1e4)}
    bounds = got.total_bounds
    values |= dict(zip(("west", "south", "east", "north"), map(float, bounds), strict=True))
    notes = notes_of(got)
    text = "\n".join(n.text("en") for n in notes)
    names = " ".join(str(v) for c in got.columns if c != got.geometry.name for v in got[c])
    return Answer(values, frozenset(n.code for n in notes), f"{text}\n{names}")


def _raster_file(path: Path) -> Answer:
    READERS["tif"](path)
    return Answer()


def _plan_text(path: Path) -> Answer:
    load_plan(path)
    return Answer()


def _read(reader: str) -> Callable[[Path], Answer]:
    def read(path: Path) -> Answer:
        wrong = READERS[reader](path)
        assert wrong == "", wrong
        return Answer()

    return read


DOORS: dict[str, Callable[..., Answer]] = {
    "outline": _outline,
    "weather": _weather_file,
    "features": _features,
    "raster": _raster_file,
    "plan": _plan_text,
    **{k: _read(k) for k in ("rules", "turbines", "curve", "rose", "coefficients")},
}


def seed(folder: Path, *, reader: str, change: Sequence[Sequence[Any]] = ()) -> Answer:
    """A good file of a reader (`tests.faults.seeds`) with things changed."""
    path = SEEDS[reader][0](folder)
    for one in change:
        path.write_bytes(changed(path.read_bytes(), one))
    if reader in _BOUNDARIES:
        return _outline(path)
    return _read(reader)(path)


def file(
    folder: Path, *, name: str, door: str, text: str = "", code: str = "utf-8", **more: Any
) -> Answer:
    """A file with the text of the row."""
    path = folder / name
    path.write_bytes(long_text(text).encode(code))
    return DOORS[door](path, **more)


# ---------------------------------------------------------------- layers of a small county


def _county(
    folder: Path,
    given: Mapping[str, str],
    *,
    head: str = "",
    cell_m: float = 40.0,
    boundary: Sequence[str] = (),
    boundary_crs: int = 4544,
) -> Any:
    square = f"POLYGON((0 0, {SIDE} 0, {SIDE} {SIDE}, 0 {SIDE}, 0 0))"
    shapes = [_shape(s) for s in boundary or (square,)]
    names = [f"county {k}" for k in range(len(shapes))]
    county = gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4544)
    county.to_crs(boundary_crs).to_file(folder / "county.gpkg")
    text = HEAD.format(head=head, cell_m=cell_m)
    for layer_id in sorted(catalogue()):
        lines = given.get(layer_id, 'assumed_absent = "test"')
        text += f"[layers.{layer_id}]\n{lines}\n"
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


def _shape(text: str) -> Any:
    """A shape of the table, in metres from the corner of the county."""
    found = shapely.from_wkt(text)
    return None if found is None else shapely.transform(found, lambda p: p + np.array([X, Y]))


def _write_layer(folder: Path, row: Mapping[str, Any]) -> str:
    """Write one layer; the lines of the plan about it."""
    layer, suffix = row["layer"], row.get("suffix", "gpkg")
    if "value" in row:
        return _write_raster(folder, row)
    table = gpd.GeoDataFrame(
        dict(row.get("columns", {})),
        geometry=[_shape(s) if s else None for s in row["rows"]],
        crs=row.get("written", 4544),
    )
    if row.get("to"):
        table = table.to_crs(row["to"])
    if row.get("swapped"):
        table = table.set_geometry(
            shapely.transform(table.geometry.to_numpy(), lambda p: p[:, ::-1]), crs=table.crs
        )
    if row.get("moved"):
        dx, dy = row["moved"]
        table = table.set_geometry(table.geometry.translate(dx, dy))
    if row.get("declared"):
        table = table.set_crs(row["declared"], allow_override=True)
    path = folder / f"{layer}.{suffix}"
    table.to_file(path)
    return f'path = "{path.name}"\n{row.get("more", "")}'


def _write_raster(folder: Path, row: Mapping[str, Any]) -> str:
    n = int(row.get("cells", 50))
    values = np.full(
        (int(row.get("bands", 1)), n, n), row["value"], row.get("dtype", "float32")
    )
    for band, r0, r1, c0, c1, value in row.get("put", ()):
        values[band, r0:r1, c0:c1] = value
    if row.get("slope_deg"):
        size = (SIDE + 2 * row.get("margin", 0.0)) / n
        rise = np.tan(np.radians(row["slope_deg"])) * size / row.get("scale", 1.0)
        values[0] = row["value"] + np.arange(n)[None, :] * rise
    path = folder / f"{row['layer']}.tif"
    dx, dy = row.get("moved", (0.0, 0.0))
    edge = row.get("margin", 0.0)  # beyond the county, as heights should reach [m]
    side = (SIDE + 2 * edge) / n
    with rasterio.open(
        path, "w", driver="GTiff", width=n, height=n, count=len(values), dtype=values.dtype,
        crs=row.get("crs", "EPSG:4544"), nodata=row.get("nodata"),
        transform=from_origin(X - edge + dx, Y + SIDE + edge + dy, side, side),
    ) as out:  # fmt: skip
        out.write(values)
        out.scales = (row.get("scale", 1.0),) * len(values)
        out.offsets = (row.get("offset", 0.0),) * len(values)
        out.units = (row.get("unit", ""),) * len(values)
        if row.get("picture"):
            out.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    return f'path = "{path.name}"\n{row.get("more", "")}'


def layer(folder: Path, **row: Any) -> Answer:
    """One layer of the county: how much of it there is, and what is said of it."""
    from layers.open.county import plan_grid_of
    from layers.open.plan_layers import open_features, open_raster, warnings_of

    plan = _county(folder, {row["layer"]: _write_layer(folder, row)}, head=row.get("head", ""))
    told = warnings_of(plan)
    values: dict[str, float] = {}
    if "value" in row:
        found = open_raster(plan, row["layer"], plan_grid_of(plan))
        assert found is not None
        data, known = found
        values["known_frac"] = float(known.mean())
        if known.any():
            values |= {"low": float(data[known].min()), "high": float(data[known].max())}
    else:
        table = open_features(plan, row["layer"])
        assert table is not None
        county = shapely.box(X, Y, X + SIDE, Y + SIDE)
        inside = shapely.intersection(table.geometry.to_numpy(), county)
        values |= {
            "rows": float(len(table)),
            "inside_ha": float(shapely.area(inside).sum() / 1e4),
        }
        values |= {"length_m": float(shapely.length(inside).sum())}
    text = "\n".join(w.text("en") for w in told)
    return Answer(values, frozenset(w.code for w in told), text)


def land(folder: Path, *, given: Sequence[Mapping[str, Any]], **more: Any) -> Answer:
    """The county screened: area by state [ha], and what the layers told."""
    from layers.open.plan_layers import warnings_of
    from siting.screen.coded import areas_by_state
    from siting.screen.screening import screen

    lines = {row["layer"]: _write_layer(folder, row) for row in given}
    plan = _county(folder, lines, **more)
    told = warnings_of(plan)
    areas = {f"{k}_ha": v / 1e4 for k, v in areas_by_state(screen(plan, "pv")).items()}
    text = "\n".join(w.text("en") for w in told)
    return Answer(areas, frozenset(w.code for w in told), text)


def check(folder: Path, *, boundary: str, given: Sequence[Mapping[str, Any]] = ()) -> Answer:
    """A boundary checked in the county: its area, and what was found."""
    from siting.check.boundary import check_boundary

    plan = _county(folder, {row["layer"]: _write_layer(folder, row) for row in given})
    path = folder / "line.gpkg"
    gpd.GeoDataFrame(geometry=[_shape(boundary)], crs=4544).to_file(path)
    found = check_boundary(path, plan)
    hit = {f"{r.rule.id}_ha": r.overlap_m2 / 1e4 for r in found.rules}
    codes = {f.code for f in found.outline.findings} | {w.code for w in found.told}
    codes |= {f"{r.rule.id} {r.result}" for r in found.rules}
    return Answer({"area_ha": found.area_m2 / 1e4, **hit}, frozenset(codes))


# ---------------------------------------------------------------- weather


def weather(folder: Path, *, change: Sequence[Sequence[Any]] = (), **more: Any) -> Answer:
    """A clear-sky year with things changed, read as a file."""
    import pandas as pd

    from tests.layers.weather.test_weather import HEAD as PLACE
    from tests.layers.weather.test_weather import clear, csv_file

    table: pd.DataFrame = clear()
    head = {**PLACE, "label": "mid"}
    for verb, *words in change:
        if verb == "put":  # column, from, to, value
            column, a, b, value = words
            table.iloc[a:b, table.columns.get_loc(column)] = value
        elif verb == "times":  # column, factor, offset
            column, factor, offset = words
            table[column] = table[column] * factor + offset
        elif verb == "drop":  # hours from, to
            a, b = words
            table = pd.concat([table.iloc[:a], table.iloc[b:]])
        elif verb == "months":  # keep these
            table = table[table.index.month.isin(words[0])]
        elif verb == "without":
            table = table.drop(columns=words[0])
        elif verb == "roll":  # values by hours
            table[:] = np.roll(table.to_numpy(), words[0], axis=0)
        elif verb == "head":  # a line of the head
            head[words[0]] = words[1]
        elif verb == "headless":
            head.pop(words[0])
        elif verb == "twice":
            table = pd.concat([table.iloc[: words[0]], table.iloc[words[0] - 1 :]])
        elif verb == "text":
            table = table.astype({words[0]: object})
            table.iloc[words[1], table.columns.get_loc(words[0])] = words[2]
        else:
            raise ValueError(verb)
    path = csv_file(folder / "w.csv", table, **head)
    return _weather_file(path, **more)


# ---------------------------------------------------------------- what is no file at all


def hostile(folder: Path, *, what: str, name: str, door: str) -> Answer:
    """A pipe, a device, a loop of links, a folder: under the name of a file."""
    path = folder / name
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "loop":
        path.symlink_to(path)
    elif what == "socket":
        one = socket.socket(socket.AF_UNIX)
        short = Path(os.path.relpath(path))
        one.bind(str(path) if len(str(path)) < 100 else str(short))
        one.close()
    elif what == "folder":
        path.mkdir()
    elif what == "nul":
        path = folder / f"a\x00{name}"
    elif what == "none":
        pass
    elif what == "empty":
        path.write_bytes(b"")
    elif what == "dead link":
        path.symlink_to(folder / "gone")
    else:
        raise ValueError(what)
    return DOORS[door](path)


def address(folder: Path, *, text: str, door: str) -> Answer:
    """An address of a foreign file system in place of a path."""
    from gis.files.read import raster_info, read_features

    (read_features if door == "features" else raster_info)(text)  # type: ignore[operator]
    return Answer()


# ---------------------------------------------------------------- the page


_CLIENT: list[Any] = []


def page(
    folder: Path,
    *,
    ask: str,
    path: str,
    body: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A request to the local page; its status and its words."""
    from fastapi.testclient import TestClient

    from geoplan.serve.app import Planner, create_app

    token = "right-token-0123456789"
    if not _CLIENT:
        app = create_app(Planner(_plan(), None, "en"), token)
        _CLIENT.append(TestClient(app, base_url="http://127.0.0.1"))
    client = _CLIENT[0]
    own = {"X-Token": token, "Content-Type": "application/json", "X-Lang": "en"}
    own |= headers or {}
    kept = {k: v for k, v in own.items() if v}
    session = client.post("/api/session", headers=own | {"X-Token": token, "Host": "127.0.0.1"})
    known = session.json()["session"]
    content = long_text(body).replace("SESSION", known).encode("utf-8", "surrogatepass")
    where = path.replace("SESSION", known)
    found = client.request(ask, where, content=content or None, headers=kept)
    return Answer({"status": float(found.status_code)}, told=found.text)


# ---------------------------------------------------------------- the command line


def command(
    folder: Path, *, words: Sequence[str], change: Sequence[Sequence[Any]] = ()
) -> Answer:
    """A command on the sample's plan with things changed; its code and its words."""
    import contextlib
    import io

    from geoplan.cli import main

    path = SEEDS["plan"][0](folder)
    path.write_bytes(path.read_bytes().replace(b'sample = "demo"', b'sample = "tiny"'))
    for one in change:
        path.write_bytes(changed(path.read_bytes(), one))
    said = [w.replace("PLAN", str(path)).replace("FOLDER", str(folder)) for w in words]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*said, "--lang", "en"])
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Answer({"status": float(code)}, told=out.getvalue() + err.getvalue())


# ---------------------------------------------------------------- runs


def run(
    folder: Path,
    *,
    flip: Sequence[str] = (),
    remove: Sequence[str] = (),
    write: Mapping[str, str] | None = None,
    door: str = "result",
) -> Answer:
    """A finished run whose files are changed afterwards, and a door that reads it."""
    from layers.run_folder import open_run, publish
    from layers.run_lock import held
    from layers.run_record import check_result
    from tests.layers.test_run_folder import complete
    from tests.layers.test_run_folder import flip as flipped

    said: list[Any] = []
    begun = open_run(folder / "out", "key", tell=said.append)
    complete(begun)
    result = publish(begun)
    for name in flip:
        flipped(result / name)
    for name in remove:
        (result / name).unlink()
    for name, text in (write or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(long_text(text), encoding="utf-8")
    if door == "locked":
        with held(folder / "lock", result, plan="b", key="k", tell=said.append):
            return Answer(told="\n".join(s("en") for s in said))
    check_result(result)
    return Answer({"files": float(len(list(result.rglob("*.tif"))))})


MAKERS: dict[str, Callable[..., Answer]] = {
    "seed": seed,
    "file": file,
    "layer": layer,
    "land": land,
    "check": check,
    "weather": weather,
    "hostile": hostile,
    "address": address,
    "page": page,
    "command": command,
    "run": run,
}
"""Name in the table -> maker."""
