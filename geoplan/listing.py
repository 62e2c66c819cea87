"""Rules and layers as lists a person or a machine reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.glossary import kind_word
from gis.errors import ConfigError
from gis.say import listed, say
from siting.rules.citation import cited

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["show_layers", "show_rules"]

USES = ("pv", "wind", "afforest", "wetland", "grass")
Echo = Callable[[str], Any]


def show_rules(
    applies_to: str,
    search: str,
    export: Path | None,
    lang: str,
    *,
    as_json: bool,
    echo: Echo,
    plan: Plan | None = None,
) -> None:
    """List the rules found, or write them to `export` (``.csv`` or ``.xlsx``).

    With a plan, those of its books that hold where it lies; the others are named below.

    Raises
    ------
    ConfigError
        When `export` has another suffix.
    """
    from layers.plan.model import locality_of
    from siting.rules import rules_table, search_rules, split_by_area
    from siting.screen.screening import book_paths

    if applies_to not in {"", *USES}:
        raise ConfigError(
            say("geoplan.faults.no_such_use"),
            where="--applies-to",
            got=applies_to,
            expected=", ".join(USES),
        )
    books = None if plan is None else book_paths(plan)
    found = search_rules(text=search, applies_to=applies_to, books=books)
    found, away = split_by_area(found, None if plan is None else locality_of(plan))
    table = rules_table([*found, *away], lang)
    if plan is not None:
        words = [*("yes" if r.area_known else "unknown" for r in found), *("no" for _ in away)]
        heading = say("geoplan.cli.in_force_here")(lang)
        table[heading] = [say(f"geoplan.cli.in_force_{w}")(lang) for w in words]
    if export is not None:
        if export.suffix.lower() == ".xlsx":
            table.to_excel(export, index=False)
        elif export.suffix.lower() == ".csv":
            table.to_csv(export, index=False, encoding="utf-8-sig")
        else:
            raise ConfigError(
                say("geoplan.faults.cannot_write_kind"),
                where="--export",
                got=export.name,
                expected=say("geoplan.faults.csv_or_xlsx"),
            )
        echo(str(export))
        return
    if as_json:
        echo(table.to_json(orient="records", force_ascii=False, indent=1))
        return
    for rule in found:
        review = say("layers.words.mark.legal_review")(lang)
        mark = f" [{review}]" if rule.needs_review else ""
        echo(f"{rule.id}  {kind_word(rule.shown_kind)(lang):<11} {rule.title(lang)}{mark}")
        echo(f"        {cited(rule.citation, lang)}")
    echo(say("geoplan.cli.rules_found", n=len(found))(lang))
    unknown = [r.id for r in found if not r.area_known]
    for key, ids in (
        ("not_in_force_here_rules", [r.id for r in away]),
        ("area_unknown_rules", unknown),
    ):
        if ids:
            echo(say(f"siting.rules.{key}", n=len(ids), ids=listed(ids))(lang))


def show_layers(lang: str, *, as_json: bool, echo: Echo) -> None:
    """List the layer catalogue."""
    from layers.catalogue import layers

    found = layers()
    if as_json:
        body = {k: v.model_dump(mode="json") for k, v in found.items()}
        echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    for key, layer in sorted(found.items()):
        echo(f"{key:<34} {layer.geometry:<8} {layer.title(lang)}")
