"""A job's own process: does what ``job.json`` asks and tells files how it goes and ended."""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time
import traceback
from pathlib import Path

__all__ = ["main"]

_BEAT_S = 1.0
_PATIENCE_S = 20.0  # from being asked to stop until it is ended where it stands


def _beat(folder: Path, ended: threading.Event) -> None:
    """Say that the job is alive, and stop it when it is asked to."""
    asked_at = 0.0
    while not ended.wait(_BEAT_S):
        try:
            (folder / "alive").touch()
        except OSError:  # the project was removed: nobody waits for the answer
            os._exit(1)
        if not (folder / "cancel").exists():
            continue
        if not asked_at:
            asked_at = time.monotonic()
            _thread.interrupt_main()
        elif time.monotonic() - asked_at > _PATIENCE_S:
            _write(folder, {"cancelled": True})
            os._exit(130)


def _write(folder: Path, outcome: dict[str, object]) -> None:
    from layers.plain_json import write_json

    write_json(folder / "outcome.json", outcome)


def _fault(err: Exception) -> dict[str, object]:
    """What went wrong, in both languages; of a bug also where."""
    from gis.errors import GeoplanError
    from gis.say import both, say

    if isinstance(err, GeoplanError):
        from geoplan.app.remedies import page_error

        err = page_error(err)
        return {
            "zh": err.text("zh"),
            "en": err.text("en"),
            "faults": {k: [f.as_dict(k) for f in err.faults] for k in ("zh", "en")},
        }
    sys.stderr.write("".join(traceback.format_exception(err)))
    return {**both(say("geoplan.app.bug")), "faults": {"zh": [], "en": []}}


def main(folder: Path) -> int:
    """Do one job.

    Parameters
    ----------
    folder : Path
        Of the job.

    Returns
    -------
    int
        0 when it was done, 130 when it was stopped, 1 else.
    """
    from geoplan.app.watch import watched
    from geoplan.app.work import do

    ended = threading.Event()
    threading.Thread(target=_beat, args=(folder, ended), daemon=True).start()
    began = time.monotonic()
    try:
        with watched(folder) as watch:
            files = do(folder, watch)
        took = round(time.monotonic() - began, 1)
        _write(folder, {"files": files, "seconds": took})
    except KeyboardInterrupt:
        _write(folder, {"cancelled": True, "seconds": round(time.monotonic() - began, 1)})
        return 130
    except Exception as err:  # noqa: BLE001 - the page shows it
        _write(folder, {"error": _fault(err), "seconds": round(time.monotonic() - began, 1)})
        return 1
    finally:
        ended.set()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
