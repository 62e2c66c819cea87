"""One target against the figures of its indicator, whichever room counted them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gis.errors import ConfigError, raise_faults
from gis.say import LANGS, listed, plan_key_of, say
from layers.answers.figure import Comparison, Figure, against, beside, in_unit
from layers.answers.shown import figure_words
from layers.catalogue import layer, layer_ids
from layers.plan.target import Target, TargetKind, target_faults
from layers.spec import Text, text_of

__all__ = ["Judged", "compare_target", "needs_words"]


class Judged(TargetKind, Protocol):
    """An indicator as a room declares it: all that is needed to judge a target of it."""

    @property
    def unit(self) -> str:
        """Unit of its figures."""

    @property
    def needs(self) -> str:
        """Layers or plan keys without which it is not estimated."""

    @property
    def proxies(self) -> Mapping[str, Text]:
        """Definitions that are shown but never stand in for a caliber."""

    @property
    def caliber_decides(self) -> bool:
        """Whether a target is judged only in the caliber the plan says it means."""


_KEYS = {
    "[carbon.stock_volume]": "stock_volume",
    "[[plants]]": "plants",
    "[[plants]] technology = storage": "storage",
    "[[plants]] energy_mwh": "storage_energy",
    "[energy] base_year": "base_year",
    "[[energy.years]]": "energy_years",
    "[rooftop.weather]": "rooftop_weather",
}
_JOINTS = {" + ": "need_and", " / ": "need_or", ", ": "need_and"}
_PARTS = re.compile("( \\+ | / |, )")


def needs_words(needs: str) -> Text:
    """What an indicator needs, in words: layers by their titles, keys of the plan by theirs.

    Examples
    --------
    >>> needs_words("grass_plots / ndvi").en
    'grassland sample plots or NDVI'
    >>> needs_words("[[plants]]").zh
    '规划文件的电站清单'
    """
    return Text(**{lang: "".join(w(lang) for w in _needed(needs)) for lang in LANGS})


def _needed(needs: str) -> list[Callable[[str], str]]:
    said: list[Callable[[str], str]] = []
    for part in _PARTS.split(needs):
        if part in _JOINTS:
            said.append(say(f"layers.answers.{_JOINTS[part]}"))
        elif part in layer_ids():
            said.append(layer(part).title)
        else:
            said.append(say(f"layers.answers.need.{_KEYS[part]}"))
    return said


def _shown_by(proxy: Figure, target: Target) -> Callable[[str], str]:
    """What the raster shows, in both languages."""
    if proxy.high == 0:  # mixed cells are named for their largest class alone
        return say("layers.answers.proxy_shows_none")
    ends = (float(f"{e:.3g}") for e in (proxy.low, proxy.high))  # a raster tells no more
    (low, unit), (high, _) = (figure_words(e, target.unit, target=target.value) for e in ends)
    span = Text(**{x: f"{low(x)}–{high(x)}" for x in LANGS})
    return say("layers.answers.proxy_gives", span=span, unit=unit)


def _not_estimated(
    target: Target, kind: Judged, caliber: str, proxy: Figure | None, why: Text | None
) -> Figure:
    """The figure a target means, without a value, and why; a proxy is named in the note."""
    note = why or text_of(say("layers.answers.not_estimated", needs=needs_words(kind.needs)))
    if proxy is not None:
        shown = _shown_by(in_unit(proxy, target.unit), target)
        note = text_of(
            say(
                "layers.answers.not_estimated_beside_proxy",
                needs=needs_words(kind.needs),
                shown=shown,
            )
        )
    return Figure(
        id=target.indicator,
        title=target.title,
        value=math.nan,
        unit=kind.unit,
        caliber=caliber,
        year=0,
        source="",
        quality="not_estimated",
        note=note,
    )


def compare_target(
    target: Target,
    kind: Judged,
    figures: Sequence[Figure],
    *,
    preferred: str = "",
    stated: bool = False,
    why: Text | None = None,
) -> Comparison:
    """A target against the figure of its caliber.

    Parameters
    ----------
    target : Target
    kind : Judged
        Its indicator.
    figures : sequence of Figure
        Of this indicator, one for each caliber that can be answered.
    preferred : str
        The caliber shown first where the target does not say its own.
    stated : bool
        Whether the plan file says elsewhere which caliber it means. Where calibers decide, a
        target nobody states one for is judged only if all of them agree.
    why : Text, optional
        Why there is no figure, where the indicator knows more than what it needs.

    Returns
    -------
    Comparison
        Not estimated where there is no figure of that caliber.

    Raises
    ------
    ConfigError
        A caliber nobody defined, or a unit that does not fit.
    """
    raise_faults(ConfigError, target_faults([target], {kind.id: kind}, ""))
    wanted = target.caliber or preferred
    legal = [f for f in figures if f.caliber not in kind.proxies]
    match = [f for f in figures if f.caliber == wanted] if wanted else legal[:1]
    if match:
        one = against(match[0], target)
        if kind.caliber_decides:
            one = beside(one, legal, meant=stated or bool(target.caliber))
        return one
    # unknown is not zero: a raster's share never stands in for a legal caliber
    proxy = next((f for f in figures if f.caliber in kind.proxies), None)
    missing = _not_estimated(target, kind, wanted, proxy, why)
    keys = "" if why else plan_key_of(listed(_needed(kind.needs)))
    return Comparison(missing, target, math.nan, math.nan, None, plan_key=keys)
