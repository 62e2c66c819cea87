"""Files a plan lists under ``[[data.fetch]]``, brought when the user asks."""

from __future__ import annotations

from pathlib import Path

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import say
from layers.fetch.bring import bring
from layers.fetch.manners import shown
from layers.fetch.record import alone
from layers.plan.model import Plan
from layers.provenance import file_sha256
from layers.result import Progress

__all__ = ["fetch", "inside"]


def inside(root: Path, path: str) -> Path:
    """The place of a download, which is below the data root.

    Raises
    ------
    DataError
        When it would lie elsewhere.
    """
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise DataError(
            say("layers.room.download_may_not_leave_data"),
            where=path,
            expected=say("layers.room.below", root=root),
        )
    return target


def fetch(plan: Plan, progress: Progress) -> dict[str, str]:
    """Bring every file of ``[[data.fetch]]`` that is not there yet.

    Parameters
    ----------
    plan : Plan
        A loaded plan; nothing is sent but the requests for its own addresses.
    progress : callable
        Told path, bytes done and bytes in all.

    Returns
    -------
    dict
        Path -> sha256 of each file, brought now or before.

    Raises
    ------
    DataError
        Listing every file that could not be brought; those that could stay.

    Notes
    -----
    A server that is busy, does not answer or breaks off is asked again three times, after 1, 4
    and 15 s or what its ``Retry-After`` says (60 s at most). What came is kept beside the file
    (``.part``), and a server that names its edition goes on from there, also at the next call.
    """
    out: dict[str, str] = {}
    faults: list[Fault] = []
    for item in plan.data.fetch:
        try:
            target = inside(plan.data_root, item.path)
            if not target.exists():
                with alone(target, plan.plan.id):
                    bring(item, target, progress)
            out[item.path] = file_sha256(target)
            if item.sha256 and out[item.path] != item.sha256:
                raise DataError(
                    say("layers.room.file_already_there_has_another"),
                    where=str(target),
                    got=out[item.path],
                    expected=item.sha256,
                    todo=say("layers.room.remove_fetch_again"),
                )
        except DataError as err:
            faults += err.faults
        except (OSError, ValueError) as err:  # the disk, or an address that is none
            faults.append(
                Fault(
                    say("layers.room.file_could_not_brought"),
                    where=shown(item.url),
                    got=foreign_reason(err),
                )
            )
    raise_faults(DataError, faults)
    return out
