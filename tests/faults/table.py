"""The fault table: cases as data, and how one of them is judged.

``tests/faults/table/*.toml``, a file a family. A row says how its input is made and what must
come of it:

``refused``
    one of our errors, with exit code `code` and every phrase of `says`, in both languages
``told``
    an answer whose warnings hold every code of `codes` and every phrase of `says`
``read``
    an answer without the codes of `quiet`
``answered``
    a request or a command, with status `code` and every phrase of `says`

Any row may name numbers of its answer in `values`, to `rel` (1e-6) or `abs`.
"""

from __future__ import annotations

import time
import tomllib
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gis.errors import GeoplanError
from tests.faults.makers import MAKERS, Answer

__all__ = ["HANG_S", "Row", "Verdict", "judged", "rows"]

HERE = Path(__file__).resolve().parent / "table"
HANG_S = 60.0
"""Longer than this is a hang."""

_KEYS = {
    "id", "make", "with", "outcome", "code", "says", "codes", "values", "rel", "abs", "quiet",
    "slow",
}  # fmt: skip
_OUTCOMES = ("refused", "told", "read", "answered")


@dataclass(frozen=True)
class Row:
    """One case."""

    family: str
    id: str
    make: str
    words: dict[str, Any]
    outcome: str
    code: int
    says: tuple[str, ...]
    codes: tuple[str, ...]
    quiet: tuple[str, ...]
    values: dict[str, float]
    rel: float
    abs_: float
    slow: bool


@dataclass(frozen=True)
class Verdict:
    """What came of a case: ``"right"``, ``"silent"``, ``"traceback"`` or ``"hang"``."""

    kind: str
    detail: str = ""
    seconds: float = 0.0


@cache
def rows() -> tuple[Row, ...]:
    """Every case, family by family."""
    out = []
    for path in sorted(HERE.glob("*.toml")):
        for one in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            assert set(one) <= _KEYS, f"{path.name} {one['id']}: {set(one) - _KEYS}"
            assert one["outcome"] in _OUTCOMES, one["id"]
            rest = {k: one.get(k, ()) for k in ("says", "codes", "quiet", "values")}
            # a row without an expectation could not fail
            assert one["outcome"] == "refused" or any(rest.values()) or "code" in one, one["id"]
            out.append(
                Row(
                    path.stem, one["id"], one["make"], one.get("with", {}), one["outcome"],
                    one.get("code", 3), tuple(rest["says"]), tuple(rest["codes"]),
                    tuple(rest["quiet"]), dict(rest["values"] or {}), one.get("rel", 1e-6),
                    one.get("abs", 0.0), one.get("slow", False),
                )
            )  # fmt: skip
    return tuple(out)


def _error(row: Row, err: GeoplanError) -> str:
    text = str(err) + "\n" + err.text("en")
    if row.outcome != "refused":
        return f"refused: {text}"
    if err.exit_code != row.code:
        return f"exit code {err.exit_code} instead of {row.code}: {text}"
    for fault in err.faults:
        if not fault.text("zh") or fault.text("zh") == fault.text("en"):
            return f"one language alone: {fault.text('en')}"
    lost = [s for s in row.says if s not in text]
    return f"does not say {lost}: {text}" if lost else ""


def _answer(row: Row, found: Answer) -> str:
    if row.outcome == "refused":
        return f"read, not refused: {dict(found.values)} {sorted(found.codes)}"
    if row.outcome == "answered" and found.values["status"] != row.code:
        return f"status {found.values['status']:g} instead of {row.code}: {found.told[-600:]}"
    lost = [c for c in row.codes if c not in found.codes]
    lost += [s for s in row.says if s not in found.told]
    if lost:
        return f"not told {lost}: {sorted(found.codes)}\n{found.told[-600:]}"
    loud = [c for c in row.quiet if c in found.codes]
    if loud:
        return f"told without reason: {loud}"
    for name, want in row.values.items():
        got = found.values.get(name, float("nan"))
        if not abs(got - want) <= max(row.abs_, row.rel * abs(want)):
            return f"{name} is {got:.9g} instead of {want:.9g}"
    return ""


def judged(row: Row, folder: Path) -> Verdict:
    """Make the input of a case, read it and hold the answer against the row."""
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrong = _answer(row, MAKERS[row.make](folder, **row.words))
    except GeoplanError as err:
        wrong = _error(row, err)
    except Exception as err:  # noqa: BLE001 - what the table looks for
        took = time.perf_counter() - start
        return Verdict("traceback", f"{type(err).__name__}: {err}", took)
    took = time.perf_counter() - start
    if took > HANG_S:
        return Verdict("hang", f"{took:.0f} s", took)
    return Verdict("silent" if wrong else "right", wrong, took)
