"""Whether a stand makes sense: volume against stems, age against class, sums, areas.

Every finding is a row with what the map says, what was expected and what was done with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.stand.codes import stand_checks
from carbon_sink.stand.read import Stands
from gis.say import listed, say
from gis.types import F8
from layers.result import Warn

__all__ = ["TREES", "Sensed", "sense_warnings", "sensed"]

Mask = npt.NDArray[np.bool_]
TREES = ("arbor", "bamboo", "sparse", "young")
"""Land that can bear standing wood."""
COLUMNS = (
    "row",
    "stand_id",
    "township",
    "finding",
    "got",
    "expected",
    "unit",
    "area_ha",
    "taken",
)
_NAMED = 5
_CLASSES = ("young", "middle", "near_mature", "mature", "over_mature")


@dataclass(frozen=True)
class Sensed:
    """Stands with a volume to compute with, and what was found on the way.

    Attributes
    ----------
    table
        The stands' table with ``m3_ha`` (volume per hectare used, NaN unknown) and ``m3_from``
        (``stated``, ``total`` or empty); stands without land in the county are gone.
    findings
        Columns `COLUMNS`; `taken` is ``told``, ``left_out`` or ``cut``.
    """

    table: pd.DataFrame
    findings: pd.DataFrame


def volume_band(
    dbh_cm: F8, height_m: F8, stems_ha: F8
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least and most volume trees of a size and number can hold [m3/ha]; NaN where not known.

    Basal area times height times a form factor; without a height, times the height x form of
    trees of 2 to 50 m.

    Examples
    --------
    1,000 stems of 10 cm have 7.85 m2/ha; 8 m high and between 0.17 and 1.2 of a cylinder:

    >>> low, high = volume_band(np.array([10.0]), np.array([8.0]), np.array([1000.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([10.68], [75.4])
    """
    limit = stand_checks("volume")
    basal = math.pi / 4.0 * (dbh_cm / 100.0) ** 2 * stems_ha
    known = np.isfinite(height_m) & (height_m > 0)
    low = np.where(known, height_m * limit["form_low"], limit["height_form_low_m"])
    high = np.where(known, height_m * limit["form_high"], limit["height_form_high_m"])
    return basal * low, basal * high


def _class_of_age(species: pd.Series[str], origin: pd.Series[str], age: F8) -> F8:
    """Index of the age class a stand's age lies in, by species and origin; NaN unknown."""
    out = np.full(len(age), np.nan)
    for name, by_origin in stand_checks("age")["ends"].items():
        for kind, ends in by_origin.items():
            own = ((species == name) & (origin == kind)).to_numpy() & np.isfinite(age)
            out[own] = np.searchsorted(np.asarray(ends, float), age[own], side="left")
    return out


def _volume(table: pd.DataFrame) -> tuple[F8, npt.NDArray[np.object_]]:
    """Volume per hectare: stated, else the stand's volume over its area."""
    stated = table["stock_m3_ha"].to_numpy(np.float64)
    area = table["stated_ha"].where(table["stated_ha"] > 0, table["whole_ha"]).to_numpy()
    total = table["volume_m3"].to_numpy(np.float64) / np.maximum(area, 1e-9)
    source = np.where(np.isfinite(stated), "stated", np.where(np.isfinite(total), "total", ""))
    return np.where(np.isfinite(stated), stated, total), source.astype(object)


def sensed(stands: Stands) -> Sensed:
    """Check every stand; leave out what cannot be and tell the rest.

    Parameters
    ----------
    stands : Stands

    Returns
    -------
    Sensed
        A volume over what any forest holds is left out (unknown, not zero); a stand whose land
        is all another's, or outside, is left out; everything else is told and stays.
    """
    t = stands.table
    rows: list[pd.DataFrame] = []

    def tell(
        kind: str,
        where: Mask,
        got: Any,  # noqa: ANN401 - numbers of every stand
        expected: Any,  # noqa: ANN401
        unit: str,
        taken: str = "told",
    ) -> None:
        at = np.flatnonzero(where)
        if len(at):
            rows.append(
                pd.DataFrame(
                    {
                        "row": at + 1,
                        "stand_id": t["stand_id"].to_numpy()[at],
                        "township": t["township"].to_numpy()[at],
                        "finding": kind,
                        "got": np.broadcast_to(got, len(t))[at].astype(float),
                        "expected": np.broadcast_to(expected, len(t))[at].astype(float),
                        "unit": unit,
                        "area_ha": t["whole_ha"].to_numpy()[at],
                        "taken": taken,
                    }
                )
            )

    for name, highest in stand_checks("most").items():
        values = t[name].to_numpy(np.float64)
        tell(f"{name}_cannot_be", values > highest, values, highest, "", "left_out")
        t = t.assign(**{name: np.where(values > highest, np.nan, values)})
    old = stand_checks("doubt")["age_years"]
    years = t["age_years"].to_numpy(np.float64)
    tell("age_doubtful", years > old, years, old, "yr", "land")
    whole, inside, area = (t[c].to_numpy() for c in ("whole_ha", "inside_ha", "area_ha"))
    limits = stand_checks("area")
    tiny = limits["outside_relative"] * whole
    gone = area <= 1e-9
    tell("outside", (whole - inside > tiny) & (inside > 0), whole - inside, 0.0, "ha", "cut")
    tell("outside", inside <= 1e-9, whole, 0.0, "ha", "left_out")
    tell("overlap", (inside - area > tiny) & ~gone, inside - area, 0.0, "ha", "cut")
    tell("twice", gone & (inside > 1e-9), inside, 0.0, "ha", "left_out")

    stated = t["stated_ha"].to_numpy()
    off = np.abs(stated - whole) > np.maximum(limits["relative"] * whole, limits["least_ha"])
    tell("area_differs", off, stated, whole, "ha")

    m3_ha, m3_from = _volume(t)
    most = stand_checks("volume")["most_m3_ha"]
    wrong = m3_ha > most
    tell("volume_cannot_be", wrong, m3_ha, most, "m3/ha", "left_out")
    m3_ha = np.where(wrong, np.nan, m3_ha)

    arbor = (t["forest_type"] == "arbor").to_numpy()
    least = stand_checks("doubt")
    grown = ~(years < least["volume_from_years"])
    tell("volume_doubtful", arbor & grown & (m3_ha > 0) & (m3_ha < least["m3_ha"]), m3_ha,
         least["m3_ha"], "m3/ha")  # fmt: skip

    base = np.where(stated > 0, stated, whole)
    want = base * t["stock_m3_ha"].to_numpy()
    total = t["volume_m3"].to_numpy()
    sums = stand_checks("sum")
    unlike = np.abs(total - want) > np.maximum(sums["relative"] * want, sums["least_m3"])
    tell("sum_differs", unlike, total, want, "m3")

    low, high = volume_band(*(t[c].to_numpy() for c in ("dbh_cm", "height_m", "stems_ha")))
    tell("volume_under_stems", m3_ha < low, m3_ha, low, "m3/ha")
    tell("volume_over_stems", m3_ha > high, m3_ha, high, "m3/ha")

    treeless = ~t["forest_type"].isin(TREES).to_numpy()
    blank = (t["forest_type"] == "").to_numpy()
    tell("class_blank", blank, m3_ha, math.nan, "m3/ha", "left_out")
    bare = treeless & ~blank & (m3_ha > 0)
    tell("volume_without_trees", bare, m3_ha, 0.0, "m3/ha", "left_out")
    m3_ha = np.where(treeless, np.nan, m3_ha)

    number = {c: float(i) for i, c in enumerate(_CLASSES)}
    of_age = _class_of_age(t["species_id"], t["origin"], t["age_years"].to_numpy())
    said = t["age_class"].map(number).to_numpy(np.float64)
    far = np.abs(said - of_age) > stand_checks("age")["slack_classes"]
    tell("age_off_class", far, t["age_years"].to_numpy(), said + 1, "yr")

    sparse = arbor & (t["canopy_frac"].to_numpy() < 0.2)
    tell("canopy_under_forest", sparse, t["canopy_frac"].to_numpy(), 0.2, "-")

    used = t.assign(m3_ha=m3_ha, m3_from=np.where(np.isfinite(m3_ha), m3_from, ""))[~gone]
    columns = list(COLUMNS)
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return Sensed(used.reset_index(drop=True), found[columns])


def sense_warnings(found: pd.DataFrame) -> list[Warn]:
    """One warning a kind of finding: how many stands, how much land, which ones."""
    out = []
    for (kind, taken), rows in found.groupby(["finding", "taken"], sort=False):
        worst = rows.sort_values("area_ha", ascending=False).head(_NAMED)
        told = say(
            f"carbon_sink.stand.found_{kind}",
            n=len(rows),
            ha=float(rows["area_ha"].sum()),
            got=float(worst["got"].iloc[0]),
            expected=float(worst["expected"].iloc[0]),
            total=float((rows["got"] - rows["expected"]).sum()),
            names=listed([str(v) for v in worst["stand_id"]]),
            taken=say(f"carbon_sink.stand.taken_{taken}"),
        )
        out.append(Warn(f"stand_{kind}", told, "forest_land"))
    return out
