"""The report of a run as one HTML file that needs no network."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from geoplan.text import t
from layers.plan import Plan

__all__ = ["write_html_report"]


def _number(value: Any, digits: int = 1) -> str:  # noqa: ANN401
    if value is None or (isinstance(value, float) and value != value):
        return "—"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.{digits}f}"
    return str(value)


def write_html_report(plan: Plan, run: Path, out: Path, *, lang: str) -> Path:
    """Write the report of the finished run at `run` to `out`.

    Every number in the text comes from ``summary.json``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json``.
    out : Path
        File to write.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    Path
        `out`.
    """
    from jinja2 import Environment, StrictUndefined

    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    env = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.filters["num"] = _number
    source = resources.files("geoplan.report").joinpath("report.html.j2")
    template = env.from_string(source.read_text(encoding="utf-8"))
    html = template.render(
        s=summary,
        plan=plan,
        lang=lang,
        t=lambda key, **values: t(f"report.{key}", lang, **values),
        names=lambda key, **values: t(f"cli.{key}", lang, **values),
    )
    out.write_text(html, encoding="utf-8")
    return out
