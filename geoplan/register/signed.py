"""Reviews in words: lines for a person, values for a program, a table for a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.register.project import verdict_title
from geoplan.register.signing import Standing
from gis.errors import ConfigError
from gis.files.plain_text import harmless_table
from gis.say import Sentence, say

if TYPE_CHECKING:
    import pandas as pd

    from layers.plain_json import JsonObject

__all__ = [
    "export_reviews",
    "review_as_dict",
    "review_line",
    "review_lines",
    "review_table",
    "reviews_as_list",
]

_COLUMNS = ("seq", "at", "who", "subject", "id", "rule", "state", "comment", "standing",
            "latest", "run_id", "plan", "rules_hash")  # fmt: skip


def _subject(one: Standing) -> Sentence:
    return say(f"geoplan.review.subject.{one.review.opinion.subject}")


def review_line(one: Standing) -> Sentence:
    """A review on one line, without its comment."""
    o, s = one.review.opinion, one.review.stamp
    return say(
        "geoplan.review.line",
        seq=one.review.seq,
        at=s.at[:19],
        who=s.who,
        subject=_subject(one),
        id=o.id,
        rule=say("geoplan.review.rule", rule=o.rule) if o.rule else "",
        state=verdict_title(o.state),
        standing=one.words,
    )


def review_lines(found: Iterable[Standing], lang: str) -> Iterator[str]:
    """One line a review with its comment below, and how many are of an older run."""
    found = tuple(found)
    for one in found:
        yield review_line(one)(lang)
        for line in one.review.opinion.comment.splitlines():
            yield say("geoplan.review.comment", comment=line)(lang)
        if not one.latest:
            note = say("geoplan.review.superseded")
            yield say("geoplan.review.comment", comment=note)(lang)
    if not found:
        yield say("geoplan.review.none")(lang)
        return
    old = sum(not one.current for one in found)
    yield say("geoplan.review.total", n=len(found), old=old)(lang)


def review_as_dict(one: Standing, lang: str) -> JsonObject:
    """For ``--json``: the row, and whether it is of this run."""
    return {
        "seq": one.review.seq,
        **vars(one.review.stamp),
        **one.review.opinion.model_dump(mode="json"),
        "entry": one.review.entry,
        "current": one.current,
        "why": list(one.why),
        "latest": one.latest,
        "words": {
            "state": verdict_title(one.review.opinion.state)(lang),
            "standing": one.words(lang),
        },
    }


def reviews_as_list(found: Iterable[Standing], lang: str) -> list[JsonObject]:
    """For ``--json``."""
    return [review_as_dict(one, lang) for one in found]


def review_table(found: Iterable[Standing], lang: str) -> pd.DataFrame:
    """Reviews as a table in words, one row each; its text is run by no spreadsheet."""
    import pandas as pd

    rows = []
    for one in found:
        o, s = one.review.opinion, one.review.stamp
        rows.append(
            {
                "seq": one.review.seq,
                **vars(s),
                "at": s.at[:19],
                "subject": _subject(one)(lang),
                "id": o.id,
                "rule": o.rule,
                "state": verdict_title(o.state)(lang),
                "comment": o.comment,
                "standing": one.words(lang),
                "latest": say(f"geoplan.law.{'yes' if one.latest else 'no'}")(lang),
            }
        )
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return harmless_table(
        table.rename(columns={c: say(f"geoplan.review.column.{c}")(lang) for c in table})
    )


def export_reviews(path: Path, found: Iterable[Standing], lang: str) -> Path:
    """Write reviews as ``.xlsx``, ``.csv`` or ``.json``.

    Raises
    ------
    ConfigError
        For another suffix.
    """
    from layers.plain_json import write_json

    found = tuple(found)
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".csv", ".json"):
        raise ConfigError(say("geoplan.review.export_kind"), where="export", got=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == ".json":
        write_json(path, reviews_as_list(found, lang))
    elif kind == ".csv":
        review_table(found, lang).to_csv(path, index=False, encoding="utf-8-sig")
    else:
        title = say("geoplan.review.sheet")(lang)
        review_table(found, lang).to_excel(path, sheet_name=title, index=False)
    return path
