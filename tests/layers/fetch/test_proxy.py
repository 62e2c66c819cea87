"""A way out that is set to what is no proxy is told before anything is asked for."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError
from layers.fetch.manners import check_proxy

WRONG = ("http://", "::::", "http://[bad", "socks5://127.0.0.1:1080", "http://127.0.0.1:99999",
         "http://u:topsecret@", "u:topsecret@host:port", "http://h:80/path", " ")  # fmt: skip
RIGHT = ("proxy", "proxy.bureau.cn:3128", "http://10.0.0.1:8080", "http://10.0.0.1:8080/",
         "http://u:p%40ss@10.0.0.1:8080", "https://[::1]:3128")  # fmt: skip


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_is_no_proxy_is_refused_by_the_name_of_its_variable(monkeypatch, scheme, text):
    monkeypatch.setenv(f"{scheme}_proxy", text)
    with pytest.raises(ConfigError, match=rf"^{scheme}_proxy: .*http://HOST:PORT") as err:
        check_proxy(f"{scheme}://data.example/a.tif")
    for lang in ("zh", "en"):
        assert "topsecret" not in err.value.text(lang)
    assert "环境变量" in err.value.text("zh")
    # what the setting is not for is asked for as before
    check_proxy(("https" if scheme == "http" else "http") + "://data.example/a.tif")
    monkeypatch.setenv("no_proxy", "data.example")
    check_proxy(f"{scheme}://data.example/a.tif")


@pytest.mark.parametrize("text", RIGHT)
def test_a_proxy_is_taken(monkeypatch, text):
    monkeypatch.setenv("http_proxy", text)
    check_proxy("http://data.example/a.tif")
