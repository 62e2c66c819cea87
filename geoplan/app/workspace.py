"""A folder of projects: each a plan that stays readable, its data, its runs, its jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gis.errors import ConfigError
from gis.say import os_reason, say

__all__ = ["PLAN", "Project", "Workspace", "below", "next_number"]

PLAN = "plan.toml"
_T = "geoplan.app"
_NAME = re.compile(r"[\w（）()][\w（）() .-]{0,58}[\w（）()]|\w")
# names Windows keeps for devices, whatever stands behind them
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_RUN = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Project:
    """One project: a folder straight under the workspace.

    Attributes
    ----------
    folder
        Its folder; its name is the project's.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Name of the project, which is that of its folder."""
        return self.folder.name

    @property
    def plan(self) -> Path:
        """The plan a run is made of."""
        return self.folder / PLAN

    def scenarios(self) -> dict[str, Path]:
        """Plans that were saved beside the plan, by the name they were given."""
        stem = Path(PLAN).stem
        found = sorted(self.folder.glob(f"{stem}-*.toml"))
        return {p.stem.removeprefix(f"{stem}-"): p for p in found if p.is_file()}

    @property
    def data(self) -> Path:
        """Files that were brought in through the page."""
        return self.folder / "data"

    @property
    def own(self) -> Path:
        """What the app keeps for itself."""
        return self.folder / ".geoplan"

    @property
    def jobs(self) -> Path:
        """Folder of the jobs."""
        return self.own / "jobs"

    @property
    def runs(self) -> Path:
        """Folder of the results of runs."""
        return self.folder / "runs"

    def plan_of_run(self, number: str) -> Path:
        """The plan as it was when a run began: beside the plan, so that its paths hold."""
        return self.folder / f".run-{number}.toml"

    def run(self, number: str) -> Path:
        """Folder of the result of a run.

        Raises
        ------
        ConfigError
            For what is no number of a run.
        """
        if not _RUN.fullmatch(number) or not self.plan_of_run(number).is_file():
            raise ConfigError(say(f"{_T}.no_such_run"), got=number[:20])
        return self.runs / number

    def finished_runs(self) -> Iterator[str]:
        """Numbers of the runs that have a result, the first one first."""
        if self.runs.is_dir():
            for one in sorted(self.runs.iterdir()):
                if _RUN.fullmatch(one.name) and (one / "summary.json").is_file():
                    yield one.name


def next_number(folder: Path) -> str:
    """A new numbered folder under `folder`, taken by making it: two callers get two."""
    folder.mkdir(parents=True, exist_ok=True)
    n = max((int(p.name) for p in folder.iterdir() if _RUN.fullmatch(p.name)), default=0)
    while True:
        n += 1
        try:
            (folder / f"{n:04d}").mkdir()
        except FileExistsError:
            continue
        return f"{n:04d}"


@dataclass(frozen=True)
class Workspace:
    """The projects, and where data may be looked for.

    Attributes
    ----------
    folder
        Folder whose subfolders with a plan are the projects.
    roots
        Folders data may be chosen from; nothing outside of them is listed or read.
    """

    folder: Path
    roots: tuple[Path, ...]

    def projects(self) -> list[Project]:
        """The projects, by name."""
        found = [p for p in self.folder.iterdir() if self._is_project(p)]
        return [Project(p) for p in sorted(found)]

    def _is_project(self, path: Path) -> bool:
        if path.name.startswith(".") or path.is_symlink() or not path.is_dir():
            return False
        return (path / PLAN).is_file() or (path / ".geoplan" / "jobs").is_dir()

    def project(self, name: str) -> Project:
        """The project called `name`.

        Raises
        ------
        ConfigError
            When there is none.
        """
        path = self.folder / name
        if not _NAME.fullmatch(name) or not self._is_project(path):
            raise ConfigError(say(f"{_T}.no_such_project"), got=name[:60])
        return Project(path)

    def new_project(self, name: str) -> Project:
        """An empty project called `name`, or `name` with the next free number.

        Raises
        ------
        ConfigError
            When the name cannot be one of a folder, or the folder cannot be made.
        """
        if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
            raise ConfigError(
                say(f"{_T}.no_project_name"),
                got=name[:60],
                todo=say(f"{_T}.other_project_name"),
            )
        for n in range(1, 1000):
            folder = self.folder / (name if n == 1 else f"{name} {n}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            except OSError as err:
                raise ConfigError(
                    say(f"{_T}.no_project_folder"), where=str(folder), got=os_reason(err)
                ) from err
            return Project(folder)
        raise ConfigError(say(f"{_T}.no_project_name"), got=name[:60])

    def inside(self, root: int, path: str) -> Path:
        """A folder or file under one of the roots.

        Raises
        ------
        ConfigError
            When it leads out of the root, also by a link, or is not there.
        """
        if not 0 <= root < len(self.roots):
            raise ConfigError(say(f"{_T}.outside"), got=str(root))
        return below(self.roots[root], path)

    def rooted(self, text: str) -> Path:
        """The folder an absolute path names, where it lies under a root.

        Raises
        ------
        ConfigError
            When it lies under none.
        """
        try:
            found = Path(text.strip().strip('"')).resolve()
        except (OSError, ValueError) as err:
            raise ConfigError(say(f"{_T}.outside"), got=text[:120]) from err
        if not any(found.is_relative_to(r.resolve()) for r in self.roots):
            raise ConfigError(
                say(f"{_T}.outside"), got=text[:120], todo=say(f"{_T}.name_a_root")
            )
        if not found.exists():
            raise ConfigError(say(f"{_T}.not_there"), got=text[:120])
        return found


def below(root: Path, path: str) -> Path:
    """What `path` names under `root`.

    Raises
    ------
    ConfigError
        When it leads out, also by a link, or is not there.
    """
    try:
        base = root.resolve()
        found = (base / path).resolve()
        there = found.exists()
    except (OSError, ValueError) as err:
        raise ConfigError(say(f"{_T}.outside"), got=path[:120]) from err
    if Path(path).is_absolute() or not found.is_relative_to(base):
        raise ConfigError(say(f"{_T}.outside"), got=path[:120])
    if not there:
        raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
    return found
