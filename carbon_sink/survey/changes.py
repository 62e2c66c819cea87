"""The change list of two surveys, and every table that is a sum of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from carbon_sink.change.transitions import matrix_of
from carbon_sink.cover.classes import class_title
from carbon_sink.overlay.lands import SurveyLand
from carbon_sink.overlay.overlay import NOT_SURVEYED, Overlay
from carbon_sink.overlay.pieces import NONE, grouped_union
from carbon_sink.survey.carbon import LAND_KEYS
from carbon_sink.survey.kinds import change_kinds, kind_of
from gis.crs.systems import CrsLike
from gis.say import say
from layers.units import MU_PER_HA

__all__ = [
    "ONLY",
    "absorbed_area",
    "by_kind",
    "by_place",
    "change_pieces",
    "change_rows",
    "kind_title",
    "land_at_both",
    "standing_pieces",
    "survey_matrix",
]

ONLY = {"before_only": NOT_SURVEYED, "after_only": NOT_SURVEYED}
"""Kinds of land only one survey has; they are no change."""
_NUMBERS = 20  # parcel numbers written out in one row
SIDES = ("before_only", "after_only", "neither")


def kind_title(kind: str, lang: str) -> str:
    """Name of a kind of change, or of land a survey does not have.

    Examples
    --------
    >>> kind_title("afforestation", "zh"), kind_title("neither", "en")
    ('造林', 'in neither survey')
    """
    if kind in change_kinds():
        return str(change_kinds()[kind].title(lang))
    return str(say(f"carbon_sink.survey.{kind or 'unchanged'}")(lang))


def _kind(before: str, after: str, overrides: Mapping[str, str]) -> str:
    if after == NOT_SURVEYED:
        return "before_only"
    if before == NOT_SURVEYED:
        return "after_only"
    return kind_of(before, after, overrides)


def land_at_both(table: pd.DataFrame, before: SurveyLand, after: SurveyLand) -> pd.DataFrame:
    """Township, class, planting year, species and area of pieces at both dates."""

    def taken(land: SurveyLand, what: str, side: str, empty: object) -> np.ndarray:
        at = table[side].to_numpy()
        own = getattr(land, what)
        out = np.full(len(at), empty, dtype=own.dtype)
        out[at != NONE] = own[at[at != NONE]]
        return out

    return pd.DataFrame(
        {
            "township": table["place"].to_numpy(),
            "before": table["start"].to_numpy(),
            "after": table["end"].to_numpy(),
            "planted_year": taken(after, "planted_year", "after", np.nan),
            "species": taken(after, "species", "after", ""),
            "planted_before": taken(before, "planted_year", "before", np.nan),
            "species_before": taken(before, "species", "before", ""),
            "area_ha": table["area_m2"].to_numpy() / 1e4,
        }
    )


def standing_pieces(
    found: Overlay, before: SurveyLand, after: SurveyLand, rates: Mapping[str, str]
) -> pd.DataFrame:
    """Land that kept its class and whose growth is known: by planting year or by a rate.

    What the later survey does not say of a stand the earlier one does.

    Returns
    -------
    DataFrame
        ``kind`` (``unchanged``), ``township``, `LAND_KEYS`, ``area_ha``; added up.
    """
    table = found.pieces[found.pieces["start"] == found.pieces["end"]]
    out = land_at_both(table, before, after)
    out["planted_year"] = out["planted_year"].fillna(out["planted_before"])
    unnamed = out["species"] == ""
    out.loc[unnamed, "species"] = out["species_before"][unnamed]
    grows = out["planted_year"].notna() | out["before"].isin(list(rates))
    keys = ["township", *LAND_KEYS]
    own = out[grows].groupby(keys, as_index=False, dropna=False).agg(area_ha=("area_ha", "sum"))
    return own.assign(kind="unchanged")


def change_pieces(
    found: Overlay, before: SurveyLand, after: SurveyLand, overrides: Mapping[str, str]
) -> pd.DataFrame:
    """Pieces that changed: ``row, patch, township, kind, area_ha`` and `LAND_KEYS`.

    `row` is the row of `found.pieces`; land of one survey only is among them.
    """
    table = found.pieces[found.pieces["start"] != found.pieces["end"]]
    out = land_at_both(table, before, after).assign(
        row=table.index.to_numpy(), patch=table["patch"].to_numpy()
    )
    pairs = out[["before", "after"]].drop_duplicates().itertuples(index=False)
    kinds = {(a, b): _kind(a, b, overrides) for a, b in pairs}
    out["kind"] = [kinds[a, b] for a, b in zip(out["before"], out["after"], strict=True)]
    return out


def _listed(values: pd.Series) -> str:
    known = sorted({str(v) for v in values if v}, key=lambda v: (len(v), v))
    more = len(known) - _NUMBERS
    return " ".join(known[:_NUMBERS]) + (f" … (+{more})" if more > 0 else "")


def _named(land: SurveyLand, row: pd.Series, what: str) -> Any:  # noqa: ANN401
    values = np.full(len(row), "", dtype=object)
    at = row.to_numpy()
    held = at != NONE
    values[held] = getattr(land, what)[at[held]]
    return values


def change_rows(
    found: Overlay,
    pieces: pd.DataFrame,
    before: SurveyLand,
    after: SurveyLand,
    crs: CrsLike,
) -> gpd.GeoDataFrame:
    """One row a patch of land that went from one class to another within a township.

    Returns
    -------
    GeoDataFrame
        ``change_id, kind, kind_zh, kind_en, before, after, before_zh .. after_en, township,
        area_ha, area_mu, parcels_before, parcels_after`` (numbers), ``codes_before,
        codes_after`` (classes as the surveys write them), ``planted_year`` (of the largest
        part), ``patch``; largest first within a kind.
    """
    raw = found.pieces.loc[pieces["row"]]
    work = pieces.assign(
        parcels_before=_named(before, raw["before"], "number"),
        parcels_after=_named(after, raw["after"], "number"),
        codes_before=_named(before, raw["before"], "code"),
        codes_after=_named(after, raw["after"], "code"),
    )
    keys = ["kind", "before", "after", "township", "patch"]
    if not len(work):
        return _empty(crs)
    work = work.sort_values([*keys, "area_ha"], ascending=[True] * 5 + [False])
    grouped = work.groupby(keys, sort=False)
    work["group"] = grouped.ngroup()
    names = ["parcels_before", "parcels_after", "codes_before", "codes_after"]
    table = grouped.agg(
        area_ha=("area_ha", "sum"),
        planted_year=("planted_year", "first"),
        n=("area_ha", "size"),
        **{c: (c, "first") for c in names},
    ).reset_index()
    # most patches are one piece; only those of several need their numbers put together
    many = np.flatnonzero(table.pop("n").to_numpy() > 1)
    part = work[work["group"].isin(many)].groupby("group")
    for column in names:
        table.loc[many, column] = part[column].agg(_listed).to_numpy()
    table["geometry"] = grouped_union(
        found.shape[work["row"].to_numpy()], work["group"].to_numpy(np.int64), len(table)
    )
    order = {k: i for i, k in enumerate([*change_kinds(), *SIDES])}
    table["rank"] = table["kind"].map(order)
    table = table.sort_values(
        ["rank", "area_ha", "township", "before", "after", "patch"],
        ascending=[True, False, True, True, True, True],
    ).drop(columns="rank")
    table.insert(0, "change_id", [f"C{i:06d}" for i in range(1, len(table) + 1)])
    table["area_mu"] = table["area_ha"] * MU_PER_HA
    for lang in ("zh", "en"):
        table[f"kind_{lang}"] = [kind_title(k, lang) for k in table["kind"]]
        for side in ("before", "after"):
            table[f"{side}_{lang}"] = [_title(k, lang) for k in table[side]]
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry="geometry", crs=crs)


def _title(label: str, lang: str) -> str:
    if label == NOT_SURVEYED:
        return str(say("carbon_sink.survey.not_surveyed")(lang))
    return str(class_title(label)(lang))


def _empty(crs: CrsLike) -> gpd.GeoDataFrame:
    columns = [
        *("change_id", "kind", "before", "after", "township", "patch", "area_ha"),
        *("planted_year", "parcels_before", "parcels_after", "codes_before", "codes_after"),
        *("area_mu", "kind_zh", "before_zh", "after_zh", "kind_en", "before_en", "after_en"),
    ]
    return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=crs)


def survey_matrix(transitions: pd.DataFrame) -> pd.DataFrame:
    """The transition matrix [ha] of `Overlay.transitions`: rows before, columns after."""
    wide = matrix_of(transitions)
    wide.columns.name = None
    return wide.rename_axis("before").reset_index()


def by_kind(found: Overlay, rows: pd.DataFrame) -> pd.DataFrame:
    """Area of every kind [ha], unchanged and unsurveyed land too: the sum is the county."""
    out = []
    known = {str(k): (float(v.sum()), len(v)) for k, v in rows.groupby("kind")["area_ha"]}
    for kind in [*change_kinds(), "before_only", "after_only"]:
        area, n = known.get(kind, (0.0, 0))
        out.append({"kind": kind, "area_ha": area, "changes": n})
    whole = float(found.pieces["area_m2"].sum()) / 1e4
    out.append(
        {
            "kind": "unchanged",
            "area_ha": whole - sum(r["area_ha"] for r in out),  # type: ignore[misc]
            "changes": 0,
        }
    )
    neither = float(found.places["neither_m2"].sum()) / 1e4
    out.append({"kind": "neither", "area_ha": neither, "changes": 0})
    table = pd.DataFrame(out)
    for lang in ("zh", "en"):
        table[f"definition_{lang}"] = [
            str(change_kinds()[k].definition(lang)) if k in change_kinds() else ""
            for k in table["kind"]
        ]
    return table


def by_place(found: Overlay, pieces: pd.DataFrame) -> pd.DataFrame:
    """Each township: changed by kind, unchanged, unsurveyed; they add up to its area [ha]."""
    wide = pieces.pivot_table(
        index="township", columns="kind", values="area_ha", aggfunc="sum", fill_value=0.0
    )
    kinds = [*change_kinds(), "before_only", "after_only"]
    wide = wide.reindex(index=found.places["place"], columns=kinds, fill_value=0.0)
    wide = wide.add_suffix("_ha")
    places = found.places.set_index("place")
    wide["neither_ha"] = places["neither_m2"] / 1e4
    wide["unchanged_ha"] = places["surveyed_m2"] / 1e4 - wide[[f"{k}_ha" for k in kinds]].sum(
        axis=1
    )
    wide["area_ha"] = places["area_m2"] / 1e4
    wide["adjusted_frac"] = places["adjusted_frac"]
    wide.columns.name = None
    return wide.rename_axis("township").reset_index()


def absorbed_area(found: Overlay) -> tuple[float, int]:
    """Area that was drawn as change and counts as none or another [ha], and how many pieces."""
    held = found.pieces[found.pieces["absorbed"]]
    return float(held["area_m2"].sum()) / 1e4, len(held)
