"""The plan file: a county, its layers, and what is asked of them.

Sections of other rooms (``[screening]``, ``[pv]``, ``[carbon]`` ...) are validated by the
models those rooms pass to `read_plan`, so that one message reports the faults of the whole
file.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from gis.errors import ConfigError, Fault
from gis.say import os_reason, say
from layers.plan.locality import basins
from layers.plan.target import Target, TargetKind, completed_targets, target_faults
from layers.spec import Frozen, Text

__all__ = [
    "Area",
    "Boundary",
    "Download",
    "LayerSource",
    "Plan",
    "Plant",
    "Target",
    "Zone",
    "read_plan",
    "with_sample",
]

S = TypeVar("S", bound=BaseModel)
BBox = tuple[float, float, float, float]


class Boundary(Frozen):
    """Where the county boundary comes from: a file, or the bundled set by adcode."""

    path: str = ""
    adcode: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    where: dict[str, str | int] = Field(default_factory=dict)
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
        strange = sorted(set(self.basins or ()) - set(basins()))
        if strange:
            raise ValueError(
                say(
                    "layers.plan.no_such_basin",
                    basin=", ".join(strange),
                    known=", ".join(basins()),
                )
            )
        return self


class Zone(Frozen):
    """A named part of the county; a box in lon/lat, a file, or a layer's feature."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    bounds_ll: BBox | None = None
    path: str = ""
    where: dict[str, str | int] = Field(default_factory=dict)
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

    Exactly one of `path`, `sql` (PostGIS), `assumed_absent` and `required_from_user` is
    given. `assumed_absent` carries the reason; the result is then *provisional*.

    Attributes
    ----------
    where
        Keep features whose column of the file equals the value, or is one of the list.
    fields
        Canonical field name -> column of the file.
    values
        Canonical field name -> spelling in the file -> canonical value (empty for none).
    constants
        Canonical field name -> the value all features have.
    """

    path: str = ""
    layer: str = ""
    sql: str = ""
    dsn_env: str = ""
    where: dict[str, str | int | float | list[str | int]] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str | int | float] = Field(default_factory=dict)
    crs: str = ""
    encoding: str = ""
    band: int = 1
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None
    vocabulary: str = ""
    half_width_m: float | None = None
    date: str = ""
    source: str = ""
    licence: str = ""
    synthetic: bool = False
    resolution_warning: bool = True
    assumed_absent: str = ""
    required_from_user: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> LayerSource:
        given = [
            k
            for k in ("path", "sql", "assumed_absent", "required_from_user")
            if getattr(self, k)
        ]
        if len(given) != 1:
            raise ValueError(
                say("layers.plan.give_exactly_one_path_sql", value=", ".join(given) or "none")
            )
        return self

    @property
    def available(self) -> bool:
        """Whether there is something to read."""
        return bool(self.path or self.sql)


class Plant(Frozen):
    """An existing or announced plant, as an attributed fact."""

    name: Text
    technology: Literal["pv", "wind", "storage", "coal", "other"]
    capacity_mw: Annotated[float, Field(gt=0)]
    status: Literal["operating", "construction", "announced", "retired"] = "operating"
    lon: float | None = None
    lat: float | None = None
    location: Literal["exact", "approximate", "unknown"] = "approximate"
    year: int | None = None
    on_grid: date | None = None
    source: str
    licence: str = ""
    note: str = ""


class _Head(Frozen):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: Text
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
    max_mb: Annotated[float, Field(gt=0)] = 500.0


class _Data(Frozen):
    """Where relative paths start: a folder beside the plan, or the embedded sample."""

    root: str = "."
    sample: Literal["", "tiny", "demo", "full"] = ""
    optional: bool = False
    fetch: tuple[Download, ...] = ()


class Plan(Frozen):
    """A validated plan file.

    Attributes
    ----------
    sections
        The validated section models of the other rooms by name.
    path, sha256
        The file it was read from.
    base
        Folder of ``[data] root`` (absolute).
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
        """Folder relative paths start from; a sample is generated when first asked for."""
        if self.data.sample:
            from layers.sample import sample_folder  # a sample is made only on demand

            return sample_folder(self.data.sample)
        return self.base

    def resolve(self, path: str) -> Path:
        """`path` of the plan file as an absolute path."""
        p = Path(path)
        return p if p.is_absolute() else (self.data_root / p).resolve()

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


_OWN = ("plan", "area", "data", "zones", "layers", "targets", "plants")


def _faults(err: ValidationError, where: str, prefix: tuple[str, ...] = ()) -> list[Fault]:
    out = []
    for e in err.errors(include_url=False):
        key = ".".join(str(p) for p in (*prefix, *e["loc"]))
        got = repr(e["input"]) if e["type"] not in {"missing", "model_type"} else ""
        if len(got) > 80:
            got = got[:77] + "..."
        # a validator of ours raises ValueError(sentence) or ValueError(sentence, expected)
        own: tuple[Any, ...] = getattr(e.get("ctx", {}).get("error"), "args", ())
        what = own[0] if own else e["msg"]
        expected = own[1] if len(own) > 1 else ""
        if e["type"] == "extra_forbidden":
            what, got = "unknown key", ""
        out.append(Fault(what, where=f"{where} [{key}]", got=got, expected=expected))
    return out


def with_sample(plan: Plan, size: Literal["tiny", "demo", "full"]) -> Plan:
    """`plan` on another size of the synthetic county, with the cell that goes with it.

    Raises
    ------
    ConfigError
        When the plan is not on the synthetic county.
    """
    if not plan.data.sample:
        raise ConfigError(
            say("layers.plan.plan_not_on_synthetic_county"),
            where=f"{plan.path.name} [data] sample",
            todo=say("layers.plan.use_plans_sample_toml"),
        )
    from layers.sample import SIZES  # see Plan.data_root

    return plan.model_copy(
        update={
            "data": plan.data.model_copy(update={"sample": size}),
            "area": plan.area.model_copy(update={"cell_m": SIZES[size].cell_m}),
        }
    )


def read_plan(
    path: Path | str,
    sections: Mapping[str, type[BaseModel]],
    layer_ids: frozenset[str],
    indicators: Mapping[str, TargetKind] | None = None,
) -> Plan:
    """Read and check a plan file; every fault of it is reported at once.

    Parameters
    ----------
    path : path
        A TOML file.
    sections : mapping
        Name of a top-level table -> the model that reads it. A section that is absent is
        built from its defaults.
    layer_ids : frozenset of str
        Ids of the layer catalogue; other ids under ``[layers]`` are faults.
    indicators : mapping, optional
        What the rooms know about indicators, by id; targets about others, and targets whose
        unit or caliber does not fit, are faults. Not checked by default.

    Returns
    -------
    Plan

    Raises
    ------
    ConfigError
        When the file cannot be read, or with all its faults together.
    """
    path = Path(path).resolve()
    name = path.name
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise ConfigError(
            say("layers.plan.plan_file_cannot_read"),
            where=str(path),
            got=os_reason(err),
            todo=say("layers.plan.check_path"),
        ) from err
    try:
        doc = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ConfigError(
            say("layers.plan.not_toml_file_utf_8"),
            where=name,
            got=str(err),
            todo=say("layers.plan.correct_line"),
        ) from err

    faults: list[Fault] = []
    known = {*_OWN, *sections}
    faults += [
        Fault(
            say("layers.plan.unknown_section"),
            where=f"{name} [{k}]",
            expected=", ".join(sorted(known)),
        )
        for k in doc
        if k not in known
    ]
    faults += [
        Fault(
            say("layers.plan.no_such_layer"),
            where=f"{name} [layers.{k}]",
            todo=say("layers.plan.see_geoplan_layers_catalogue"),
        )
        for k in doc.get("layers", {})
        if k not in layer_ids
    ]
    built: dict[str, BaseModel] = {}
    for key, model in sections.items():
        try:
            built[key] = model.model_validate(doc.get(key, {}))
        except ValidationError as err:
            faults += _faults(err, name, (key,))
    plan: Plan | None = None
    try:
        plan = Plan.model_validate({k: doc[k] for k in _OWN if k in doc})
    except ValidationError as err:
        faults += _faults(err, name)
    if plan is not None:
        for label, items in (("zones", plan.zones), ("targets", plan.targets)):
            ids = [i.id for i in items]
            faults += [
                Fault(say("layers.plan.id_used_twice"), where=f"{name} [{label}]", got=i)
                for i in sorted({i for i in ids if ids.count(i) > 1})
            ]
        if indicators is not None:
            faults += target_faults(plan.targets, indicators, name)
    if faults or plan is None:
        raise ConfigError(faults)
    root = path.parent / plan.data.root
    return plan.model_copy(
        update={
            "sections": built,
            "path": path,
            "sha256": hashlib.sha256(raw).hexdigest(),
            "base": root.resolve(),
            "targets": completed_targets(plan.targets, indicators or {}),
        }
    )
