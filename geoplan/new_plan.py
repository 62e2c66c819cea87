"""A plan file to start from, for any county."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gis.say import say
from layers.bundled_county import bundled_county
from layers.catalogue import layers
from layers.plan.locality import Locality, basins
from layers.plan.write import plan_text, write_plan
from siting.rules import search_rules, split_by_area

__all__ = ["new_plan"]

_LAYER_WORDS = ("one_of", "path", "absent", "required")


def _basins(adcode: str, lang: str) -> list[str]:
    """The lines that ask whether the county lies in a basin its province touches."""
    near = [b for b in basins().values() if adcode[:2] in b.adcode]
    return [
        f'basins = ["{b.id}"]  # {say("geoplan.new_plan.basin", basin=b.title)(lang)}'
        for b in near
    ]


def _wanted(adcode: str) -> dict[str, int]:
    """Layers that rules in force in a county need, most wanted first, with how many rules."""
    count: dict[str, int] = {}
    for rule in split_by_area(search_rules(), Locality(adcode=adcode))[0]:
        for layer in rule.layer_ids:
            count[layer] = count.get(layer, 0) + 1
    return {k: count[k] for k in sorted(count, key=lambda k: (-count[k], k))}


def new_plan(adcode: str, out: Path, lang: str = "zh") -> Path:
    """Write a plan file for the county with code `adcode`.

    Every layer that a rule needs is listed as *required from user*, most wanted first.

    Parameters
    ----------
    adcode : str
        Six-digit code of a county.
    out : Path
        File to write.
    lang : {"zh", "en"}
        Language of the remarks, and of runs of the plan.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    ConfigError
        When the county is unknown or the file exists.
    """
    county = bundled_county(adcode)
    catalogue = layers()

    def word(key: str, **values: Any) -> str:  # noqa: ANN401 - what a sentence takes
        return say(f"geoplan.new_plan.{key}", **values)(lang)

    wanted = _wanted(adcode)
    doc = {
        "plan": {
            "id": f"c{adcode}",
            "title": {"zh": county.name, "en": f"County {adcode}"},
            "as_of": datetime.now(UTC).date(),
            "lang": lang,
        },
        "area": {"boundary": {"adcode": adcode}, "crs": "auto", "cell_m": 10},
        "data": {"root": "."},
        "screening": {"missing": "provisional"},
        "layers": {key: {"required_from_user": word("to_come")} for key in wanted},
    }
    remarks: dict[str, str | list[str]] = {
        "area.boundary": [word("boundary"), word("boundary_path")],
        "area.crs": _basins(adcode, lang),
        "screening.missing": word("missing"),
        **{
            f"layers.{key}": word("rules", title=catalogue[key].title, n=n)
            for key, n in wanted.items()
        },
    }
    if wanted:
        first = f"layers.{next(iter(wanted))}"
        remarks[first] = [*map(word, _LAYER_WORDS), "", str(remarks[first])]
    head = word("title", name=county.name, adcode=adcode)
    return write_plan(out, plan_text(doc, remarks, head=head))
