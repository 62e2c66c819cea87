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
# geoplan 规划文件 · plan file for {name} ({adcode})
# 随附的县界不是法定界线，正式使用前请替换。The bundled boundary is not the official one.

[plan]
id = "c{adcode}"
title = {{zh = "{name}", en = "County {adcode}"}}
as_of = {today}
lang = "zh"

[area]
crs = "auto"
cell_m = 10
{basins}
[area.boundary]
adcode = "{adcode}"
# path = "county.shp"      # 用法定界线替换 · replace by the official boundary

[data]
root = "."

# 每个图层三选一 · for each layer one of three:
#   path = "file.shp"               文件 · the file
#   assumed_absent = "理由"          写明理由的"假定不存在"，结果为暂定 · provisional results
#   required_from_user = "..."      待提供；相应土地为"无法判定" · its land stays unknown
"""


def _basins(adcode: str) -> str:
    """The line that asks whether the county lies in a basin its province touches."""
    near = [b for b in basins().values() if adcode[:2] in b.adcode]
    return "".join(
        f'# basins = ["{b.id}"]  # 本县在{b.title.zh}内则启用，不在则写 [] · '
        f"use it if the county lies in the {b.title.en}, else []\n"
        for b in near
    )


def new_plan(adcode: str, out: Path) -> Path:
    """Write a plan file for the county with code `adcode`.

    Every layer that a rule needs is listed as *required from user*, most wanted first.

    Parameters
    ----------
    adcode : str
        Six-digit code of a county.
    out : Path
        File to write.

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
    lines = [_HEAD.format(name=name, adcode=adcode, today=today, basins=_basins(adcode))]
    for key in sorted(count, key=lambda k: (-count[k], k)):
        spec = catalogue[key]
        lines += [
            f"[layers.{key}]  # {spec.title.zh} · {spec.title.en}; {count[key]} 条规则 rules",
            'required_from_user = "待提供"',
            "",
        ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines), encoding="utf-8")
    return out
