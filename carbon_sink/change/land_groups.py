"""Rows of a table of transitions that are treated alike, and what may stand on a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.ecosystems import ecosystems
from carbon_sink.species import UNLISTED, species_table
from carbon_sink.stock.growth import (
    GrowthLine,
    bears_nothing,
    full_grown,
    line_of_ecosystem,
    line_of_species,
)
from gis.errors import DataError
from gis.say import listed, say
from gis.types import F8, I8

__all__ = ["Group", "Rules", "dense_labels", "groups_of", "planted_too_early"]

_WOODY = frozenset({"forest", "shrub_conditional", "other_woodland"})


@dataclass(frozen=True)
class Group:
    """Rows of one class before, one after, one species and one set of local densities."""

    before: str
    after: str
    species: str
    rows: I8
    area: F8
    age: F8  # since planting at the later date [yr]; NaN where not known
    years: float
    species_before: str
    age_before: F8  # of what stood at the earlier date [yr]; NaN where not known
    local: str = ""  # mark of densities of the land itself, empty where it has none

    def of(self, own: npt.NDArray[np.bool_]) -> Group:
        """Those of the rows that `own` names."""
        return replace(
            self,
            rows=self.rows[own],
            area=self.area[own],
            age=self.age[own],
            age_before=self.age_before[own],
        )


def _column(table: pd.DataFrame, name: str) -> F8 | None:
    if name not in table.columns:
        return None
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
    if (given := table[name].notna().to_numpy() & np.isnan(values)).any():
        raise DataError(
            say("carbon_sink.change.age_is_no_number"),
            where=name,
            got=str(table[name].to_numpy()[given][0]),
        )
    return values


def _ages(table: pd.DataFrame, to_year: int) -> F8:
    """Age of what stands at the later date; NaN where neither age nor year is known."""
    age = _column(table, "age_years")
    planted = _column(table, "planted_year")
    out = np.full(len(table), np.nan) if age is None else age
    if planted is not None and to_year:
        out = np.where(np.isnan(out), to_year - planted, out)
    bad = np.flatnonzero(out < 0)
    if len(bad):
        raise DataError(
            say("carbon_sink.change.planted_after_the_later_date"),
            got=say("carbon_sink.stock.years", years=float(out[bad[0]])),
            where=say("carbon_sink.cover.parcels_at_row", count=len(bad), row=int(bad[0])),
        )
    return out


def _ages_before(table: pd.DataFrame, from_year: float) -> F8:
    """Age of what stood at the earlier date; NaN where nobody gave its planting year.

    What was planted after that date did not stand yet: its age is not known.
    """
    planted = _column(table, "planted_before")
    if planted is None or not from_year > 0:
        return np.full(len(table), np.nan)
    age: F8 = from_year - planted
    return np.where(age >= 0, age, np.nan)


def _species(table: pd.DataFrame, name: str) -> npt.NDArray[np.object_]:
    if name not in table.columns:
        return np.full(len(table), "", dtype=object)
    given = table[name].fillna("").astype(str).to_numpy(dtype=object)
    if strange := sorted({str(x) for x in given} - set(species_table()) - {"", UNLISTED}):
        raise DataError(
            say("carbon_sink.room.no_such_species"),
            got=listed(strange),
            expected=listed(species_table()),
        )
    return np.asarray(given, dtype=object)


def groups_of(table: pd.DataFrame, years: float, to_year: int) -> Iterator[Group]:
    """The groups of a table of transitions.

    Raises
    ------
    DataError
        Areas that are no numbers, ages below zero, species nobody knows.
    """
    area = table["area_ha"].to_numpy(np.float64)
    if not (np.isfinite(area).all() and (area >= 0).all()):
        raise DataError(say("carbon_sink.stock.area_not_a_number"), where="area_ha")
    age = _ages(table, to_year)
    age_before = _ages_before(table, to_year - years)
    keys = pd.DataFrame(
        {
            "b": table["before"].astype(str).to_numpy(),
            "a": table["after"].astype(str).to_numpy(),
        }
    )
    keys["s"], keys["o"] = _species(table, "species"), _species(table, "species_before")
    keys["l"] = _local(table)
    for _, own in keys.groupby(["b", "a", "s", "o", "l"], sort=True):
        rows = own.index.to_numpy(np.int64)
        before, after, kind, old, local = (str(x) for x in own.iloc[0])
        ages = age[rows], years, old, age_before[rows]
        yield Group(before, after, kind, rows, area[rows], *ages, local)


def _local(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    if "local" not in table.columns:
        return np.full(len(table), "", dtype=object)
    return table["local"].fillna("").astype(str).to_numpy(dtype=object)


def dense_labels(table: pd.DataFrame, side: str) -> pd.Series[str]:
    """Label of each row under which its densities stand: class, and mark of its land.

    Examples
    --------
    >>> rows = pd.DataFrame({"before": ["sand", "sand"], "local": ["", "#2"]})
    >>> list(dense_labels(rows, "before"))
    ['sand', 'sand#2']
    """
    return table[side].astype(str) + pd.Series(_local(table), index=table.index)


def planted_too_early(
    rows: pd.DataFrame, from_year: float, ambiguous: Mapping[str, frozenset[str]]
) -> pd.Series[bool]:
    """Rows planted, by their year, before the earlier date, at which nothing woody stood there.

    Examples
    --------
    >>> t = pd.DataFrame({"before": ["grass_other", "shrub", "forest_arbor"],
    ...                   "after": "forest_arbor", "planted_year": 1990.0})
    >>> planted_too_early(t, 2004, {}).tolist()
    [True, False, False]
    """
    rules = Rules(ambiguous)
    woody = {label for label in rows["before"].unique() if rules.woody(str(label))}
    early = rows["planted_year"] < from_year
    return early & (rows["before"] != rows["after"]) & ~rows["before"].isin(woody)


@dataclass(frozen=True)
class Rules:
    """What may stand on a class, where a label may be several classes.

    Attributes
    ----------
    ambiguous
        Label -> the ecosystems it may be.
    """

    ambiguous: Mapping[str, frozenset[str]]

    def options(self, label: str) -> frozenset[str]:
        """Ecosystems a label may be."""
        return self.ambiguous.get(label, frozenset({label}))

    def groups(self, label: str) -> set[str]:
        """Groups of those ecosystems."""
        return {x.group for o in self.options(label) if (x := ecosystems().get(o))}

    def bare(self, label: str) -> bool:
        """Whether nothing that lives is counted on it."""
        return all(bears_nothing(o) for o in self.options(label))

    def woody(self, label: str) -> bool:
        """Whether trees or shrubs may stand on it."""
        known = self.groups(label)
        return not known or bool(known & _WOODY)

    def line(self, label: str, species: str) -> GrowthLine | None:
        """The growth line of its stands; None where none is known."""
        if species and self.woody(label):
            return line_of_species(species)
        found = {x.id if x else "": x for x in map(line_of_ecosystem, self.options(label))}
        return next(iter(found.values())) if len(found) == 1 else None

    def full_years(self, label: str) -> float | None:
        """Years until its plants are full grown; None for all that grow longer."""
        found = {x.years if x else None for x in map(full_grown, self.options(label))}
        return next(iter(found)) if len(found) == 1 else None
