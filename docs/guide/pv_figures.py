"""Draw the figures of the PV page from the sample county.

Run with ``python docs/guide/pv_figures.py`` after a change that moves the figures.
"""

from __future__ import annotations

from pathlib import Path

from geoplan.demo import sample_plan
from siting.pv.plant.waterfall import waterfall_svg
from siting.pv.study.one_site import SiteChoice, assess_one

HERE = Path(__file__).parent


def main() -> None:
    """Write both languages of the waterfall."""
    found, _ = assess_one(sample_plan("tiny"), SiteChoice(lonlat=(106.85, 38.95)))
    for lang in ("zh", "en"):
        path = HERE / "figures" / f"pv_waterfall_{lang}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(waterfall_svg(found.result.waterfall, lang) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
