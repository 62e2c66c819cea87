"""The judged share of a screening as values, tables and rasters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.area import to_ha
from layers.catalogue import layer as layer_of
from siting.screen.coded import OUTSIDE, Screening
from siting.screen.judged.next_layer import next_layers
from siting.screen.judged.share import judged_codes, judged_share
from siting.screen.summary import JudgedSummary, LayerNext

__all__ = ["NO_SHARE", "judged_percent", "judged_summary", "next_layers_table"]

NO_SHARE = 255
"""Mark of cells outside in the raster of percents."""


def judged_summary(found: Screening, limit: float) -> JudgedSummary:
    """How much of a screening was judged.

    Parameters
    ----------
    found : Screening
    limit : float
        Share below which land is hatched.
    """
    share = judged_share(found)
    at = judged_codes(found).frac
    inside = found.state != OUTSIDE
    above = inside & (np.nan_to_num(at) >= limit)
    return JudgedSummary(
        frac=share.frac,
        n=share.n,
        of=share.of,
        hard_frac=share.hard_frac,
        hard_n=share.hard_n,
        hard_of=share.hard_of,
        limit=limit,
        above_ha=to_ha(found.sum_m2(above)),
        below_ha=to_ha(found.sum_m2(inside & ~above)),
        next_layers=tuple(
            LayerNext(
                layer=x.layer,
                title=layer_of(x.layer).title,
                core=(s := layer_of(x.layer).supply) is not None and s.priority == "core",
                holder=None if s is None else s.holder,
                rules=x.rules,
                alone_ha=to_ha(x.alone_m2),
                lifted_ha=to_ha(x.lifted_m2),
                above_ha=to_ha(x.above_m2),
                frac=x.frac,
                hard_frac=x.hard_frac,
                n=x.n,
                complete_it=x.complete_it,
            )
            for x in next_layers(found, limit)
        ),
    )


def next_layers_table(by_tech: Mapping[str, JudgedSummary]) -> pd.DataFrame:
    """One row a technology and layer that is not there or not complete, in their order.

    Returns
    -------
    DataFrame
        ``tech``, ``next``, ``layer``, ``title_zh``, ``title_en``, ``core``, ``complete_it``
        (it is there and lacks features), ``n_rules``, ``rule_ids``, ``alone_ha``,
        ``lifted_ha``, ``above_ha``, ``judged_n``, ``judged_of``, ``judged_frac``,
        ``judged_hard_frac``.
    """
    rows = [
        {
            "tech": tech,
            "next": i,
            "layer": x.layer,
            "title_zh": x.title.zh,
            "title_en": x.title.en,
            "core": x.core,
            "complete_it": x.complete_it,
            "n_rules": len(x.rules),
            "rule_ids": "; ".join(x.rules),
            "alone_ha": x.alone_ha,
            "lifted_ha": x.lifted_ha,
            "above_ha": x.above_ha,
            "judged_n": x.n,
            "judged_of": one.of,
            "judged_frac": x.frac,
            "judged_hard_frac": x.hard_frac,
        }
        for tech, one in by_tech.items()
        for i, x in enumerate(one.next_layers, 1)
    ]
    columns = [
        *("tech", "next", "layer", "title_zh", "title_en", "core", "complete_it"),
        *("n_rules", "rule_ids", "alone_ha", "lifted_ha", "above_ha", "judged_n", "judged_of"),
        *("judged_frac", "judged_hard_frac"),
    ]
    return pd.DataFrame(rows, columns=columns)


def judged_percent(found: Screening) -> npt.NDArray[np.uint8]:
    """Judged share of every code [%], rounded down so that it never says too much.

    Returns
    -------
    (n,) uint8
        `NO_SHARE` outside.
    """
    frac = judged_codes(found).frac
    percent = np.floor(np.nan_to_num(frac) * 100 + 1e-9).astype(np.uint8)
    return np.where(found.state == OUTSIDE, np.uint8(NO_SHARE), percent)
