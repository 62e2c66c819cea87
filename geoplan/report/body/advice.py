"""What to do first, as the figures of the run say it in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from geoplan.judged_words import next_title
from geoplan.report.body.approvals import approvals_of
from geoplan.report.body.conclusion import BUILT
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.summary import RunSummary
from gis.say import Listed, Sentence, listed, say
from layers.plan.model import Plan
from layers.result import optional_table
from siting.sites.summary import SiteRow

__all__ = ["advice_blocks", "advice_lines", "first_sites"]

_FIRST = 5  # sites, layers and approvals named
_LOOSE = frozenset({"boundary_not_official", "zone_approximate"})


def _grid_mw(run: Path) -> dict[str, float]:
    """What the grid takes of each site; empty where nobody knows."""
    table = optional_table(run, "connection_sites")
    if table is None or "with_grid_mw" not in table:
        return {}
    known = table[table["with_grid_mw"].notna()]
    return dict(
        zip(known["site_id"].astype(str), known["with_grid_mw"].astype(float), strict=True)
    )


def first_sites(s: RunSummary, run: Path) -> list[SiteRow]:
    """Sites to take up first: certified, not provisional, with a grid that takes some of them.

    Where no grid is known, the best ranked of the rest; in the order of ranks.
    """
    ready = [x for x in s.sites or () if x.certified and not x.provisional]
    grid = _grid_mw(run)
    some = [x for x in ready if grid.get(x.site_id, 0.0) > 0]
    return sorted(some or ready, key=lambda x: x.rank)[:_FIRST]


def _with_ranks(sites: Sequence[SiteRow]) -> Sentence | Listed:
    """Sites with their ranks; many are counted."""
    named = [say("geoplan.body.advice_ranked", site=x.site_id, rank=x.rank) for x in sites]
    if len(named) <= _FIRST:
        return listed(named)
    return say("geoplan.body.advice_and_more", list=listed(named[:_FIRST]), n=len(named))


def _passed_over(
    s: RunSummary, chosen: Sequence[SiteRow], grid: Mapping[str, float]
) -> Iterator[Sentence]:
    """Better ranked sites that are not among the first, and what they wait for."""
    last = {x.tech: x.rank for x in chosen}  # in the order of ranks
    before = sorted(
        (x for x in s.sites or () if x not in chosen and x.rank < last.get(x.tech, 0)),
        key=lambda x: x.rank,
    )
    full = [x for x in before if x.certified and not x.provisional and grid.get(x.site_id) == 0]
    if full:
        yield say("geoplan.body.advice_wait_grid", list=_with_ranks(full))
    if others := [x for x in before if x not in full]:
        yield say("geoplan.body.advice_wait_data", list=_with_ranks(others))


def _sites(s: RunSummary, run: Path) -> Iterator[Sentence]:
    chosen = first_sites(s, run)
    if not chosen and s.sites:
        yield say("geoplan.body.advice_sites_open", n=len(s.sites))
    elif not chosen:
        yield say("geoplan.body.advice_no_sites")
    else:
        grid = _grid_mw(run)
        mw = sum(x.capacity_mw or 0.0 for x in chosen)
        taken = sum(grid.get(x.site_id, 0.0) for x in chosen)
        key = "advice_sites" if taken > 0 else "advice_sites_plain"
        yield say(f"geoplan.body.{key}", sites=_with_ranks(chosen), mw=mw, grid=taken)
        yield from _passed_over(s, chosen, grid)


def _layers(s: RunSummary) -> Iterator[Sentence]:
    first = {
        x.layer: next_title(x)
        for tech, part in (s.screening or {}).items()
        if tech in BUILT and part.judged is not None
        for x in part.judged.next_layers[:_FIRST]
    }
    if first:
        yield say("geoplan.body.advice_layers", list=listed(list(first.values())[:_FIRST]))


def _law(s: RunSummary) -> Iterator[Sentence]:
    first = dict.fromkeys(
        x.name
        for tech, part in (s.screening or {}).items()
        if tech in BUILT
        for x in part.law.first[:2]
    )
    if first:
        yield say("geoplan.body.advice_law", list=listed(list(first)))


def advice_lines(s: RunSummary, run: Path, lang: str) -> Iterator[Sentence]:
    """The advice, one sentence a step."""
    if s.sites is not None:
        yield from _sites(s, run)
    c = s.connection
    if c is not None and c.known and c.no_bay_mw > 0:
        yield say("geoplan.body.advice_bays", mw=c.no_bay_mw)
    if c is not None and c.known and c.shortfall_mw > 0:
        if (beyond := c.shortfall_mw - c.no_bay_mw) > 0:
            yield say("geoplan.body.advice_grid", mw=beyond)
    elif s.sites and (s.connection is None or not s.connection.known):
        yield say("geoplan.body.advice_grid_ask")
    if found := approvals_of(run, lang):
        titles = listed([a.title for a in found[:_FIRST]])
        yield say("geoplan.body.advice_approvals", list=titles)
    yield from _layers(s)
    yield from _law(s)
    if missed := [a for a in s.targets or () if a.answer == "not_met"]:
        named = listed([a.title for a in missed])
        yield say("geoplan.body.advice_targets", n=len(missed), list=named)
    if any(w.code in _LOOSE for w in s.warnings):
        yield say("geoplan.body.advice_official")
    if s.plan.synthetic:
        yield say("geoplan.body.advice_synthetic")


def advice_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """The advice as a list."""
    if not (lines := list(advice_lines(s, run, lang))):
        return
    yield Heading(1, say("geoplan.body.h_advice")(lang))
    yield Paragraph(say("geoplan.body.note_advice")(lang), "note")
    yield Items([x(lang) for x in lines])
