"""Rules and layers as lists a person or a machine reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.glossary import kind_word
from gis.errors import ConfigError
from gis.files.plain_text import harmless_table
from gis.say import listed, say
from siting.rules.citation import cited

if TYPE_CHECKING:
    import pandas as pd

    from layers.plan.model import Plan
    from layers.result import Warn
    from siting.screen.on_day import OnDay

__all__ = ["require_use", "show_layers", "show_rules", "warning_table", "write_list"]

USES = ("pv", "wind", "afforest", "wetland", "grass")
Echo = Callable[[str], Any]


def require_use(applies_to: str) -> None:
    """Refuse a use of land nobody knows; empty stands for all.

    Raises
    ------
    ConfigError
    """
    if applies_to not in {"", *USES}:
        raise ConfigError(
            say("geoplan.faults.no_such_use"),
            where="--applies-to",
            got=applies_to,
            expected=listed(USES),
        )


def show_rules(
    applies_to: str,
    search: str,
    export: Path | None,
    lang: str,
    *,
    as_json: bool,
    echo: Echo,
    plan: Plan | None = None,
    day: date | None = None,
) -> None:
    """List the rules found on a day, or write them to `export` (``.csv`` or ``.xlsx``).

    Those in force come first; then, greyed, the others with the reason why they do not count.
    With a plan, its books, place, kind of project and changes count.

    Raises
    ------
    ConfigError
        When `export` has another suffix.
    """
    from siting.rules import rules_table
    from siting.rules.listing import rule_matches
    from siting.screen.law_summary import calendar_warnings
    from siting.screen.on_day import rules_on_day

    require_use(applies_to)
    everything = rules_on_day(plan, day, applies_to)
    found = [x for x in everything if rule_matches(x.rule, search)]
    table = rules_table([x.rule for x in found], lang)
    for key, values in (
        ("day", [_iso(x.rule.as_of) for x in found]),
        ("counts", [say(f"geoplan.law.{'yes' if x.counts else 'no'}")(lang) for x in found]),
        ("standing", [x.words()(lang) for x in found]),
        ("since", [_iso(x.rule.in_force.valid_from) for x in found]),
        ("until", [_iso(x.rule.in_force.valid_to) for x in found]),
    ):
        table[say(f"geoplan.law.column.{key}")(lang)] = values
    if export is not None:
        write_list(table, export)
        echo(str(export))
        return
    if as_json:
        echo(table.to_json(orient="records", force_ascii=False, indent=1))
        return
    for line in _lines(found, lang):
        echo(line)
    counting = sum(x.counts for x in found)
    asked = next((x.rule.as_of for x in everything), day)
    text = say(
        "geoplan.law.rules_on_day",
        day=asked,
        n=len(found),
        counting=counting,
        others=len(found) - counting,
    )
    echo(text(lang))
    for warn in calendar_warnings(asked, "rules") if asked else ():
        echo(warn.text(lang))
    unknown = [x.rule.id for x in found if x.counts and not x.rule.area_known]
    if unknown:
        ids = listed(unknown)
        echo(say("siting.rules.area_unknown_rules", n=len(unknown), ids=ids)(lang))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _lines(found: Iterable[OnDay], lang: str) -> Iterator[str]:
    """Two lines a rule; those that do not count last and dim."""
    import typer

    for x in sorted(found, key=lambda x: not x.counts):
        rule = x.rule
        review = say("layers.words.mark.legal_review")(lang)
        mark = f" [{review}]" if rule.needs_review and x.counts else ""
        reason = "" if x.counts else f" [{x.words()(lang)}]"
        law = rule.in_force
        lines = [
            f"{rule.id}  {kind_word(rule.shown_kind)(lang):<11} {rule.title(lang)}"
            f"{reason}{mark}",
            f"        {cited(rule.citation, lang)}",
        ]
        if x.counts and not rule.engineering:
            days = say(
                "siting.rules.in_force.days", days=law.days_words(), basis=law.basis_words()
            )
            lines.append(f"        {days(lang)}")
        for line in lines:
            yield line if x.counts else typer.style(line, dim=True)


def warning_table(told: Iterable[Warn]) -> pd.DataFrame:
    """Warnings as a table: ``code``, ``where``, ``zh``, ``en``."""
    import pandas as pd

    rows = [[w.code, w.where, w.text("zh"), w.text("en")] for w in told]
    return pd.DataFrame(rows, columns=["code", "where", "zh", "en"])


def write_list(table: pd.DataFrame, path: Path, told: Sequence[Warn] = ()) -> None:
    """Write a list as ``.csv`` or ``.xlsx``, into a folder that need not be there.

    Parameters
    ----------
    table : DataFrame
    path : Path
    told : sequence of Warn
        What is to be known of the data behind it: a sheet of its own, or a second file
        ``*_warnings.csv``.

    Raises
    ------
    ConfigError
        For another suffix.
    """
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise ConfigError(
            say("geoplan.faults.cannot_write_kind"),
            where="--export",
            got=path.name,
            expected=say("geoplan.faults.csv_or_xlsx"),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    warnings = warning_table(told)
    if path.suffix.lower() == ".xlsx":
        import pandas as pd

        with pd.ExcelWriter(path) as book:
            harmless_table(table).to_excel(book, index=False)
            if told:
                harmless_table(warnings).to_excel(book, sheet_name="warnings", index=False)
        return
    harmless_table(table).to_csv(path, index=False, encoding="utf-8-sig")
    if told:
        beside = path.with_name(f"{path.stem}_warnings.csv")
        harmless_table(warnings).to_csv(beside, index=False, encoding="utf-8-sig")


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
