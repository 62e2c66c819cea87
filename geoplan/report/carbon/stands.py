"""Stands of the forest map: volume, living biomass, growth, and what plots say of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.pool_outcome import PoolsSummary
from carbon_sink.stand.outcome import StandSummary
from geoplan.report.carbon.conclusion import between, kilo_digits
from geoplan.report.document import Block, Heading, Items
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import Sentence, say
from layers.result import optional_table

__all__ = ["pools_blocks", "pools_sentence", "stand_sentences", "stands_blocks"]

_ROWS = 8
_KILO = 1e3
_SPECIES = (
    *("member_", "stands", "area_ha", "volume_m3", "living_tc", "living_low_tc"),
    "living_high_tc",
)
_POOLS = ("lucode", "name", "area_ha", "density_tc_ha", "total_tc")


def stand_sentences(s: StandSummary) -> Iterator[Sentence]:
    """What the stands hold, gain, and how plots find them, in sentences."""
    yield say(
        f"geoplan.carbon_chapter.stands_{'volume' if s.volume_m3 is not None else 'no_volume'}",
        n=s.stands,
        area_ha=s.area_ha,
        volume=number(s.volume_m3 or 0.0, 0),
        source=s.volume_source,
    )
    if s.volume_m3 is not None and s.volume_missing_ha > 0:
        yield say("carbon_sink.stand.volume_is_a_bound", ha=s.volume_missing_ha)
    if s.volume_low_m3 is not None and s.volume_high_m3 is not None:
        low, high = number(s.volume_low_m3, 0), number(s.volume_high_m3, 0)
        yield say("geoplan.carbon_chapter.stands_interval", low=low, high=high)
    if s.living_tc is not None:
        yield say(
            "geoplan.carbon_chapter.stands_living",
            # a few stands hold tonnes, a county thousands of them
            living=number(s.living_tc.value / _KILO, kilo_digits(s.living_tc.value)),
            between=between(s.living_tc, _KILO, kilo_digits(s.living_tc.value)),
        )
    if s.not_estimated_ha > 0:
        yield say("geoplan.carbon_chapter.stands_bound", missing_ha=s.not_estimated_ha)
    if s.gain_tc_yr is not None:
        yield say(
            "geoplan.carbon_chapter.stands_gain",
            gain=number(s.gain_tc_yr.value, 0),
            between=between(s.gain_tc_yr, 1.0, 0),
            tco2=number(s.gain_tco2_yr or 0.0, 0),
            done_ha=s.gain_estimated_ha,
            missing_ha=s.gain_not_estimated_ha,
        )
    else:
        yield say("geoplan.carbon_chapter.stands_no_gain")
    if s.plots is not None:
        yield say(
            "geoplan.carbon_chapter.stands_plots",
            n=s.plots.n,
            bias=s.plots.bias_m3_ha,
            se=s.plots.bias_se_m3_ha or 0.0,
            rmse=s.plots.rmse_m3_ha,
        )
    if s.findings:
        yield say("geoplan.carbon_chapter.stands_findings", n=sum(s.findings.values()))


def stands_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Volume and carbon of the stands; nothing where no forest map was computed."""
    found = s.stand
    if not isinstance(found, StandSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_stands")(lang))
    yield Items([x(lang) for x in stand_sentences(found)])
    groups = optional_table(run, "stand_by_group")
    if groups is not None and len(groups):
        own = groups[groups["by"] == "species"].sort_values("area_ha", ascending=False)
        caption = say("geoplan.carbon_chapter.c_stand_by_species")(lang)
        yield frame_table("stand_by_species", caption, own, _SPECIES, lang, most=_ROWS)


def pools_sentence(s: PoolsSummary) -> Sentence:
    """The two totals of a table of pools, and what changed since the earlier date."""
    key, more = "pools", {}
    if s.change_tc is not None and s.base_total_tc is not None:
        key = "pools_of_two_dates"
        more = {"base": number(s.base_total_tc, 0), "change": f"{s.change_tc:+,.0f}"}
    return say(
        f"geoplan.carbon_chapter.{key}",
        **more,
        file=s.file,
        area=number(s.area_ha, 0),
        total=number(s.total_tc, 0),
        planar=number(s.planar_tc, 0),
    )


def pools_blocks(
    s: RunSummary, run: Path, lang: str, table_id: str = "pools_by_class"
) -> Iterator[Block]:
    """Carbon by the plan's own table of pools; nothing without one."""
    found = s.pools
    if not isinstance(found, PoolsSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_pools")(lang))
    yield Items([pools_sentence(found)(lang)])
    table = optional_table(run, "pools_by_class")
    if table is not None and len(table):
        caption = say("geoplan.report.c_pools_by_class")(lang)
        yield frame_table(table_id, caption, table, _POOLS, lang, most=_ROWS)
