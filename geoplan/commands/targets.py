"""The verb that prints how every target of a plan ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geoplan.commands.answered import answered
from geoplan.commands.options import Json, Lang, Out, PlanFile, load
from gis.say import say

if TYPE_CHECKING:
    from geoplan.summary import RunSummary

__all__ = ["targets"]

# steps that answer targets
_ANSWERING = ("targets", "energy")


def targets(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """How every target of the plan ends, with reason, gap and unit responsible."""

    def lines(summary: RunSummary, _folder: Path, spoken: str) -> Iterator[str]:
        from geoplan.answers.target_table import answer_lines

        yield from answer_lines(summary.targets or (), spoken, short=False)
        if not summary.targets:
            yield say("geoplan.report.no_targets")(spoken)

    answered(ctx, load(ctx, plan, lang), out, _ANSWERING, lines, as_json=as_json)
