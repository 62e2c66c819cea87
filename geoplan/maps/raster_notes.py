"""What a reader must know of a raster beside its legend: depth, zone, grade, dates."""

from __future__ import annotations

from carbon_sink.summary import CarbonSummary, ChangeSummary
from geoplan.summary import RunSummary
from gis.say import Sentence, say

__all__ = ["raster_blank", "raster_note"]


def raster_note(about: str, summary: RunSummary) -> Sentence | None:
    """The note of a raster theme; None where the run says nothing of it.

    Parameters
    ----------
    about : {"", "carbon_density", "carbon_change"}
        ``note`` of the theme.
    summary : RunSummary
        ``summary.json`` of the run.
    """
    carbon = summary.carbon
    if not isinstance(carbon, CarbonSummary):
        return None
    if about == "carbon_density":
        return say(
            "geoplan.map.note_carbon_density",
            depth=carbon.soc_depth_cm,
            zone=say(f"geoplan.cells.climate_zone.{carbon.climate_zone}"),
            weak_pct=100 * carbon.weak_frac,
        )
    change = carbon.change
    if about == "carbon_change" and isinstance(change, ChangeSummary):
        return say(
            "geoplan.map.note_carbon_change",
            first=str(change.from_year),
            last=str(change.to_year),
            bound=change.bound_note,
        )
    return None


def raster_blank(about: str, summary: RunSummary) -> Sentence | None:
    """What the cells left clear within the county stand for; None where there are none.

    Parameters
    ----------
    about, summary
        As of `raster_note`.
    """
    carbon = summary.carbon
    if not about or not isinstance(carbon, CarbonSummary):
        return None
    change = carbon.change
    open_ha = 0.0
    if about == "carbon_change" and isinstance(change, ChangeSummary):
        feet = change.footprints_ha
        open_ha = feet.before_only + feet.after_only + feet.neither
    if not (carbon.area_not_estimated_frac > 0 or open_ha > 0):
        return None
    return say("geoplan.map.no_value")
