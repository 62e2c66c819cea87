"""What was brought written into the plan: layers that were missing, nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from layers.fetch.source import Source
from layers.plan.model import Plan
from layers.plan.write import edited_plan, write_plan
from layers.spec import Text

__all__ = ["layer_table", "origin_table", "plan_with"]


def _both(text: Text) -> str | dict[str, str]:
    return text.zh if text.zh == text.en else {"zh": text.zh, "en": text.en}


def layer_table(source: Source, paths: Sequence[str], day: date) -> dict[str, object]:
    """The table of a layer in a plan.

    Parameters
    ----------
    source : Source
    paths : sequence of str
        Files, from the data root.
    day : date
        When they were brought, for a source that changes every day.
    """
    out: dict[str, object] = {
        "path": paths[0] if len(paths) == 1 else list(paths),
        "date": source.date or day.isoformat(),
        "source": f"{source.title.zh} / {source.title.en}, {source.edition} ({source.id})",
    }
    return out | origin_table(source) | source.plan


def origin_table(source: Source) -> dict[str, object]:
    """What a plan says of data from a source, whoever brought them: licence, completeness."""
    out: dict[str, object] = {
        "licence": source.licence,
        "attribution": _both(source.attribution),
    }
    if source.incomplete is not None:
        out["incomplete"] = _both(source.incomplete)
    return out


def plan_with(
    plan: Plan,
    layers: Mapping[str, dict[str, object]],
    sections: Mapping[str, dict[str, object]],
    remark: str,
) -> tuple[Path, Path]:
    """Write the plan again with more layers; the earlier file is kept beside it.

    Parameters
    ----------
    plan : Plan
    layers : mapping
        Layer -> its table.
    sections : mapping
        Section (``"pv"``) -> table of its weather.
    remark : str
        Comment above each table.

    Returns
    -------
    (Path, Path)
        The plan, and the earlier one.
    """
    text = plan.path.read_text(encoding="utf-8-sig")
    changes: dict[str, object] = {f"layers.{k}": v for k, v in layers.items()}
    changes |= {f"{k}.weather": v for k, v in sections.items()}
    new = edited_plan(text, changes, dict.fromkeys(changes, remark))
    kept = _free(plan.path)
    write_plan(kept, text)
    write_plan(plan.path, new, replace=True)
    return plan.path, kept


def _free(path: Path) -> Path:
    """A name for the earlier plan that no file has."""
    stamp = datetime.now(UTC).strftime("%Y%m%d")
    n = 1
    while True:
        out = path.with_name(f"{path.stem}.{stamp}{'' if n == 1 else f'-{n}'}.bak.toml")
        if not os.path.lexists(out):
            return out
        n += 1
