"""Files come only on request, only to the data folder, only with the right checksum."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import layers.fetch.manners
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


# ---------------------------------------------------------------- servers that misbehave

TIFF = b"II*\0" + bytes(range(256)) * 40


def _says(status: str, body: bytes, **headers: str) -> bytes:
    lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body


class Raw:
    """A server that answers each request with the next of given bytes, and keeps what came."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            with link:
                self.asked.append(link.recv(65536).decode())
                if self.answers:
                    link.sendall(self.answers.pop(0))


@pytest.fixture
def raw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    slept: list[float] = []
    monkeypatch.setattr(layers.fetch.manners.time, "sleep", slept.append)
    web = Raw()
    web.slept = slept  # type: ignore[attr-defined]
    yield web
    web.socket.close()


def _one(tmp_path: Path, raw: Raw, name: str = "a.tif", **more: object) -> Plan:
    return plan(tmp_path, Download(url=f"{raw.url}/{name}", path=name, **more))  # type: ignore[arg-type]


def test_a_busy_server_is_asked_again(raw: Raw, tmp_path: Path) -> None:
    raw.answers = [
        _says("429 Too Many Requests", b"", Retry_After="7"),
        _says("503 Service Unavailable", b""),
        _says("503 Service Unavailable", b"", Retry_After="86400"),
        _says("200 OK", TIFF, Content_Length=str(len(TIFF))),
    ]
    fetch(_one(tmp_path, raw), quiet)
    assert (tmp_path / "a.tif").read_bytes() == TIFF
    # what the server asks for, our own pause, and no more than a minute
    assert raw.slept == [7.0, 4.0, 60.0]  # type: ignore[attr-defined]
    assert not list(tmp_path.glob("*.part*"))


def test_a_server_that_stays_busy_is_told(raw: Raw, tmp_path: Path) -> None:
    raw.answers = [_says("503 Service Unavailable", b"")] * 9
    with pytest.raises(DataError, match="503"):
        fetch(_one(tmp_path, raw), quiet)
    assert len(raw.asked) == 4


def test_what_is_not_there_is_asked_for_once(raw: Raw, tmp_path: Path) -> None:
    raw.answers = [_says("404 Not Found", b"")] * 2
    with pytest.raises(DataError, match="404"):
        fetch(_one(tmp_path, raw), quiet)
    assert len(raw.asked) == 1


def test_a_transfer_that_breaks_off_goes_on_from_there(raw: Raw, tmp_path: Path) -> None:
    n = len(TIFF)
    raw.answers = [
        _says("200 OK", TIFF[:4000], Content_Length=str(n), ETag='"1"'),
        _says(
            "206 Partial Content", TIFF[4000:], Content_Length=str(n - 4000), ETag='"1"',
            Content_Range=f"bytes 4000-{n - 1}/{n}",
        ),
    ]  # fmt: skip
    want = hashlib.sha256(TIFF).hexdigest()
    assert fetch(_one(tmp_path, raw), quiet) == {"a.tif": want}
    assert "range: bytes=4000-" in raw.asked[1].lower()
    assert 'if-range: "1"' in raw.asked[1].lower()


def test_what_came_is_kept_for_the_next_call(raw: Raw, tmp_path: Path) -> None:
    n = len(TIFF)
    cut = _says("200 OK", TIFF[:4000], Content_Length=str(n), ETag='"1"')
    again = _says(
        "206 Partial Content", b"", Content_Length=str(n - 4000), ETag='"1"',
        Content_Range=f"bytes 4000-{n - 1}/{n}",
    )  # fmt: skip
    raw.answers = [cut, again, again, again]
    with pytest.raises(DataError, match="not complete"):
        fetch(_one(tmp_path, raw), quiet)
    assert (tmp_path / "a.tif.part").stat().st_size == 4000
    # another edition by now: the server sends the whole, and the part is thrown away
    new = TIFF[::-1].replace(TIFF[::-1][:4], b"II*\0", 1)
    raw.answers = [_says("200 OK", new, Content_Length=str(n), ETag='"2"')]
    fetch(_one(tmp_path, raw), quiet)
    assert (tmp_path / "a.tif").read_bytes() == new
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (b"220 ftp.example ready\r\n", "valid HTTP"),
        (_says("200 OK", TIFF[:100], Content_Length="1000"), "not complete"),
        (_says("200 OK", b"5\r\nII*", Transfer_Encoding="chunked"), "not complete"),
        (_says("200 OK", TIFF, Content_Length="abc"), "a length of 'abc'"),
        (_says("200 OK", TIFF, Content_Length="-5"), "a length of '-5'"),
        (_says("200 OK", TIFF, Content_Length="9" * 18), "larger"),
        (
            _says("200 OK", b"<html>log in</html>", Content_Type="text/html; charset=utf-8"),
            "web page",
        ),
        (_says("200 OK", b"\n <!DOCTYPE html><p>", Content_Type="image/tiff"), "web page"),
        (_says("200 OK", b'{"error": 1}', Content_Type="application/json"), "no .tif file"),
        (_says("302 Found", b"", Location="file:///etc/passwd"), "redirected to file:"),
        (_says("302 Found", b"", Location="/a.tif"), "could not be brought"),
        (b"", "could not be brought"),
    ],
)
def test_broken_answers_are_told_and_leave_no_file(
    raw: Raw, tmp_path: Path, answer: bytes, word: str
) -> None:
    raw.answers = [answer] * 20
    with pytest.raises(DataError, match=word) as caught:
        fetch(_one(tmp_path, raw), quiet)
    assert caught.value.text("zh")
    assert not (tmp_path / "a.tif").exists()


def test_a_page_may_be_a_page(raw: Raw, tmp_path: Path) -> None:
    raw.answers = [_says("200 OK", b"<html></html>", Content_Type="text/html")]
    fetch(_one(tmp_path, raw, "a.html"), quiet)
    assert (tmp_path / "a.html").read_bytes() == b"<html></html>"


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    p = plan(tmp_path, Download(url="http://me:s3cret@127.0.0.1:1/a.tif", path="a.tif"))
    with pytest.raises(DataError) as caught:
        fetch(p, quiet)
    assert "s3cret" not in str(caught.value)
