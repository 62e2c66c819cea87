"""A plan file to start from: for any county, of a folder of data, like another plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geoplan.newplan.found import Parts, Table, found_parts, merged, rank_of, root_of
from geoplan.newplan.like import Likeness, like_plan
from gis.errors import ConfigError
from gis.say import Lang, listed, say
from layers.catalogue import layers
from layers.plan.locality import Locality, basins
from layers.plan.write import plan_text, write_plan
from layers.recognise.choose import Findings, recognise
from layers.recognise.counties import County, find_county
from layers.result import Progress
from siting.rules import search_rules, split_by_area

__all__ = ["Made", "make_plan", "new_plan", "wanted_layers"]

_LAYER_WORDS = ("one_of", "path", "absent", "required")


@dataclass(frozen=True)
class Made:
    """A plan that was written.

    Attributes
    ----------
    path
        Its file.
    findings
        What the folder of data holds; None without one.
    missing
        Layers rules need that nothing was found for, most wanted first.
    """

    path: Path
    county: County
    findings: Findings | None
    missing: tuple[str, ...]


def _basins(adcode: str, lang: Lang) -> list[str]:
    """The lines that ask whether the county lies in a basin its province touches."""
    near = [b for b in basins().values() if adcode[:2] in b.adcode]
    return [
        f'basins = ["{b.id}"]  # {say("geoplan.newplan.basin", basin=b.title)(lang)}'
        for b in near
    ]


def wanted_layers(adcode: str) -> dict[str, int]:
    """Layers that rules in force in a county need, with how many rules: the core first.

    What is computed from another layer is not asked for.
    """
    count: dict[str, int] = {}
    for rule in split_by_area(search_rules(), Locality(adcode=adcode))[0]:
        for layer in rule.layer_ids:
            count[layer] = count.get(layer, 0) + 1
    for key, spec in layers().items():
        core = spec.supply is not None and spec.supply.priority == "core"
        if core and spec.geometry != "none" and key != "zones":
            count.setdefault(key, 0)
    asked = [k for k in count if not _derived(k)]
    return {k: count[k] for k in sorted(asked, key=lambda k: (*rank_of(k)[:2], -count[k], k))}


def _derived(layer_id: str) -> bool:
    supply = layers()[layer_id].supply
    return supply is not None and bool(supply.derived_from)


def new_plan(
    asked: str,
    out: Path,
    lang: Lang = "zh",
    *,
    folder: Path | None = None,
    like: Path | None = None,
) -> Path:
    """Write a plan file for a county; see `make_plan`."""
    return make_plan(asked, out, lang, folder=folder, like=like).path


def make_plan(
    asked: str,
    out: Path,
    lang: Lang = "zh",
    *,
    folder: Path | None = None,
    like: Path | None = None,
    progress: Progress | None = None,
) -> Made:
    """Write a plan file for a county.

    Parameters
    ----------
    asked : str
        Six-digit code, Chinese name, pinyin or English form of the county.
    out : Path
        File to write.
    lang : {"zh", "en"}
        Language of the remarks, and of runs of the plan.
    folder : Path, optional
        Data: what is recognised in it stands in the plan, each guess with its confidence.
        Without it every layer that a rule needs is *required from user*.
    like : Path, optional
        A plan whose settings are taken (rules, preference, PV, wind, carbon), and whose
        targets when it is of the same county.
    progress : callable, optional
        Is told how far looking through the folder is: ``("new", done, of)``.

    Raises
    ------
    ConfigError
        When the county is unknown or ambiguous, the folder or the other plan cannot be
        read, or the file exists.
    """
    county = find_county(asked)
    if out.exists():
        raise ConfigError(
            say("geoplan.faults.file_exists"),
            where=str(out),
            todo=say("geoplan.faults.other_name"),
        )
    likeness = None if like is None else like_plan(like, county.adcode, out)
    findings = None if folder is None else recognise(folder, county, progress)
    parts = Parts() if findings is None else found_parts(findings, lang)
    wanted = wanted_layers(county.adcode)
    missing = [k for k in wanted if k not in parts.layers]
    doc = _document(county, lang, parts, likeness, missing)
    if folder is not None:
        doc["data"] = {"root": root_of(folder, out)}
    remarks = _remarks(county, lang, parts, wanted, missing)
    head = [say("geoplan.newplan.title", name=county.name, adcode=county.adcode)(lang)]
    if findings is not None:
        head.append(say("geoplan.newplan.head_found")(lang))
    if likeness is not None and like is not None:
        left = listed(likeness.left) if likeness.left else say("layers.words.answer.none")
        head.append(say("geoplan.newplan.head_like", name=like.name, left=left)(lang))
    text = plan_text(doc, remarks, head=head, foot=parts.foot)
    return Made(write_plan(out, text), county, findings, tuple(missing))


def _document(
    county: County, lang: Lang, parts: Parts, like: Likeness | None, missing: list[str]
) -> Table:
    area: dict[str, Any] = {
        "boundary": {"adcode": county.adcode},
        "crs": "auto",
        "cell_m": 10 if like is None else like.cell_m,
    }
    if like is not None and like.basins is not None:
        area["basins"] = list(like.basins)
    doc: dict[str, Any] = {
        "plan": {
            "id": f"c{county.adcode}",
            "title": {"zh": county.title.zh, "en": county.title.en},
            "as_of": datetime.now(UTC).date(),
            "lang": lang,
        },
        "area": area | parts.area,
        "data": {"root": "."},
    }
    if parts.zones:
        doc["zones"] = parts.zones
    tables: Mapping[str, Any] = {} if like is None else like.tables
    doc |= merged(merged({"screening": {}}, tables), parts.tables)
    doc["screening"] = merged(doc["screening"], {"missing": "provisional"})
    doc["layers"] = dict(parts.layers)
    for key in missing:
        supply = layers()[key].supply
        holder = say("geoplan.newplan.to_come") if supply is None else supply.holder
        doc["layers"][key] = {"required_from_user": holder(lang)}
    if like is not None and like.targets:
        doc["targets"] = like.targets
    return doc


def _remarks(
    county: County, lang: Lang, parts: Parts, wanted: Mapping[str, int], missing: list[str]
) -> dict[str, list[str]]:
    def word(key: str, **values: Any) -> str:  # noqa: ANN401 - what a sentence takes
        return say(f"geoplan.newplan.{key}", **values)(lang)

    out = {
        "area.boundary": [word("boundary"), word("boundary_path")],
        "area.crs": _basins(county.adcode, lang),
        "screening.missing": [word("turbine"), word("missing")],
        **parts.remarks,
    }
    for key in missing:
        text = word("rules", title=layers()[key].title, n=wanted[key])
        out[f"layers.{key}"] = [text]
    if missing:
        first = f"layers.{missing[0]}"
        out[first] = [word("missing_head"), *map(word, _LAYER_WORDS), "", *out[first]]
    return out
