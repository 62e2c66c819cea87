"""A plan file to start from, for any county."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gis.errors import ConfigError
from gis.say import say
from layers.bundled_county import bundled_county
from layers.catalogue import layers
from layers.plan.locality import Locality, basins
from siting.rules import search_rules, split_by_area

__all__ = ["new_plan"]

_HEAD = """\
# {head}
# {boundary}

[plan]
id = "c{adcode}"
title = {{zh = "{name}", en = "County {adcode}"}}
as_of = {today}
lang = "{lang}"

[area]
crs = "auto"
cell_m = 10
{basins}
[area.boundary]
adcode = "{adcode}"
# path = "county.shp"      # {boundary_path}

[data]
root = "."

[screening]
missing = "provisional"    # {missing}

# {one_of}
#   path = "file.shp"               {path}
#   assumed_absent = "{absent_example}"          {absent}
#   required_from_user = "{required_example}"    {required}
"""
_REMARKS = (
    *("boundary", "boundary_path", "one_of", "path", "absent_example", "absent"),
    *("required_example", "required", "missing"),
)


def _basins(adcode: str, lang: str) -> str:
    """The line that asks whether the county lies in a basin its province touches."""
    near = [b for b in basins().values() if adcode[:2] in b.adcode]
    return "".join(
        f'# basins = ["{b.id}"]  # {say("geoplan.new_plan.basin", basin=b.title)(lang)}\n'
        for b in near
    )


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
    if out.exists():
        raise ConfigError(
            say("geoplan.faults.file_exists"),
            where=str(out),
            todo=say("geoplan.faults.other_name"),
        )
    name = bundled_county(adcode).name
    count: dict[str, int] = {}
    here = Locality(adcode=adcode)
    for rule in split_by_area(search_rules(), here)[0]:
        for layer in rule.layer_ids:
            count[layer] = count.get(layer, 0) + 1
    catalogue = layers()
    today = datetime.now(UTC).date().isoformat()
    remarks = {k: say(f"geoplan.new_plan.{k}")(lang) for k in _REMARKS}
    head = say("geoplan.new_plan.title", name=name, adcode=adcode)(lang)
    facts = {"name": name, "adcode": adcode, "today": today, "lang": lang, "head": head}
    facts["basins"] = _basins(adcode, lang)
    lines = [_HEAD.format(**facts, **remarks)]
    to_come = say("geoplan.new_plan.to_come")(lang)
    for key in sorted(count, key=lambda k: (-count[k], k)):
        remark = say("geoplan.new_plan.rules", title=catalogue[key].title, n=count[key])(lang)
        lines += [f"[layers.{key}]  # {remark}", f'required_from_user = "{to_come}"', ""]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines), encoding="utf-8")
    return out
