"""The verb for soil profiles: layers of a sheet to carbon of one depth after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.commands.options import Json, Lang, door_of, emit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["soil"]

_O = "geoplan.options"


def _lines(found: dict[int, pd.DataFrame], lang: str) -> Iterator[str]:
    from carbon_sink.soil.samples import class_means
    from gis.say import say

    for depth, profiles in found.items():
        yield say("carbon_sink.soil.depth_head", depth=depth)(lang)
        for _, row in profiles.iterrows():
            if row["tc_ha"] != row["tc_ha"]:
                yield str(row[f"refused_{lang}"])
                continue
            notes = [
                say("carbon_sink.soil.note_cut")(lang) if row["cut_layer"] else "",
                say("carbon_sink.soil.note_extended", cm=row["extended_cm"])(lang)
                if row["extended_cm"]
                else "",
                say("carbon_sink.soil.note_bare")(lang) if row["no_stones"] else "",
            ]
            yield say(
                "carbon_sink.soil.line",
                name=row["profile_id"],
                depth=depth,
                tc_ha=row["tc_ha"],
                note="".join(notes),
            )(lang)
        for _, row in class_means(profiles).iterrows():
            if row["n"] > 1:
                yield say(
                    "carbon_sink.soil.class_line",
                    name=row["land_class"] or say("carbon_sink.soil.no_class"),
                    n=row["n"],
                    mean=row["mean_tc_ha"],
                    se=row["se_tc_ha"],
                )(lang)


def soil(
    ctx: typer.Context,
    sheet: Annotated[Path, typer.Argument(help=f"{_O}.soil_sheet", metavar="FILE")],
    depth: Annotated[
        list[int] | None, typer.Option(help=f"{_O}.soil_depth", min=1, max=300)
    ] = None,
    som_factor: Annotated[float | None, typer.Option(help=f"{_O}.som_factor")] = None,
    extend: Annotated[bool, typer.Option("--extend", help=f"{_O}.soil_extend")] = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Organic carbon of soil profiles, by depth."""
    from carbon_sink.soil.samples import class_means, profiles_of, stones_warnings
    from carbon_sink.soil.sheet import read_soil_sheet

    door = door_of(ctx, lang)
    read = read_soil_sheet(sheet)
    table, warnings = read.table, [*read.warnings, *stones_warnings(read.table)]
    found = {
        d: profiles_of(
            table, d, som_factor=som_factor, below="last_layer" if extend else "refuse"
        )
        for d in (depth or [30, 100])
    }
    if as_json:
        emit(
            {
                f"0-{d}": {
                    "profiles": t.to_dict("records"),
                    "classes": class_means(t).to_dict("records"),
                }
                for d, t in found.items()
            }
            | ({"warnings": [w.as_dict() for w in warnings]} if warnings else {})
        )
    else:
        for line in _lines(found, door):
            typer.echo(line)
        for w in warnings:
            typer.echo(f"! {w.text(door)}")
    if all(t["tc_ha"].isna().all() for t in found.values()):
        raise typer.Exit(3)
