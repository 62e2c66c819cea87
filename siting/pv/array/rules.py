"""By what a polygon is filled: the geometry of a table, and conventions that come as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gis.errors import ConfigError, raise_faults
from gis.say import say
from siting.pv.plant.module import Module
from siting.pv.study.conventions import convention_faults, conventions

__all__ = ["ArrayRules", "array_rules"]


@dataclass(frozen=True)
class ArrayRules:
    """How a polygon is filled with tables.

    Attributes
    ----------
    pitch_m, tilt_deg, azimuth_deg
        Row to row, horizontally [m]; tilt [deg]; the way the modules face [deg]. The rows run
        across it: those of a tracker, which faces 270, north-south.
    collector_m
        Width of a row along its tilt [m].
    module_kw
        Power of a module [kW].
    dc_ac_ratio
        Module over inverter power that is wanted; an inverter gets no more strings than that.
    setback_m, road_m, block_mw
        Kept free inside the boundary [m], width of roads [m], grid power of a transformer [MW].
    up, string_modules, table_strings
        Modules across a row, in a string, and strings of a table.
    other
        The remaining figures of ``siting/pv/data/array.toml`` as they are used.
    given
        Keys whose figure is the user's.
    """

    pitch_m: float
    tilt_deg: float
    azimuth_deg: float
    collector_m: float
    module_kw: float
    dc_ac_ratio: float
    setback_m: float
    road_m: float
    block_mw: float
    up: int
    string_modules: int
    table_strings: int
    across_m: float
    other: Mapping[str, float]
    given: frozenset[str] = frozenset()

    @property
    def depth_m(self) -> float:
        """Depth of a row in plan [m]."""
        return self.collector_m * math.cos(math.radians(self.tilt_deg))

    @property
    def table_modules(self) -> int:
        """Modules of a table."""
        return self.string_modules * self.table_strings

    @property
    def table_m(self) -> float:
        """Length of a table [m]."""
        n = self.table_modules // self.up
        return n * self.across_m + (n - 1) * self.other["module_gap_m"]

    @property
    def table_kw(self) -> float:
        """Module power of a table [kW]."""
        return self.table_modules * self.module_kw

    @property
    def table_piles(self) -> int:
        """Piles of a table: one line of them, no span longer than the convention."""
        return math.ceil(self.table_m / self.other["pile_spacing_m"] - 1e-9) + 1

    @property
    def inverter_kw(self) -> float:
        """Rated power of an inverter [kW]."""
        return self.other["inverter_kw"]

    @property
    def inverter_tables(self) -> int:
        """Tables an inverter takes at most."""
        return max(1, int(self.dc_ac_ratio * self.inverter_kw / self.table_kw + 1e-9))

    @property
    def transformer_inverters(self) -> int:
        """Inverters a transformer takes at most."""
        return max(1, int(self.block_mw * 1000.0 / self.inverter_kw + 1e-9))

    @property
    def block(self) -> tuple[int, int]:
        """Rows and tables of a row in a block, as square as they come."""
        kw_m2 = self.table_kw / (self.step_m * self.pitch_m)
        side = math.sqrt(self.block_mw * 1000.0 * self.dc_ac_ratio / kw_m2)
        return max(1, round(side / self.pitch_m)), max(1, round(side / self.step_m))

    @property
    def step_m(self) -> float:
        """From table to table of a row [m]."""
        return self.table_m + self.other["table_gap_m"]

    @property
    def road_gap_m(self) -> float:
        """What a road between blocks adds to the space between two rows [m]."""
        return max(0.0, self.road_m - (self.pitch_m - self.depth_m))


def array_rules(
    *,
    pitch_m: float,
    tilt_deg: float,
    azimuth_deg: float,
    collector_m: float,
    module: Module,
    dc_ac_ratio: float,
    setback_m: float,
    road_m: float,
    block_mw: float,
    given: Mapping[str, float] | None = None,
) -> ArrayRules:
    """Rules of a plant from its geometry, its module and the conventions.

    Parameters
    ----------
    pitch_m, tilt_deg, azimuth_deg, collector_m
        See `ArrayRules`; `siting.pv.study.design.design` gives them by GB 50797.
    module : Module
        Its efficiency and the sides of the conventions make its power, unless its data sheet
        says power and area.
    dc_ac_ratio, setback_m, road_m, block_mw : float
    given : mapping, optional
        Figures of the user in place of conventions.

    Raises
    ------
    ConfigError
        With every figure that cannot be, rows that overlap, or a row narrower than a module.

    Examples
    --------
    Two modules of 2.278 m across a row of 4.6 m, a string of 28 to a table:

    >>> from siting.pv.plant.module import modules
    >>> r = array_rules(pitch_m=11.19, tilt_deg=35.0, azimuth_deg=180.0, collector_m=4.6,
    ...     module=modules()["topcon_bifacial"], dc_ac_ratio=1.25, setback_m=10.0, road_m=6.0,
    ...     block_mw=3.15)
    >>> r.up, r.table_modules, round(r.table_m, 2), r.table_piles, round(r.module_kw, 3)
    (2, 28, 16.14, 6, 0.581)
    """
    given = dict(given or {})
    rows = conventions()
    raise_faults(ConfigError, convention_faults(given))
    figures = {k: given.get(k, row.value) for k, row in rows.items()}
    long, short = figures["module_length_m"], figures["module_width_m"]
    gap = figures["module_gap_m"]
    # portrait where a module fits across the row, else landscape
    up, across = _across(collector_m, long, gap), short
    if not up:
        up, across = _across(collector_m, short, gap), long
    if not up:
        raise ConfigError(
            say("siting.pv_array.row_narrower_than_module"),
            where="[pv] collector_m",
            got=f"{collector_m:g} m",
            expected=f">= {short:g} m",
        )
    string = int(figures["string_modules"])
    tables = next(k for k in range(1, up + 1) if (k * string) % up == 0)
    found = ArrayRules(
        pitch_m=pitch_m,
        tilt_deg=tilt_deg,
        azimuth_deg=azimuth_deg,
        collector_m=collector_m,
        module_kw=module.efficiency_frac * long * short,
        dc_ac_ratio=dc_ac_ratio,
        setback_m=setback_m,
        road_m=road_m,
        block_mw=block_mw,
        up=up,
        string_modules=string,
        table_strings=tables,
        across_m=across,
        other=MappingProxyType(figures),
        given=frozenset(given),
    )
    if not found.pitch_m > found.depth_m > 0.0:
        raise ConfigError(
            say("siting.pv_study.rows_overlap"),
            got=say("siting.pv_study.pitch_and_depth", pitch_m=pitch_m, depth_m=found.depth_m),
        )
    if min(setback_m, road_m) < 0.0 or min(block_mw, dc_ac_ratio) <= 0.0:
        raise ConfigError(
            say("siting.pv_study.layout_rule_not_positive"),
            got=f"setback_m {setback_m:g}, road_m {road_m:g}, block_mw {block_mw:g}",
        )
    if found.inverter_kw > 1000.0 * block_mw + 1e-6:
        raise ConfigError(
            say("siting.pv_array.inverter_above_block"),
            where="inverter_kw",
            got=f"{found.inverter_kw:g} kW",
            expected=f"<= {1000.0 * block_mw:g} kW",
            todo=say("siting.pv_array.larger_block"),
        )
    return found


def _across(row_m: float, side_m: float, gap_m: float) -> int:
    """Modules whose `side_m` lies across a row."""
    return int((row_m + gap_m) / (side_m + gap_m) + 1e-9)
