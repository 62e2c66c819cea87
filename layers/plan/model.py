"""What a plan is: a county, its layers, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, field_validator, model_validator

from gis.errors import GeoplanError
from gis.say import LANGS, listed, say
from layers.numbers import Box, Code, Factor, HalfWidth, Number
from layers.plan.locality import Locality, basins, first_level
from layers.plan.plant import Plant
from layers.plan.target import Target
from layers.spec import Checked, Frozen, Origin, Title

__all__ = [
    "WAYS_TO_ANSWER",
    "Area",
    "Boundary",
    "Download",
    "LayerSource",
    "Plan",
    "Plant",
    "Target",
    "Zone",
    "layer_year",
    "locality_of",
]

WAYS_TO_ANSWER = ("path", "table", "sql", "assumed_absent", "required_from_user")
"""Keys of a layer of which a plan gives exactly one."""

S = TypeVar("S", bound=BaseModel)


class Boundary(Frozen):
    """Where the county boundary comes from: a file, or the bundled set by adcode."""

    path: str = ""
    layer: str = ""
    crs: str = ""
    adcode: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    where: dict[str, str | Code] = Field(default_factory=dict)
    source: str = ""
    official: bool = False

    @model_validator(mode="after")
    def _one_of(self) -> Boundary:
        if bool(self.path) == bool(self.adcode):
            raise ValueError(say("layers.plan.give_either_path_adcode"))
        return self


class Area(Frozen):
    """The place and its grid.

    Attributes
    ----------
    crs
        Plan CRS, ``"EPSG:4544"`` or ``"auto"`` (3-degree zone of the county's centre).
    cell_m
        Cell size of the screening grid [m].
    country
        Code of two letters; law of another country is not in force.
    adcode
        County code where the boundary comes from a file; rules of a province, city or
        county are in force by it.
    basins
        River basins the county lies in (``["yellow_river"]``, or ``[]`` for none); rules of
        a basin are shown as *area not known* until it is said.
    """

    boundary: Boundary
    crs: str = "auto"
    cell_m: Annotated[float, Field(gt=0, le=10_000)] = 10.0
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    adcode: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    basins: tuple[str, ...] | None = None

    @field_validator("crs")
    @classmethod
    def _in_metres(cls, crs: str) -> str:
        """A system of the plane in metres: cells and distances are counted in it."""
        if crs == "auto":
            return crs
        from gis.crs.systems import as_crs  # heavy

        try:
            found = as_crs(crs)
        except GeoplanError as err:
            # longitude and latitude, which a layer may have, are none for a plan
            raise ValueError(
                err.faults[0].what,
                say("gis.crs.projected_system"),
                say("gis.crs.state_projected_crs_plan_example"),
            ) from err
        units = {a.unit_name for a in found.axis_info}
        if not found.is_projected or units != {"metre"}:
            raise ValueError(
                say("gis.cells.grid_needs_projected_crs_metres"),
                say("gis.crs.projected_system"),
                say("gis.crs.state_projected_crs_plan_example"),
            )
        return crs

    @property
    def code(self) -> str:
        """County code, of the boundary or as given; empty when not known."""
        return self.boundary.adcode or self.adcode

    @model_validator(mode="after")
    def _one_place(self) -> Area:
        own = self.boundary.adcode
        if own and self.adcode and self.adcode != own:
            raise ValueError(say("layers.plan.two_adcodes", adcode=self.adcode, boundary=own))
        if self.code and self.country != "CN":
            raise ValueError(say("layers.plan.adcode_outside_china", country=self.country))
        if self.code and self.code[:2] not in first_level():
            raise ValueError(say("layers.plan.no_such_division", adcode=self.code))
        strange = sorted(set(self.basins or ()) - set(basins()))
        if strange:
            raise ValueError(
                say(
                    "layers.plan.no_such_basin",
                    basin=listed(strange),
                    known=listed(basins()),
                )
            )
        for basin in (basins()[b] for b in self.basins or ()):
            if self.code and not self.code.startswith(basin.adcode):
                raise ValueError(
                    say("layers.plan.basin_elsewhere", basin=basin.title, adcode=self.code)
                )
        return self


class Zone(Frozen):
    """A named part of the county; a box in lon/lat, a file, or a layer's feature."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Title
    bounds_ll: Box | None = None
    path: str = ""
    layer: str = ""
    crs: str = ""
    where: dict[str, str | Code] = Field(default_factory=dict)
    purpose: Literal["pv", "wind", "carbon", "general"] = "general"
    status: Literal["official", "approximate", "synthetic"] = "official"
    note: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> Zone:
        if (self.bounds_ll is None) == (not self.path):
            raise ValueError(say("layers.plan.give_either_bounds_ll_path"))
        return self


class LayerSource(Frozen):
    """How the plan answers for one catalogue layer.

    Exactly one of `path`, `table` or `sql` (PostGIS), `assumed_absent` and
    `required_from_user` is given. `assumed_absent` carries the reason; the result is then
    *provisional*. The reason, and whom to ask, are one text or one in each language.

    Attributes
    ----------
    table, geometry
        ``schema.table`` of a PostGIS database, and its geometry column where it has several.
    sql
        A query instead.
    dsn_env
        Environment variable with the connection text of the database.
    where
        Keep features whose column of the file equals the value, or is one of the list.
    fields
        Canonical field name -> column of the file.
    values
        Canonical field name -> spelling in the file -> canonical value (empty for none).
    constants
        Canonical field name -> the value all features have.
    path, tiles
        A file, a pattern of files (``"dem/*.tif"``), or in a plan a list of files, the first
        of which is `path` and the others `tiles`: several are one layer.
    variable
        Of a NetCDF file or a Zarr store; the steps of a third axis are its bands.
    attribution
        The words the licence asks for; they stand on the map and in the report.
    incomplete
        Why silence of the layer does not mean that there is none; empty, or false, where it
        is complete: then the plan vouches for it.
    """

    path: str = ""
    tiles: tuple[str, ...] = ()
    layer: str = ""
    sql: str = ""
    table: str = ""
    geometry: str = ""
    dsn_env: str = ""
    where: dict[str, str | Code | Number | list[str | Code]] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str | Code | Number] = Field(default_factory=dict)
    crs: str = ""
    encoding: str = ""
    band: Annotated[int, Field(ge=1, le=65_535)] = 1
    variable: str = ""
    scale: Factor | None = None
    offset: Number | None = None
    nodata: Annotated[float, Field(ge=-1.8e308, le=1.8e308)] | None = None
    vocabulary: str = ""
    half_width_m: HalfWidth | None = None
    date: str = ""
    source: str = ""
    licence: str = ""
    attribution: Origin = ""
    incomplete: Origin = ""
    synthetic: bool = False
    resolution_warning: bool = True
    assumed_absent: Origin = ""
    required_from_user: Origin = ""

    @field_validator("incomplete", mode="before")
    @classmethod
    def _vouched(cls, given: Any) -> Any:  # noqa: ANN401 - what TOML holds
        """True and false in place of a reason."""
        if not isinstance(given, bool):
            return given
        text = say("layers.plan.said_incomplete")
        return {lang: text(lang) for lang in LANGS} if given else ""

    @model_validator(mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:  # noqa: ANN401 - what TOML holds
        """A list of files as a first one and the rest."""
        if not isinstance(given, Mapping) or not isinstance(given.get("path"), list):
            return given
        files = given["path"]
        if not files or not all(isinstance(f, str) and f for f in files):
            raise ValueError(say("layers.plan.path_list_of_files"))
        return {**given, "path": files[0], "tiles": [*files[1:], *given.get("tiles", ())]}

    @model_validator(mode="after")
    def _one_of(self) -> LayerSource:
        if self.tiles and not self.path:
            raise ValueError(say("layers.plan.path_list_of_files"))
        given = [k for k in WAYS_TO_ANSWER if getattr(self, k)]
        if len(given) != 1:
            raise ValueError(
                say(
                    "layers.plan.give_exactly_one_path_sql",
                    given=listed(given) if given else say("layers.words.answer.none"),
                )
            )
        return self

    @property
    def available(self) -> bool:
        """Whether there is something to read."""
        return bool(self.path or self.sql or self.table)

    @property
    def in_database(self) -> bool:
        """Whether it is read from PostGIS."""
        return bool(self.sql or self.table)


class _Head(Frozen):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: Title
    lang: Literal["zh", "en"] = "zh"
    as_of: date
    synthetic: bool = False
    about: str = ""


class Download(Frozen):
    """A file that `geoplan fetch` brings, on request only.

    Attributes
    ----------
    url
        Where it is published (http or https).
    path
        Where it goes, below the data root.
    sha256
        Checksum it must have; empty accepts any and prints what came.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    path: str
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    max_mb: Annotated[float, Field(gt=0, le=1_000_000)] = 500.0


class _Data(Frozen):
    """Where relative paths start: a folder beside the plan, or the embedded sample.

    Attributes
    ----------
    mirrors
        Id of a source of open data -> address that is asked in place of its own.
    """

    root: str = "."
    sample: Literal["", "tiny", "demo", "full"] = ""
    optional: bool = False
    fetch: tuple[Download, ...] = ()
    mirrors: dict[str, str] = Field(default_factory=dict)


class Plan(Checked):
    """A validated plan file.

    Attributes
    ----------
    sections
        The validated section models of the other rooms by name.
    path, sha256
        The file it was read from.
    base
        Folder relative paths start from (absolute): that of ``[data] root``, or of the
        sample county (`layers.sample.on_sample`).
    """

    plan: _Head
    area: Area
    data: _Data = _Data()
    zones: tuple[Zone, ...] = ()
    layers: dict[str, LayerSource] = Field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    plants: tuple[Plant, ...] = ()
    sections: dict[str, Any] = Field(default_factory=dict)
    path: Path = Path()
    sha256: str = ""
    base: Path = Path()

    @property
    def data_root(self) -> Path:
        """Folder relative paths start from: `base`."""
        return self.base

    def resolve(self, path: str) -> Path:
        """`path` of the plan file as an absolute path."""
        p = Path(path)
        return p if p.is_absolute() else (self.base / p).resolve()

    def section(self, kind: type[S]) -> S:
        """The section of the plan that `kind` reads.

        Raises
        ------
        KeyError
            When the plan was read without that section's model.
        """
        for found in self.sections.values():
            if isinstance(found, kind):
                return found
        raise KeyError(kind.__name__)

    def with_sections(self, **changed: BaseModel) -> Self:
        """The plan with other sections in the place of those of these names."""
        known: Mapping[str, Any] = self.__dict__["sections"]
        return self.model_copy(update={"sections": {**known, **changed}})

    def with_layers(self, changed: Mapping[str, LayerSource | None]) -> Self:
        """The plan with other sources of some layers; without those of which None is given."""
        known: Mapping[str, LayerSource] = self.__dict__["layers"]
        merged = {**known, **changed}
        return self.model_copy(
            update={"layers": {k: v for k, v in merged.items() if v is not None}}
        )


def locality_of(plan: Plan) -> Locality:
    """Country, county code and basins of a plan, by its ``[area]``."""
    area = plan.area
    return Locality(area.country, area.code, area.basins)


def layer_year(plan: Plan, layer_id: str) -> int:
    """Year the plan dates a layer with; 0 where it does not."""
    head = str(plan.layers[layer_id].date)[:4] if layer_id in plan.layers else ""
    return int(head) if head.isdigit() else 0
