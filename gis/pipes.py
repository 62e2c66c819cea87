"""Values between two processes of ours, and how such a process is started."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any

__all__ = ["receive", "send", "started"]

_HEAD = struct.Struct("<Q")


def send(stream: IO[bytes], value: Any) -> None:  # noqa: ANN401
    """Write `value` to `stream`, whole."""
    raw = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_HEAD.pack(len(raw)))
    stream.write(raw)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:  # noqa: ANN401
    """The next value of `stream`.

    Raises
    ------
    EOFError
        When the other process is gone.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    most: int = _HEAD.unpack(head)[0]
    raw = stream.read(most)
    if len(raw) < most:
        raise EOFError
    return pickle.loads(raw)  # noqa: S301 - written by a process of ours


def started(module: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """`module` as a program of this interpreter, asked through its pipes.

    The program of the user is not run again in it, as `multiprocessing` would: a script may
    call us from its first line.

    Parameters
    ----------
    module : str
    env : mapping
        Variables beside those of this process.
    """
    # the folder of a script, and where '' stands for, are there as well
    path = os.pathsep.join(p or os.getcwd() for p in sys.path)  # noqa: PTH109
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **env, "PYTHONPATH": path},
    )
