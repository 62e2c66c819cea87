"""The only door to the network: files a plan names, brought when the user asks."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import say
from layers.plan.model import Download, Plan
from layers.provenance import file_sha256
from layers.result import Progress

__all__ = ["fetch"]

_TIMEOUT_S = 60
_CHUNK = 1 << 20


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Redirects stay on http(s); a server must not point us at a file of this machine."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not newurl.startswith(("http://", "https://")):
            raise urllib.error.URLError(
                say("layers.room.redirected", scheme=newurl.split(":")[0])
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _inside(root: Path, path: str) -> Path:
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise DataError(
            say("layers.room.download_may_not_leave_data"),
            where=path,
            expected=say("layers.room.below", root=root),
        )
    return target


def _bring(item: Download, target: Path, progress: Progress) -> None:
    limit = int(item.max_mb * 1e6)
    partial = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    opener = urllib.request.build_opener(_OnlyHttp)
    h = hashlib.sha256()
    done = 0
    try:
        with opener.open(item.url, timeout=_TIMEOUT_S) as reply, partial.open("wb") as out:
            total = int(reply.headers.get("Content-Length") or 0)
            while chunk := reply.read(_CHUNK):
                done += len(chunk)
                if done > limit:
                    raise DataError(
                        say("layers.room.file_larger_than_plan_allows"),
                        where=item.url,
                        expected=say("layers.room.at_most_mb", max_mb=item.max_mb),
                        todo=say("layers.room.raise_max_mb_if_right"),
                    )
                h.update(chunk)
                out.write(chunk)
                progress(item.path, done, total)
        if item.sha256 and h.hexdigest() != item.sha256:
            raise DataError(
                say("layers.room.file_not_one_plan_means"),
                where=item.url,
                got=h.hexdigest(),
                expected=item.sha256,
            )
        shutil.move(partial, target)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as err:
        raise DataError(
            say("layers.room.file_could_not_brought"),
            where=item.url,
            got=foreign_reason(err),
            todo=say("layers.room.check_connection_or_place", path=item.path),
        ) from err
    finally:
        partial.unlink(missing_ok=True)


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
    """
    out: dict[str, str] = {}
    faults: list[Fault] = []
    for item in plan.data.fetch:
        try:
            target = _inside(plan.data_root, item.path)
            if not target.exists():
                _bring(item, target, progress)
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
    raise_faults(DataError, faults)
    return out
