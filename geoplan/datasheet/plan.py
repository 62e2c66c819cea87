"""A plan that is made of a data sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoplan.datasheet.layout import DATABASE
from geoplan.datasheet.read import LayerEntry, Sheet
from gis.say import Sentence, listed, say
from layers.plan.model import WAYS_TO_ANSWER

__all__ = ["fill_plan", "map_columns", "sheet_words"]


_OF_A_FILE = (
    *("layer", "variable", "crs", "encoding", "fields", "values", "constants", "where"),
    *("vocabulary", "scale", "offset", "nodata", "band", "date", "source"),
)


def _source(entry: LayerEntry, sheet: Sheet, folder: Path) -> dict[str, object] | None:
    """What a plan says of the layer; None where the sheet adds nothing."""
    if entry.state == "absent":
        return {"assumed_absent": entry.absent_because}
    if entry.state == "to_come":
        return {"required_from_user": entry.note} if entry.note else None
    if not entry.path:
        return None
    if entry.path.lower().startswith(DATABASE):
        name = entry.path[len(DATABASE) :].strip()
        # a query stands in a plan only; the sheet does not hold it
        own = {"table": name, "date": entry.date, **_incomplete(entry)}
        return None if name in ("", "sql") else {k: v for k, v in own.items() if v}
    files = [sheet.path_from(p, folder) for p in entry.paths]
    given = {
        "path": files if len(files) > 1 else "".join(files),
        "layer": entry.table,
        "date": entry.date,
        "source": entry.source,
        **_incomplete(entry),
    }
    return {k: v for k, v in given.items() if v}


def _incomplete(entry: LayerEntry) -> dict[str, object]:
    """Why silence of the layer means nothing, where the sheet says so."""
    return {"incomplete": entry.note or True} if entry.state == "partly" else {}


def _table(doc: Any, name: str) -> Any:  # noqa: ANN401 - a TOML document
    import tomlkit

    if name not in doc:
        doc[name] = tomlkit.table()
    return doc[name]


def map_columns(text: str, sheet: Sheet, adcode: str) -> tuple[str, list[Sentence]]:
    """The text of a plan with columns, values and systems of the files a sheet names.

    Parameters
    ----------
    text : str
        As `fill_plan` gives it; what it says of a layer's columns stays.
    sheet : Sheet
    adcode : str
        County.

    Returns
    -------
    str
    list of Sentence
        Values nobody understood, for a person to look at.
    """
    import tomlkit

    from layers.catalogue import layer as layer_of
    from layers.recognise.named import named_layer

    doc = tomlkit.parse(text)
    told: list[Sentence] = []
    for entry in sheet.layers:
        table = doc.get("layers", {}).get(entry.layer, {})
        files = [sheet.resolve(p) for p in entry.paths]
        if "path" not in table or not all(f.exists() for f in files) or not files:
            continue
        found = named_layer(files, entry.table, entry.layer, adcode)
        if found is None:
            continue
        guess, crs = found
        if crs and "crs" not in table:
            table["crs"] = crs
        for key in ("fields", "values", "constants"):
            given = getattr(guess, key)
            if given and key not in table:
                table[key] = {
                    k: dict(v) if isinstance(v, Mapping) else v for k, v in given.items()
                }
        for name, strange in guess.strange.items():
            title = layer_of(entry.layer).field(name).title
            values = listed([*strange[:12], *(["..."] if len(strange) > 12 else [])])
            told.append(
                say(
                    "geoplan.datasheet.strange_values",
                    title=layer_of(entry.layer).title,
                    field=title,
                    n=len(strange),
                    values=values,
                )
            )
    return tomlkit.dumps(doc), told


def _tables(doc: Any, name: str, rows: tuple[dict[str, object], ...]) -> None:  # noqa: ANN401
    import tomlkit

    if not rows:
        return
    listing = tomlkit.aot()
    for row in rows:
        table = tomlkit.table()
        for key, value in row.items():
            item: Any = value
            if isinstance(value, Mapping):
                item = tomlkit.inline_table()
                item.update(value)
            table[key] = item
        listing.append(table)
    doc[name] = listing


def fill_plan(text: str, sheet: Sheet, folder: Path) -> str:
    """The text of a plan with the layers, zones and targets of a sheet.

    Parameters
    ----------
    text : str
        A plan file; what the sheet says takes the place of what it says.
    sheet : Sheet
    folder : Path
        Where the plan will stand: paths start there.

    Returns
    -------
    str
    """
    import tomlkit

    doc = tomlkit.parse(text)
    layers = _table(doc, "layers")
    for entry in sheet.layers:
        found = _source(entry, sheet, folder)
        if found is None or entry.layer == "targets":
            continue
        for key in (*WAYS_TO_ANSWER, "incomplete"):
            if entry.layer in layers:
                layers[entry.layer].pop(key, None)
        table = _table(layers, entry.layer)
        if "path" in found and table.get("path") != found["path"]:
            for key in _OF_A_FILE:
                table.pop(key, None)
        for key, value in found.items():
            table[key] = value
        if entry.layer == "weather" and "path" in found:
            for section in ("pv", "wind"):
                place = _table(_table(doc, section), "weather")
                place["path"] = found["path"]
    _tables(doc, "zones", sheet.zones_from(folder))
    _tables(doc, "targets", sheet.targets)
    return tomlkit.dumps(doc)


def sheet_words(sheet: Sheet) -> list[Sentence]:
    """What a sheet brought, and what it says is there and is not."""
    states = [e.state for e in sheet.layers if e.layer != "targets"]
    out = [
        say(
            "geoplan.datasheet.plan_of_sheet",
            have=states.count("have") + states.count("partly"),
            absent=states.count("absent"),
            to_come=states.count("to_come"),
            zones=len(sheet.zones),
            targets=len(sheet.targets),
        )
    ]
    gone = [e.path for e in sheet.layers if e.path and not sheet.holds(e)]
    if gone:
        out.append(say("geoplan.datasheet.not_there_yet", paths=listed(gone)))
    return out
