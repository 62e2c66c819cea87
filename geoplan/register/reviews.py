"""What reviewers say of sites, projects and findings: rows that are only added to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from geoplan.register.ledger import Ledger, Stamp, as_read
from geoplan.register.project import Line, checked_row, id_of, one_line, verdict_of
from gis.errors import DataError, Fault, raise_faults
from gis.files.plain_text import washed
from layers.spec import Frozen

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "COMMENT_MOST",
    "REVIEW",
    "SUBJECTS",
    "VERDICTS",
    "Opinion",
    "Review",
    "SentReview",
    "append_review",
    "reviews_of",
]

Subject = Literal["site", "project"]
SUBJECTS: tuple[Subject, ...] = ("site", "project")
Verdict = Literal["accepted", "to_change", "rejected"]
VERDICTS: tuple[Verdict, ...] = ("accepted", "to_change", "rejected")
COMMENT_MOST = 4000  # characters

_STAMP = ("at", "who", "run_id", "plan", "rules_hash")
REVIEW: tuple[tuple[str, str], ...] = (
    *((k, "TEXT") for k in _STAMP),
    *((k, "TEXT") for k in ("subject", "id", "rule", "state", "comment")),
    ("entry", "INTEGER"),
)
"""Columns of a review besides ``seq`` and ``geom``, with their types."""


def _lines(value: str) -> str:
    """Text of several lines that any document can hold."""
    return "\n".join(line.rstrip() for line in washed(value).splitlines()).strip()


class Opinion(Frozen):
    """What a reviewer says.

    Attributes
    ----------
    subject, id
        A site of a run, or a project of the register.
    rule
        The finding that is meant, by the id of its rule; empty for the whole.
    state
        ``"accepted"``, ``"to_change"`` or ``"rejected"``.
    """

    subject: Subject = "site"
    id: Annotated[Line, Field(min_length=1, max_length=64)]
    rule: Annotated[Line, Field(max_length=64)] = ""
    state: Annotated[Verdict, BeforeValidator(verdict_of)]
    comment: Annotated[str, Field(max_length=COMMENT_MOST), AfterValidator(_lines)] = ""


class SentReview(Frozen):
    """An opinion as a request brings it, with who says so; nothing of it is checked yet."""

    subject: Subject = "site"
    id: str
    rule: str = ""
    state: str
    comment: Annotated[str, Field(max_length=COMMENT_MOST)] = ""
    who: Annotated[str, Field(max_length=100)]


@dataclass(frozen=True)
class Review:
    """One row: an opinion, by whom, when, of which run, law and land.

    Attributes
    ----------
    entry
        Of a project, the entry of the history that was looked at; 0 for a site.
    geometry
        The land that was looked at, in the system of the register.
    seq
        Grows from review to review; 0 before it is written.
    """

    stamp: Stamp
    opinion: Opinion
    entry: int = 0
    geometry: BaseGeometry | None = None
    seq: int = 0


def append_review(ledger: Ledger, review: Review) -> Review:
    """Write a review behind those that are there; with its number."""
    d, s, o = ledger.dialect, review.stamp, review.opinion
    names = [k for k, _ in REVIEW]
    marks = ", ".join([*[d.mark] * len(names), d.geometry_in])
    values = [
        *(getattr(s, k) for k in _STAMP),
        *(o.subject, o.id, o.rule, o.state, o.comment, review.entry),
        d.encoded(review.geometry),
    ]
    seq = ledger.call(
        f"INSERT INTO {d.prefix}reviews ({', '.join(names)}, geom) VALUES ({marks}) "
        "RETURNING seq",
        values,
    ).fetchone()[0]
    return replace(review, seq=int(seq))


def reviews_of(
    ledger: Ledger, subject: str = "", name: str = "", rule: str = ""
) -> tuple[Review, ...]:
    """Reviews of all, or of one subject, id or rule, the oldest first.

    Raises
    ------
    DataError
        When the table holds what this program did not write.
    """
    if not ledger.reviewed:
        return ()
    d = ledger.dialect
    names = [k for k, _ in REVIEW]
    asked = id_of(name) if subject == "project" else one_line(name)
    wanted = {k: v for k, v in (("subject", subject), ("id", asked), ("rule", rule)) if v}
    where = " AND ".join(f"{k} = {d.mark}" for k in wanted)
    rows = ledger.call(
        f"SELECT seq, {', '.join(names)}, {d.geometry_out} FROM {d.prefix}reviews "
        f"{'WHERE ' + where if where else ''} ORDER BY seq",
        tuple(wanted.values()),
    ).fetchall()
    faults: list[Fault] = []
    out = []
    for row in rows:
        at = f"{ledger.where} {row[0]}"
        cells = dict(zip(names, row[1:-1], strict=True))
        with as_read(at):
            entry = int(cells["entry"] or 0)
            stamp = Stamp(**{k: str(cells[k]) for k in _STAMP})
        own = {k: cells[k] for k in Opinion.model_fields}
        opinion, wrong = checked_row(Opinion, own, at)
        faults += wrong
        if opinion is not None:
            land = d.decoded(row[-1], at)
            out.append(Review(stamp, opinion, entry, land, int(row[0])))
    raise_faults(DataError, faults)
    return tuple(out)
