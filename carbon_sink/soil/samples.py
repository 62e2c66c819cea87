"""Soil profiles of a plan: the stock of each, and the mean of each class with its error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from carbon_sink.section import CarbonSection
from carbon_sink.soil.profile import ProfileStock, SoilLayer, profile_stock
from carbon_sink.soil.sheet import unread_columns
from gis.errors import DataError
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SoilSamples", "class_means", "profiles_of", "soil_samples", "stones_warnings"]

LAYER = "soil_samples"
_FIELDS = (
    "top_cm", "bottom_cm", "bulk_density_g_cm3", "soc_g_kg", "som_g_kg", "stones_frac",
    "stock_kg_m2",
)  # fmt: skip
_NAMED = 5


@dataclass(frozen=True)
class SoilSamples:
    """What the profiles of a plan say at one depth.

    Attributes
    ----------
    profiles
        ``profile_id, land_class, depth_cm, tc_ha, cut_layer, extended_cm, no_stones`` and the
        reason where a profile is refused (`tc_ha` NaN).
    classes
        ``land_class, depth_cm, n, mean_tc_ha, se_tc_ha, low_tc_ha, high_tc_ha``.
    layer
        Profiles as points.
    """

    profiles: pd.DataFrame
    classes: pd.DataFrame
    layer: gpd.GeoDataFrame | None
    warnings: tuple[Warn, ...]


def profiles_of(
    table: pd.DataFrame,
    depth_cm: int,
    *,
    som_factor: float | None = None,
    below: str = "refuse",
) -> pd.DataFrame:
    """Stock of every profile of a table of layers; a faulty one keeps its reason.

    Parameters
    ----------
    table : DataFrame
        One row a layer: ``profile_id, top_cm, bottom_cm`` and, as far as known,
        ``bulk_density_g_cm3, soc_g_kg, som_g_kg, stones_pct, stock_kg_m2, land_class``.
    depth_cm : int
        One depth for all: stocks of unlike depth never share a table.
    som_factor, below : see `profile.profile_stock`

    Returns
    -------
    DataFrame
        One row a profile, in the order they first occur.

    Examples
    --------
    Bare sand of the Mu Us, five layers of 20 cm (Chen Wen et al. 2021, table 3): 7.3 tC/ha.

    >>> layers = pd.DataFrame({"profile_id": "CK", "top_cm": [0, 20, 40, 60, 80],
    ...     "bottom_cm": [20, 40, 60, 80, 100], "stock_kg_m2": [0.19, 0.09, 0.14, 0.13, 0.18]})
    >>> [round(float(profiles_of(layers, d)["tc_ha"].iloc[0]), 3) for d in (100, 30)]
    [7.3, 2.35]
    """
    numbers = table.copy()
    if "stones_pct" in numbers.columns:
        numbers["stones_frac"] = pd.to_numeric(numbers["stones_pct"], errors="coerce") / 100.0
    for name in _FIELDS:
        if name not in numbers.columns:
            numbers[name] = math.nan
        numbers[name] = pd.to_numeric(numbers[name], errors="coerce").astype(float)
    rows = []
    for key, own in numbers.groupby("profile_id", sort=False):
        layers = [SoilLayer(**{k: float(r[k]) for k in _FIELDS}) for _, r in own.iterrows()]
        kinds = own["land_class"].dropna().astype(str) if "land_class" in own else None
        row: dict[str, object] = {
            "profile_id": str(key),
            "land_class": kinds.iloc[0] if kinds is not None and len(kinds) else "",
            "depth_cm": f"0-{depth_cm}",
        }
        try:
            got: ProfileStock | None = profile_stock(
                layers,
                depth_cm,
                profile=str(key),
                som_factor=som_factor,
                below=below,  # type: ignore[arg-type]
            )
            faults: tuple[str, str] = ("", "")
        except DataError as err:
            got = None
            zh, en = (dict.fromkeys(f.text(k) for f in err.faults) for k in ("zh", "en"))
            faults = ("；".join(zh), "; ".join(en))
        row |= {
            "tc_ha": got.tc_ha if got else math.nan,
            "cut_layer": bool(got and got.cut_layer),
            "extended_cm": got.extended_cm if got else 0.0,
            "no_stones": got.assumed_no_stones if got else 0,
            "refused_zh": faults[0],
            "refused_en": faults[1],
        }
        rows.append(row)
    return pd.DataFrame(rows)


def class_means(profiles: pd.DataFrame) -> pd.DataFrame:
    """Mean of each class with the error of the mean, at the one depth of the table.

    Raises
    ------
    DataError
        Profiles of unlike depths in one table.
    """
    depths = sorted(set(profiles["depth_cm"]))
    if len(depths) > 1:
        raise DataError(
            say("carbon_sink.stock.unlike_depths"),
            where=f"[layers.{LAYER}]",
            got=listed(depths),
            todo=say("carbon_sink.stock.choose_one_depth"),
        )
    from scipy import stats

    rows = []
    for key, own in profiles.dropna(subset=["tc_ha"]).groupby("land_class", sort=True):
        n, mean = len(own), float(own["tc_ha"].mean())
        se = float(own["tc_ha"].std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        half = float(stats.t.ppf(0.975, n - 1)) * se if n > 1 else math.nan
        rows.append(
            {
                "land_class": str(key),
                "depth_cm": depths[0],
                "n": n,
                "mean_tc_ha": mean,
                "se_tc_ha": se,
                "low_tc_ha": max(mean - half, 0.0) if n > 1 else math.nan,
                "high_tc_ha": mean + half,
            }
        )
    columns = [
        *("land_class", "depth_cm", "n", "mean_tc_ha", "se_tc_ha", "low_tc_ha"),
        "high_tc_ha",
    ]
    return pd.DataFrame(rows, columns=columns)


def stones_warnings(table: pd.DataFrame) -> list[Warn]:
    """Whether stones in per cent look like shares of one.

    Examples
    --------
    >>> [w.code for w in stones_warnings(pd.DataFrame({"stones_pct": [0.05, 0.2]}))]
    ['soil_stones_as_share']
    >>> stones_warnings(pd.DataFrame({"stones_pct": [0.0, 5.0]}))
    []
    """
    if "stones_pct" not in table:
        return []
    given = pd.to_numeric(table["stones_pct"], errors="coerce")
    if not (0 < float(given.max()) < 1):
        return []
    return [Warn("soil_stones_as_share", say("carbon_sink.soil.stones_as_share"), LAYER)]


def _warnings(profiles: pd.DataFrame) -> list[Warn]:
    out = []
    refused = profiles[profiles["tc_ha"].isna()]
    if len(refused):
        names = listed([str(v) for v in refused["profile_id"].head(_NAMED)])
        first = {"zh": refused["refused_zh"].iloc[0], "en": refused["refused_en"].iloc[0]}
        told = say(
            "carbon_sink.soil.refused", n=len(refused), names=names, first=first.__getitem__
        )
        out.append(Warn("soil_profiles_refused", told, LAYER))
    blank = profiles["tc_ha"].notna() & (profiles["land_class"].str.strip() == "")
    if blank.any() and not blank.all():
        names = listed([str(v) for v in profiles["profile_id"][blank].head(_NAMED)])
        told = say("carbon_sink.soil.without_class", n=int(blank.sum()), names=names)
        out.append(Warn("soil_without_class", told, LAYER))
    for column, key in (
        ("cut_layer", "cut"),
        ("extended_cm", "extended"),
        ("no_stones", "bare"),
    ):
        own = profiles[profiles[column].astype(float) > 0]
        if len(own):
            told = say(f"carbon_sink.soil.{key}", n=len(own))
            out.append(Warn(f"soil_{key}", told, LAYER))
    return out


def soil_samples(plan: Plan, section: CarbonSection) -> SoilSamples | None:
    """The plan's soil profiles at the depth of its soil carbon; None without the layer."""
    raw = open_features(plan, LAYER)
    if raw is None:
        return None
    here = shapely.intersects(county_boundary(plan), np.asarray(raw.geometry.array))
    away = int(raw.loc[~here, "profile_id"].nunique())
    told = say("carbon_sink.soil.outside", n=away)
    outside = [Warn("soil_profiles_outside", told, LAYER)] if away else []
    raw = raw[here].reset_index(drop=True)
    if not len(raw):
        return None
    table = pd.DataFrame(raw.drop(columns="geometry"))
    fields = [f.name for f in layer_of(LAYER).fields]
    sheet = [*unread_columns([str(c) for c in table.columns], fields), *stones_warnings(table)]
    profiles = profiles_of(
        table,
        section.soc_depth_cm,
        som_factor=section.soil.som_factor,
        below=section.soil.below,
    )
    first = raw.drop_duplicates("profile_id")[["geometry"]].reset_index(drop=True)
    layer = first.join(profiles)
    good = profiles["tc_ha"].notna()
    classes = class_means(profiles) if good.any() else class_means(profiles.iloc[:0])
    layer["depth_cm"] = np.asarray(profiles["depth_cm"])
    return SoilSamples(profiles, classes, layer, (*outside, *sheet, *_warnings(profiles)))
