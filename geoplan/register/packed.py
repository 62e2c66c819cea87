"""The sign-off of one site as its approval pack shows it: sheet, JSON, list and Word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from geoplan.maps.contents import RunContents, run_contents
from geoplan.register.project import verdict_title
from geoplan.register.signed import export_reviews, review_as_dict, review_table
from geoplan.register.signing import Standing, present_of, standing_reviews
from geoplan.register.store import place_of
from geoplan.report.document import Block, Heading, Paragraph, Table
from gis.say import LANGS, both, say
from layers.plain_json import JsonObject, to_json
from layers.plan.model import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SiteReviews", "map_signoff", "signoff_blocks", "site_reviews"]

# of the columns of the whole, those a reader of the Word file needs
_SHOWN = ("seq", "at", "who", "rule", "state", "comment", "standing")


@dataclass(frozen=True)
class SiteReviews:
    """Reviews of one site.

    Attributes
    ----------
    reviews
        The oldest first, also those of older runs, which say so.
    table
        In words.
    """

    site: str
    reviews: tuple[Standing, ...]
    table: pd.DataFrame
    lang: str

    @property
    def shown(self) -> pd.DataFrame:
        """`table` as it stands in the Word file."""
        return self.table[[say(f"geoplan.review.column.{c}")(self.lang) for c in _SHOWN]]

    @property
    def words(self) -> str:
        """How many there are, and how many are of an older run."""
        if not self.reviews:
            return say("geoplan.review.none")(self.lang)
        old = sum(not r.current for r in self.reviews)
        return say("geoplan.review.total", n=len(self.reviews), old=old)(self.lang)

    def write(self, out: Path) -> Path:
        """Write them as JSON into the folder `out`."""
        name = say("geoplan.review.file", site=self.site)(self.lang)
        return export_reviews(out / name, self.reviews, self.lang)

    def listed(self, checklist: pd.DataFrame, path: Path) -> pd.DataFrame:
        """The list of materials with the sign-off at its end."""
        out = checklist.copy()
        state = "signed" if any(r.current for r in self.reviews) else "unsigned"
        out.loc[len(out)] = [
            say("geoplan.review.heading")(self.lang),
            say(f"geoplan.review.{state}")(self.lang),
            path.name,
            self.words,
        ]
        return out


def signoff_blocks(plan: Plan, run: Path, lang: str) -> Iterator[Block]:
    """The chapter of the report: every review of a site; nothing where there is none."""
    found = standing_reviews(
        place_of(plan), plan, present_of(plan, run_contents(run)), subject="site"
    )
    if not found:
        return
    table = review_table(found, lang)
    names = [say(f"geoplan.review.column.{c}")(lang) for c in ("id", *_SHOWN)]
    title = say("geoplan.review.heading")(lang)
    old = sum(not r.current for r in found)
    yield Heading(1, title)
    yield Paragraph(say("geoplan.review.total", n=len(found), old=old)(lang))
    yield Paragraph(say("geoplan.review.note")(lang), "note")
    rows = [[str(v) for v in row] for row in table[names].itertuples(index=False)]
    yield Table("reviews", title, names, rows)


def map_signoff(plan: Plan, run: RunContents) -> JsonObject | None:
    """What the map shows of the sign-off, in both languages; None where there is none."""
    found = standing_reviews(place_of(plan), plan, present_of(plan, run), subject="site")
    if not found:
        return None
    rows: list[JsonValue] = []
    for one in found:
        state = both(verdict_title(one.review.opinion.state))
        words: JsonObject = to_json({"state": state, "standing": both(one.words)})
        rows.append({**review_as_dict(one, LANGS[0]), "words": words})
    return {"title": to_json(both(say("geoplan.review.heading"))), "reviews": rows}


def site_reviews(
    plan: Plan, run: Path, site: str, lang: str, *, register: Path | None = None
) -> SiteReviews:
    """Reviews of a site in the register of a plan, held against a run.

    Parameters
    ----------
    plan : Plan
    run : Path
        Folder of the finished run.
    site : str
    lang : {"zh", "en"}
    register : Path, optional
        The register, where it is not the plan's own.
    """
    found = standing_reviews(
        place_of(plan, register),
        plan,
        present_of(plan, run_contents(run)),
        subject="site",
        name=site,
    )
    return SiteReviews(site, found, review_table(found, lang), lang)
