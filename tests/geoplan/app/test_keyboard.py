"""The pages of the workspace by keyboard, their labels and the contrast of their text."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from geoplan.app.workspace import Project, Workspace
from geoplan.new_plan import new_plan
from tests.geoplan.app.analyst import LARGE, Server, in_browser
from tests.geoplan.browser import wait_until
from tests.geoplan.fake_run import fake_run

pytestmark = in_browser(120)

PAGES = (
    "#/",
    "#/new",
    *(f"#/p/甲/{tab}" for tab in ("data", "doctor", "run", "give", "register")),
)
OF_A_RUN = ("#/p/乙/run", "#/p/乙/give")
TEXT, MARK = 4.5, 3.0  # WCAG 2.1, success criteria 1.4.3 (AA) and 1.4.11

_LOOK = Path(__file__).with_name("page_look.js").read_text(encoding="utf-8")


@pytest.fixture
def project(desk: Workspace) -> Project:
    """A project without a run, and one with."""
    for name in ("甲", "乙"):
        made = desk.new_project(name)
        made.jobs.mkdir(parents=True)
        new_plan("640221", made.plan)
    fake_run(made.runs / "0001", cell_m=800.0, n_parcels=20)
    shutil.copy(made.plan, made.plan_of_run("0001"))
    return made


def _walk(page: Any, where: str) -> None:
    """Every control is reached by Tab, in one round, and shows that it has the focus."""
    controls = page.evaluate("look.start()")
    assert controls, where
    reached: set[int] = set()
    ends = 0
    for _ in range(2 * controls + 10):
        page.keyboard.press("Tab")
        at = page.evaluate(f"look.at({MARK})")
        if at is None:  # the end of the page; a round may begin where a field asked for it
            ends += 1
            if ends > 1:
                break
            continue
        assert at["marked"], f"{where}: no focus is seen on {at['name']}"
        reached |= {at["stop"]} - {None}
    missed = set(range(controls)) - reached - set(page.evaluate("look.grouped()"))
    assert not missed, f"{where}: {page.evaluate('s => look.named(s)', sorted(missed))}"


def test_pages_by_keyboard_with_labels_and_contrast(browser: Any, server: Server) -> None:
    size = dict(zip(("width", "height"), LARGE, strict=True))
    page = browser.new_context(viewport=size).new_page()
    page.goto(server.url)
    wait_until(page, "document.documentElement.dataset.shown")
    page.evaluate(_LOOK)
    for where in (*PAGES, *OF_A_RUN, *PAGES):
        if where == PAGES[0]:  # a round in English, a round in Chinese
            page.click("#lang")
        page.evaluate("h => { location.hash = h; }", where)
        wait_until(page, f"decodeURI(document.documentElement.dataset.shown) === '{where}'")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("look.texts()") > 3, where
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(f"look.faint({TEXT})") == [], (where, scheme)
        assert page.evaluate("look.nameless()") == [], where
        _walk(page, where)


def test_what_is_looked_for_is_found(browser: Any) -> None:
    """The look itself: grey #777 on white is 4.48 : 1, #767676 is 4.54 : 1 (WCAG 2.1)."""
    page = browser.new_page()
    page.set_content(
        "<p style='color:#777'>faint</p><p style='color:#767676'>enough</p>"
        "<input id=a><button id=b style='outline:none'>b</button>"
        "<button id=c tabindex=-1>c</button>"
        "<style>:focus-visible { outline: 3px solid #a00 }</style>"
    )
    page.evaluate(_LOOK)
    assert page.evaluate(f"look.faint({TEXT})") == ["p. faint 4.48"]
    (nameless,) = page.evaluate("look.nameless()")
    assert 'id="a"' in nameless
    with pytest.raises(AssertionError, match="no focus is seen on button#b"):
        _walk(page, "here")
    page.evaluate("document.getElementById('b').style.outline = ''")
    with pytest.raises(AssertionError, match="button#c"):
        _walk(page, "here")


def test_the_language_chosen_outlives_the_page(browser: Any, server: Server) -> None:
    page = browser.new_context().new_page()
    for shown in ("zh-CN", "en"):
        page.goto(server.url)
        page.reload()
        wait_until(page, "document.documentElement.dataset.shown")
        assert page.evaluate("document.documentElement.lang") == shown
        page.click("#lang")
