"""Projects of a register as the ledger takes them, and those that lie on candidate sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import shapely
from pydantic import ConfigDict, model_serializer

from gis.say import Sentence
from layers.numbers import Lat, Lon, NotNegative, Year
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.spec import Frozen, Text

if TYPE_CHECKING:
    pass

__all__ = [
    "REGISTER_INPUT",
    "Project",
    "Registered",
    "Stage",
    "registered_in",
]

REGISTER_INPUT = "register"
"""Key of the digest of a `Registered` among the inputs of a run."""

Stage = Literal["operating", "construction", "planned"]


@dataclass(frozen=True)
class Project:
    """A plant of a register, or of any list: one row.

    Attributes
    ----------
    id, name
    kind
        ``"pv"`` or ``"wind"``; others, ``"storage"`` among them, count as no new energy.
    stage
        ``"operating"``, ``"construction"`` or ``"planned"``.
    year
        In which it stands, or is to stand; None where nobody knows.
    capacity_mw
        MW AC.
    lon, lat
        A place, where one is known; `exact` where it is surveyed.
    land
        Its boundary in the plan's CRS, where it is known.
    energy_mwh
        What a storage plant holds; None where nobody says.
    """

    id: str
    name: Text
    kind: str
    stage: Stage
    year: Year | None
    capacity_mw: NotNegative
    source: str
    lon: Lon | None = None
    lat: Lat | None = None
    exact: bool = False
    land: Any = field(default=None, repr=False, compare=False)
    energy_mwh: NotNegative | None = None


class Registered(Frozen):
    """Projects of the register of a plan, put into it when a run begins.

    Attributes
    ----------
    projects
        PV and wind projects with a capacity.
    storage
        Storage with a capacity: no new energy, and what storage targets ask for.
    open
        Ids of projects of these kinds without a declared capacity.
    told
        What is to be known of the register itself; another word makes no other run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    projects: tuple[Project, ...] = ()
    storage: tuple[Project, ...] = ()
    open: tuple[str, ...] = ()
    told: tuple[Sentence, ...] = ()

    @model_serializer
    def _as_digest(self) -> dict[str, object]:
        """What the record of a run keeps: another digest is another run."""
        return {"projects": len(self.projects) + len(self.storage), "sha256": self.sha256}

    @property
    def sha256(self) -> str:
        """Digest of all it holds."""
        rows = [f"{p!r} {shapely.to_wkb(p.land, hex=True)}" for p in self.projects]
        return digest([*rows, *(repr(p) for p in self.storage), *self.open])


def registered_in(plan: Plan) -> Registered:
    """Projects a run was given; none where the plan names no register."""
    try:
        return plan.section(Registered)
    except KeyError:
        return Registered()
