"""PV yield: time per site-year of the map's kernel, the report's chain, and the peers.

Run as ``python benchmarks/bench_pv.py [--peers] [--cells N]``; prints a Markdown table.
Peers (pvlib ModelChain, atlite, PySAM) run in the same process on the same weather.
"""

from __future__ import annotations

import argparse
import os
import resource as rusage
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def best(fn: Callable[[], object], repeat: int = 5) -> float:
    """Least CPU seconds of some runs; the first run compiles and is not counted."""
    fn()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        fn()
        times.append(time.process_time() - start)
    return min(times)


def cells_of(n: int):
    from siting.pv.study.county import cell_planes
    from siting.pv.study.section import PvSection

    rng = np.random.default_rng(1)
    return cell_planes(
        PvSection(),
        lat=38.8,
        tilt_deg=33.0,
        slope_deg=rng.uniform(0, 7, n),
        aspect_deg=rng.uniform(0, 360, n),
        warmer_c=rng.uniform(-4, 2, n),
        horizon_deg=np.abs(rng.normal(0, 4, (n, 36))).clip(0, 20),
    )


def ours(n: int) -> list[tuple[str, float, str]]:
    from siting.pv.plant.chain import site_yield
    from siting.pv.plant.fused import fixed_yield
    from siting.pv.plant.node_hours import node_hours
    from siting.pv.plant.plant import PvPlant
    from siting.pv.study.county import map_plant
    from siting.pv.study.section import PvSection
    from tests.siting.pv.pv_cases import clear_resource

    res = clear_resource(cloud=0.4)
    section = PvSection()
    on_map = map_plant(section)
    node = node_hours(res, on_map, 36)
    planes = cells_of(n)
    rows = []
    for threads in (1, 2):
        t = best(lambda k=threads: fixed_yield(node, planes, on_map, threads=k))
        rows.append(
            (f"geoplan kernel, {n:,} cells, {threads} thread(s)", t / n, f"{t:.3f} s in all")
        )
    t = best(lambda: node_hours(res, on_map, 36), 3)
    rows.append(("geoplan: sun and sky of one weather node (once)", t, ""))
    t = best(lambda: cells_of(n), 2)
    rows.append(
        (f"geoplan: row and horizon factors of {n:,} cells", t / n, f"{t:.2f} s in all")
    )
    for mounting in ("fixed", "tracker"):
        plant = PvPlant(mounting=mounting, tilt_deg=30.0, gcr=0.4)
        t = best(lambda p=plant: site_yield(res, p), 3)
        rows.append((f"geoplan report chain (Perez, Huld), {mounting}", t, "sun shared"))
    return rows


def modelchain() -> tuple[str, float, str]:
    import pvlib
    from pvlib.modelchain import ModelChain
    from pvlib.pvsystem import Array, FixedMount, PVSystem

    from tests.siting.pv.pv_cases import clear_resource

    res = clear_resource(cloud=0.4)
    w = res.weather.hourly.rename(
        columns={
            "ghi_w_m2": "ghi",
            "dni_w_m2": "dni",
            "dhi_w_m2": "dhi",
            "temp_air_c": "temp_air",
            "wind_speed_m_s": "wind_speed",
        }
    )
    array = Array(
        FixedMount(33, 180),
        module_parameters={"pdc0": 1000, "gamma_pdc": -0.0029},
        temperature_model_parameters={"u0": 25.0, "u1": 6.84},
    )
    system = PVSystem(arrays=[array], inverter_parameters={"pdc0": 833})
    place = pvlib.location.Location(38.8, 106.7, altitude=1100)
    chain = ModelChain(
        system, place, aoi_model="physical", spectral_model="no_loss", dc_model="pvwatts"
    )
    return "pvlib ModelChain (Perez, PVWatts)", best(lambda: chain.run_model(w), 3), ""


def pysam() -> tuple[str, float, str]:
    from PySAM import Pvwattsv8

    from tests.siting.pv.pv_cases import clear_resource

    h = clear_resource(cloud=0.4).weather.hourly
    m = Pvwattsv8.default("PVWattsNone")
    m.SolarResource.solar_resource_data = {
        "lat": 38.8,
        "lon": 106.7,
        "tz": 7,
        "elev": 1100,
        "year": list(h.index.year),
        "month": list(h.index.month),
        "day": list(h.index.day),
        "hour": list(h.index.hour),
        "minute": list(h.index.minute),
        "dn": list(h["dni_w_m2"]),
        "df": list(h["dhi_w_m2"]),
        "gh": list(h["ghi_w_m2"]),
        "tdry": list(h["temp_air_c"]),
        "wspd": list(h["wind_speed_m_s"]),
    }
    return "PySAM pvwattsv8", best(m.execute, 3), ""


def atlite(n: int) -> tuple[str, float, str]:
    import xarray as xr
    from atlite.convert import convert_pv
    from atlite.pv.orientation import get_orientation
    from atlite.resource import get_solarpanelconfig

    from tests.siting.pv.pv_cases import clear_resource

    res = clear_resource(cloud=0.4)
    side = int(np.sqrt(n))
    time_ = res.index.tz_convert("UTC").tz_localize(None)
    shape = (len(time_), side, side)
    dims = ("time", "y", "x")

    def spread(values):
        return dims, np.broadcast_to(values[:, None, None], shape).astype(np.float64).copy()

    beam = res.ghi_w_m2 - res.dhi_w_m2
    x, y = np.linspace(106.0, 107.0, side), np.linspace(38.6, 39.1, side)
    data = xr.Dataset(
        {
            "influx_direct": spread(beam),
            "influx_diffuse": spread(res.dhi_w_m2),
            "influx_toa": spread(res.sun.dni_extra_w_m2 * res.sun.cos_zenith),
            "albedo": spread(np.full(len(time_), 0.2)),
            "temperature": spread(res.temp_air_c + 273.15),
            "solar_altitude": spread(np.deg2rad(90.0 - res.sun.zenith_deg)),
            "solar_azimuth": spread(np.deg2rad(res.sun.azimuth_deg)),
        },
        coords={"time": time_, "x": x, "y": y, "lon": ("x", x), "lat": ("y", y)},
    )
    panel = get_solarpanelconfig("CSi")
    orientation = get_orientation({"slope": 33.0, "azimuth": 180.0})

    def run():
        return convert_pv(data, panel, orientation, None).sum("time").compute()

    t = best(run, 2)
    return f"atlite pv (CSi), {side * side:,} cells", t / side**2, f"{t:.1f} s in all"


def whole_process(n: int) -> list[tuple[str, float, str]]:
    """Start, import, read, compute 10,000 cells: with an empty and with a warm cache."""
    code = (
        "import sys; sys.path[:0] = ['.', 'benchmarks']\n"
        "from bench_pv import cells_of\n"
        "from tests.siting.pv.pv_cases import clear_resource\n"
        "from siting.pv.study.county import grid_yield\n"
        "from siting.pv.study.section import PvSection\n"
        f"print(grid_yield(clear_resource(cloud=0.4), PvSection(), cells_of({n})).sum())\n"
    )
    root = Path(__file__).resolve().parents[1]
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        env = os.environ | {"NUMBA_CACHE_DIR": cache}
        for name in ("compiling", "compiled before"):
            start = os.times()
            subprocess.run(
                [sys.executable, "-c", code], cwd=root, env=env, check=True, capture_output=True
            )
            now = os.times()
            t = sum(now[2:4]) - sum(start[2:4])
            rows.append((f"whole process, {n:,} cells, {name}", t / n, f"{t:.1f} s in all"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    rows = ours(options.cells)
    rows += whole_process(options.cells)
    if options.peers:
        for peer in (modelchain, pysam, lambda: atlite(400)):
            rows.append(peer())
    print("| what (8,760 h) | ms per site-year | note |")
    print("|---|---|---|")
    for name, seconds, note in rows:
        print(f"| {name} | {seconds * 1000:.4f} | {note} |")
    if options.peers:
        took = {name: seconds for name, seconds, _ in rows}
        sky, fixed, theirs = (
            next(s for n, s in took.items() if n.startswith(start))
            for start in ("geoplan: sun", "geoplan report chain (Perez, Huld), fixed", "PySAM")
        )
        print(
            f"\nReport chain with its own sun and sky to PySAM: {(sky + fixed) / theirs:.2f}."
        )
        named = ", ".join(f"{n} {version(n)}" for n in ("pvlib", "NREL-PySAM", "atlite"))
        print(f"{named}; load {os.getloadavg()[0]:.1f}.")
    peak = rusage.getrusage(rusage.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"\npeak memory of this process {peak:.0f} MB")


if __name__ == "__main__":
    main()
