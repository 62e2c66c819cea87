"""The service in the clear answers this machine alone; encrypted, whoever has the token."""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import httpx

from geoplan.api import Doorway, serve_api
from geoplan.cli import main
from gis.errors import ConfigError
from tests.geoplan.api.test_api import TOKEN, make_plan

NAME = "plan.bureau.example"
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(tmp_path_factory.mktemp("plan 密"))


def certificate(folder: Path, name: str, *more: str) -> tuple[Path, Path]:
    """A certificate of this machine and of `NAME`, signed by itself, and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = ["-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]  # fmt: skip
    words += more or ["-nodes"]
    done = subprocess.run(
        [str(OPENSSL), "req", *words, "-keyout", str(key), "-out", str(cert)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return cert, key


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    if OPENSSL is None:
        pytest.skip("no openssl on this machine")
    return certificate(tmp_path_factory.mktemp("tls"), "own")


@contextlib.contextmanager
def service(plan: Path, *words: str):
    """The command itself; gives the address it says."""
    env = {**os.environ, "GEOPLAN_TEST_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "geoplan", "serve", str(plan), "--api", "--lang", "en",
         "--token-env", "GEOPLAN_TEST_TOKEN", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
    )  # fmt: skip
    try:
        told = ""
        while "v1/openapi.json" not in told:
            line = process.stdout.readline()
            assert line, told
            told += line
        yield re.search(r"(https?)://\S+:(\d+)/", told).groups()
    finally:
        process.terminate()
        process.wait(30)


def ask(home: str, verify, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {TOKEN}", **headers}
    with httpx.Client(verify=verify, trust_env=False, timeout=60) as c:
        for _ in range(100):
            try:
                return c.get(f"{home}/v1/explain?lon=106.63&lat=38.7205", headers=sent)
            except httpx.ConnectError as err:
                if "CERTIFICATE" in str(err):
                    raise
        raise AssertionError("nobody listens")


def test_other_machines_get_no_answer_in_the_clear(plan, capsys):
    assert main(["serve", str(plan), "--api", "--host", "0.0.0.0", "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert "only when they are encrypted" in told
    assert "--tls-cert" in told


@pytest.mark.slow
def test_a_client_that_trusts_the_certificate_gets_the_same_answer(plan, pair, capsys):
    cert, key = pair
    capsys.readouterr()
    assert main(["explain", "106.63", "38.7205", str(plan), "--json"]) == 0
    want = capsys.readouterr().out
    trusted = ssl.create_default_context(cafile=str(cert))
    words = ("--host", "0.0.0.0", "--tls-cert", str(cert), "--tls-key", str(key))
    with service(plan, *words) as (scheme, port):
        assert scheme == "https"
        home = f"https://127.0.0.1:{port}"
        assert ask(home, trusted).text == want
        assert ask(home, trusted, Authorization="Bearer no").status_code == 401
        assert ask(home, trusted, Host=NAME).status_code == 403  # a name nobody gave
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            ask(home, ssl.create_default_context())
        with pytest.raises(httpx.HTTPError), httpx.Client(trust_env=False) as c:
            c.get(f"http://127.0.0.1:{port}/v1/plan")  # in the clear


@needs_openssl
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("other", "do not belong together"),
        ("password", "kept under a password"),
        ("swapped", "are swapped"),
        ("noise", "holds no certificate"),
        ("no_key", "holds no private key"),
        ("folder", "cannot be used"),
    ],
)
def test_certificate_and_key_that_cannot_be_used_are_told_in_one_message(
    plan, pair, tmp_path, kind, words
):
    cert, key = pair
    if kind == "other":
        key = certificate(tmp_path, "other")[1]
    elif kind == "password":
        cert, key = certificate(tmp_path, "locked", "-passout", "pass:secret")
    elif kind == "swapped":
        cert, key = key, cert
    elif kind == "no_key":
        key = cert
    elif kind == "noise":
        cert = tmp_path / "noise.pem"
        cert.write_bytes(b"\x00\x01" * 500)
    else:
        key = tmp_path
    with pytest.raises(ConfigError) as err:
        serve_api(plan, door=Doorway(certificate=cert, key=key), lang="en")
    assert words in err.value.text("en")
    assert len(err.value.faults) == 1


@pytest.mark.slow
def test_behind_a_proxy_that_encrypts_as_the_guide_shows(plan, pair, capsys):
    cert, key = pair
    assert main(["explain", "106.63", "38.7205", str(plan), "--json"]) == 0
    want = capsys.readouterr().out
    with service(plan, "--behind-proxy", NAME) as (scheme, port):
        assert scheme == "http"

        class Proxy(http.server.BaseHTTPRequestHandler):
            """nginx in a few lines: ``proxy_set_header Host $host``."""

            def do_GET(self) -> None:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}{self.path}",
                    headers={
                        "Host": self.headers["Host"],
                        "Authorization": self.headers.get("Authorization", ""),
                    },
                )
                try:
                    answer = urllib.request.urlopen(request, timeout=60)
                except urllib.error.HTTPError as err:
                    answer = err
                body = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(cert, key)
        server.socket = own.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            home = f"https://127.0.0.1:{server.server_port}"
            trusted = ssl.create_default_context(cafile=str(cert))
            assert ask(home, trusted, Host=NAME).text == want
            assert ask(home, trusted, Host="evil.example").status_code == 403
            assert ask(home, trusted, Host=NAME, Authorization="").status_code == 401
        finally:
            server.shutdown()
            server.server_close()
