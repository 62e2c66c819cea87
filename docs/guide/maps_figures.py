"""Draw the figures of the map page from the tiny sample county.

Run with ``python docs/guide/maps_figures.py`` after a change that moves the figures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from geoplan.charts import house_style, path_to_target, save_figure
from geoplan.demo import sample_plan
from geoplan.maps.print import PrintRequest, print_map
from geoplan.run import run_plan

HERE = Path(__file__).parent / "figures"
WIDTH_PX = 1100


def main() -> None:
    """Draw all figures in both languages."""
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp:
        run = run_plan(
            sample_plan("tiny"),
            Path(tmp) / "run",
            only=("sites", "pv"),
            progress=lambda *_: None,
            documents=False,
        )
        for lang in ("zh", "en"):
            sheet = Path(tmp) / f"{lang}.png"
            print_map(run, sheet, PrintRequest("eligibility_pv", paper="A4", lang=lang))
            picture = Image.open(sheet).convert("RGB")
            picture.thumbnail((WIDTH_PX, WIDTH_PX))
            small = picture.quantize(64, dither=Image.Dither.NONE)
            small.save(HERE / f"maps_sheet_{lang}.png", optimize=True)
    for lang, title in (
        ("zh", "森林覆盖率（示意数值）"),
        ("en", "Forest cover (illustrative)"),
    ):
        with house_style(for_web=True):
            figure = path_to_target(
                [2020, 2025, 2030],
                [9.0, 9.8, 10.2],
                targets={2025: 10.6, 2030: 12.0},
                observed={2020: 9.0},
                low=[8.6, 9.1, 9.3],
                high=[9.4, 10.5, 11.1],
                unit="%",
                lang=lang,
                title=title,
            )
            save_figure(figure, HERE / f"maps_path_{lang}.svg")


if __name__ == "__main__":
    main()
