"""The body of the report: 15 to 20 full pages, warnings that decide, and an annex behind it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.demo import sample_plan
from geoplan.documents import write_report
from geoplan.report.body.basis import rests_on
from geoplan.report.body.one_page import _best
from geoplan.report.body.risks import deciding
from geoplan.report.content import report_document
from geoplan.report.document import (
    Document,
    Figure,
    Heading,
    Items,
    Paragraph,
    Table,
    headed,
)
from geoplan.report.pdf import office, to_pdfs
from geoplan.report.word import fitted, write_word
from geoplan.summary import WarningPart, read_run_summary
from gis.errors import ConfigError
from gis.toml import read_toml
from layers.spec import Text
from siting.screen.summary import LawSummary
from tests.geoplan.fake_run import fake_run

PAGES = (15, 20)
LEAST_FULL = 1 / 3  # of the height between the margins


def _document(**more: object) -> Document:
    return Document(title="报告", subtitle="", lang="zh", footer="内部", blocks=[], **more)


def test_chapters_are_numbered_as_official_documents_do():
    blocks = [
        Heading(1, "甲"),
        Heading(2, "子"),
        Heading(2, "丑"),
        Heading(1, "乙"),
        Heading(2, "寅"),
    ]
    assert [b.text for b in headed(blocks, "zh")] == [
        "一、甲",
        "（一）子",
        "（二）丑",
        "二、乙",
        "（一）寅",
    ]
    many = headed([Heading(1, "x")] * 21, "zh")
    assert [many[i].text for i in (9, 10, 19, 20)] == [
        "十、x",
        "十一、x",
        "二十、x",
        "二十一、x",
    ]


def test_the_page_for_leaders_lists_the_best_sites_and_how_many_are_left(tmp_path: Path):
    """From 0.40 to 0.06 of the page there are 16 lines: 3 for title, head and what is left."""
    from matplotlib.figure import Figure as Page

    own = read_run_summary(fake_run(tmp_path / "run", cell_m=500.0, n_parcels=20))
    (one, *_) = own.sites
    sites = tuple(
        one.model_copy(update={"site_id": f"S-{k}", "rank": k, "provisional": k == 1})
        for k in range(1, 21)
    )
    page = Page()
    _best(page, 0.40, own.model_copy(update={"sites": sites}), "zh")
    texts = [t.get_text() for t in page.texts]
    # the provisional one stands behind all that are sure
    assert [t for t in texts if t.startswith("S-")] == [f"S-{k}" for k in range(2, 15)]
    assert texts[-1] == "另有 7 个场址见报告。"
    # a provisional one that is shown has a star, and a line that says what it means
    few = Page()
    _best(few, 0.40, own.model_copy(update={"sites": sites[:4]}), "zh")
    texts = [t.get_text() for t in few.texts]
    assert sum(t.endswith("*") for t in texts) == 1
    assert texts[-1] == "* 暂定，不计入容量"


def test_a_table_of_the_annex_is_cited_by_its_own_number(tmp_path: Path):
    import docx

    document = Document(
        title="报告",
        subtitle="",
        lang="zh",
        footer="",
        blocks=[Paragraph("见{far}与{near}。"), Table("near", "近", ["a"], [["1"]])],
        annex=[
            Table("other", "另", ["a"], [["1"]]),
            Table("far", "远", ["a"], [["1"]]),
            Paragraph("见{near}。"),
        ],
    )
    assert document.labels() == {"near": "表 1", "other": "附表 1", "far": "附表 2"}
    body = docx.Document(str(write_word(document, tmp_path / "a.docx")))
    assert any(p.text == "见附表 2与表 1。" for p in body.paragraphs)
    annex = docx.Document(str(write_word(document.annex_part(), tmp_path / "b.docx")))
    assert any(p.text == "见表 1。" for p in annex.paragraphs)
    assert any(p.text.startswith("附表 2") for p in annex.paragraphs)


def test_a_list_of_parcels_breaks_between_its_numbers_and_not_inside_them(tmp_path: Path):
    import docx

    ids = "、".join(f"15060221100000{i:04d}" for i in range(3))
    document = Document("题", "", "zh", "", [Paragraph(f"重复：{ids}。")])
    word = docx.Document(str(write_word(document, tmp_path / "a.docx")))
    (told,) = [p.text for p in word.paragraphs if "重复" in p.text]
    assert told.split("\u200b")[1:] == ["150602211000000001、", "150602211000000002。"]
    assert told.replace("\u200b", "") == f"重复：{ids}。"


def test_english_sentences_and_heads_begin_with_a_capital_letter():
    blocks = [
        Paragraph("sites lack 3 MW"),
        Items(["the grid takes 3 MW", "tC are tonnes", "PV-01 is best"]),
        Table("x", "c", ["total", "ha", "kWh/kWp", "year"], [["total", "1", "2", "3"]]),
    ]
    told = Document("t", "", "en", "", blocks, annex=[Items(["wind: none"])])
    assert headed([Heading(1, "land classes")], "en")[0].text == "1  Land classes"
    sentence, items, table = told.blocks
    assert sentence.text == "Sites lack 3 MW"
    assert items.texts == ["The grid takes 3 MW", "tC are tonnes", "PV-01 is best"]
    assert table.headers == ["Total", "ha", "kWh/kWp", "Year"]
    assert table.rows[0][0] == "total"
    assert told.annex[0].texts == ["Wind: none"]
    assert Document("t", "", "zh", "", [Paragraph("pv 场址")]).blocks[0].text == "pv 场址"


def test_a_column_is_as_wide_as_its_longest_word_where_the_line_has_room():
    # 11 letters of half an em of 180 twips and 216 of edges: 1,206; "ab" needs 396
    assert fitted([700.0, 3300.0], [["uncertainty", "ab"]], 180.0) == [1206.0, 2794.0]
    # no room: as asked for; a word of more than 20 letters may break
    assert fitted([700.0, 700.0], [["Uncertainty", "Uncertainty"]], 180.0) == [700.0, 700.0]
    assert fitted([700.0, 3300.0], [["x" * 21, "一二三四五六七"]], 180.0) == [700.0, 3300.0]


def test_what_land_rests_on_is_named_in_the_table_of_the_law():
    """1,584.8 km2 rest on a default no article states; what moves nothing is not named."""
    one = {"source_step": "recalled", "validity": "confirmed"}
    found = LawSummary.model_validate(
        {
            "as_of": "2026-11-29",
            "unsettled_ha": 158_477.5,
            "unknown_rules": [],
            "changes": [],
            "look_ups": [
                {"law": "a", "document": "《甲》", "name": {"zh": "《甲》", "en": "A"}, **one,
                 "rules": ["WD-008"], "if_void_ha": 0.0, "if_confirmed_ha": 0.0},
                {"law": "", "document": "缺省", "name": {"zh": "工程缺省值", "en": "default"},
                 **one, "rules": ["WD-044", "WD-074"], "if_void_ha": 158_477.5,
                 "if_confirmed_ha": 0.0},
                {"law": "b", "document": "《乙》", "name": {"zh": "《乙》", "en": "B"}, **one,
                 "rules": ["WD-010"], "if_void_ha": 10.0, "if_confirmed_ha": 250.0},
            ],
        }
    )  # fmt: skip
    # those of most land first, none cut off: 158,477.5 ha and 250 ha
    assert rests_on(found, "zh") == "工程缺省值（WD-044、WD-074，无条文）1,584.8、《乙》 2.5"
    assert rests_on(found, "en") == "default (WD-044, WD-074, no article) 1,584.8, B 2.5"


def test_an_id_names_one_thing_in_body_and_annex():
    one = Table("x", "c", ["a"], [])
    with pytest.raises(ValueError, match="x"):
        Document("t", "", "zh", "", [one], annex=[one]).labels()


def test_a_warning_nobody_judged_stands_in_the_body():
    text = Text(zh="新", en="new")
    new = WarningPart(code="never_seen_before", text=text)
    known = read_toml("geoplan.report.body", "details.toml")["codes"][0]
    assert deciding([new, WarningPart(code=known, text=text)]) == [new]


def test_a_template_gives_styles_and_keeps_no_text(tmp_path: Path):
    import docx
    from docx.shared import Mm, Pt

    first = write_word(
        Document("旧题", "", "zh", "旧脚", [Paragraph("旧文")]), tmp_path / "first.docx"
    )
    word = docx.Document(str(first))
    word.styles["Heading 1"].font.size = Pt(31)
    word.sections[0].left_margin = Mm(41)
    template = tmp_path / "模板.docx"
    word.save(template)
    document = Document("新题", "", "zh", "新脚", [Heading(1, "一"), Paragraph("新文")])
    made = docx.Document(str(write_word(document, tmp_path / "new.docx", template=template)))
    texts = [p.text for p in made.paragraphs]
    assert "新文" in texts
    assert not any("旧" in t for t in texts)
    assert made.styles["Heading 1"].font.size == Pt(31)
    assert abs(made.sections[0].left_margin - Mm(41)) < Mm(1)
    assert made.sections[0].header.paragraphs[0].text == "新题"
    assert made.sections[0].footer.paragraphs[0].text.startswith("新脚")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"text"])
def test_what_is_no_word_file_is_refused(tmp_path: Path, content: bytes):
    bad = tmp_path / "bad.docx"
    bad.write_bytes(content)
    with pytest.raises(ConfigError, match="--template"):
        write_word(_document(), tmp_path / "out.docx", template=bad)


def _filled(pdf: Path, folder: Path) -> list[float]:
    """Share of the height between the margins that each page uses, by its last ink."""
    import matplotlib.image

    subprocess.run(
        ["pdftoppm", "-r", "30", "-gray", "-png", str(pdf), str(folder / "p")], check=True
    )
    shares = []
    for path in sorted(folder.glob("p-*.png")):
        ink = np.asarray(matplotlib.image.imread(path)).min(axis=tuple(range(1, 2))) < 0.9
        ink = ink if ink.ndim == 1 else ink.any(axis=1)
        high = len(ink)
        top, bottom = round(30 / 297 * high), round((297 - 26) / 297 * high)
        rows = np.flatnonzero(ink[top:bottom])
        shares.append((rows[-1] + 1) / (bottom - top) if len(rows) else 0.0)
    return shares


@pytest.mark.slow
@pytest.mark.skipif(office() is None, reason="LibreOffice not here")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_body_of_the_sample_has_15_to_20_full_pages(
    tiny_run: Path, tmp_path: Path, lang: str
):
    plan = sample_plan("tiny")
    written = write_report(plan, tiny_run, lang=lang, docx=True)
    assert {"report.docx", "annex.docx", "onepage.pdf"} <= {p.name for p in written}
    (pdf,) = to_pdfs(tiny_run / "report.docx")
    shares = _filled(pdf, tmp_path)
    assert PAGES[0] <= len(shares) <= PAGES[1], len(shares)
    assert min(shares) > LEAST_FULL, [round(x, 2) for x in shares]


@pytest.mark.slow
def test_nothing_the_run_says_is_lost(tiny_run: Path):
    """Every warning and every site stands in body or annex; deciding ones in the body."""
    s = read_run_summary(tiny_run)
    document = report_document(sample_plan("tiny"), tiny_run, "zh")
    body, whole = _texts(document.blocks), _texts([*document.blocks, *document.annex])
    assert s.warnings
    for w in s.warnings:
        assert w.text("zh") in whole
    for w in deciding(s.warnings):
        assert w.text("zh") in body
    for x in s.sites or ():
        assert x.site_id in whole
    for a in s.targets or ():
        assert a.title("zh") in body


def _texts(blocks: object) -> str:
    out: list[str] = []
    for b in blocks:  # type: ignore[attr-defined]
        if isinstance(b, Heading | Paragraph):
            out.append(b.text)
        elif isinstance(b, Table):
            out += [b.caption, *(str(c) for row in b.rows for c in row)]
        elif isinstance(b, Figure):
            out.append(b.caption)
        elif hasattr(b, "texts"):
            out += b.texts
    return "\n".join(out)


def test_the_annex_shows_the_best_sites_and_says_where_the_others_are(tmp_path: Path):
    from geoplan.report.annex.sites import sites_shown

    sites = [
        SimpleNamespace(site_id=f"{tech}-{rank}", tech=tech, rank=rank)
        for tech in ("pv", "wind")
        for rank in range(1, 21)
    ]
    shown = sites_shown(sites)  # type: ignore[arg-type]
    # ten in all: ranks 1 to 5 of each of the two, in the order of the table
    assert [x.site_id for x in shown] == [
        *(f"pv-{i}" for i in range(1, 6)),
        *(f"wind-{i}" for i in range(1, 6)),
    ]
    assert sites_shown(sites[:3]) == sites[:3]  # type: ignore[arg-type]


def test_years_of_a_ledger_have_no_separator():
    import pandas as pd

    from geoplan.report.frames import frame_table

    rows = pd.DataFrame(
        {"name_zh": ["甲"], "technology": ["pv"], "year": [2021], "retires": [2046],
         "retires_late": [2051], "layer": ["charging_stations"]}
    )  # fmt: skip
    table = frame_table("t", "t", rows, list(rows.columns), "zh")
    assert table.rows[0] == ["甲", "光伏", "2021", "2046", "2051", "充电站"]


def test_a_report_of_facilities_alone_says_nothing_of_sites(
    tiny_run: Path, monkeypatch: pytest.MonkeyPatch
):
    """No chapter, method or title of what the run did not look for."""
    from geoplan.report import content

    whole = read_run_summary(tiny_run)
    none = dict.fromkeys(
        ("screening", "sites", "pv", "wind", "rooftop", "carbon", "pools", "stand", "survey")
    )
    alone = whole.model_copy(update=none)
    monkeypatch.setattr(content, "read_run_summary", lambda _: alone)
    document = report_document(sample_plan("tiny"), tiny_run, "zh")
    assert document.title.endswith("设施布局报告")
    body, annex = _texts(document.blocks), _texts(document.annex)
    assert "候选场址" not in annex
    assert "规则与归因" not in annex
    assert "没有因缺图层而未判定的规则" not in body
    assert "pvlib" not in body
    assert "按规划所列案例" in body
    for a in alone.facilities or ():
        assert a.title("zh") in body


def test_maps_are_drawn_of_the_sites_that_are_shown(tmp_path: Path, monkeypatch):
    """Of twelve sites the annex shows ten: two maps would be drawn for nobody."""
    import geopandas as gpd
    import shapely

    from geoplan.report import draw

    names = [f"PV-{i:02d}" for i in range(1, 13)]
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(12)]
    frame = gpd.GeoDataFrame({"site_id": names}, geometry=squares, crs="EPSG:4544")
    rows = [SimpleNamespace(site_id=n, rank=i, tech="pv") for i, n in enumerate(names)]
    drawn: list[str] = []
    monkeypatch.setattr(
        draw, "optional_layer", lambda _, name: frame if name == "sites" else None
    )
    monkeypatch.setattr(draw, "_site_map", lambda site, *_: site["site_id"].iloc[0])
    monkeypatch.setattr(draw, "save_figure", lambda figure, _: drawn.append(figure))
    draw._site_maps(SimpleNamespace(sites=rows), tmp_path, "zh")  # type: ignore[arg-type]
    assert drawn == names[:10]


def test_land_no_rule_takes_is_not_called_available_where_rules_are_open():
    """27.1 km2 no rule takes, 53 rules not judged there: none of it is available."""
    from geoplan.report.draw import _left_over

    assert _left_over({"left": 0.0, "provisional": 2_710.0}, "pv")("zh") == "未被占用（含暂定）"
    assert _left_over({"left": 2_710.0, "provisional": 0.0}, "pv")("zh") == "可用"
    assert _left_over({"left": 2_710.0}, "pv")("en") == "Eligible"


def test_the_chart_of_rules_does_not_call_land_available_that_was_not_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Of 1,000 ha a rule takes 700, 290 of the rest are free and 10 not judged: 2.9 km2."""
    from geoplan.report import draw

    drawn = {}
    monkeypatch.setattr(
        draw, "waterfall", lambda labels, values, **more: drawn.update(more, l=labels, v=values)
    )
    monkeypatch.setattr(draw, "save_figure", lambda *_: None)
    part = SimpleNamespace(
        waterfall=[SimpleNamespace(rule_id="PV-1", area_ha=700.0)],
        rules=[],
        area_ha={"taken": 690.0, "left": 290.0, "unknown": 20.0},  # 10 of these a rule takes
    )
    run = SimpleNamespace(screening={"pv": part})
    draw._rule_waterfalls(run, tmp_path, "zh")  # type: ignore[arg-type]
    assert drawn["start"][1] + sum(drawn["v"]) == pytest.approx(2.9)
    assert drawn["v"] == pytest.approx([-7.0, -0.1])
    assert (drawn["l"][-1], drawn["end"]) == ("无法判定", "可用")


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        ((), "本次运行没有场址，先补资料"),
        ((SimpleNamespace(certified=False, provisional=True),) * 60, "60 个场址都含暂定土地"),
    ],
)
def test_advice_says_whether_there_are_no_sites_or_none_that_is_sure(
    tmp_path: Path, sites: tuple[object, ...], told: str
):
    from geoplan.report.body.advice import _sites

    (words,) = _sites(SimpleNamespace(sites=sites, screening=None), tmp_path)  # type: ignore[arg-type]
    assert told in words("zh")
    assert "或没有场址" not in words("zh")


def test_a_site_most_of_whose_land_hangs_on_a_text_nobody_looked_up_is_not_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Of PV-1 a ban takes 98 % if it is in force, of PV-2 3 %; what moves no land is no ban."""
    from geoplan.report.body import advice

    def look(name: str, ha: float, *rules: str) -> SimpleNamespace:
        words = Text(zh=f"《{name}》", en=name)
        return SimpleNamespace(name=words, if_confirmed_ha=ha, rules=rules)

    law = SimpleNamespace(look_ups=[look("Notice", 9.0, "PV-066"), look("Other", 0.0, "X")])
    sites = [
        SimpleNamespace(
            site_id=f"PV-{k}", rank=k, tech="pv", certified=True, provisional=False,
            capacity_mw=10.0,
        )
        for k in (1, 2)
    ]  # fmt: skip
    rows = [("PV-1", "PV-066", 0.98), ("PV-2", "PV-066", 0.03), ("PV-2", "X", 1.0)]
    table = pd.DataFrame(rows, columns=["site_id", "rule_id", "share_frac"])
    monkeypatch.setattr(
        advice, "optional_table", lambda _, name: table if name == "sites_approvals" else None
    )
    s = SimpleNamespace(sites=sites, screening={"pv": SimpleNamespace(law=law)})
    first, reserved, waits = advice._sites(s, tmp_path)  # type: ignore[arg-type]
    assert "先做场址 PV-2（第 2 名）：" in first("zh")
    assert reserved("en").startswith("of PV-2 at least 3% of the land")
    assert "《Notice》" in reserved("zh")
    assert "PV-1（第 1 名）先等法规部门查核" in waits("zh")


def test_advice_names_the_better_ranked_sites_it_passes_over_and_what_they_wait_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The grid takes ranks 1 and 5, nothing of 2 and 6; 3 is provisional, 4 not known."""
    from geoplan.report.body import advice

    sites = [
        SimpleNamespace(
            site_id=f"PV-{k}", rank=k, tech="pv", certified=True, provisional=k == 3,
            capacity_mw=10.0,
        )
        for k in range(1, 7)
    ]  # fmt: skip
    grid = {"PV-1": 10.0, "PV-2": 0.0, "PV-3": 10.0, "PV-5": 4.0, "PV-6": 0.0}
    monkeypatch.setattr(advice, "_grid_mw", lambda _: grid)
    first, full, others = advice._sites(SimpleNamespace(sites=sites, screening=None), tmp_path)  # type: ignore[arg-type]
    assert "PV-1（第 1 名）、PV-5（第 5 名）" in first("zh")
    assert "20.0 MW" in first("zh")
    assert "14.0 MW" in first("zh")
    assert "PV-2（第 2 名）先等电网加强" in full("zh")
    assert "PV-6" not in full("zh")  # ranks behind all that are taken up
    assert "PV-3 (rank 3), PV-4 (rank 4) rank before" in others("en")
