"""Land a turbine may stand on: the screening of the wind rules around the old turbines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.cells.grid import Grid, cell_size_m, origin, window_grid
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside as rasterized
from gis.cells.rasterize import within
from gis.errors import ModelError
from gis.near import within_reach
from gis.say import listed, say
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn
from siting.rules.kind import Project
from siting.screen.screening import screen
from siting.screen.section import ScreeningSection
from siting.wind.layout.optimise import Region, mask_region
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.ground import raster_on
from siting.wind.section import RepowerSection

if TYPE_CHECKING:
    from siting.screen.coded import Screening

__all__ = [
    "TurbineLand",
    "rules_at",
    "screening_for",
    "screening_size",
    "turbine_land",
    "warn_land",
]

Float = NDArray[np.float64]
_LEFT, _CONDITIONAL, _TAKEN, _UNKNOWN, _PROVISIONAL = 1, 2, 3, 4, 5

# A turbine this near a road needs next to no new one
_ROADSIDE_M = 200.0


@dataclass(frozen=True, eq=False)
class TurbineLand:
    """Where a turbine may stand, and why not elsewhere.

    Attributes
    ----------
    grid
        Part of the screening grid around the old turbines.
    state : (h, w) uint8
        0 outside the county, 1 left, 2 conditional, 3 taken, 4 unknown.
    allowed : (h, w) bool
        After the search distance, dwellings and slope.
    region
        For the layout search.
    refused_ha
        Hectares inside the search distance by what refuses them.
    """

    grid: Grid
    state: NDArray[np.uint8]
    code: NDArray[Any]
    allowed: NDArray[np.bool_]
    region: Region
    refused_ha: dict[str, float]


def screening_size(plan: Plan, machine: Turbine) -> tuple[float, float]:
    """Hub height and rotor diameter the land is screened for [m]."""
    section = plan.section(ScreeningSection)
    return (
        max(section.hub_height_m or 0.0, machine.hub_m),
        max(section.rotor_diameter_m or 0.0, machine.rotor_m),
    )


def screening_for(plan: Plan, machine: Turbine, project: Project = "repower") -> Screening:
    """Screening of the wind rules for this turbine's hub and rotor.

    Distances that grow with the turbine (fall distance) take the larger of the plan's
    turbine and this one, so a smaller candidate is never judged more mildly than the plan.
    Of a repowering, rules that keep new turbines off old positions say nothing.
    """
    section = plan.section(ScreeningSection)
    hub, rotor = screening_size(plan, machine)
    changed = section.model_copy(
        update={"hub_height_m": hub, "rotor_diameter_m": rotor, "project": project}
    )
    own = plan.with_sections(screening=changed)
    return screen(own, "wind")


def _window(grid: Grid, x: Float, y: Float, margin_m: float) -> tuple[slice, slice]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    h, w = (int(n) for n in grid.shape)
    r0 = max(int((top - y.max() - margin_m) // cell), 0)
    r1 = min(int((top - y.min() + margin_m) // cell) + 1, h)
    c0 = max(int((x.min() - margin_m - left) // cell), 0)
    c1 = min(int((x.max() + margin_m - left) // cell) + 1, w)
    if r0 >= r1 or c0 >= c1:
        raise ModelError(
            say("siting.wind_layout.old_turbines_lie_outside_county"), where="[repower]"
        )
    return slice(r0, r1), slice(c0, c1)


def turbine_land(
    plan: Plan,
    screening: Screening,
    x_m: Float,
    y_m: Float,
    section: RepowerSection,
    *,
    dwellings: NDArray[np.object_] | None,
    setback_m: float,
    atlas: Float | None = None,
    gross_mwh_yr: float,
    area: BaseGeometry | None = None,
) -> TurbineLand:
    """Land within ``section.extent_m`` of the old turbines, or in `area`, that the rules leave.

    Parameters
    ----------
    x_m, y_m : (n,) float
        Old turbines.
    dwellings : array of geometries, optional
        Noise-sensitive buildings, in the plan CRS.
    setback_m : float
        Least distance to them [m].
    atlas : (h, w) float, optional
        Mean wind speed on the window's grid; energy varies with it.
    gross_mwh_yr : float
        Energy of one turbine, the measure of bonus and malus.
    area : geometry, optional
        Of a new farm, in the plan CRS; `x_m`, `y_m` are then its corners. Land of it that
        cannot be judged for want of layers is used and told, not refused.

    Raises
    ------
    ModelError
        When no cell is left.
    """
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    window = _window(screening.grid, x, y, section.extent_m)
    grid = window_grid(screening.grid, window)
    cell = cell_size_m(grid)
    code = screening.code[window]
    state = screening.state[code].astype(np.uint8)
    state[code == 0] = 0
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])))
    if area is None:
        near = within(ragged(np.array([hull], dtype=object)), section.extent_m, grid)
    else:
        near = rasterized(ragged(np.array([area], dtype=object)), grid)
    refused: dict[str, float] = {}
    allowed = near.copy()
    ha = cell * cell / 10_000.0

    def refuse(name: str, bad: NDArray[np.bool_]) -> None:
        refused[name] = float((allowed & bad).sum() * ha)
        allowed[bad] = False

    refuse("outside", state == 0)
    refuse("taken", state == _TAKEN)
    # a turbine stands on one spot: land that waits for layers is not known to bear it
    open_ = (state == _UNKNOWN) | (state == _PROVISIONAL)
    if area is None:
        refuse("unknown", open_)
    else:
        refused["not_judged"] = float((allowed & open_).sum() * ha)
    if not section.conditional_land:
        refuse("conditional", state == _CONDITIONAL)
    if dwellings is not None and len(dwellings) and setback_m > 0:
        refuse("dwellings", within(ragged(dwellings), setback_m, grid))
    if section.slope_max_deg is not None:
        dem = raster_on(plan, "dem", grid)
        if dem is not None:
            from gis.cells.terrain import slope_deg

            slope = slope_deg(dem.astype(np.float32), cell)
            refuse("slope", ~(slope <= section.slope_max_deg))
    if not allowed.any():
        lost = {k: v for k, v in refused.items() if v > 0 and k != "not_judged"}
        parts = [
            say("siting.wind_layout.refused_part", why=say(f"siting.wind_layout.why_{k}"), ha=v)
            for k, v in lost.items()
        ]
        around = area is None
        raise ModelError(
            say(
                "siting.wind_layout.no_land_left_turbine_around"
                if around
                else "siting.wind_layout.no_land_in_area"
            ),
            where="[repower]" if around else "[greenfield]",
            got=listed(parts),
            todo=say(
                "siting.wind_layout.raise_extent_m_allow_conditional"
                if around
                else "siting.wind_layout.enlarge_area"
            ),
        )
    factor = None
    if atlas is not None and atlas.shape == allowed.shape:
        middle = float(np.nanmean(atlas[allowed])) if np.isfinite(atlas[allowed]).any() else 1.0
        # energy grows with about the square of the mean speed around 6 to 7 m/s
        factor = np.where(np.isfinite(atlas), (atlas / middle) ** 2, 1.0)
    bonus = np.zeros(allowed.shape)
    bonus[state == _CONDITIONAL] -= section.conditional_penalty_frac * gross_mwh_yr
    if section.reuse_pads and section.reuse_bonus_frac > 0:
        pads = shapely.points(x, y)
        bonus[within(ragged(np.asarray(pads)), max(cell, 30.0), grid)] += (
            section.reuse_bonus_frac * gross_mwh_yr
        )
        roads = open_features(plan, "road")
        if roads is not None and len(roads):
            lines = np.asarray(roads.geometry.array, dtype=object)
            lines = lines[within_reach(lines, hull, section.extent_m + _ROADSIDE_M)]
            if len(lines):
                bonus[within(ragged(lines), _ROADSIDE_M, grid)] += (
                    0.5 * section.reuse_bonus_frac * gross_mwh_yr
                )
    left, top = origin(grid)
    return TurbineLand(
        grid,
        state,
        code,
        allowed,
        mask_region(allowed, left, top, cell, factor=factor, bonus=bonus),
        refused,
    )


def rules_at(
    screening: Screening, x_m: Float, y_m: Float
) -> tuple[list[int], list[list[str]], list[list[str]]]:
    """State and rules that hit, and rules that could not be judged, at points."""
    left, top = origin(screening.grid)
    cell = cell_size_m(screening.grid)
    h, w = screening.code.shape
    states: list[int] = []
    hits: list[list[str]] = []
    unknown: list[list[str]] = []
    for x, y in zip(np.asarray(x_m), np.asarray(y_m), strict=True):
        r, c = int((top - y) // cell), int((x - left) // cell)
        if not (0 <= r < h and 0 <= c < w) or screening.code[r, c] == 0:
            states.append(0)
            hits.append([])
            unknown.append([])
            continue
        k = int(screening.code[r, c])
        row = screening.outcomes[k]
        states.append(int(screening.state[k]))
        effective = [
            (rule, row[i])
            for i, rule in enumerate(screening.rules)
            if screening.effects[i] != "none"
        ]
        hits.append([rule.id for rule, o in effective if o == 2])
        unknown.append([rule.id for rule, o in effective if o == 1])
    return states, hits, unknown


def warn_land(land: TurbineLand) -> list[Warn]:
    """What of the land could not be judged."""
    lost = land.refused_ha.get("unknown", 0.0)
    if lost <= 0:
        return []
    return [
        Warn(
            "repower_land_unknown",
            say("siting.wind_layout.repower_land_unknown", lost=lost),
        )
    ]
