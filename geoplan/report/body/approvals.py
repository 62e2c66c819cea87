"""What must be applied for: the approvals of all sites, by the land they touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.frames import number
from geoplan.summary import RunSummary
from gis.say import listed, say
from layers.plan.model import Plan
from layers.result import optional_table
from siting.rules.citation import cited

__all__ = ["Approval", "approval_blocks", "approvals_of"]

_WIDTHS = (4.0, 1.0, 1.5, 2.6, 5.4)
_NAMED = 3  # sites named in a cell


@dataclass(frozen=True)
class Approval:
    """An approval or condition over all sites.

    Attributes
    ----------
    title, citation
        In the language asked for.
    sites
        Ids in the order of the table of sites.
    area_ha
        Land of the sites it touches.
    """

    title: str
    citation: str
    sites: tuple[str, ...]
    area_ha: float


def approvals_of(run: Path, lang: str) -> list[Approval]:
    """Approvals of the run's sites, the one that touches most land first."""
    table = optional_table(run, "sites_approvals")
    if table is None or table.empty:
        return []
    found = [
        Approval(
            title=str(own[f"title_{lang}"].iloc[0]),
            citation=cited(str(own["citation"].iloc[0]), lang),
            sites=tuple(dict.fromkeys(map(str, own["site_id"]))),
            area_ha=float(own["area_ha"].sum()),
        )
        for _, own in table.groupby("rule_id", sort=False)
    ]
    return sorted(found, key=lambda a: -a.area_ha)


def _which(a: Approval, of: int, lang: str) -> str:
    """Sites by name where they are few.

    Examples
    --------
    >>> _which(Approval("t", "c", ("PV-01", "PV-02"), 1.0), 9, "zh")
    'PV-01、PV-02'
    >>> _which(Approval("t", "c", ("PV-01",), 1.0), 1, "zh")
    '全部'
    """
    if len(a.sites) == of:
        return say("geoplan.body.all_sites")(lang)
    return listed(a.sites, _NAMED)(lang)


def approval_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Every approval with its law, the number of sites and the land."""
    if not s.sites:
        return
    yield Heading(1, say("geoplan.body.h_approvals")(lang))
    found = approvals_of(run, lang)
    if not found:
        yield Paragraph(say("geoplan.body.approvals_none")(lang))
        return
    yield Paragraph(say("geoplan.body.note_approvals")(lang))
    heads = [
        say("geoplan.body.procedure")(lang),
        say("geoplan.body.approval_sites")(lang),
        "ha",
        say("geoplan.body.approval_which")(lang),
        say("geoplan.body.article")(lang),
    ]
    rows = [
        [
            a.title,
            str(len(a.sites)),
            number(a.area_ha),
            _which(a, len(s.sites), lang),
            a.citation,
        ]
        for a in found
    ]
    title = say("geoplan.body.c_approvals")(lang)
    yield Table("approvals", title, heads, rows, frozenset({1, 2}), _WIDTHS)
