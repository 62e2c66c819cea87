"""The repaired copy with its change list, and what was left as it is, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.checkup.collect import by_severity, title_of
from geoplan.checkup.words import severity_word
from gis.errors import DataError
from gis.files.plain_text import harmless_table
from gis.say import Lang, Sentence, in_lang, os_reason, say, sentences
from layers.doctor.mend import Change
from layers.doctor.repaired import Copy, write_copy
from layers.result import Progress

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.doctor import Diagnosis
    from layers.doctor.finding import DataFinding
    from layers.plan.model import Plan

__all__ = ["REPAIR", "Repaired", "repair_lines", "repaired_copy"]

REPAIR = {"repair": (), "doctor": ("repair",)}
"""Steps `repaired_copy` tells of, and what each waits for."""

_STEM = "changes"
_COMPUTED = "changes_computed"  # every value of computed columns


@dataclass(frozen=True)
class Repaired:
    """A repaired copy and the doctor's second look.

    Attributes
    ----------
    copy
        What was written.
    again
        The doctor on the repaired plan.
    left
        Errors and warnings that are still there.
    """

    copy: Copy
    again: Diagnosis
    left: tuple[DataFinding, ...]


def _why_left(finding: DataFinding) -> Sentence:
    """Why a finding is not repaired."""
    own = f"geoplan.repair.left_{finding.code}"
    return say(own if own in sentences("geoplan") else "geoplan.repair.left")


def _h(key: str, lang: Lang) -> str:
    return say(f"geoplan.repair.h_{key}")(lang)


_FIRST = ("geometry", "row", "crs", "encoding")


def listed_changes(copy: Copy) -> list[Change]:
    """Changes of shapes first, then of codes; of a computed column one for all its values."""
    found = [c for c in copy.changes if not c.computed]
    found.sort(key=lambda c: _FIRST.index(c.field) if c.field in _FIRST else len(_FIRST))
    columns: dict[tuple[str, str], list[Change]] = {}
    for c in copy.changes:
        if c.computed:
            columns.setdefault((c.layer, c.field), []).append(c)
    return [*found, *(_as_one(some) for some in columns.values())]


def _as_one(several: Sequence[Change]) -> Change:
    """The changes of one computed column as one, with their number and sums."""
    before, after = (
        math.fsum(getattr(c, k) for c in several) for k in ("area_before_m2", "area_after_m2")
    )
    column = several[0].before.partition(" = ")[0]
    n = say("geoplan.repair.n_features", n=len(several))
    return replace(
        several[0],
        feature=n,
        before=f"{column} = {before:.2f}",
        after=f"{after:.2f}",
        area_before_m2=before,
        area_after_m2=after,
    )


def change_table(changes: Iterable[Change], lang: Lang) -> pd.DataFrame:
    """One row a change."""
    import pandas as pd

    keys = ("layer", "feature", "field", "before", "after", "why", "area_before", "area_after")
    rows = [
        (
            c.layer,
            in_lang(c.feature, lang),
            c.field,
            c.before,
            c.after,
            c.why(lang),
            c.area_before_m2,
            c.area_after_m2,
        )
        for c in changes
    ]
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])


def area_table(copy: Copy, lang: Lang) -> pd.DataFrame:
    """One row a layer that was written: rows and area before and after."""
    import pandas as pd

    keys = ("layer", "title", "rows_before", "rows_after", "area_before", "area_after")
    rows = [
        (
            a.layer,
            title_of(a.layer, lang),
            a.rows_before,
            a.rows_after,
            a.area_before_m2,
            a.area_after_m2,
        )
        for a in copy.areas
    ]
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])


def left_table(found: Repaired, lang: Lang) -> pd.DataFrame:
    """One row a finding that is not repaired, with the reason; and layers not looked at."""
    import pandas as pd

    keys = ("layer", "severity", "code", "what", "places", "reason")
    rows = [
        (
            f.layer,
            severity_word(f.severity)(lang),
            f.code,
            f.text(lang),
            len(f.spots),
            _why_left(f)(lang),
        )
        for f in found.left
    ]
    rows += [
        (i, "", "not_read", title_of(i, lang), 0, say("geoplan.repair.left_not_read")(lang))
        for i in found.copy.unread
    ]
    return pd.DataFrame(rows, columns=[_h(k, lang) for k in keys])


def repaired_copy(
    plan: Plan, folder: Path, lang: Lang, progress: Progress = lambda *_: None
) -> Repaired:
    """Write the repaired copy of a plan with ``changes.csv`` and ``changes.xlsx``.

    Of a computed column they say how many values there are; these stand in
    ``changes_computed.csv``.

    Parameters
    ----------
    plan : Plan
    folder : Path
        New or empty.
    lang : {"zh", "en"}
        Of the lists.
    progress : callable
        Told of the steps ``repair`` and ``doctor``.

    Raises
    ------
    ConfigError
        The folder holds something, or cannot be written.
    """
    from geoplan.doctor import diagnose
    from geoplan.plan_file import load_plan
    from geoplan.report.workbook import write_workbook

    progress("step.repair", 0, 2)
    copy = write_copy(plan, folder, partial(progress, "repair"))
    progress("step.doctor", 1, 2)
    again = diagnose(load_plan(copy.plan), progress)
    left = tuple(f for f in again.findings if f.severity != "note")
    found = Repaired(copy, again, left)
    changes = change_table(listed_changes(copy), lang)
    tables = {_STEM: changes}
    if computed := [c for c in copy.changes if c.computed]:
        tables[_COMPUTED] = change_table(computed, lang)
    try:
        for name, table in tables.items():
            path = copy.plan.parent / f"{name}.csv"
            harmless_table(table).to_csv(path, index=False, encoding="utf-8-sig")
        write_workbook(
            copy.plan.parent / f"{_STEM}.xlsx",
            {
                say("geoplan.repair.sheet_changes")(lang): changes,
                say("geoplan.repair.sheet_areas")(lang): area_table(copy, lang),
                say("geoplan.repair.sheet_left")(lang): left_table(found, lang),
            },
        )
    except OSError as err:
        raise DataError(
            say("layers.doctor.copy_cannot_be_written"),
            where=str(copy.plan.parent),
            got=os_reason(err),
        ) from err
    return found


def repair_lines(found: Repaired, lang: Lang) -> list[str]:
    """What was repaired, for the terminal."""
    text = say(
        "geoplan.repair.done",
        n=len(found.copy.changes),
        layers=len(found.copy.areas),
        plan=found.copy.plan,
        left=len(found.left) + len(found.copy.unread),
    )
    errors = by_severity(found.left)["error"]
    if not errors:
        return [text(lang)]
    still = say("geoplan.repair.still_errors", n=len(errors))
    return [text(lang), still(lang), *(f"  {f.text(lang)}" for f in errors)]
