"""``summary.json`` as a tree of models: the run's own head, and the part of every step.

A number that is not known is null in the file, never 0. A part is left out of the file when
its step was not run. The version of the format is the key ``schema``; it grows by one whenever
a key is renamed, removed or changes its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pydantic import (
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from carbon_sink.monitor.outcome import MonitorSummary
from carbon_sink.pool_outcome import PoolsSummary
from carbon_sink.potential.outcome import PotentialMissing, PotentialSummary
from carbon_sink.stand.outcome import StandMissing, StandSummary
from carbon_sink.summary import (
    CarbonMissing,
    CarbonSummary,
    IndicatorRow,
)
from carbon_sink.survey.outcome import SurveySummary
from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say
from layers.answers.answer import TargetAnswer
from layers.catalogue import layer
from layers.open.county import county_boundary_ll
from layers.plan.model import Plan
from layers.run_record import check_summary
from layers.spec import Origin, Outcome, Text
from siting.connection.summary import ConnectionSummary
from siting.facilities.summary import FacilityAnswer
from siting.money.summary import MoneySummary, NoMoney
from siting.pv.study.summary import NoPv, NoRooftop, PvSummary, RooftopSummary
from siting.screen.summary import CountyArea, TechScreening
from siting.sites.summary import SiteRow, SitesBasis, SitesRefused
from siting.wind.greenfield.summary import GreenfieldSummary
from siting.wind.summary import NoRepower, NoWind, RepowerSummary, WindSummary
from siting.zones.summary import ZoneSheet

__all__ = [
    "SCHEMA",
    "PlanPart",
    "ProvenancePart",
    "RunPart",
    "RunSummary",
    "SourcePart",
    "WarningPart",
    "json_schema",
    "plan_part",
    "read_run_summary",
    "source_parts",
]

SCHEMA = 2
"""Version of the format."""


class PlanPart(Outcome):
    """The plan that was run."""

    id: str
    title: Text
    lang: str = Field("zh", description="language of the plan, zh or en")
    as_of: str = Field("", description="day whose law judged, YYYY-MM-DD")
    synthetic: bool = Field(False, description="invented data: nothing in it is real")
    adcode: str = Field("", description="county code; empty when not known")
    cell_m: float | None = Field(None, description="side of a screening cell [m]")
    boundary_official: bool = Field(False, description="whether the plan calls it official")
    boundary: str = Field(
        "", description="file, and table, that gives the county; empty for the bundled outline"
    )
    bounds_ll: tuple[float, float, float, float] | None = Field(
        None, description="west, south, east, north of the county [deg]"
    )
    sha256: str = Field("", description="checksum of the plan file")


class SourcePart(Outcome):
    """A layer the run read, and where it is from."""

    layer: str = Field(description="id in the layer catalogue")
    title: Text | None = None
    source: str = ""
    licence: str = ""
    attribution: Text | None = Field(
        None, description="words the licence asks for; they stand on the map and in the report"
    )
    date: str = ""
    synthetic: bool = False


class RunPart(Outcome):
    """The run itself."""

    id: str = Field(description="digest of inputs, rules, parameters and versions")
    geoplan: str = Field("", description="version of geoplan")
    finished: str = Field("", description="when, UTC, ISO 8601")
    steps: tuple[str, ...] = Field((), description="steps that were run, in order")


class WarningPart(Outcome):
    """Something the reader has to know."""

    code: str = Field(description="stable name")
    text: Text
    where: str = Field("", description="layer, rule, site or file it is about")
    plan_key: str = Field("", description="key of the plan that settles it; empty where none")
    step: str = Field("", description="step that says it")


class ProvenancePart(Outcome):
    """What the numbers rest on."""

    run_id: str
    inputs: dict[str, str] = Field(default_factory=dict, description="input -> SHA-256")
    rule_books: dict[str, JsonValue] = Field(
        default_factory=dict, description="rule book -> version"
    )
    parameters: dict[str, JsonValue] = Field(
        default_factory=dict, description="sections of the plan as they were used"
    )
    versions: dict[str, str] = Field(default_factory=dict, description="package -> version")


class RunSummary(Outcome):
    """A finished run in one object; every number of report and map comes from it."""

    schema_version: int = Field(SCHEMA, alias="schema", description="version of this format")
    plan: PlanPart
    sources: tuple[SourcePart, ...] = ()
    run: RunPart
    warnings: tuple[WarningPart, ...] = ()
    rasters: dict[str, str] = Field(
        default_factory=dict, description="name -> file below the run folder"
    )
    provenance: ProvenancePart
    county: CountyArea | None = Field(None, description="area of the county")
    screening: dict[str, TechScreening] | None = Field(
        None, description="technology -> what screening leaves"
    )
    sites: tuple[SiteRow, ...] | None = Field(None, description="candidate sites")
    sites_basis: SitesBasis | None = Field(None, description="what sites and ranks rest on")
    sites_refused: tuple[SitesRefused, ...] = Field(
        (), description="land without a site because too few hard rules were judged"
    )
    connection: ConnectionSummary | None = Field(
        None, description="what the grid takes, capacity by year, capacity targets"
    )
    pv: PvSummary | NoPv | None = Field(None, description="PV yield")
    wind: WindSummary | NoWind | None = Field(None, description="wind yield")
    repower: RepowerSummary | NoRepower | None = Field(None, description="repowering")
    greenfield: GreenfieldSummary | None = Field(None, description="a new wind farm")
    rooftop: RooftopSummary | NoRooftop | None = Field(None, description="rooftop PV")
    zones: tuple[ZoneSheet, ...] | None = Field(None, description="zones and parks")
    facilities: tuple[FacilityAnswer, ...] | None = Field(
        None, description="cases of facilities: where to build, who is reached"
    )
    money: MoneySummary | NoMoney | None = Field(None, description="cash flow of new plants")
    stand: StandSummary | StandMissing | None = Field(
        None, description="stands of the forest map"
    )
    pools: PoolsSummary | None = Field(None, description="carbon by the plan's own pools")
    carbon: CarbonSummary | CarbonMissing | None = Field(None, description="carbon stock")
    survey: SurveySummary | None = Field(None, description="change between two land surveys")
    targets: tuple[TargetAnswer, ...] | None = Field(
        None, description="every target of the plan in its order, and how it ends"
    )
    indicators: tuple[IndicatorRow, ...] | None = Field(
        None, description="indicators against the plan's targets"
    )
    indicators_file: str | None = Field(None, description="exchange document of them")
    monitor: MonitorSummary | None = Field(None, description="series, trends, inventory")
    potential: PotentialSummary | PotentialMissing | None = Field(
        None, description="what could be added"
    )

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        out: dict[str, object] = write(self)
        return {k: v for k, v in out.items() if v is not None}


def plan_part(plan: Plan) -> PlanPart:
    """What the summary says of the plan."""
    return PlanPart(
        id=plan.plan.id,
        title=plan.plan.title,
        lang=plan.plan.lang,
        as_of=str(plan.plan.as_of),
        synthetic=plan.plan.synthetic,
        adcode=plan.area.code,
        cell_m=plan.area.cell_m,
        boundary_official=plan.area.boundary.official,
        boundary=_boundary_name(plan),
        bounds_ll=county_boundary_ll(plan).bounds,
        sha256=plan.sha256,
    )


def _boundary_name(plan: Plan) -> str:
    """What the county is taken from, by its name alone."""
    found = plan.area.boundary
    name = PurePosixPath(found.path.replace("\\", "/")).name
    return f"{name} {found.layer}".strip() if name else ""


def _words(origin: Origin) -> Text | None:
    if not isinstance(origin, str):
        return origin
    return Text(zh=origin, en=origin) if origin else None


def source_parts(plan: Plan) -> tuple[SourcePart, ...]:
    """Where the layers of the plan are from, by id."""
    return tuple(
        SourcePart(
            layer=key,
            title=layer(key).title,
            source=source.source,
            licence=source.licence,
            attribution=_words(source.attribution),
            date=source.date,
            synthetic=source.synthetic or plan.plan.synthetic,
        )
        for key, source in sorted(plan.layers.items())
        if source.available
    )


def _faults(err: ValidationError) -> str:
    found = [".".join(map(str, e["loc"])) for e in err.errors(include_url=False)[:8]]
    return ", ".join(found)


def read_run_summary(folder: Path) -> RunSummary:
    """``summary.json`` of the finished run in `folder`.

    Raises
    ------
    DataError
        When it is not there, damaged, edited after the run, or of another version of
        geoplan.
    """
    path = folder / "summary.json"
    check_summary(folder)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise DataError(
            say("layers.run.not_a_finished_run"),
            where=str(folder),
            todo=say("layers.run.run_to_folder"),
        ) from err
    except ValueError as err:
        raise DataError(
            say("geoplan.faults.summary_damaged"), where=str(path), got=foreign_reason(err)
        ) from err
    if isinstance(found, dict) and found.get("schema") != SCHEMA:
        raise DataError(
            say("geoplan.faults.other_schema"),
            where=str(path),
            got=str(found.get("schema")),
            expected=str(SCHEMA),
            todo=say("geoplan.faults.run_again"),
        )
    try:
        return RunSummary.model_validate(found)
    except ValidationError as err:
        raise DataError(
            say("geoplan.faults.summary_other_shape"),
            where=str(path),
            got=_faults(err),
            todo=say("geoplan.faults.run_again"),
        ) from err


def json_schema() -> dict[str, JsonValue]:
    """The JSON schema of ``summary.json``, as it is published.

    Examples
    --------
    >>> json_schema()["properties"]["schema"]["type"]
    'integer'
    """
    body = RunSummary.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:geoplan:summary:{SCHEMA}",
        **body,
    }


def parts(kind: type[Outcome]) -> Iterable[tuple[str, str, str]]:
    """Key, type and meaning of every field of a model, for the page that lists them."""
    for name, field in kind.model_fields.items():
        yield field.alias or name, str(field.annotation), field.description or ""
