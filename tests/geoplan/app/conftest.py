"""A workspace, its server and a person at a browser, as the tests of the pages begin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoplan.app.workspace import Project, Workspace
from tests.geoplan.app.analyst import CHROMIUM, LARGE, Analyst, Server


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    """A workspace beside a folder of data; names with blanks, and not of ASCII."""
    folder, data = tmp_path / "工作 区", tmp_path / "资料"
    (data / "三区三线" / "内").mkdir(parents=True)
    folder.mkdir()
    return Workspace(folder, (folder, data))


@pytest.fixture
def server(desk: Workspace, project: Project) -> Iterator[Server]:
    """The server, begun when the module's own `project` is there."""
    started = Server(*desk.roots)
    yield started
    started.kill()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture
def analyst(browser: Any, server: Server) -> Iterator[Analyst]:
    """A person at a large screen, who meets no fault of the page."""
    one = Analyst(browser, server.url, LARGE)
    yield one
    assert one.wrong == []
