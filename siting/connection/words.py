"""A capacity target in one sentence: what meets it, or what is missing and what blocks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.say import Sentence, listed, say
from layers.plan.target import year_after
from layers.spec import Text
from siting.connection.capacity import with_same_land

__all__ = ["target_words"]

_LEAST_MW = 0.05
_MOST = 6  # works named


def target_words(row: Mapping[Any, Any]) -> Sentence | None:
    """The sentence of a row of ``capacity_targets``; None where plants meet it alone.

    Parameters
    ----------
    row : mapping
        See `siting.connection.expansion.target_rows`.
    """
    if row["met_by_plants"]:
        return None
    blocks = str(row["blocked_by"]).split()
    blocked = listed(
        say(
            "siting.connection.block_storage_mw",
            needed=row["storage_needed_mw"],
            have=row["storage_mw"],
        )
        if b == "storage"
        else say(f"siting.connection.block_{b}")
        for b in blocks
    )
    name = Text(zh=str(row["title_zh"]), en=str(row["title_en"]))
    if "plants" in blocks:
        key = "target_exceeded"
    elif row["met_with"] == "uncertain":
        key = "target_uncertain"
    elif "grid" in blocks:
        key = "target_needs_grid"
    elif row["met_with"] in {"unconditional", "approvals"}:
        key = "target_with_sites" if blocks else "target_with_free_sites"
    elif "sites" in blocks:
        key = "target_without_sites"
    elif "time" in blocks:
        key = "target_over"
    elif "provisional" in blocks:
        key = "target_lacks_provisional"
    elif "grid_unknown" in blocks:
        key = "target_grid_unknown"
    else:
        key = "target_lacks_listed" if "site_list" in blocks else "target_lacks_land"
    short = row["short_mw"]
    missing = short if isinstance(short, float) and short == short else row["gap_mw"]
    added = row.get("grid_added_mw")
    about = []
    if isinstance(added, float) and added >= _LEAST_MW:
        names = [n for n in str(row.get("grid_works") or "").split("; ") if n]
        shown = names[:_MOST]
        if len(names) > _MOST:
            shown.append(say("siting.connection.and_more", n=len(names) - _MOST))
        key_of = "added_works" if shown else "added_mw"
        about.append(say(f"siting.connection.{key_of}", mw=added, names=listed(shown)))
    if row.get("grid_alone"):
        about.append(say("siting.connection.grid_alone"))
    words = say(
        f"siting.connection.{key}",
        works=say("siting.connection.with_works", about=listed(about)) if about else "",
        name=name,
        when=year_after(name, int(row["year"])),
        gap=row["gap_mw"],
        short=missing,
        blocked=blocked,
        late=row.get("sites_provisional_mw"),
        low=row.get("sum_low_mw"),
        high=row.get("sum_high_mw"),
    )
    taken = row.get("sites_taken_mw")
    adds_sites = key not in {"target_exceeded", "target_over", "target_without_sites"}
    if adds_sites and isinstance(taken, float) and taken >= _LEAST_MW:
        ha = row["sites_taken_ha"]
        words = say("siting.connection.land_once", words=words, ha=ha, mw=taken)
    shared = row.get("sites_shared_ha")
    return with_same_land(words, shared if adds_sites and isinstance(shared, float) else None)
