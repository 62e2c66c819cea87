"""The plan section ``[[facilities]]``: one case an entry, all of it data."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, Strict, field_validator, model_validator

from gis.say import listed, say
from gis.toml import read_toml
from layers.numbers import NotNegative, Number, Positive
from layers.spec import Checked, Frozen, Origin, Text, Title
from siting.facilities.buses.section import Bus
from siting.facilities.demand.section import Demand, Factor, Where, factors
from siting.facilities.patches import AreaLayer, FeatureLayer, Patches, Sourced
from siting.facilities.question import NEEDS_LIMIT, NEEDS_NUMBER, NO_LIMIT, WHOLE, Model

__all__ = [
    "Away",
    "Bus",
    "Candidates",
    "CostOf",
    "Demand",
    "Existing",
    "FacilitiesSection",
    "FacilityCase",
    "Factor",
    "OwnPlace",
    "Patches",
    "factors",
    "site_rules",
]

CaseModel = Literal[Model, "transfers", "connectivity"]
_YEARS = (1900, 2200)
_Number = Annotated[Number, Strict()]  # a number in quotes is a slip, not a number
_Limit = Annotated[Positive, Strict()]
_Speed = Annotated[float, Field(gt=0, le=300, strict=True)]


def site_rules() -> Mapping[str, Any]:
    """Books of what excludes a candidate, by name, each rule with its law and quote."""
    return read_toml("siting.facilities", "site_rules.toml")


def given_keys(part: Frozen) -> set[str]:
    """Keys that are not as they would be without being named."""
    fields = type(part).model_fields
    default = {k: f.get_default(call_default_factory=True) for k, f in fields.items()}
    return {k for k in part.model_fields_set if getattr(part, k) != default[k]}


class Existing(Frozen):
    """Facilities that stand already.

    Attributes
    ----------
    capacity
        A number field of theirs.
    where
        As of demand.
    closed
        Names of those that are taken out: they serve nobody.
    """

    layer: FeatureLayer
    capacity: str = ""
    where: Where = Field(default_factory=dict)
    closed: tuple[str, ...] = ()


class Away(Frozen):
    """A distance a bureau sets: candidates nearer to a layer are excluded."""

    layer: FeatureLayer
    metres: Positive
    source: Sourced


class OwnPlace(Frozen):
    """A candidate no layer has: a name and a place in degrees (CGCS2000)."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    lon: Annotated[float, Field(ge=70, le=140, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class Candidates(Frozen):
    """Where a facility may be built.

    Attributes
    ----------
    layers
        Features of the catalogue; each is a place.
    rules
        A book of ``siting/facilities/site_rules.toml``: places it excludes are forbidden.
    capacity, capacity_source
        Of a new facility, in the unit of the existing ones; user input.
    price_cny, price_source
        Of a new facility; with it `open` may be a budget.
    away
        Distances a bureau sets, each with its source.
    forbidden, preselected
        Names of places that are never, or always, opened.
    places
        Candidates of one's own, beside those of the layers.
    """

    layers: Annotated[tuple[FeatureLayer, ...], Field(min_length=1)]
    rules: str = ""
    capacity: Positive | None = None
    capacity_source: Origin = ""
    price_cny: Positive | None = None
    price_source: Origin = ""
    away: tuple[Away, ...] = ()
    forbidden: tuple[str, ...] = ()
    preselected: tuple[str, ...] = ()
    places: Annotated[tuple[OwnPlace, ...], Field(max_length=500)] = ()

    @field_validator("rules")
    @classmethod
    def _known(cls, name: str) -> str:
        if name and name not in site_rules():
            raise ValueError(say("siting.facilities.no_such_rules"), ", ".join(site_rules()))
        return name

    @model_validator(mode="after")
    def _sourced(self) -> Candidates:
        for value, source in (
            (self.capacity, self.capacity_source),
            (self.price_cny, self.price_source),
        ):
            if value is not None and not source:
                raise ValueError(say("siting.facilities.factor_without_source"))
        return self


class CostOf(Frozen):
    """What it takes to get there.

    Attributes
    ----------
    by
        Over the roads, as the crow flies, or to what is seen from a mast.
    unit
        ``"cny"`` is metres times `cny_km`.
    limit
        Within which demand counts as served; of ``hierarchical`` one a level. Medians seek
        within it; p-center and p-dispersion seek a distance and take none.
    speeds_kmh, speeds_source
        By class of road, in place of the toolkit's.
    access_kmh
        Beside roads, of the same source; on foot when not given.
    most_access_m
        Farther from any road than this is off the net.
    inside
        A layer of areas: only places of the same area are reached, as a forest chief answers
        for the forest of the own township. What lies in no area reaches none.
    eye_m, target_m, sight_source
        Above ground: of the watcher, and of what is to be seen (smoke); user input.
    """

    by: Literal["road", "straight", "sight"] = "road"
    unit: Literal["min", "m", "km", "cny"] = "min"
    limit: _Limit | Annotated[tuple[_Limit, ...], Field(min_length=1)] | None = None
    speeds_kmh: dict[str, _Speed] = Field(default_factory=dict)
    speeds_source: Origin = ""
    access_kmh: _Speed | None = None
    most_access_m: Positive = 2000.0
    cny_km: Positive | None = None
    cny_source: Origin = ""
    inside: AreaLayer = ""
    eye_m: Positive | None = None
    target_m: NotNegative = 0.0
    sight_source: Origin = ""

    @model_validator(mode="after")
    def _fits(self) -> CostOf:
        if (self.by == "sight") != (self.eye_m is not None):
            raise ValueError(say("siting.facilities.sight_needs_eye"))
        if self.by != "road" and self.unit == "min":
            raise ValueError(say("siting.facilities.minutes_need_roads"))
        if (self.unit == "cny") != (self.cny_km is not None):
            raise ValueError(say("siting.facilities.cny_needs_a_rate"))
        unread = self._unread()
        if unread:
            of = {"by": self.by, "unit": self.unit, "keys": listed(unread)}
            todo = say("siting.facilities.cost_not_read_todo")
            raise ValueError(say("siting.facilities.cost_not_read", **of), "", todo)
        for given, source in (
            (self.speeds_kmh or self.access_kmh, self.speeds_source),
            (self.cny_km, self.cny_source),
            (self.eye_m, self.sight_source),
        ):
            if given and not source:
                raise ValueError(say("siting.facilities.factor_without_source"))
        return self

    def _unread(self) -> list[str]:
        """Keys given that such a cost does not read."""
        given = given_keys(self)
        timed = {"speeds_kmh", "access_kmh", "speeds_source"}
        out = set() if self.by == "road" and self.unit == "min" else given & timed
        return sorted(out if self.by == "road" else out | given & {"most_access_m"})


class FacilityCase(Frozen):
    """One question of where to build.

    Attributes
    ----------
    id
        Name in tables and on the command line.
    demand, existing, candidates, cost, model
        See there; `siting.facilities.locate.locate` names the models; ``"transfers"`` counts
        changes of bus between the areas of `demand`, ``"connectivity"`` what each patch of
        `demand` adds.
    bus, patches
        Of these two.
    open
        Year -> what is open until then: new sites, all capacity together (``count =
        "capacity"``: what stands counts), or money; of ``hierarchical`` one number a level.
    count
        What `open` counts.
    target
        Ids of ``[[targets]]`` the case bears on.
    quote
        Words of the plan that ask for it.
    time_limit_s
        Of one search; after it the best so far is given and says so.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: Title | None = None
    demand: Demand
    existing: Existing | None = None
    candidates: Candidates | None = None
    cost: CostOf = CostOf()
    model: CaseModel
    bus: Bus | None = None
    patches: Patches | None = None
    open: dict[str, _Number | tuple[_Number, ...]] = Field(default_factory=dict)
    count: Literal["sites", "capacity", "budget"] = "sites"
    whole: bool = False
    target: tuple[str, ...] = ()
    quote: str = ""
    curve: bool = True
    note: Text | None = None
    time_limit_s: Annotated[float, Field(gt=0, le=3600)] = 10.0

    @field_validator("open")
    @classmethod
    def _by_year(
        cls, given: dict[str, float | tuple[float, ...]]
    ) -> dict[str, float | tuple[float, ...]]:
        for year, number in given.items():
            if not (year.isdigit() and _YEARS[0] <= int(year) <= _YEARS[1]):
                raise ValueError(say("siting.facilities.open_no_year"), "2025, 2030")
            if min(number if isinstance(number, tuple) else (number,), default=0) < 0:
                raise ValueError(say("siting.facilities.number_negative"))
        years = sorted(given.items(), key=lambda one: int(one[0]))
        for (before, few), (after, many) in itertools.pairwise(years):
            if (np.asarray(many) < np.asarray(few)).any():
                of = {"few": _as_toml(few), "many": _as_toml(many)}
                raise ValueError(
                    say("siting.facilities.fewer_later", before=before, after=after, **of)
                )
        return dict(years)

    @model_validator(mode="after")
    def _answerable(self) -> FacilityCase:
        if self.model in NEEDS_LIMIT and self.cost.limit is None:
            raise ValueError(say("siting.facilities.limit_lacking", model=self.model))
        if self.model in NO_LIMIT and self.cost.limit is not None:
            raise ValueError(say("siting.facilities.limit_not_sought", model=self.model))
        if self.model in NEEDS_NUMBER and not self.open:
            raise ValueError(say("siting.facilities.number_lacking", model=self.model))
        if (self.model == "transfers") != (self.bus is not None) or (
            self.model == "connectivity"
        ) != (self.patches is not None):
            raise ValueError(say("siting.facilities.bus_or_patches"))
        if self.bus or self.patches:
            if unread := self._unread():
                keys = listed(unread)
                raise ValueError(
                    say("siting.facilities.models_not_read", model=self.model, keys=keys),
                    "",
                    say("siting.facilities.models_not_read_todo"),
                )
            return self
        if self.candidates is None and self.existing is None:
            raise ValueError(say("siting.facilities.nowhere"))
        capacity = self.candidates is not None and self.candidates.capacity is not None
        if self.count == "capacity" and not capacity:
            raise ValueError(say("siting.facilities.count_needs_capacity"))
        if self.count == "capacity" and self.existing and not self.existing.capacity:
            raise ValueError(say("siting.facilities.capacity_needs_existing"))
        priced = self.candidates is not None and self.candidates.price_cny is not None
        if self.count == "budget" and not priced:
            raise ValueError(say("siting.facilities.budget_needs_price"))
        if self.open and self.model in {"lscp", "transport"}:
            raise ValueError(say("siting.facilities.open_not_read", model=self.model))
        if self.whole and self.model not in WHOLE:
            raise ValueError(
                say("siting.facilities.models_not_read", model=self.model, keys="whole"),
                "",
                say("siting.facilities.models_not_read_todo"),
            )
        if self.model == "hierarchical" and self.count != "sites":
            raise ValueError(say("siting.facilities.levels_count_sites"))
        given = np.hstack([*self.open.values()]) if self.open else np.zeros(0)
        if self.count == "sites" and (given != np.floor(given)).any():
            broken = given[given != np.floor(given)]
            got = listed(f"{v:g}" for v in broken)
            raise ValueError(say("siting.facilities.whole_sites", got=got))
        several = isinstance(self.cost.limit, tuple)
        lists = {isinstance(v, tuple) for v in self.open.values()}
        if {several, *lists} != {self.model == "hierarchical"}:
            raise ValueError(
                say(
                    "siting.facilities.limit_a_level",
                    model=self.model,
                    limit=_as_toml(self.cost.limit),
                    open=_as_toml(*self.open.values()),
                )
            )
        return self

    def _unread(self) -> list[str]:
        """Keys a plan gives to a case about places as a whole, which reads none of them."""
        read = {"id", "title", "demand", "model", "bus", "patches", "target", "quote", "note"}
        own = (k for k in given_keys(self) if k not in read)
        asks = given_keys(self.demand) - {"layer", "each", "measure"}
        return sorted([*own, *(f"demand.{k}" for k in asks)])

    @property
    def name(self) -> Text:
        """For readers; the id where the plan gives no title."""
        return self.title or Text(zh=self.id, en=self.id)

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer the case reads."""
        own = [self.demand.layer] if self.demand.layer else []
        own += [self.existing.layer] if self.existing else []
        own += self.candidates.layers if self.candidates else ()
        own += [self.demand.outside] if self.demand.outside else []
        own += [self.bus.layer] if self.bus and not self.bus.gtfs_path else []
        own += [self.cost.inside] if self.cost.inside else []
        own += (
            [self.patches.resistance.layer] if self.patches and self.patches.resistance else []
        )
        own += [a.layer for a in self.candidates.away] if self.candidates else []
        if not (self.bus or self.patches):
            own += {"road": ["road"], "sight": ["dem"], "straight": []}[self.cost.by]
        return tuple(dict.fromkeys(own))

    @property
    def may_lack(self) -> frozenset[str]:
        """Layers of which a plan may say that the county has none: the case goes on."""
        c, e, d = self.candidates, self.existing, self.demand
        none = {e.layer} if e and c else set()
        none |= {d.outside} if d.outside else set()
        none |= {a.layer for a in c.away} if c else set()
        return frozenset(none - {d.layer, *(c.layers if c else ())})


def _as_toml(*numbers: float | tuple[float, ...] | None) -> str:
    """Numbers and lists of a number a level, as a plan writes them."""
    given = [v for v in numbers if v is not None]
    return ", ".join(f"{[*v]}" if isinstance(v, tuple) else f"{v:g}" for v in given) or "-"


class FacilitiesSection(Checked):
    """``[[facilities]]``: all cases of a plan.

    Attributes
    ----------
    cases
        In the order of the plan.
    """

    cases: tuple[FacilityCase, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_list(cls, given: Any) -> Any:  # noqa: ANN401 - what TOML holds
        """``[[facilities]]`` is a list of cases."""
        if isinstance(given, Mapping) and "id" in given:
            raise ValueError(say("siting.facilities.write_list_of_cases"), "[[facilities]]")
        return {"cases": given} if isinstance(given, list | tuple) else given

    @model_validator(mode="after")
    def _ids_differ(self) -> FacilitiesSection:
        ids = [c.id for c in self.cases]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(say("siting.facilities.id_twice", ids=listed(twice)))
        return self
