"""Transitions between two land covers of a county, by township, and the change raster."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.comparable import (
    PAIR,
    cannot_compare,
    change_choice,
    period_of,
)
from carbon_sink.change.conversion import Period
from carbon_sink.change.cover_land import CoverLand, Planted, dated_land
from carbon_sink.change.land_groups import planted_too_early
from carbon_sink.change.layer_dates import date_faults
from carbon_sink.change.raster import Footprints, class_slots, tally_change, window_area_m2
from carbon_sink.change.two_dates import row_changes
from carbon_sink.cover.cells import cover_grid
from carbon_sink.cover.classes import classify_codes, raster_values
from carbon_sink.cover.local_classes import marks_of_townships
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import POOLS
from gis.cells.coverage import expand_runs
from gis.cells.grid import Grid, Window, windows
from gis.cells.tally import cell_areas
from gis.errors import ConfigError, raise_faults
from gis.files.raster_info import HeldRasters, held_rasters
from gis.files.write_raster import write_cog
from gis.say import say
from gis.types import F8, I8
from layers.open.plan_layers import layer_state, open_raster, vocabulary_of
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["CoverChange", "cover_change"]


@dataclass(frozen=True)
class CoverChange:
    """Transitions of the county's land cover.

    Attributes
    ----------
    transitions
        ``township, before, after, area_ha`` and, of land in a dated project or stand,
        ``planted_year`` and ``species``; classes are ecosystems, or ``<vocabulary>:<code>``
        where a code may be several. Land in no township has an empty one. Where townships
        have densities of their own, ``local`` is the mark they stand under.
    footprints
        Land known at both dates, at one, at neither.
    choice, table
        Densities used at both dates, and the table they come from.
    ambiguous
        Labels that may be several ecosystems.
    rasters
        ``carbon_density`` and ``carbon_change``.
    warnings
        What is told of planting years and species.
    """

    transitions: pd.DataFrame
    footprints: Footprints
    choice: Choice
    table: Coefficients
    rasters: Mapping[str, Path]
    ambiguous: Mapping[str, frozenset[str]] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()


_UNDATED: Planted = (0, "")


def _total_density(choice: Choice, table: Coefficients, label: str) -> float:
    own = [choice[label, p] for p in POOLS if (label, p) in choice]
    if not any(d.parts for d in own):
        return math.nan
    return math.fsum(d.value(table) for d in own)


@dataclass(frozen=True)
class _Pixels:
    """What each pair of class values means on the map."""

    values: tuple[int, ...]
    density: Mapping[int, float]
    delta: Mapping[Planted, F8]  # (n, n) [tC/ha]


def _pixels(
    label: Mapping[int, str],
    density: Mapping[int, float],
    choice: Choice,
    table: Coefficients,
    period: Period,
    planted: Sequence[Planted],
    mark: str = "",
) -> _Pixels:
    values = tuple(sorted(label))
    n = len(values)
    rows = pd.DataFrame(
        {
            "before": np.repeat([label[v] for v in values], n),
            "after": np.tile([label[v] for v in values], n),
            "area_ha": 1.0,
            "local": mark,
        }
    )
    known = np.array([density[v] for v in values])
    stayed = (rows["before"] == rows["after"]).to_numpy().reshape(n, n)
    delta = {}
    for key in (_UNDATED, *planted):
        year, species = key
        dated = rows.assign(planted_year=float(year) if year else np.nan, species=species)
        own = _of_projects(dated, period) if key != _UNDATED else rows
        change = row_changes(own, choice, table, period)["total_tc"].to_numpy().reshape(n, n)
        delta[key] = np.where(stayed & np.isnan(known)[:, None], np.nan, change)
    return _Pixels(values, density, delta)


def cover_change(
    plan: Plan, section: CarbonSection, work: Path, *, arbor_ha: float | None = None
) -> CoverChange | None:
    """Count transitions from ``land_cover_base`` to ``land_cover``; None without both.

    Writes ``carbon_change.tif`` and ``carbon_density.tif``, the stock at the later date with
    young stands at what they hold [tC/ha].

    Parameters
    ----------
    arbor_ha : float, optional
        Arbor forest a known stock volume stands on, where the inventory does not say.

    Raises
    ------
    ConfigError
        Dates that are not given, or layers dated against their order.
    """
    if any(layer_state(plan, i) != "available" for i in PAIR) or cannot_compare(plan):
        return None
    raise_faults(ConfigError, date_faults(plan))
    name = vocabulary_of(plan, "land_cover")
    grid = cover_grid(plan, PAIR)
    by_value = raster_values(name)
    codes = pd.Series(list(by_value.values()), dtype=object)
    labels, _, ambiguous = classify_codes(codes, section.crosswalk, name)
    label = dict(zip(by_value, labels, strict=True))
    period = period_of(section, ambiguous)
    choice, table = change_choice(section, ambiguous, arbor_ha)
    marks = marks_of_townships(section, section.base_year)
    dated = dated_land(plan, section)
    planted = dated.planted
    pixels = {}
    for mark in dict.fromkeys(("", *marks.values())):
        density = {v: _total_density(choice, table, e + mark) for v, e in label.items()}
        pixels[mark] = _pixels(label, density, choice, table, period, tuple(planted), mark)
    own = {town: pixels[mark] for town, mark in marks.items()}
    land = CoverLand.of(plan, grid, planted)
    sums: dict[tuple[str, Planted], npt.NDArray[np.float64]] = {}

    def blocks() -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
        with held_rasters() as held:
            for window in windows(grid):
                yield window, _block(plan, grid, window, held, land, pixels[""], own, sums)

    path = work / "carbon_change.tif"
    write_cog(
        path,
        blocks(),
        grid,
        dtype="float32",
        nodata=float("nan"),
        tags={"title": "change in carbon density", "unit": "tC/ha"},
    )
    stock = work / "carbon_density.tif"
    write_cog(
        stock,
        _density_blocks(plan, grid, land, pixels[""], own),
        grid,
        dtype="float32",
        nodata=float("nan"),
        tags={"title": "carbon density", "unit": "tC/ha"},
    )
    n = len(pixels[""].values) + 1
    whole = np.sum([*sums.values(), np.zeros((n, n))], axis=0) / 1e4
    feet = Footprints(
        float(whole[1:, 1:].sum()),
        float(whole[1:, 0].sum()),
        float(whole[0, 1:].sum()),
        float(whole[0, 0]),
    )
    frame = _table(sums, pixels[""].values, label)
    if marks:
        frame = frame.assign(local=[marks.get(str(t), "") for t in frame["township"]])
    told = dated.warnings
    if planted:
        told = (*told, *_early_words(frame, period))
        frame = _added_up(_of_projects(frame, period))
    else:
        frame = _added_up(frame.drop(columns=["planted_year", "species"]))
    rasters = {"carbon_change": path, "carbon_density": stock}
    return CoverChange(frame, feet, choice, table, rasters, ambiguous, told)


def _table(
    sums: Mapping[tuple[str, Planted], npt.NDArray[np.float64]],
    values: Sequence[int],
    label: Mapping[int, str],
) -> pd.DataFrame:
    out = [
        {
            "township": k,
            "before": label[a],
            "after": label[b],
            "planted_year": float(year) if year else math.nan,
            "species": species,
            "area_ha": m[i, j] / 1e4,
        }
        for (k, (year, species)), m in sums.items()
        for i, a in enumerate(values, 1)
        for j, b in enumerate(values, 1)
        if m[i, j] > 0
    ]
    columns = ["township", "before", "after", "planted_year", "species", "area_ha"]
    return pd.DataFrame(out, columns=columns)


def _added_up(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [c for c in rows.columns if c != "area_ha"]
    return rows.groupby(keys, as_index=False, dropna=False).agg(area_ha=("area_ha", "sum"))


def _early_words(rows: pd.DataFrame, period: Period) -> tuple[Warn, ...]:
    start = period.to_year - period.years
    early = rows[planted_too_early(rows, start, period.ambiguous)]
    if not len(early):
        return ()
    said = say(
        "carbon_sink.change.planted_too_early",
        area_ha=float(early["area_ha"].sum()),
        year=f"{start:g}",
    )
    return (Warn("planted_too_early", said, "[layers.restoration_projects]"),)


def _of_projects(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Planting years of land in projects; none where both maps show one class.

    A work of the period on such land may have been tending: that what stood was cleared and
    planted anew only a survey can say. A year before the earlier map, which shows nothing woody
    there, dates nothing either.
    """
    stayed = rows["before"] == rows["after"]
    inside = rows["planted_year"] > period.to_year - period.years
    tended = stayed & inside
    start = period.to_year - period.years
    early = planted_too_early(rows, start, period.ambiguous)
    rows = rows.assign(planted_year=rows["planted_year"].mask(early))
    return rows.assign(
        planted_year=rows["planted_year"].mask(tended), species=rows["species"].mask(tended, "")
    )


def _block(
    plan: Plan,
    grid: Grid,
    window: Window,
    held: HeldRasters,
    land: CoverLand,
    pixels: _Pixels,
    own_pixels: Mapping[str, _Pixels],
    sums: dict[tuple[str, Planted], npt.NDArray[np.float64]],
) -> npt.NDArray[np.float32]:
    whole = expand_runs(land.inside, window)
    if not whole.any():
        return np.full(whole.shape, np.nan, np.float32)
    got = [open_raster(plan, i, grid, window, held) for i in PAIR]
    (before, kb), (after, ka) = got  # type: ignore[misc]
    area = window_area_m2(cell_areas(grid), window)
    dated = land.dated(window)
    rest = 1.0 - sum((s for _, s in dated), np.zeros(whole.shape))

    def tally(
        share: F8, year: Planted, of: _Pixels = pixels
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
        _, part, change = tally_change(
            before[box],
            after[box],
            np.ascontiguousarray(area[box] * share[box]),
            of.density,
            of.density,
            known_before=kb[box],
            known_after=ka[box],
            delta=of.delta[year],
        )
        return part, change

    n = len(pixels.values) + 1
    for name, share in land.shares(window):
        rows, cols = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        if not len(rows):
            continue
        box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        for year, part in [(_UNDATED, rest), *dated] if dated else [(_UNDATED, None)]:
            own = share if part is None else share * part
            found, _ = tally(own, year)
            total = sums.setdefault((name, year), np.zeros((n, n)))
            total += found
    box = slice(None), slice(None)
    change = np.empty((0, 0), np.float32)
    for of, here in _places(land, window, pixels, own_pixels):
        _, found_here = tally(whole, _UNDATED, of)
        for year, part in dated:
            _, own = tally(whole, year, of)
            found_here = np.where(part >= 0.5, own, found_here)
        change = found_here if here is None else np.where(here, found_here, change)
    return change


def _places(
    land: CoverLand, window: Window, pixels: _Pixels, own: Mapping[str, _Pixels]
) -> Iterator[tuple[_Pixels, npt.NDArray[np.bool_] | None]]:
    """What holds everywhere, and then in each township with densities of its own."""
    yield pixels, None
    for name, share in land.shares(window) if own else ():
        if name in own and (here := share >= 0.5).any():
            yield own[name], here


def _density_blocks(
    plan: Plan, grid: Grid, land: CoverLand, whole_county: _Pixels, own: Mapping[str, _Pixels]
) -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
    """Stock at the later date; land that changed holds what it had, less losses, plus gains."""
    with held_rasters() as held:
        for window in windows(grid):
            yield window, _density(plan, grid, window, held, land, whole_county, own)


def _density(
    plan: Plan,
    grid: Grid,
    window: Window,
    held: HeldRasters,
    land: CoverLand,
    whole_county: _Pixels,
    own: Mapping[str, _Pixels],
) -> npt.NDArray[np.float32]:
    whole = expand_runs(land.inside, window)
    out = np.full(whole.shape, np.nan, np.float32)
    got = [open_raster(plan, i, grid, window, held) if whole.any() else None for i in PAIR]
    if got[1] is not None:
        values, known = got[1]
        used = known & (whole > 0)
        for pixels, here in _places(land, window, whole_county, own):
            plain = np.array([np.nan, *(pixels.density[v] for v in pixels.values)])
            use = used if here is None else used & here
            after = np.where(use, class_slots(pixels.values, values), 0)
            out[use] = plain[after[use]]
            if got[0] is None:
                continue
            base, there = got[0]
            before = np.where(there, class_slots(pixels.values, base), 0)
            moved = use & there & (before != after)
            out[moved] = _held(pixels, _UNDATED, plain, before[moved], after[moved])
            for year, part in land.dated(window):
                new = moved & (part >= 0.5)
                out[new] = _held(pixels, year, plain, before[new], after[new])
    return out


def _held(pixels: _Pixels, year: Planted, plain: F8, before: I8, after: I8) -> F8:
    """Stock of converted land: what stood before, and what was lost and gained since."""
    delta = pixels.delta[year][before - 1, after - 1]
    held = np.nan_to_num(plain[before]) + delta
    return np.asarray(np.where(np.isnan(delta) | np.isnan(plain[after]), plain[after], held))
