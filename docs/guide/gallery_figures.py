"""Take the pictures of the gallery: first view of the map and the one page for leaders.

Run with ``python docs/guide/gallery_figures.py RUN`` after a change of either; RUN is the
folder of ``geoplan demo --size tiny``. Needs Chromium and pdftoppm.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from geoplan.demo import sample_plan
from geoplan.maps import write_map
from geoplan.report.body.one_page import write_one_page

HERE = Path(__file__).parent / "figures"
SCREEN = (1440, 900)
MAP_PX, PAGE_PX = 1152, 877  # widths of the pictures
READY = "html[data-ready]"


def _kept(picture: Path, name: str, width: int) -> None:
    found = Image.open(picture).convert("RGB")
    found.thumbnail((width, width))
    found.quantize(128, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def _first_view(page: Path, picture: Path) -> None:
    from playwright.sync_api import sync_playwright

    browser_of = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=browser_of)
        tab = browser.new_page(viewport={"width": SCREEN[0], "height": SCREEN[1]})
        tab.goto(page.as_uri())
        tab.wait_for_selector(READY)
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(1500)  # pictures of the layers are decoded
        tab.screenshot(path=str(picture))
        browser.close()


def main(run: Path) -> None:
    """Take both pictures in both languages."""
    plan = sample_plan("tiny")
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        for lang in ("zh", "en"):
            page = write_map(run, folder / f"{lang}.html", lang=lang, plan=plan)
            _first_view(page, folder / "map.png")
            _kept(folder / "map.png", f"gallery_map_{lang}.png", MAP_PX)
            sheet = write_one_page(plan, run, folder / f"{lang}.pdf", lang=lang)
            call = ["pdftoppm", "-r", "110", "-png", "-singlefile", sheet, folder / "sheet"]
            subprocess.run(call, check=True)
            _kept(folder / "sheet.png", f"gallery_onepage_{lang}.png", PAGE_PX)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
