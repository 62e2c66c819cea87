"""What the register and the sign-off answer with, as the description of the service has it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from geoplan.register.project import Project
from layers.numbers import NotNegative, Year
from layers.spec import Frozen, Outcome, Text
from siting.check.told import Told

__all__ = [
    "AddedAnswer",
    "CheckedAnswer",
    "ImpactAnswer",
    "ProjectAnswer",
    "ReviewAnswer",
    "SentCheck",
    "SentProject",
    "YearAnswer",
]

_Who = Annotated[str, Field(max_length=100)]


class SentProject(Frozen):
    """A project that is sent: what is given of it is added or changed, the rest stays.

    Attributes
    ----------
    geometry
        A GeoJSON geometry in longitude and latitude: its boundary, or a point.
    """

    id: str
    name: str | None = None
    kind: str | None = None
    unit: str | None = None
    stage: str | None = None
    section: str | None = None
    year: Year | None = None
    capacity_mw: NotNegative | None = None
    energy_mwh: NotNegative | None = None
    area_ha: NotNegative | None = None
    commissioned: str | None = None
    documents: tuple[str, ...] | None = None
    geometry: dict[str, Any] | None = None
    who: _Who = ""


class SentCheck(Frozen):
    """Which project is judged, and for whom, where a request says so in its body."""

    id: Annotated[str, Field(max_length=64)] = ""
    who: _Who = ""


class _Stamped(Outcome):
    seq: int
    at: str
    who: str
    run_id: str
    plan: str
    rules_hash: str


class ProjectAnswer(_Stamped, Project):
    """A project as an entry of the register has it; its land as WKT in the register's CRS."""

    event: str
    geometry: str | None


class AddedAnswer(Outcome):
    """Ids of projects that were added, changed, the same already, added without a kind.

    Attributes
    ----------
    unread
        Headings of the file that hold something and are no field of a project.
    told
        What had to be set right or guessed when the file was read.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    no_kind: tuple[str, ...]
    unread: tuple[str, ...]
    told: tuple[Text, ...]


class _RuleSays(Outcome):
    result: str
    hit_m2: float
    unknown_m2: float


class _Found(Outcome):
    id: str
    name: str
    tech: str
    result: str
    area_m2: float
    rules: dict[str, _RuleSays]


class CheckedAnswer(Outcome):
    """What a check found, and what changed since the last one of all, and because of what."""

    at: str
    who: str
    run_id: str
    rules_hash: str
    as_of: str
    projects: tuple[_Found, ...]
    before: str
    changed: tuple[dict[str, Any], ...]
    new: tuple[str, ...]
    warnings: tuple[Told, ...]


class ImpactAnswer(Outcome):
    """Projects rules touch, and what their days do to them."""

    rules: tuple[str, ...]
    touched: tuple[dict[str, Any], ...]


class YearAnswer(Outcome):
    """The tables of the yearly assessment, row by row, in words."""

    year: int
    title: str
    notes: tuple[str, ...]
    sheets: dict[str, tuple[dict[str, Any], ...]]


class ReviewAnswer(_Stamped):
    """A review, and whether it is of the last run."""

    subject: Literal["site", "project"]
    id: str
    rule: str
    state: Literal["accepted", "to_change", "rejected"]
    comment: str
    entry: int
    current: bool
    why: tuple[str, ...]
    latest: bool
    words: dict[str, str]
