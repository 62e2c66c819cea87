"""How tiles are run, and where they are kept: chosen by a person, never part of the answer."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import listed, say
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.run_aside import aside_of, run_key, same_inputs
from siting.screen.section import ScreeningSection

__all__ = ["require_engine", "tiles_folder", "with_options"]

_ENGINES = ("serial", "threads", "processes", "dask")


def _no_folder(shared: Path, where: str) -> list[Fault]:
    """A folder that is meant to be shared and is not there: made here, nobody else sees it."""
    if shared.is_dir():
        return []
    todo = say("siting.screen.make_shared_folder")
    return [Fault(say("siting.screen.no_such_folder"), where=where, got=str(shared), todo=todo)]


def _engine_faults(engine: str) -> list[Fault]:
    host = re.fullmatch(r"(tcp|tls|ws|wss)://[^\s/:]+:\d+/?", engine)
    if not engine or engine in _ENGINES or host:
        return []
    return [
        Fault(
            say("siting.screen.no_such_scheduler"),
            where="--scheduler",
            got=engine,
            expected=say("siting.screen.tcp_host_port", engines=listed(_ENGINES)),
        )
    ]


def require_engine(engine: str) -> None:
    """Refuse what is neither empty, a name of an engine, nor the address of a scheduler.

    Raises
    ------
    ConfigError
    """
    raise_faults(ConfigError, _engine_faults(engine))


def with_options(
    plan: Plan, *, engine: str = "", workers: int | None = None, shared: str = ""
) -> Plan:
    """`plan` with the command line's choice of where and by how many tiles are run.

    Every engine gives the same bits, so the plan stays the same plan.

    Parameters
    ----------
    plan : Plan
    engine : str
        serial, threads, processes, dask or the address of a dask scheduler.
    workers : int, optional
        Threads or processes.
    shared : str
        Folder that this machine and all workers read and write.

    Raises
    ------
    ConfigError
        For an engine there is not, for no worker at all, and for a folder there is not.
    """
    faults = _engine_faults(engine)
    if workers is not None and not 1 <= workers <= 256:
        faults.append(
            Fault(
                say("siting.screen.bad_number"),
                where="--workers",
                got=str(workers),
                expected=say("siting.rules.to", low=1, high=256),
            )
        )
    if shared:
        faults += _no_folder(Path(shared), "--shared")
    raise_faults(ConfigError, faults)
    changed: dict[str, Any] = {"engine": engine} if engine else {}
    if workers is not None:
        changed["workers"] = workers
    if shared:
        changed["shared"] = str(Path(shared).resolve())
    section = plan.section(ScreeningSection).model_copy(update=changed)
    return plan.with_sections(screening=section)


def tiles_folder(plan: Plan, work: Path) -> Path | None:
    """Where tiles of this run are kept until the step is finished; None outside a run.

    Raises
    ------
    ConfigError
        When the plan names a shared folder that is not there.
    """
    key = run_key(work)
    if not key:
        return None
    named = plan.section(ScreeningSection).shared
    if not named:
        return same_inputs(work, aside_of(work) / "screen")
    shared = plan.path.parent / named
    raise_faults(ConfigError, _no_folder(shared, f"{plan.path.name} [screening] shared"))
    # one folder for one work folder of one machine: two runs never share their tiles
    own = f"geoplan-{digest(key, str(work), socket.gethostname())[:16]}"
    return same_inputs(work, shared / own)
