"""Wind: yield engine, wakes, IEA Wind Task 37, layout in the sample county.

Run: ``python benchmarks/bench_wind.py [tiny|demo|full|peers]``; prints markdown tables. With
``peers`` only what windpowerlib and PyWake do, too. CPU seconds.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from geoplan.plan_file import load_plan
from layers.open.county import plan_crs
from layers.sample import with_sample
from siting.wind.layout.optimise import Search, Spacing, Task, circle_region, feasible, optimise
from siting.wind.machine.engine import cell_energy, power_table, series_kw
from siting.wind.machine.library import turbine, windpowerlib_turbines
from siting.wind.machine.reference import reference_kw
from siting.wind.resource.rose import rose_from_weibull
from siting.wind.section import RepowerSection, WindSection
from siting.wind.wake.gaussian import gauss_aep, gauss_gradient
from siting.wind.wake.hourly import farm_of, hourly_speed
from siting.wind.wake.models import _model, _turbines, pywake_aep
from tests.siting.wind.iea37 import case_aep, read_case

ROOT = Path(__file__).resolve().parents[1]
BEST = {16: 418_924.4, 36: 863_676.3, 64: 1_513_311.2}
RADIUS = {16: 1300.0, 36: 2000.0, 64: 3000.0}


def timed(work: Callable[[], Any], runs: int = 3) -> float:
    """Median of `runs` after a first call that compiles [s]."""
    work()
    took = []
    for _ in range(runs):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return statistics.median(took)


def engine() -> None:
    rng = np.random.default_rng(0)
    v = (rng.weibull(2, (1000, 8760)) * 8).astype(np.float32)
    rho = np.full(v.shape, 1.08, np.float32)
    machine = turbine("V126/3450")
    ours, theirs = power_table(machine), power_table(machine, "windpowerlib")
    cells = np.zeros(10_000, int)
    scale = np.linspace(0.8, 1.2, 10_000)
    rows = [
        (
            "own series, IEC shift, 1 thread",
            timed(lambda: cell_energy(ours, v, rho, threads=1)) / 1000,
            1,
        ),
        (
            "own series, IEC shift, 2 threads",
            timed(lambda: cell_energy(ours, v, rho, threads=2)) / 1000,
            1,
        ),
        (
            "own series, windpowerlib's shift, 2 threads",
            timed(lambda: cell_energy(theirs, v, rho, threads=2)) / 1000,
            1,
        ),
        ("hourly output kept", timed(lambda: series_kw(ours, v[0], rho[0])), 1),
        (
            "windpowerlib, density correction",
            timed(lambda: reference_kw(machine, v[0], rho[0])),
            1,
        ),
    ]
    print("\n### One turbine, 8,760 h\n\n| method | ms per turbine-year |\n|---|---|")
    for name, seconds, _ in rows:
        print(f"| {name} | {1000 * seconds:.4f} |")
    same, other = rows[2][1], rows[4][1]
    print(f"\nThe same method, windpowerlib to ours: {other / same:.0f}.")
    many = timed(
        lambda: cell_energy(ours, v[:1], rho[:1], series=cells, speed_scale=scale, threads=2)
    )
    print(f"\n10,000 candidate cells x 8,760 h from one series: {many:.2f} s.")
    worst = 0.0
    for m in windpowerlib_turbines().values():
        a = np.nansum(series_kw(power_table(m, "windpowerlib"), v[0].astype(float), 1.08))
        b = np.nansum(reference_kw(m, v[0].astype(float), 1.08))
        worst = max(worst, abs(a / b - 1))
    print(f"\nLargest difference from windpowerlib over its 67 turbines: {worst:.1e}.")


def wakes() -> None:
    machine = turbine("iea_3370_130")
    rose = rose_from_weibull(
        np.full(36, 1 / 36), np.full(36, 7.2), np.full(36, 2.0), step_m_s=1.0
    )
    i = np.arange(17)
    x, y = (i % 6) * 520.0, (i // 6) * 910.0
    print("\n### 17 x 3.4 MW at 4 D x 7 D, A 7.2 m/s, k 2, all directions alike\n")
    print("| model | directions | AEP GWh | wake loss % | s |\n|---|---|---|---|---|")
    for model, step in (("noj", 5.0), ("bastankhah", 2.0), ("turbopark", 1.0)):
        call = lambda m=model, s=step: pywake_aep(  # noqa: E731
            x, y, [machine] * 17, rose, m, rho_kg_m3=1.225, turbulence=0.1, step_deg=s
        )
        seconds, found = timed(call, 1), call()
        print(
            f"| {model} | {360 / step:.0f} | {found.aep_mwh_yr / 1000:.2f} |"
            f" {100 * found.wake_loss_frac:.2f} | {seconds:.2f} |"
        )


def iea37() -> None:
    import py_wake

    folder = Path(py_wake.__file__).parent / "examples" / "data" / "iea37"
    print("\n### IEA Wind Task 37, case study 1\n")
    print("| turbines | baseline AEP MWh | relative error | AEP ms | gradient ms |")
    print("|---|---|---|---|---|")
    for n in (16, 36, 64):
        c = read_case(folder / f"iea37-ex{n}.yaml")
        found = case_aep(c)
        args = (c.x_m, c.y_m, c.rose, c.wake, c.turbine.power_kw)
        aep_s = timed(lambda a=args: gauss_aep(*a), 20)
        slope = c.turbine.slope_kw
        grad_s = timed(lambda a=args, s=slope: gauss_gradient(*a, s), 20)
        error = found.aep_mwh_yr / c.published_mwh_yr - 1
        print(
            f"| {n} | {found.aep_mwh_yr:,.3f} | {error:.0e} |"
            f" {1000 * aep_s:.2f} | {1000 * grad_s:.2f} |"
        )
    print("\n| turbines | moves x starts | AEP MWh | of published best | feasible | s |")
    print("|---|---|---|---|---|---|")
    for n in (16, 36, 64):
        c = read_case(folder / f"iea37-ex{n}.yaml")
        region, spacing = circle_region(RADIUS[n]), Spacing(260.0, 260.0)
        for steps, starts in ((100_000, 2), (1_000_000, 4)):
            start = time.perf_counter()
            task = Task(c.rose, c.wake, c.turbine.power_kw, region, spacing, c.turbine.slope_kw)
            found_l = optimise(n, task, Search(steps=steps, starts=starts, seed=3))
            took = time.perf_counter() - start
            fits = not feasible(found_l.x_m, found_l.y_m, region, spacing)
            print(
                f"| {n} | {steps:,} x {starts} | {found_l.aep_mwh_yr:,.1f} |"
                f" {100 * found_l.aep_mwh_yr / BEST[n]:.2f} % | {fits} | {took:.1f} |"
            )


def county(size: str) -> None:
    from siting.wind.impact.people import dwellings
    from siting.wind.layout.land import screening_for
    from siting.wind.machine.existing import existing_turbines
    from siting.wind.repower.candidates import candidate_turbines, lay_out

    plan = with_sample(load_plan(ROOT / "plans" / "sample.toml"), size)
    section = plan.section(RepowerSection).model_copy(update={"turbine": ("generic_3000_225",)})
    frame, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    assert frame is not None
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    machine = candidate_turbines(section, {})[0]
    rose = rose_from_weibull(
        np.full(36, 1 / 36), np.full(36, 6.5), np.full(36, 2.0), step_m_s=1.0
    )
    start = time.perf_counter()
    screening = screening_for(plan, machine)
    screened = time.perf_counter() - start
    near, _ = dwellings(plan, x, y, 7000.0)
    start = time.perf_counter()
    found = lay_out(
        plan, machine, section, rose, old_xy=(x, y), old_kw=49_500.0,
        stay_xy=(np.zeros(0), np.zeros(0)), near=near, night_limit_db=45.0, turbulence=0.1,
        screening=screening,
    )  # fmt: skip
    laid = time.perf_counter() - start
    cell = plan.area.cell_m
    print(f"\n### Layout in the sample county ({size}, cells of {cell:g} m)\n")
    print(f"{len(found.layout.x_m)} x 3 MW: screening {screened:.1f} s, layout {laid:.1f} s.")


def cpu(work: Callable[[], Any], runs: int = 3) -> float:
    """Least CPU seconds of some runs, the first of them to warm up."""
    work()
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def hours() -> None:
    """Wakes of every hour of a year for 33 turbines, and PyWake's time series in turns."""
    from py_wake.site import UniformSite

    rng = np.random.default_rng(1)
    n, machine = 33, turbine("nrel_bespoke_6000_170")
    i = np.arange(n)
    x = i % 7 * 1350.0 + rng.uniform(-100, 100, n)
    y = i // 7 * 1650.0 + rng.uniform(-100, 100, n)
    wd, ws = rng.uniform(0, 360, 8760), rng.weibull(2, 8760) * 8
    farm, free = farm_of(x, y, [machine] * n, 1.1), np.tile(ws, (n, 1))
    rotors, which = _turbines([machine] * n, 1.1)
    print("\n### 33 turbines, 8,760 h, the wakes of every hour\n")
    print("| model | CPU s | PyWake, CPU s | ratio |\n|---|---|---|---|")
    for name in ("bastankhah", "turbopark", "noj"):
        ours = cpu(lambda m=name: hourly_speed(farm, wd, free, m, turbulence=0.1))
        theirs = _model(name, UniformSite([1.0], ti=0.1), rotors, 0.1, 0.075)
        call = lambda m=theirs: m(x, y, type=which, wd=wd, ws=ws, time=True)  # noqa: E731
        other = cpu(call, 1)
        print(f"| {name} | {ours:.3f} | {other:.2f} | {other / ours:.0f} |")


def main() -> None:
    warnings.simplefilter("ignore")
    engine()
    if sys.argv[1:] == ["peers"]:
        hours()
        named = ", ".join(f"{n} {version(n)}" for n in ("windpowerlib", "py_wake"))
        print(f"\n{named}; load {os.getloadavg()[0]:.1f}.")
        return
    wakes()
    hours()
    iea37()
    county(sys.argv[1] if len(sys.argv) > 1 else "demo")


if __name__ == "__main__":
    main()
