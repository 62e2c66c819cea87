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
_MOST = 0.5  # most of a site's land
_SHOWN = 0.005  # a share that is not 0 % in words
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


def _unsettled(s: RunSummary, run: Path) -> dict[str, tuple[float, Sentence | Listed]]:
    """Share of a site's land that a ban takes if its text is confirmed, and the texts.

    The largest share of one rule: no more is known of how they overlap.
    """
    table = optional_table(run, "sites_approvals")
    if table is None or table.empty:
        return {}
    texts = {
        rule: look.name
        for part in (s.screening or {}).values()
        for look in part.law.look_ups
        if look.if_confirmed_ha > 0
        for rule in look.rules
    }
    own = table[table["rule_id"].isin(list(texts))]
    return {
        str(site): (
            float(rows["share_frac"].max()),
            listed(list(dict.fromkeys(texts[r] for r in rows["rule_id"]))),
        )
        for site, rows in own.groupby("site_id")
    }


def first_sites(s: RunSummary, run: Path) -> list[SiteRow]:
    """Sites to take up first: certified, not provisional, with a grid that takes some of them.

    Those come later most of whose land a ban takes if a text nobody has looked up is in force.
    Where no grid is known, the best ranked of the rest; in the order of ranks.
    """
    open_law = _unsettled(s, run)
    ready = [
        x
        for x in s.sites or ()
        if x.certified and not x.provisional and not _hangs_on_law(x, open_law)
    ]
    grid = _grid_mw(run)
    some = [x for x in ready if grid.get(x.site_id, 0.0) > 0]
    return sorted(some or ready, key=lambda x: x.rank)[:_FIRST]


def _hangs_on_law(x: SiteRow, open_law: Mapping[str, tuple[float, object]]) -> bool:
    return x.site_id in open_law and open_law[x.site_id][0] > _MOST


def _with_ranks(sites: Sequence[SiteRow]) -> Sentence | Listed:
    """Sites with their ranks; many are counted."""
    named = [say("geoplan.body.advice_ranked", site=x.site_id, rank=x.rank) for x in sites]
    if len(named) <= _FIRST:
        return listed(named)
    return say("geoplan.body.advice_and_more", list=listed(named[:_FIRST]), n=len(named))


def _passed_over(
    s: RunSummary,
    chosen: Sequence[SiteRow],
    grid: Mapping[str, float],
    open_law: Mapping[str, tuple[float, Sentence | Listed]],
) -> Iterator[Sentence]:
    """Better ranked sites that are not among the first, and what they wait for."""
    last = {x.tech: x.rank for x in chosen}  # in the order of ranks
    before = sorted(
        (x for x in s.sites or () if x not in chosen and x.rank < last.get(x.tech, 0)),
        key=lambda x: x.rank,
    )
    sure = [x for x in before if x.certified and not x.provisional]
    law = [x for x in sure if _hangs_on_law(x, open_law)]
    full = [x for x in sure if x not in law and grid.get(x.site_id) == 0]
    if full:
        yield say("geoplan.body.advice_wait_grid", list=_with_ranks(full))
    if law:
        yield say("geoplan.body.advice_wait_law", list=_with_ranks(law))
    if others := [x for x in before if x not in full and x not in law]:
        yield say("geoplan.body.advice_wait_data", list=_with_ranks(others))


def _reserved(
    chosen: Sequence[SiteRow], open_law: Mapping[str, tuple[float, Sentence | Listed]]
) -> Iterator[Sentence]:
    """Of sites that are taken up first, what a text nobody has looked up may take."""
    for x in chosen:
        share, texts = open_law.get(x.site_id, (0.0, listed([])))
        if share >= _SHOWN:
            yield say("geoplan.body.advice_reserved", site=x.site_id, share=share, list=texts)


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
        open_law = _unsettled(s, run)
        yield from _reserved(chosen, open_law)
        yield from _passed_over(s, chosen, grid, open_law)


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
