"""A run of many counties: its folder, its files, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.counties.many import ManyCounties, read_counties
from geoplan.counties.merge import counties_table, merged_sites, targets_table, totals
from geoplan.counties.work import CountyTask, Outcome, run_counties
from geoplan.summary import RunSummary, read_run_summary
from gis.errors import Fault
from gis.files.write import write_features
from gis.machine import cores
from gis.say import Sentence, say
from layers.bundled_county import bundled_county
from layers.plain_json import write_json
from layers.run_lock import held

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ManyResult", "failed_faults", "many_lines", "run_many"]

_RESULTS = "counties"  # folder of the single results
_PLANS = "plans"


@dataclass(frozen=True)
class ManyResult:
    """What a run of many counties wrote.

    Attributes
    ----------
    many
    folder
    outcomes
        One a county.
    totals
        Sums over the counties that are done.
    files
        What it is -> file.
    """

    many: ManyCounties
    folder: Path
    outcomes: tuple[Outcome, ...]
    totals: Mapping[str, float]
    files: Mapping[str, Path]

    @property
    def done(self) -> tuple[Outcome, ...]:
        """Counties whose result is there."""
        return tuple(o for o in self.outcomes if o.done)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Counties that failed each time."""
        return tuple(o for o in self.outcomes if not o.done)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "plan": self.many.id,
            "folder": str(self.folder),
            "counties": [
                {
                    "adcode": o.task.county.adcode,
                    "title": o.task.county.title.model_dump(),
                    "state": "done" if o.done else "failed",
                    "folder": str(o.task.out),
                    "plan": str(o.task.county.plan),
                    "tries": o.tries,
                    "worker": o.worker,
                    "faults": [f.as_dict("en") for f in o.faults],
                }
                for o in self.outcomes
            ],
            "totals": dict(self.totals),
            "files": {k: str(v) for k, v in self.files.items()},
        }


def run_many(
    path: Path,
    out: Path | None = None,
    *,
    only: tuple[str, ...] = (),
    engine: str = "",
    workers: int | None = None,
    lang: str = "",
    documents: bool = True,
    afresh: bool = False,
    told: Callable[[Outcome, int, int], None] = lambda *_: None,
    tell: Callable[[Sentence], None] = lambda _: None,
) -> ManyResult:
    """Run every county of a plan, then merge what they say.

    Parameters
    ----------
    path : Path
        A plan with ``[[counties]]``.
    out : Path, optional
        Folder of the result; ``out/<plan id>`` here when not given. On a cluster all workers
        must see it at this path, and the data of the plan.
    only : tuple of str
        Steps; all when empty.
    engine : str
        Address of a dask scheduler whose workers run whole counties; empty for this machine.
    workers : int, optional
        Counties at a time on this machine; as many as it has cores when not given.
    lang : str
        Of the documents; the plan's when empty.
    documents : bool
        Write map, report and exports of each county too.
    afresh : bool
        Take nothing over from former results.
    told : callable
        Told how each county ended, with how many are done and how many there are.
    tell : callable
        Told what is to be known of the run itself.

    Returns
    -------
    ManyResult

    Raises
    ------
    ConfigError
        When the plan is faulty, or another run holds the folder.
    """
    folder = (out or Path.cwd() / "out" / path.stem).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder.parent / f".{folder.name}.lock"
    holding: AbstractContextManager[object] = held(
        lock, folder, plan=path.stem, key="", tell=tell
    )
    with holding:
        many = read_counties(path, folder / _PLANS)
        spoken = lang or many.lang
        together = max(1, min(workers or cores(), len(many.counties)))
        tasks = [
            CountyTask(
                county=c,
                out=folder / _RESULTS / c.adcode,
                only=only,
                lang=spoken if documents else "",
                afresh=afresh,
                cores=max(1, cores() // together) if "://" not in engine else 1,
            )
            for c in many.counties
        ]
        where = engine if "://" in engine else "threads"
        # the largest first: none of them is begun when the others are done
        tasks.sort(key=lambda t: -bundled_county(t.county.adcode).geometry_ll.area)
        found = run_counties(tasks, engine=where, workers=together, told=told)
        outcomes = sorted(found, key=lambda o: o.task.county.adcode)
        return _merged(many, folder, tuple(outcomes), spoken)


def _merged(
    many: ManyCounties, folder: Path, outcomes: tuple[Outcome, ...], lang: str
) -> ManyResult:
    """Write what the counties say together."""
    from geoplan.counties.overview import write_overview  # heavy
    from geoplan.report.workbook import write_workbook

    done: list[tuple[Outcome, RunSummary]] = [
        (o, read_run_summary(o.task.out)) for o in outcomes if o.done
    ]
    summaries = {o.task.county.adcode: s for o, s in done}
    table = counties_table(outcomes, summaries)
    sites = merged_sites(done, many.common)
    targets = targets_table(done)
    tables: dict[str, pd.DataFrame] = {"counties": table}
    files: dict[str, Path] = {}
    if sites is not None:
        tables["sites"] = sites.drop(columns="geometry")
        files["sites"] = write_features(folder / "sites.gpkg", "sites", sites, append=False)
    if len(targets):
        tables["targets"] = targets
    files["tables"] = write_workbook(folder / "counties.xlsx", tables)
    table.to_csv(folder / "counties.csv", index=False, encoding="utf-8-sig")
    files["counties"] = folder / "counties.csv"
    files["map"] = write_overview(folder / "map.html", many, outcomes, table, sites, lang)
    sums = totals(table)
    result = ManyResult(many, folder, outcomes, sums, files)
    write_json(folder / "counties.json", result.as_dict())
    return result


def failed_faults(result: ManyResult) -> list[Fault]:
    """Every county that failed, with its first fault and the plan to run alone."""
    out = []
    for o in result.failed:
        county = o.task.county
        first = o.faults[0]
        out.append(
            Fault(
                say("geoplan.counties.failed", name=county.title, n=o.tries),
                where=county.adcode,
                got=first.what,
                todo=say("geoplan.counties.run_alone", plan=str(county.plan)),
            )
        )
    return out


def many_lines(result: ManyResult, lang: str) -> Iterator[str]:
    """What came out and where the files are, for the terminal."""
    yield say(
        "geoplan.counties.head",
        title=result.many.title,
        n=len(result.done),
        of=len(result.outcomes),
    )(lang)
    t = result.totals
    if "area_km2" in t:
        yield say("geoplan.counties.area", km2=t["area_km2"])(lang)
    for tech in ("pv", "wind"):
        left = t.get(f"{tech}_left_ha")
        if left is not None:
            yield say(
                f"geoplan.counties.left_{tech}",
                left=left,
                conditional=t.get(f"{tech}_conditional_ha", 0.0),
                n=int(t.get(f"sites_{tech}", 0)),
            )(lang)
    if "sites_pv_mw" in t:
        yield say("geoplan.counties.capacity", mw=t["sites_pv_mw"])(lang)
    for key, file in result.files.items():
        yield say(f"geoplan.counties.file_{key}", path=str(file))(lang)
