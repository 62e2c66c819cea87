"""What a run needs of this machine, estimated from its plan before it begins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gis.constants import constants
from gis.errors import ConfigError, DataError, Fault, GeoplanError, raise_faults
from gis.machine import address_space, cores, disk_free, lacks_memory, memory_free
from gis.say import say
from gis.toml import read_toml
from layers.catalogue import layers as catalogue
from layers.open.county import county_boundary
from layers.open.plan_file import plan_files
from layers.plan.model import Plan
from siting.screen.program import words_of
from siting.screen.screening import rules_of
from siting.screen.section import ScreeningSection

__all__ = [
    "Needs",
    "memory_used_up",
    "refused",
    "require_asked",
    "require_room",
    "room_for_two",
    "run_needs",
]

_SIDES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_LARGEST_M = 1000.0
_CARBON = frozenset({"stand", "carbon", "survey", "targets", "monitor", "potential"})
_BY_WINDOWS = frozenset({"screen", "sites"})  # they never read a raster of the county at once


@dataclass(frozen=True)
class Needs:
    """What a run is estimated to take.

    Attributes
    ----------
    cells
        Of the box around the county.
    memory
        At its highest, above what the process holds when it begins [bytes].
    disk
        In the work folder, beside a former result [bytes].
    """

    cells: int
    memory: int
    disk: int


def _measured() -> Any:  # noqa: ANN401 - of the file
    return read_toml("geoplan", "needs.toml")


def _layer_bytes(plan: Plan) -> tuple[float, float]:
    """Memory of the feature layers (rasters are read by windows), and bytes of all files."""
    factors, kinds = _measured()["layer"], catalogue()
    held = total = 0.0
    for key, source in plan.layers.items():
        if not source.path or key not in kinds or kinds[key].kind == "timeseries":
            continue
        for path in plan_files(plan, source):
            files = path.parent.glob(path.stem + ".*") if path.suffix == ".shp" else [path]
            size = sum(p.stat().st_size for p in files if p.is_file())
            total += size
            if kinds[key].kind == "features":
                held += size * factors.get(path.suffix.lower(), factors["other"])
    return held, total


def _sides_m(plan: Plan) -> tuple[float, float]:
    """Width and height of the box around the county."""
    west, south, east, north = county_boundary(plan).bounds
    return east - west, north - south


def _runs(plan: Plan, cell_m: float, layers: float) -> float:
    """Runs of equal cells in the rows of a raster of codes, from the bytes of its layers."""
    by, (width, height) = _measured()["run"], _sides_m(plan)
    density = math.sqrt(layers / (width * height) / by["bytes_m2"])
    in_row = by["per_row"] + by["per_m"] * width * density
    return float(min(in_row, width / cell_m + 1) * (height / cell_m + 1))


def require_asked(plan: Plan, steps: tuple[str, ...], *, documents: bool = True) -> None:
    """Refuse what a late step would: nothing is computed that would be lost with it.

    Parameters
    ----------
    plan : Plan
    steps : tuple of str
        Names of the steps that are asked for.
    documents : bool
        Whether map and report follow.

    Raises
    ------
    ConfigError
        Two land covers without their years; land covers, NDVI or surveys dated against
        theirs; areas, figures, targets and keys of carbon that cannot be; balances of
        zones and parks the plan has not.
    DataError
        Loads of parks that are no year of numbers; base maps of the plan that cannot be read.
    """
    from carbon_sink.asked.data import forest_faults
    from carbon_sink.asked.keys import carbon_faults, potential_faults
    from carbon_sink.change.findings import years_missing
    from carbon_sink.change.layer_dates import COVERS, NDVI, date_faults, survey_date_faults
    from carbon_sink.monitor.asked import monitor_faults
    from geoplan.tiles.base import tile_faults
    from siting.energy.bounds import bound_faults
    from siting.zones.asked import load_faults, zone_faults

    if "carbon" in steps and years_missing(plan):
        raise ConfigError(
            say("carbon_sink.change.dates_needed"),
            where="[carbon] base_year, year",
            todo=say("carbon_sink.change.give_both_years"),
        )
    faults = date_faults(plan, (COVERS,)) if set(steps) & {"carbon", "pools", "monitor"} else []
    faults += date_faults(plan, (NDVI,)) if set(steps) & {"targets", "monitor"} else []
    faults += survey_date_faults(plan) if "survey" in steps else []
    raise_faults(ConfigError, faults)
    if set(steps) & {"connection", "energy"}:
        raise_faults(ConfigError, bound_faults(plan))
    if set(steps) & _CARBON:
        raise_faults(ConfigError, carbon_faults(plan))
    if set(steps) & {"targets", "monitor"}:
        raise_faults(ConfigError, forest_faults(plan))
    if "potential" in steps:
        raise_faults(ConfigError, potential_faults(plan))
    if "monitor" in steps:
        raise_faults(ConfigError, monitor_faults(plan))
    if "zones" in steps:
        raise_faults(ConfigError, zone_faults(plan))
        raise_faults(DataError, load_faults(plan))
    if documents:
        raise_faults(DataError, tile_faults(plan))


def refused(plan: Plan) -> bool:
    """Whether the plan itself is such that a run of all steps would be refused.

    Why is among the findings of the doctor.
    """
    from geoplan.steps import STEPS

    try:
        require_asked(plan, tuple(s.name for s in STEPS))
    except ConfigError:
        return True
    except GeoplanError:  # its data are told by those who read them
        return False
    return False


def run_needs(
    plan: Plan, steps: tuple[str, ...], *, documents: bool = True, cell_m: float | None = None
) -> Needs:
    """Estimate what a run takes.

    Parameters
    ----------
    plan : Plan
    steps : tuple of str
        Names of the steps.
    documents : bool
        Whether map, report and exports are written.
    cell_m : float, optional
        In place of the plan's.

    Returns
    -------
    Needs
    """
    by = _measured()
    section = plan.section(ScreeningSection)
    cell = cell_m or plan.area.cell_m
    width, height = _sides_m(plan)
    n = math.ceil(width / cell + 1) * math.ceil(height / cell + 1)
    layers, files = _layer_bytes(plan)
    runs = _runs(plan, cell, files)
    kept = len(section.techs) * (
        by["run"]["tech"] + by["run"]["scenario"] * len(section.compare)
    )
    # beside what a cell takes: runs, cells of one large piece, pictures
    more = {
        "screen": runs * kept,
        "sites": runs * by["run"]["sites"] + min(n, by["split"]["cells"]) * by["split"]["cell"],
        "documents": runs * by["run"]["documents"]
        + min(n, by["picture"]["cells"]) * by["picture"]["cell"],
    }
    workers = 1 if section.engine == "serial" else section.workers
    rules = max(len(rules_of(plan, tech)[0]) for tech in section.techs)
    tile = (by["tile"]["cell"] + by["tile"]["word"] * words_of(2 * rules)) * min(
        n, section.tile_px**2
    )
    apart = section.engine not in ("serial", "threads")
    at_work = workers * (tile + (by["tile"]["processes"] if apart else 0.0))
    if "://" in section.engine:
        at_work = 0.0  # on other machines
    peaks = {
        "screen": by["fixed"]["screen"] + n * by["cell"]["screen"] + more["screen"] + at_work
    }
    for name in (*steps, *(("documents",) if documents else ())):
        if name == "screen":
            continue
        kind = name if name in by["cell"] else "other"
        peaks[name] = by["fixed"][kind] + n * by["cell"][kind] + more.get(kind, 0.0)
    memory = layers + max(v for k, v in peaks.items() if k in steps or k == "documents")
    rasters = len(section.techs) * (1 + len(section.compare)) * n * by["disk"]["cell"]
    exchanged = n * by["disk"]["exchanged"] if apart else 0.0
    return Needs(n, round(memory), round(by["disk"]["fixed"] + rasters + exchanged))


def _free() -> int | None:
    """Memory a run may plan on."""
    free = memory_free()
    if free is None:
        return None
    fit = _measured()["fit"]
    if address_space() is not None:
        free -= int(fit["address_space"])
    return max(int(free * fit["share"]), 0)


def _sides(least: float) -> Iterator[float]:
    """Sides of cells people use, above `least` [m]."""
    power = math.floor(math.log10(least))
    while True:
        for digit in _SIDES:
            side = round(digit * 10.0**power, 6)
            if side > _LARGEST_M:
                return
            if side > least:
                yield side
        power += 1


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f}"


def _ceiling(steps: tuple[str, ...]) -> int:
    """Cells beyond which no such run is possible, whatever the machine."""
    limits = constants("limits")
    whole = not set(steps) <= _BY_WINDOWS
    return int(limits["raster_cells_max" if whole else "grid_cells_max"])


def require_room(
    plan: Plan, steps: tuple[str, ...], folder: Path, *, documents: bool = True
) -> None:
    """Refuse a run that this machine cannot hold, and say which cell size it can.

    Parameters
    ----------
    plan : Plan
    steps : tuple of str
        Names of the steps.
    folder : Path
        Of the result.
    documents : bool
        Whether map, report and exports are written.

    Raises
    ------
    ConfigError
        With the cells, the memory and the disk a run would take, and what there is.
    """
    estimate = partial(run_needs, plan, steps, documents=documents)
    needs, free, room = estimate(), _free(), disk_free(folder)
    most = _ceiling(steps)

    def fits(one: Needs) -> bool:
        return (
            one.cells <= most
            and (free is None or one.memory <= free)
            and (room is None or one.disk <= room)
        )

    if fits(needs):
        return
    found = next((s for s in _sides(plan.area.cell_m) if fits(estimate(cell_m=s))), None)
    if found is not None:
        size = _gb(estimate(cell_m=found).memory)
        todo = say("geoplan.needs.take_cells_of", cell_m=f"{found:g}", size=size)
    elif room is not None and needs.disk > room:
        todo = say("geoplan.faults.free_space")
    elif address_space() is not None:
        todo = say("geoplan.needs.raise_limit")
    else:
        todo = say("geoplan.needs.take_more_memory")
    where = f"{plan.path.name} [area] cell_m = {plan.area.cell_m:g}"
    faults = []
    if needs.cells > most:
        faults.append(
            Fault(
                say("geoplan.needs.too_many_cells"),
                where=where,
                got=say("geoplan.needs.cells", n=needs.cells),
                expected=say("geoplan.needs.at_most_cells", n=most),
                todo=todo,
            )
        )
    rows = (("memory", needs.memory, free), ("disk", needs.disk, room))
    for what, need, there in rows:
        if there is not None and need > there:
            faults.append(
                Fault(
                    say(f"geoplan.needs.{what}_does_not_suffice"),
                    where=where,
                    got=say("geoplan.needs.about", n=needs.cells, size=_gb(need)),
                    expected=say("geoplan.needs.at_most_gb", size=_gb(there)),
                    todo=todo,
                )
            )
    raise_faults(ConfigError, faults)


def room_for_two(plan: Plan, steps: tuple[str, ...], *, documents: bool = True) -> bool:
    """Whether a second process that computes steps of the same run pays and fits.

    It pays on two cores from the area on at which steps take longer than its start; asked for
    one worker, a run takes one core.

    Parameters
    ----------
    plan : Plan
    steps : tuple of str
        Names of the steps.
    documents : bool
        Whether map, report and exports are written.
    """
    second, free = _measured()["second"], _free()
    section = plan.section(ScreeningSection)
    if section.engine == "serial" or section.workers < 2 or cores() < 2:
        return False
    needs = run_needs(plan, steps, documents=documents)
    return needs.cells >= second["cells"] and (free is None or 2 * needs.memory <= free)


def memory_used_up(err: Exception, folder: Path) -> DataError | None:
    """The fault behind an error that came from want of memory; None when it did not."""
    if isinstance(err, GeoplanError) or not lacks_memory(err):
        return None
    return DataError(
        say("geoplan.needs.memory_used_up"),
        where=str(folder),
        todo=say("geoplan.needs.give_memory"),
    )
