"""What an indicator is: declaration, calibers, units, words and answer in one object.

Every indicator is a module of `carbon_sink.cover.indicators` with an object ``INDICATOR``;
targets, gaps by township, scenario, exchange and tables read nothing but these objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from layers.units import Quantity, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from carbon_sink.cover.land import County
    from carbon_sink.section import CarbonSection
    from layers.answers.figure import Figure
    from layers.plan.model import Plan
    from layers.relation import Symbol
    from layers.result import Warn
    from layers.spec import Text

__all__ = ["Answer", "Evidence", "Indicator", "Treated"]


@dataclass(frozen=True)
class Evidence:
    """What an indicator may look at.

    Attributes
    ----------
    county
        Land of the county; None without parcels and land cover.
    work
        Folder rasters are written to.
    """

    plan: Plan
    section: CarbonSection
    county: County | None
    work: Path


@dataclass(frozen=True)
class Answer:
    """Figures of an indicator, one for each caliber that can be answered."""

    figures: tuple[Figure, ...] = ()
    warnings: tuple[Warn, ...] = ()
    rasters: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Treated:
    """Land a measure of the scenario treats, as an indicator asks about it.

    Attributes
    ----------
    action
        afforest, grass, wetland or shelterbelt.
    ecosystem
        What the land becomes.
    caliber
        Of the figure that may grow by it.
    shrub_is_forest
        Whether new shrubland is booked as state special shrubland.
    """

    action: str
    ecosystem: str
    caliber: str
    shrub_is_forest: bool


def _first(section: CarbonSection, figures: Sequence[Figure]) -> str:  # noqa: ARG001
    return figures[0].caliber if figures else ""


@dataclass(frozen=True)
class Indicator:
    """An indicator.

    Attributes
    ----------
    id
        Name in plans and tables, and of its module.
    title
        For readers.
    unit
        Unit of its figures, from ``layers/units.toml``; targets may be in any unit of the
        same quantity.
    needs
        Layers or plan keys without which it is not estimated.
    answer
        Its figures from the county's land and layers; those that cannot be had are absent.
    place
        Where it stands among the others in tables; lower is earlier.
    calibers
        Definitions a target may be stated in, with their words; empty where there is one.
    proxies
        Definitions that are shown but never stand in for a caliber nobody named.
    denominator
        What a share is a share of; None where it is no share.
    relation
        What is meant where a target gives none.
    preferred
        Caliber the plan means where a target does not say; by default the first there is.
    caliber_decides
        Whether calibers lie so far apart that a target is judged only in the one the plan says
        it means; the figures of all stand beside each other.
    meant
        Caliber the plan file states for the indicator; empty where it leaves it open.
    by_township
        Hectares it counts in each township; None where that is not known.
    counts
        Whether land under a measure comes to count; None where measures do not move it.
    delayed
        Whether treated land counts only after the years its measure says.
    growth
        Growth a year in its unit that the plan states; None where it states none.
    official
        Key of ``[[carbon.official]]`` that publishes it.
    """

    id: str
    title: Text
    unit: str
    needs: str
    answer: Callable[[Evidence], Answer]
    place: int = 100
    calibers: Mapping[str, Text] = field(default_factory=dict)
    proxies: Mapping[str, Text] = field(default_factory=dict)
    denominator: Text | None = None
    relation: Symbol = ">="
    preferred: Callable[[CarbonSection, Sequence[Figure]], str] = _first
    caliber_decides: bool = False
    meant: Callable[[CarbonSection], str] | None = None
    by_township: Callable[[pd.DataFrame, Figure], pd.Series[float] | None] | None = None
    counts: Callable[[Treated], bool] | None = None
    delayed: bool = False
    growth: Callable[[CarbonSection], float | None] | None = None
    official: str = ""

    @property
    def quantity(self) -> Quantity:
        """What its unit measures."""
        return unit_of(self.unit).quantity

    @property
    def target_calibers(self) -> tuple[str, ...]:
        """Calibers and proxies a target may name."""
        return (*self.calibers, *self.proxies)
