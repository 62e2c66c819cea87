"""What the grid takes, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.capacity_lines import capacity_statement, grid_lines
from geoplan.summary import RunSummary
from gis.say import Sentence, say
from layers.result import optional_table
from siting.connection.summary import ConnectionSummary, ExpansionYear

__all__ = ["connection_lines"]


def _mw(value: float | None) -> Sentence:
    if value is None or value != value:
        return say("siting.connection.grid_not_known")
    return say("siting.connection.mw", mw=value)


def connection_lines(summary: RunSummary, run: Path, lang: str) -> Iterator[str]:
    """Capacities, stations, sites, planned works, years and targets.

    Parameters
    ----------
    summary : RunSummary
    run : Path
        Its folder, for the table of sites.
    lang : {"zh", "en"}
    """
    part = summary.connection
    words = capacity_statement(summary)
    if words is not None:
        yield words(lang)
    if part is None or not summary.sites:
        yield say("geoplan.connect.nothing")(lang)
    yield from (line(lang) for line in grid_lines(summary))
    if part is None:
        return
    yield from _stations(part, lang)
    yield from _sites(run, lang)
    if part.works:
        yield say("geoplan.connect.works")(lang)
    for work in part.works:
        yield "  " + say(
            "geoplan.connect.work",
            name=work.name,
            kind=say(f"geoplan.cells.work_kind.{work.work_kind}"),
            station=work.station_id,
            year=str(work.year),
            mw=work.add_mw,
            certainty=say(f"geoplan.cells.certainty.{work.certainty}"),
            counts=say(f"geoplan.connect.{'counted' if work.counts else 'not_counted'}"),
        )(lang)
    yield say("geoplan.connect.years")(lang)
    for year in part.expansion:
        yield "  " + _year(year)(lang)


def _stations(part: ConnectionSummary, lang: str) -> Iterator[str]:
    yield say("geoplan.connect.stations", n=len(part.stations))(lang)
    used = [s for s in part.stations if s.routed_mw > 0]
    for one in used:
        yield "  " + say(
            "geoplan.connect.station",
            name=one.station_id,
            kv=one.voltage_kv,
            free=_mw(one.free_mw),
            routed=one.routed_mw,
            sites=one.sites,
            lines=one.lines,
        )(lang)
    if idle := len(part.stations) - len(used):
        yield "  " + say("geoplan.connect.idle", n=idle)(lang)


def _sites(run: Path, lang: str) -> Iterator[str]:
    """Every site the grid takes something of, and how many there are in each other state."""
    table = optional_table(run, "connection_sites")
    if table is None or table.empty:
        return
    yield say("geoplan.connect.sites")(lang)
    taken = table["grid_mw"].fillna(0.0) > 0
    for row in table[taken].to_dict("records"):
        joins = row["collector"] not in ("", row["site_id"], None) and (
            row["collector"] == row["collector"]
        )
        line = say(
            f"geoplan.connect.line{'_shared' if joins else ''}",
            station=row["station"],
            hub=row["collector"],
            kv=row["voltage_kv"],
            km=row["line_km"],
        )
        yield "  " + say(
            "geoplan.connect.site",
            id=row["site_id"],
            capacity=_mw(row["capacity_mw"]),
            grid=_mw(row["grid_mw"]),
            state=say(f"geoplan.cells.grid_state.{row['grid_state']}"),
            line=line,
        )(lang)
    for state, n in table[~taken]["grid_state"].value_counts().sort_index().items():
        word = say(f"geoplan.cells.grid_state.{state}")
        yield "  " + say("geoplan.connect.state", state=word, n=int(n))(lang)


def _between(low: float | None, high: float | None) -> Sentence:
    """One capacity, or the two between which it is."""
    if low is None or high is None or low == high:
        return _mw(high)
    return say("geoplan.connect.between", low=low, high=high)


def _year(row: ExpansionYear) -> Sentence:
    known = row.target_mw is not None and row.target_mw == row.target_mw
    if not known:
        met = say("geoplan.connect.no_target")
    elif row.total_with_grid_mw is None:
        met = say("siting.connection.grid_not_known")
    elif row.met_with_grid is None:
        met = say("geoplan.connect.uncertain")
    else:
        met = say(f"geoplan.connect.{'met' if row.met_with_grid else 'not_met'}")
    return say(
        "geoplan.connect.year",
        year=str(row.year),
        plants=row.plants_mw,
        total=_between(row.total_with_grid_least_mw, row.total_with_grid_mw),
        target=_mw(row.target_mw) if known else "—",
        met=met,
    )
