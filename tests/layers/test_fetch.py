"""Files come only on request, only to the data folder, only with the right checksum."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gis.errors import DataError
from layers.fetch import fetch
from layers.plan.model import Download, Plan

BODY = b"lon,lat\n106.5,38.9\n"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    served = tmp_path / "served"
    served.mkdir()
    (served / "a.csv").write_bytes(BODY)
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_address[1]}"
    web.shutdown()
    web.server_close()


def plan(root: Path, *items: Download) -> Plan:
    return Plan.model_validate(
        {
            "plan": {"id": "p", "title": {"zh": "一", "en": "one"}, "as_of": "2026-01-01"},
            "area": {"boundary": {"adcode": "640221"}},
            "data": {"root": str(root), "fetch": [i.model_dump() for i in items]},
            "base": root,
        }
    )


def quiet(*_: object) -> None:
    return None


def test_brings_a_file_once(server: str, tmp_path: Path) -> None:
    want = hashlib.sha256(BODY).hexdigest()
    p = plan(tmp_path, Download(url=f"{server}/a.csv", path="w/a.csv", sha256=want))
    assert fetch(p, quiet) == {"w/a.csv": want}
    assert (tmp_path / "w/a.csv").read_bytes() == BODY
    (tmp_path / "served/a.csv").unlink()
    assert fetch(p, quiet) == {"w/a.csv": want}  # no second request


def test_a_wrong_checksum_leaves_nothing(server: str, tmp_path: Path) -> None:
    p = plan(tmp_path, Download(url=f"{server}/a.csv", path="a.csv", sha256="0" * 64))
    with pytest.raises(DataError, match="checksum"):
        fetch(p, quiet)
    assert not (tmp_path / "a.csv").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_path_cannot_leave_the_data_folder(server: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    p = plan(root, Download(url=f"{server}/a.csv", path="../escape.csv"))
    with pytest.raises(DataError, match="leave the data folder"):
        fetch(p, quiet)
    assert not (tmp_path / "escape.csv").exists()


def test_a_file_larger_than_allowed_is_refused(server: str, tmp_path: Path) -> None:
    p = plan(tmp_path, Download(url=f"{server}/a.csv", path="a.csv", max_mb=1e-6))
    with pytest.raises(DataError, match="larger"):
        fetch(p, quiet)


def test_what_cannot_be_brought_is_listed_together(server: str, tmp_path: Path) -> None:
    p = plan(
        tmp_path,
        Download(url=f"{server}/no1.csv", path="1.csv"),
        Download(url=f"{server}/a.csv", path="a.csv"),
        Download(url=f"{server}/no2.csv", path="2.csv"),
    )
    with pytest.raises(DataError) as caught:
        fetch(p, quiet)
    assert len(caught.value.faults) == 2
    assert (tmp_path / "a.csv").exists()
