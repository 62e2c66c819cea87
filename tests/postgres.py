"""A real PostgreSQL with PostGIS, started for tests; skipped where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def binaries() -> Path:
    """Folder of the server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    control = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    if not found or not control:
        pytest.skip("no PostgreSQL with PostGIS on this machine")
    return found[-1].parent


def server() -> Iterator[str]:
    """Connection text of a fresh server that only listens on a socket of its own folder."""
    pytest.importorskip("psycopg")
    pytest.importorskip("sqlalchemy")
    folder = binaries()
    # a short path: the socket's name may not be longer than 107 bytes
    home = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    prefix = []
    if os.geteuid() == 0:  # the server refuses to run as root
        if shutil.which("runuser") is None:
            pytest.skip("no runuser to leave the root account with")
        shutil.chown(home, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def call(*command: object) -> None:
        done = subprocess.run(
            [*prefix, *map(str, command)],
            capture_output=True,
            check=False,
            text=True,
            cwd=home,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    data = home / "data"
    call(folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
    call(folder / "pg_ctl", "-D", data, "-o", options, "-l", home / "log", "-w", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={home}"
    finally:
        call(folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)
