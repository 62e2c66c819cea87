"""Read a data sheet that was filled in: every fault of it at once, by sheet, row and column."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geoplan.datasheet.layout import (
    DATABASE,
    LAYER_COLUMNS,
    PURPOSES,
    STATES,
    TARGET_COLUMNS,
    TARGET_TEXTS,
    ZONE_COLUMNS,
    ZONE_STATES,
    column_keys,
    head,
    key_of_word,
    sheet_name,
    word,
)
from geoplan.datasheet.paths import leads, paths, plain
from geoplan.datasheet.rows import TARGETS
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.files.workbook import SheetCell, read_book
from gis.say import LANGS, Sentence, listed, say
from layers.catalogue import layer_ids
from layers.doctor.age import day_of
from layers.model_faults import model_faults
from layers.plan.model import Zone
from layers.plan.target import Target, target_faults

__all__ = ["LayerEntry", "Sheet", "read_sheet_file"]

_NEEDED = ("layer", "state", "path")
_ACCESS = (".mdb", ".accdb")
_TOLD = ("table", "date", "source", "absent_because", "note")
_BOX = ("west", "south", "east", "north")


def _from(path: Path, folder: Path) -> str:
    """A path as a plan in `folder` writes it: from there where both are on one drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


@dataclass(frozen=True)
class LayerEntry:
    """What a sheet says of one layer.

    Attributes
    ----------
    row
        In the sheet, from 1.
    path
        As it is written there.
    paths
        The files it names: one, or the parts of the layer.
    """

    layer: str
    row: int
    state: str
    path: str = ""
    table: str = ""
    date: str = ""
    source: str = ""
    absent_because: str = ""
    note: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A data sheet that was filled in.

    Attributes
    ----------
    file
        The workbook; paths in it start at its folder.
    layers
        One entry a row.
    zones, targets
        Tables as a plan holds them.
    """

    file: Path
    layers: tuple[LayerEntry, ...]
    zones: tuple[dict[str, object], ...] = ()
    targets: tuple[dict[str, object], ...] = ()

    def resolve(self, path: str) -> Path:
        """A path of the sheet as an absolute one."""
        return (self.file.parent / path).resolve()

    def holds(self, entry: LayerEntry) -> bool:
        """Whether every path of a row leads to something; a database is not asked."""
        return all(leads(self.file, p) for p in entry.paths)

    def path_from(self, path: str, folder: Path) -> str:
        """A path of the sheet as a plan in `folder` writes it."""
        return _from(self.resolve(path), folder)

    def zones_from(self, folder: Path) -> tuple[dict[str, object], ...]:
        """The zones as a plan in `folder` holds them: paths start there."""
        return tuple(
            {**z, "path": self.path_from(str(z["path"]), folder)} if "path" in z else z
            for z in self.zones
        )


@dataclass(frozen=True)
class _Rows:
    """A sheet as rows of text by column key, with the faults of its cells."""

    name: str
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    faults: tuple[Fault, ...]


def _where(file: Path, sheet: str, row: int, column: str) -> Sentence:
    header = (
        head(column) if column in {*LAYER_COLUMNS, *ZONE_COLUMNS, *TARGET_COLUMNS} else column
    )
    return say("geoplan.datasheet.at_cell", file=file.name, sheet=sheet, row=row, column=header)


def _sheet_of(
    book: Mapping[str, list[list[SheetCell]]], key: str
) -> tuple[str, list[list[SheetCell]]] | None:
    names = {key, *(sheet_name(key)(lang) for lang in LANGS)}
    return next(((n, rows) for n, rows in book.items() if n in names), None)


def _rows(
    file: Path,
    book: Mapping[str, list[list[SheetCell]]],
    key: str,
    columns: Mapping[str, float],
) -> _Rows | None:
    found = _sheet_of(book, key)
    if found is None:
        return None
    name, cells = found
    if not cells:
        return _Rows(name, (), ())
    at = column_keys([c.text for c in cells[0]], columns)
    rows, faults = [], []
    for number, row in enumerate(cells[1:], 2):
        texts: dict[str, str] = {}
        for column, i in at.items():
            cell = row[i] if i < len(row) else SheetCell("")
            if cell.formula:
                faults.append(
                    Fault(
                        say("geoplan.datasheet.formula"),
                        where=_where(file, name, number, column),
                        got=cell.text[:60],
                        todo=say("geoplan.datasheet.write_value"),
                    )
                )
            # the sign that keeps a spreadsheet from running a text is no part of it
            texts[column] = "" if cell.formula else cell.text.removeprefix("'")
        if any(texts.values()):
            rows.append((number, texts))
    return _Rows(name, tuple(rows), tuple(faults))


def _choice(kind: str, keys: tuple[str, ...]) -> str:
    return listed(word(kind, k) for k in keys)


def _layer_faults(
    file: Path, name: str, number: int, given: Mapping[str, str], state: str | None
) -> Iterator[Fault]:
    """What is wrong with one row of the layers."""

    def fault(key: str, column: str, got: str = "", **more: Any) -> Fault:  # noqa: ANN401
        where = _where(file, name, number, column)
        return Fault(say(f"geoplan.datasheet.{key}"), where=where, got=got, **more)

    layer, path = given.get("layer", ""), given.get("path", "")
    if layer != TARGETS and layer not in layer_ids():
        yield fault("no_such_layer", "layer", layer, todo=say("geoplan.datasheet.make_anew"))
        return
    if state is None:
        expected = _choice("state", STATES)
        yield fault("not_of_list", "state", given.get("state", ""), expected=expected)
        return
    if layer == TARGETS:
        if path:
            yield fault("targets_row_has_path", "path", path)
        return
    if state in ("have", "partly") and not path and layer != "zones":
        yield fault("have_without_path", "path")
    if state == "absent" and not given.get("absent_because"):
        yield fault("absent_without_reason", "absent_because")
    if state == "absent" and path:
        yield fault("path_and_absent", "path", path)
    for one in paths(file, path):
        low = one.lower()
        if low.startswith(DATABASE):
            continue
        if "\0" in one or low.startswith("/vsi") or "://" in low:
            yield fault("path_outside", "path", one[:60])
        elif low.endswith(_ACCESS):
            yield fault("path_is_access", "path", one, todo=say("gis.given.export_access"))
    if given.get("date") and day_of(given["date"]) is None:
        yield fault("date_unreadable", "date", given["date"], expected="2024-12-31")


def _state(file: Path, given: Mapping[str, str]) -> str | None:
    """The state of a row; None for a word nobody knows.

    Sheets are handed out with every row still to come: a path to a file that is there, or a
    reason why there is none, says more than the word that was left as it was.
    """
    text = given.get("state", "")
    state = key_of_word("state", STATES, text) if text else "to_come"
    if state != "to_come":
        return state
    path = given.get("path", "")
    files = paths(file, path)
    if files and all(leads(file, p) for p in files):
        return "have"
    return "absent" if given.get("absent_because") and not path else state


def _layers(file: Path, found: _Rows, faults: list[Fault]) -> list[LayerEntry]:
    out: dict[str, LayerEntry] = {}
    for number, given in found.rows:
        state = _state(file, given)
        wrong = list(_layer_faults(file, found.name, number, given, state))
        layer = given.get("layer", "")
        if layer in out:
            wrong.append(
                Fault(
                    say("geoplan.datasheet.row_twice"),
                    where=_where(file, found.name, number, "layer"),
                    got=layer,
                )
            )
        faults += wrong
        if wrong or state is None:
            continue
        out[layer] = LayerEntry(
            layer,
            number,
            state,
            given.get("path", ""),
            paths=paths(file, given.get("path", "")),
            **{k: given.get(k, "") for k in _TOLD},
        )
    return list(out.values())


def _number(text: str) -> float | int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and "." not in text else value


def _titles(
    file: Path, name: str, number: int, given: Mapping[str, str], faults: list[Fault]
) -> dict[str, str]:
    """A title in both languages; where one is given it stands for both."""
    zh, en = given.get("title_zh", ""), given.get("title_en", "")
    if not (zh or en):
        where = _where(file, name, number, "title_zh")
        faults.append(Fault(say("geoplan.datasheet.title_missing"), where=where))
    return {"zh": zh or en or "-", "en": en or zh or "-"}


def _moved(fault: Fault, where: str) -> Fault:
    """The same fault at another place."""
    return Fault(
        fault.what, where=where, got=fault.got, expected=fault.expected, todo=fault.todo
    )


def _model_faults(
    err: ValidationError, file: Path, name: str, number: int, columns: Mapping[str, str]
) -> Iterator[Fault]:
    """What a model refuses, by the column that holds it."""
    for fault in model_faults(err, "@"):
        key = str(fault.where).removeprefix("@").strip(" [].").split(".")[0].split("[")[0]
        where = _where(file, name, number, columns.get(key, key))
        yield _moved(fault, where)


def _twice(
    before: list[dict[str, object]], entry: Mapping[str, object], where: str
) -> list[Fault]:
    """An id that an earlier row has."""
    if all(e["id"] != entry["id"] for e in before):
        return []
    return [Fault(say("layers.plan.id_used_twice"), where=where, got=str(entry["id"]))]


def _zones(file: Path, found: _Rows, faults: list[Fault]) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for number, given in found.rows:
        entry: dict[str, object] = {
            "id": given.get("zone_id", ""),
            "title": _titles(file, found.name, number, given, faults),
        }
        box = [given.get(k, "") for k in _BOX]
        if any(box):
            values = [_number(v) for v in box]
            bad = [k for k, v in zip(_BOX, values, strict=True) if v is None]
            faults += [
                Fault(
                    say("geoplan.datasheet.not_a_number"),
                    where=_where(file, found.name, number, k),
                    got=given.get(k, ""),
                )
                for k in bad
            ]
            if bad:
                continue
            entry["bounds_ll"] = values
        if given.get("path"):
            entry["path"] = plain(given["path"])
        for column, key, kind, keys in (
            ("purpose", "purpose", "purpose", PURPOSES),
            ("zone_state", "status", "zone_state", ZONE_STATES),
        ):
            text = given.get(column, "")
            chosen = key_of_word(kind, keys, text) if text else None
            if text and chosen is None:
                faults.append(
                    Fault(
                        say("geoplan.datasheet.not_of_list"),
                        where=_where(file, found.name, number, column),
                        got=text,
                        expected=_choice(kind, keys),
                    )
                )
            elif chosen is not None:
                entry[key] = chosen
        if given.get("note"):
            entry["note"] = given["note"]
        try:
            Zone.model_validate(entry)
        except ValidationError as err:
            columns = {"id": "zone_id", "bounds_ll": "west", "": "path"}
            faults += _model_faults(err, file, found.name, number, columns)
            continue
        faults += _twice(out, entry, _where(file, found.name, number, "zone_id"))
        out.append(entry)
    return out


def _targets(file: Path, found: _Rows, faults: list[Fault]) -> list[dict[str, object]]:
    from geoplan.plan_file import target_kinds

    out: list[dict[str, object]] = []
    kinds = target_kinds() if found.rows else {}
    for number, given in found.rows:
        title = _titles(file, found.name, number, given, faults)
        entry: dict[str, object] = {"id": given.get("target_id", ""), "title": title}
        for key in ("year", "value"):
            number_of = _number(given.get(key, ""))
            entry[key] = given.get(key, "") if number_of is None else number_of
        for key in TARGET_TEXTS:
            if given.get(key):
                entry[key] = given[key]
        try:
            target = Target.model_validate(entry)
        except ValidationError as err:
            columns = {"id": "target_id"}
            faults += _model_faults(err, file, found.name, number, columns)
            continue
        faults += [
            # the last word of its place is the key, which is the column
            _moved(f, _where(file, found.name, number, str(f.where).rpartition(" ")[2]))
            for f in target_faults([target], kinds, "")
        ]
        faults += _twice(out, entry, _where(file, found.name, number, "target_id"))
        out.append(entry)
    return out


def read_sheet_file(file: Path) -> Sheet:
    """A data sheet that was filled in, in either language.

    Parameters
    ----------
    file : Path
        As `geoplan.datasheet.write.write_sheet` writes it; columns may be moved and rows
        left out.

    Returns
    -------
    Sheet

    Raises
    ------
    ConfigError
        With every fault of the workbook, each with sheet, row and column.
    """
    file = file.resolve()
    if not file.exists():
        raise ConfigError(say("gis.files.file_missing"), where=f"--sheet {file}")
    try:
        book = read_book(file, label=str(file))
    except DataError as err:
        raise ConfigError(err.faults) from err
    layers = _rows(file, book, "layers", LAYER_COLUMNS)
    if layers is None:
        raise ConfigError(
            say("geoplan.datasheet.no_layer_sheet"),
            where=str(file),
            got=listed(list(book)[:8]),
            expected=listed(sheet_name("layers")(lang) for lang in LANGS),
            todo=say("geoplan.datasheet.make_anew"),
        )
    first = _sheet_of(book, "layers")
    header = [c.text for c in first[1][0]] if first and first[1] else []
    missing = [k for k in _NEEDED if k not in column_keys(header, LAYER_COLUMNS)]
    if missing:
        raise ConfigError(
            say("geoplan.datasheet.no_columns"),
            where=say("geoplan.datasheet.at_sheet", file=file.name, sheet=layers.name),
            expected=listed(head(k) for k in missing),
            todo=say("geoplan.datasheet.make_anew"),
        )
    faults = list(layers.faults)
    entries = _layers(file, layers, faults)
    zones: list[dict[str, object]] = []
    targets: list[dict[str, object]] = []
    if (found := _rows(file, book, "zones", ZONE_COLUMNS)) is not None:
        faults += found.faults
        zones = _zones(file, found, faults)
    if (found := _rows(file, book, "targets", TARGET_COLUMNS)) is not None:
        faults += found.faults
        targets = _targets(file, found, faults)
    raise_faults(ConfigError, faults)
    return Sheet(file, tuple(entries), tuple(zones), tuple(targets))
