"""Which field of which file is which column of a result: as the files hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.export.folder import as_written
from gis.files.export.frames import Held
from gis.files.plain_text import harmless_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIELDS", "field_rows", "field_table", "with_earlier"]

FIELDS = "fields.csv"
"""List of the fields of every file of an export folder."""
_HEADS = ("file", "layer", "field", "column", "title_zh", "title_en", "unit")

Rows = list[tuple[str, ...]]


def field_rows(file: str, held: Iterable[Held], docs: Mapping[str, dict[str, str]]) -> Rows:
    """A row for each field of a file: its name there, the column it was, titles and unit.

    Examples
    --------
    >>> field_rows("a.gdb", [Held("sites", "sites", {"group": "group_"})], {})
    [('a.gdb', 'sites', 'group_', 'group', '', '', '')]
    """
    return [
        (
            file,
            one.layer,
            field,
            column,
            doc.get("zh", ""),
            doc.get("en", ""),
            doc.get("unit", ""),
        )
        for one in held
        for column, field in one.fields.items()
        for doc in [docs.get(column) or {}]
    ]


def field_table(rows: Rows) -> pd.DataFrame:
    """The rows as a table that is safe to open in a spreadsheet."""
    import pandas as pd

    return harmless_table(pd.DataFrame(rows, columns=list(_HEADS)))


def with_earlier(to: Path, rows: Rows, written: Sequence[str]) -> Rows:
    """The rows, and those of files an earlier export left in the folder.

    Parameters
    ----------
    to : Path
        Folder of the export.
    rows : list
        Of this export.
    written : sequence of str
        Files of this export, as rows name them.
    """
    import pandas as pd

    if not as_written(to, FIELDS):
        return rows
    before = pd.read_csv(to / FIELDS, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if tuple(before.columns) != _HEADS:
        return rows
    kept = [
        tuple(map(str, r))
        for r in before.itertuples(index=False)
        if r.file not in written and (to / str(r.file)).exists()
    ]
    return sorted([*kept, *rows], key=lambda r: r[0])
