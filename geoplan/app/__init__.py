"""The workspace: from a folder of files to report and pack, without a line of TOML."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from gis.errors import ConfigError
from gis.say import os_reason, say

__all__ = ["serve_workspace"]

_T = "geoplan.app"


def _folders(folder: Path, data: Sequence[Path]) -> tuple[Path, ...]:
    """The workspace, the folders that were named, and the user's own."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigError(
            say(f"{_T}.no_workspace"), where=str(folder), got=os_reason(err)
        ) from err
    for one in data:
        if not one.is_dir():
            raise ConfigError(say(f"{_T}.no_data_folder"), where="--data", got=str(one))
    wanted = [*data, folder]
    with contextlib.suppress(RuntimeError):  # nobody's home
        wanted.append(Path.home())
    return tuple(dict.fromkeys(p.resolve() for p in wanted))


def serve_workspace(
    folder: Path, data: Sequence[Path] = (), *, port: int = 0, lang: str = "zh"
) -> None:
    """Serve the workspace in `folder` until it is stopped.

    Parameters
    ----------
    folder : path
        Made where it is not there.
    data : sequence of path
        Folders data may be chosen from, beside the workspace and the user's own folder.
    port : int
        0 takes any free port.
    lang : {"zh", "en"}

    Raises
    ------
    ConfigError
        When a folder is none, or the port is taken.

    Notes
    -----
    Listens on 127.0.0.1 only; the address printed holds the token that every request needs.
    Jobs are processes of their own: they go on when the server is stopped.
    """
    from geoplan.app.server import create_app
    from geoplan.app.workspace import Workspace
    from geoplan.serve.connection import listening_at, server_of

    roots = _folders(folder, data)
    token = secrets.token_urlsafe(24)
    listening = listening_at(port)
    port = listening.getsockname()[1]
    app = create_app(Workspace(folder.resolve(), roots), token, lang)
    sys.stdout.write(f"{say(f'{_T}.note')(lang)}\nhttp://127.0.0.1:{port}/?token={token}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt), listening:  # that is how it is stopped
        server_of(app, port).run(sockets=[listening])
