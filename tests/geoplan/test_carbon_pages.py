"""The carbon chapter of the sample's report is read at one sitting: at most eight pages."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from geoplan.report.carbon.chapter import carbon_blocks
from geoplan.report.document import Document, Heading
from geoplan.report.pdf import office, to_pdf
from geoplan.report.word import write_word
from geoplan.summary import read_run_summary
from gis.say import say

MOST_PAGES = 8


@pytest.mark.slow
@pytest.mark.skipif(
    office() is None, reason="LibreOffice is not installed: pages are not counted"
)
@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo is not installed")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_chapter_has_at_most_eight_pages_and_the_conclusion_first(tiny_run, tmp_path, lang):
    blocks = tuple(carbon_blocks(read_run_summary(tiny_run), tiny_run, lang))
    headings = [b.text for b in blocks if isinstance(b, Heading)]
    assert headings[1] == say("geoplan.carbon_chapter.h_conclusion")(lang)
    document = Document("t", "s", lang, "f", blocks)
    made = to_pdf(write_word(document, tmp_path / "chapter.docx", cover=False))
    told = subprocess.run(["pdfinfo", made], capture_output=True, text=True, check=True).stdout
    pages = int(next(x.split()[1] for x in told.splitlines() if x.startswith("Pages:")))
    assert 1 < pages <= MOST_PAGES
