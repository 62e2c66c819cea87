"""The plan that is asked about and its finished run, as they are at this moment."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.answers.site_grid import GRID_TABLE, sites_with_grid
from geoplan.finished import finished_run
from geoplan.maps.contents import RunContents, run_contents
from geoplan.plan_file import load_plan
from geoplan.register.adding import stamp_of
from geoplan.register.ledger import Stamp
from geoplan.register.store import Place, place_of
from geoplan.run import default_out
from gis.errors import GeoplanError
from gis.say import Sentence
from layers.plan.model import Plan
from layers.run_record import DIGESTS

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Desk"]


def _tell(note: Sentence) -> None:
    logging.getLogger(__name__).warning("%s", note)


class Desk:
    """What the answers rest on; a plan or run that was changed is read again.

    Parameters
    ----------
    path : Path
        The plan.
    out : Path, optional
        Folder of its run; `default_out` when not given.
    register : Path, optional
        Its register of projects; that of the plan when not given.
    """

    def __init__(
        self, path: Path, out: Path | None = None, register: Path | None = None
    ) -> None:
        self.path = path
        self.out = out
        self.register = register
        self._lock = threading.Lock()
        self._text = b""
        self._plan: Plan | None = None
        self._run: tuple[str, bytes, RunContents] | None = None

    def plan(self) -> Plan:
        """The plan as its file is now.

        Raises
        ------
        ConfigError
            With every fault of the file.
        """
        with self._lock:
            text = self.path.read_bytes()
            if self._plan is None or text != self._text:
                self._plan, self._text = load_plan(self.path), text
            return self._plan

    def run(self) -> RunContents:
        """The finished run of the plan; its files are looked at once.

        Raises
        ------
        ConfigError, DataError
            See `finished_run`.
        """
        plan = self.plan()
        with self._lock:
            record = (self.out or default_out(plan)).resolve() / DIGESTS
            mark = record.read_bytes() if record.is_file() else b""
            if self._run is None or not mark or self._run[:2] != (plan.sha256, mark):
                found = run_contents(finished_run(plan, self.out, tell=_tell))
                self._run = (plan.sha256, mark, found)
            return self._run[2]

    def last_run(self) -> RunContents | None:
        """The finished run; None where there is none of this very plan."""
        try:
            return self.run()
        except GeoplanError:
            return None

    def place(self) -> Place:
        """Where the register of the plan is."""
        return place_of(self.plan(), self.register)

    def stamp(self, who: str) -> Stamp:
        """Who writes, now, on the law of the plan and its last run."""
        run = self.last_run()
        return stamp_of(self.plan(), who, run.summary.run.id if run else "")

    def sites(self) -> gpd.GeoDataFrame | None:
        """Sites of the run in longitude and latitude; None when it looked for none.

        With what the grid has for each, where the run asked it.
        """
        run = self.run()
        if "sites" not in run.layers:
            return None
        found = run.layer("sites").to_crs("EPSG:4326")
        grid = run.table(GRID_TABLE) if GRID_TABLE in run.tables else None
        return sites_with_grid(found, grid)
