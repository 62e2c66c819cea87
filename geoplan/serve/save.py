"""A scenario as a plan file: the plan's own text with the overrides added."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from geoplan.plan_file import load_plan
from geoplan.serve.scenario import Change
from gis.errors import ConfigError, GeoplanError
from gis.say import say
from layers.plan.model import Plan

__all__ = ["save_plan"]

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")
_ID = re.compile(
    r"""(?<![\w-])(?:id|"id"|'id')\s*=\s*(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
)


def _with_id(text: str, own: str) -> str:
    """The text of a plan with another id and nothing else changed.

    A plan may be written in many ways (a table, dotted keys, an inline table): every value
    of a key ``id`` is tried, and the one that changes the id of the plan alone is taken.

    Raises
    ------
    ConfigError
        When the id cannot be told apart from the rest.
    """
    wanted = tomllib.loads(text)
    wanted["plan"]["id"] = own
    for found in _ID.finditer(text):
        tried = text[: found.start("value")] + f'"{own}"' + text[found.end("value") :]
        try:
            same = tomllib.loads(tried) == wanted
        except tomllib.TOMLDecodeError:
            continue
        if same:
            return tried
    raise ConfigError(
        say("geoplan.faults.plan_id_not_found"),
        got=str(own),
        todo=say("geoplan.faults.write_plan_id_plainly"),
    )


def save_plan(plan: Plan, changes: Sequence[Change], name: str, reason: str) -> Path:
    """Write ``<plan>-<name>.toml`` beside the plan file.

    The file stands beside the plan, so that its relative paths keep their meaning, and it is
    read back before it counts. It is a plan of its own, with the id ``<plan id>-<name>``: its
    runs go into a folder of their own.

    Parameters
    ----------
    plan : Plan
    changes : sequence of Change
        The last change of a rule holds.
    name : str
        Lower-case letters, digits and hyphens.
    reason : str
        Said in the report beside each changed rule.

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        When the name is not one, the file is there already, or the plan would not be valid.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            say("geoplan.faults.not_a_plan_name"), got=name[:60], expected="a-z, 0-9, -"
        )
    target = plan.path.with_name(f"{plan.path.stem}-{name}.toml")
    if target.exists():
        raise ConfigError(say("geoplan.faults.plan_name_taken"), got=target.name)
    merged = {c.rule_id: c for c in changes}
    text = plan.path.read_text(encoding="utf-8-sig")
    given = tomllib.loads(text).get("screening", {}).get("overrides", [])
    clash = {o.get("id") for o in given} & set(merged)
    if clash:
        raise ConfigError(
            say("geoplan.faults.rule_overridden_already"),
            where=plan.path.name,
            got=", ".join(sorted(str(c) for c in clash)),
            todo=say("geoplan.faults.change_it_there"),
        )
    blocks = []
    for change in merged.values():
        lines = [
            "[[screening.overrides]]",
            f'id = "{change.rule_id}"',
            f"reason = {json.dumps(reason, ensure_ascii=False)}",
        ]
        if change.kind == "off":
            lines.append("off = true")
        elif change.kind is not None:
            lines.append(f'kind = "{change.kind}"')
        if change.kind != "off" and change.distance_m is not None:
            lines.append(f"distance_m = {change.distance_m!r}")
        if change.kind != "off" and change.limit is not None:
            lines.append(f"limit = {change.limit!r}")
        blocks.append("\n".join(lines))
    tmp = target.with_name(f".{target.name}.tmp.toml")
    text = _with_id(text, f"{plan.plan.id}-{name}")
    tmp.write_text(text.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    try:
        load_plan(tmp)
    except GeoplanError:
        tmp.unlink(missing_ok=True)
        raise
    tmp.replace(target)
    return target
