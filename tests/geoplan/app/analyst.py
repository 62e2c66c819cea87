"""One person at one browser window before ``geoplan app``, for the tests of its pages."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LARGE, PHONE = (1440, 900), (390, 844)


def in_browser(timeout_s: int) -> list[pytest.MarkDecorator]:
    """The marks of tests that need Chromium."""
    pytest.importorskip("fastapi")
    pytest.importorskip("playwright")
    return [
        pytest.mark.browser,
        pytest.mark.timeout(timeout_s),
        pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    ]


class Server:
    """``geoplan app`` as a process of its own, which may be killed and started again."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.call = [sys.executable, "-m", "geoplan", "app", str(folder), "--data", str(data)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*self.call, "--lang", "zh"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()
        self.url = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.process.wait()


class Analyst:
    """One person at one browser window: what is clicked and typed is counted."""

    def __init__(self, browser: Any, url: str, size: tuple[int, int]) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.acts = 0
        home = re.match(r"https?://[^/]+", url)
        assert home is not None
        self.home = home.group(0)
        for event, note in (
            ("console", lambda m: m.type in ("error", "warning") and self.wrong.append(m.text)),
            ("pageerror", lambda e: self.wrong.append(str(e))),
            (
                "response",
                lambda r: r.status >= 400 and self.wrong.append(f"{r.status} {r.url}"),
            ),
            (
                "request",
                lambda r: (
                    r.url.startswith((self.home, "data:", "blob:"))
                    or self.wrong.append(f"outside: {r.url}")
                ),
            ),
        ):
            self.page.on(event, note)
        self.page.goto(url)

    def click(self, where: str) -> None:
        self.page.click(where)
        self.acts += 1

    def type(self, where: str, text: str) -> None:
        self.page.fill(where, text)
        self.acts += 1

    def see(self, where: str, seconds: float = 60) -> str:
        self.page.wait_for_selector(where, timeout=1000 * seconds)
        return str(self.page.inner_text(where))

    def look(self) -> None:
        """Nothing is cut off at the side, and everything that can be used has a name."""
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, self.page.url
        nameless = self.page.evaluate(
            """[...document.querySelectorAll('button, a[href], input, select')].filter(n =>
            !n.textContent.trim() && !n.getAttribute('aria-label')
            && !(n.labels || []).length).map(n => n.outerHTML)"""
        )
        assert nameless == []
