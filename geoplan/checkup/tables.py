"""The findings as tables: one row a finding, one a place, one a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.checkup.collect import title_of
from geoplan.checkup.words import rest_words, severity_word, step_word
from gis.say import Lang, in_lang, listed, say
from layers.doctor.finding import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from geoplan.doctor import LayerState
    from layers.doctor.finding import DataFinding, Spot

__all__ = ["finding_table", "layer_table", "place_table"]


def _h(key: str, lang: Lang) -> str:
    return say(f"geoplan.doctor.h_{key}")(lang)


def finding_table(findings: Iterable[DataFinding], lang: Lang) -> pd.DataFrame:
    """One row a finding, in its order."""
    import pandas as pd

    keys = (
        *("number", "severity", "title", "what", "places", "km2", "steps", "rules", "todo"),
        *("code", "layer", "where", "rule_ids"),
    )
    rows = [
        (
            i,
            severity_word(f.severity)(lang),
            title_of(f.layer, lang),
            f.text(lang),
            len(f.spots),
            round(f.blocks.area_km2, 6),
            listed(step_word(s) for s in f.blocks.steps)(lang),
            len(f.blocks.rules),
            str(in_lang(f.todo, lang)),
            f.code,
            f.layer,
            str(in_lang(f.where, lang)),
            " ".join(f.blocks.rules),
        )
        for i, f in enumerate(findings, 1)
    ]
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])


def _shown(finding: DataFinding, most: int) -> Iterator[Spot]:
    yield from finding.spots[:most]


def place_table(findings: Iterable[DataFinding], lang: Lang, layer_file: str) -> pd.DataFrame:
    """One row a place; of more than a sheet should hold the number is said in a last row."""
    import pandas as pd

    most = int(limits("shown")["sheet"])
    keys = ("number", "severity", "code", "layer", "feature", "what", "x", "y", "area_m2")
    rows: list[tuple[object, ...]] = []
    for i, f in enumerate(findings, 1):
        head = (i, severity_word(f.severity)(lang), f.code, f.layer)
        for spot in _shown(f, most):
            at = None if spot.shape is None else spot.shape.representative_point()
            text = f.text(lang) if spot.text is None else spot.text(lang)
            x, y = (None, None) if at is None else (round(at.x, 3), round(at.y, 3))
            rows.append((*head, spot.feature, text, x, y, spot.area_m2))
        if len(f.spots) > most:
            rest = rest_words(len(f.spots), most, layer_file)
            rows.append((*head, "...", rest(lang), None, None, float("nan")))
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])


def layer_table(layers: Iterable[LayerState], lang: Lang) -> pd.DataFrame:
    """One row a layer of the plan with its state."""
    import pandas as pd

    keys = ("layer", "title", "state", "count", "note")
    rows = [
        (
            x.layer,
            x.title(lang),
            say(f"geoplan.cli.{x.state}")(lang),
            x.count,
            str(in_lang(x.note, lang)),
        )
        for x in layers
    ]
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])
