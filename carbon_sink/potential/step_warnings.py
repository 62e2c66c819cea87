"""What the step ``potential`` warns of: rain, rates, and land that waits for layers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbon_sink.change.measures import measure_kinds
from carbon_sink.ecosystems import ecosystems
from carbon_sink.potential.candidates import Action
from carbon_sink.potential.ccer import ccer_method
from carbon_sink.potential.ccer_path import CcerPath
from carbon_sink.section import CarbonSection, PotentialSection
from gis.say import listed, say
from layers.result import Warn

__all__ = [
    "baseline_warnings",
    "rain_differs",
    "rain_warnings",
    "rate_warnings",
    "waiting_warnings",
]


def rain_warnings(carbon: CarbonSection, section: PotentialSection) -> list[Warn]:
    """Trees planted where rain says shrubs and grass come first."""
    rain = carbon.annual_rainfall_mm
    if (
        rain is None
        or rain >= 400.0
        or section.afforest_measure in {"shrub", "desert_shelterbelt"}
    ):
        return []
    return [
        Warn(
            "trees_under_400_mm",
            say(
                "carbon_sink.room.trees_under_400_mm",
                rain=rain,
                afforest_measure=measure_kinds()[section.afforest_measure].title,
            ),
            "[potential] afforest_measure",
        )
    ]


def rate_warnings(found: pd.DataFrame, action: Action) -> list[Warn]:
    """Land of candidates whose rate is that of other land, or that has none."""
    out = []
    for basis, code in (("carried_over", "rate_carried_over"), ("none", "rate_none")):
        own = found[found["rate_basis"] == basis]
        if not len(own):
            continue
        lands = listed([ecosystems()[e].title for e in sorted(own["ecosystem"].unique())])
        out.append(
            Warn(
                f"{action}_{code}",
                say(
                    f"carbon_sink.potential.{code}",
                    action=say(f"carbon_sink.potential.action_{action}"),
                    ha=float(own["area_ha"].sum()),
                    land=lands,
                ),
                "[[potential.rates]]",
            )
        )
    return out


def waiting_warnings(waiting_ha: float, action: str) -> list[Warn]:
    """Land that no candidate was sought on: the screening waits for layers there."""
    if not waiting_ha > 0:
        return []
    words = say(
        "carbon_sink.potential.candidates_wait",
        action=say(f"carbon_sink.potential.action_{action}"),
        ha=waiting_ha,
    )
    return [Warn(f"{action}_candidates_wait", words, "[layers]")]


def baseline_warnings(path: CcerPath) -> list[Warn]:
    """That a baseline leaves nothing to be credited, or is most of what is."""
    if not path.baseline_doubt:
        return []
    (own,) = (s for s in path.steps if s.id == "creditable")
    key = "[potential.ccer] baseline_tco2e_ha_yr"
    return [Warn(path.baseline_doubt, own.text, key)]


def rain_differs(carbon: CarbonSection, found: pd.DataFrame) -> list[Warn]:
    """The plan's rain and the layer's where they answer the threshold of the method apart."""
    told = carbon.annual_rainfall_mm
    least = next((w.less_than_mm for w in ccer_method().waiver if w.id == "rain"), None)
    if told is None or least is None or not len(found):
        return []
    seen = found["rainfall_mm"].to_numpy(np.float64)
    seen = seen[np.isfinite(seen)]
    if not ((seen < least) != (told < least)).any():
        return []
    words = say(
        "carbon_sink.potential.rain_on_two_sides",
        plan=told,
        low=float(seen.min()),
        high=float(seen.max()),
        least=least,
    )
    return [Warn("rain_on_two_sides", words, "[carbon] annual_rainfall_mm")]
