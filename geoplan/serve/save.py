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


def save_plan(plan: Plan, changes: Sequence[Change], name: str, reason: str) -> Path:
    """Write ``<plan>-<name>.toml`` beside the plan file.

    The file stands beside the plan, so that its relative paths keep their meaning, and it is
    read back before it counts.

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
    tmp.write_text(text.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    try:
        load_plan(tmp)
    except GeoplanError:
        tmp.unlink(missing_ok=True)
        raise
    tmp.replace(target)
    return target
