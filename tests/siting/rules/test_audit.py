"""The audit of the law: green on today's books, red on every fault it is there for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from geoplan.cli import main
from gis.errors import DataError
from siting.rules import calendar, rule_books
from siting.rules.article import article_numbers
from siting.rules.audit.run import audit
from siting.rules.audit.statute import (
    articles_of,
    commencement_in,
    plain,
    read_statutes,
    stored_statutes,
)
from siting.rules.law import Calendar, _calendar_faults
from tests.conftest import ROOT

DAY = date(2026, 11, 27)


def changed(law: str, **values) -> Calendar:
    """The calendar with some values of one edition changed, as if the file said so."""
    editions = tuple(
        type(e).model_validate({**e.model_dump(), **values}) if e.id == law else e
        for e in calendar().editions
    )
    return calendar().model_copy(update={"editions": editions})


def book_with(rule_id: str, **values):
    """The books with some values of every text of one rule changed."""
    out = []
    for book in rule_books():
        entries = tuple(
            e.model_copy(
                update={"versions": tuple(v.model_copy(update=values) for v in e.versions)}
            )
            if e.id == rule_id
            else e
            for e in book.entries
        )
        out.append(type(book)(**{**vars(book), "entries": entries}))
    return out


def new_faults(found):
    """Faults as pairs of check and rules."""
    return {(f.check, f.law): f.rules for f in found.faults}


# ------------------------------------------------------------------ texts


def test_an_article_keeps_its_paragraphs_and_items_and_loses_headings():
    text = (
        "---\ntitle: x\n---\n# 某法\n2020年1月1日公布\n<!-- INFO END -->\n## 第一章 总则\n"
        "第一条 甲：\n\n（一）乙；\n\n　　（二）丙。\n第二条规定的情形，参照第九条。\n\n"
        "## 第二章\n**第二条**　丁。\n第十条、第十一条另有规定的除外。\n"
        "第二条之一 戊。\n第三条己。\n第一条 抄录的旧条文。\n"
    )
    assert articles_of(text) == {
        "第一条": "甲：\n（一）乙；\n（二）丙。\n第二条规定的情形，参照第九条。",
        "第二条": "丁。\n第十条、第十一条另有规定的除外。",
        "第二条之一": "戊。",
        "第三条": "己。\n第一条 抄录的旧条文。",
    }


def test_every_article_of_the_code_is_found(shared):
    [path] = (shared / "laws").glob("生态环境法典*.md")
    found = list(articles_of(path.read_text(encoding="utf-8")))
    # it has 1242 articles (its own last one, and laws.toml)
    assert len(found) == 1242
    assert found[-1] == "第一千二百四十二条"
    assert found[104:106] == ["第一百零五条", "第一百零六条"]


def test_only_blanks_width_of_punctuation_and_quotation_marks_are_made_alike():
    assert plain("「甲」（乙），丙；丁。") == plain(' "甲" (乙), 丙;\u3000丁｡')
    for one, other in (("３米", "3米"), ("甲、乙", "甲,乙"), ("以内", "以內"), ("甲", "甲甲")):
        assert plain(one) != plain(other)


def test_articles_named_by_a_citation():
    assert article_numbers("第二十八条（二）、第三十二条") == ("第二十八条", "第三十二条")
    assert article_numbers("第九条至第十一条") == ("第九条", "第十条", "第十一条")
    assert article_numbers("第一百零九条至第一百一十条") == ("第一百零九条", "第一百一十条")
    assert article_numbers("一（一）6") == ()
    assert commencement_in("自 2014 年 1 月 1 日起施行") == date(2014, 1, 1)


def test_every_cited_article_of_a_law_with_a_text_is_kept():
    files = {e.id for e in calendar().editions if e.file}
    lacking = {
        (v.law, a)
        for book in rule_books()
        for entry in book.entries
        for v in entry.versions
        if v.law in files
        for a in article_numbers(v.article)
        if a not in (stored_statutes()[v.law].articles if v.law in stored_statutes() else ())
    }
    assert not lacking, (
        f"cited articles are not in siting/rules/articles.toml: {lacking}; run make articles"
    )


def test_articles_kept_are_those_of_the_texts(shared):
    texts = read_statutes(shared / "laws", calendar())
    own = {k: s for k, s in stored_statutes().items() if s.whole}
    assert len(own) >= 38
    stale = {
        (law, number)
        for law, statute in own.items()
        for number, text in statute.articles.items()
        if law in texts and texts[law].articles.get(number) != text
    }
    assert not stale, f"{stale}; run make articles"


def test_what_is_kept_is_small_and_every_text_says_where_it_was_read():
    path = ROOT / "siting" / "rules" / "articles.toml"
    assert path.stat().st_size < 200_000
    assert all(s.source and s.read_on for s in stored_statutes().values())


# ------------------------------------------------------------------ the books as they are


def test_the_books_are_clean_with_the_articles_kept():
    found = audit(day=DAY)
    assert found.faults == ()
    # law_audit.md: 122 quotes were linked to statutes, and rules were added since
    assert found.compared >= 122
    # passed on 2026-08-28, in force five weeks later: seven rules have a text of it
    [coming] = [f for f in found.findings if f.check == "next_text"]
    assert coming.law == "cropland_2026"
    assert len(coming.rules) == 7
    [soon] = [f for f in found.findings if f.check == "ends_soon" and f.law.endswith("_2026")]
    assert soon.law == "wind_forest_grass_2026"


def test_the_books_are_clean_with_the_whole_texts(shared):
    texts = read_statutes(shared / "laws", calendar())
    found = audit(texts={**stored_statutes(), **texts}, day=DAY)
    assert found.faults == ()
    assert len(texts) >= 38


# ------------------------------------------------------------------ and as they must not be


def test_a_statute_that_is_marked_repealed_makes_the_audit_red():
    marked = changed(
        "wetland_2021",
        last_day=date(2026, 8, 14),
        repealed_by="code_2026",
        repealing_article="第一千二百四十二条",
    )
    found = new_faults(audit(calendar=marked, day=DAY))
    assert "PV-018" in found["cited_as_in_force", "wetland_2021"]
    # article 1242 of the code lists ten laws, and this is not one of them
    assert ("repeal_not_named", "wetland_2021") in found
    assert ("cited_as_in_force", "wetland_2021") not in new_faults(
        audit(calendar=marked, day=date(2026, 8, 14))
    )


def test_a_repeal_the_calendar_does_not_know_is_read_from_the_text():
    # article 1242 of the code repeals it; the calendar is made to forget
    forgot = changed("noise_2021", last_day=None, repealed_by="", repealing_article="")
    found = audit(calendar=forgot, day=DAY)
    [one] = [f for f in found.faults if f.check == "repealed_by_text"]
    assert one.law == "noise_2021"
    assert "2026-08-15" in one.text("zh")


def test_a_hard_rule_without_source_makes_the_audit_red():
    bare = book_with("PV-018", law="", citation="某规定", source="", source_step="primary")
    found = new_faults(audit(bare, day=DAY))
    assert found["hard_without_source", ""] == ("PV-018",)


def test_a_hard_rule_without_quote_makes_the_audit_red():
    found = new_faults(audit(book_with("PV-018", quote="", no_quote="x"), day=DAY))
    assert found["hard_without_quote", "wetland_2021"] == ("PV-018",)


def test_a_quote_in_another_article_is_found_there():
    found = audit(book_with("PV-035", article="第十三条"), day=DAY)
    [one] = [f for f in found.faults if f.check == "quote_elsewhere"]
    assert one.rules == ("PV-035",)
    assert "《公路安全保护条例》" in one.text("zh").split("而在")[1]
    assert one.text("zh").endswith("第十一条")
    assert one.text("en").endswith("art. 11")


def test_a_changed_word_and_a_missing_article_are_found():
    wrong = book_with("PV-035", quote="国道不少于25米")
    [one] = audit(wrong, day=DAY).faults
    assert one.check == "quote_not_found"
    [two] = audit(book_with("PV-035", article="第九百条"), day=DAY).faults
    assert two.check == "article_not_kept"
    assert "make articles" in two.text("zh")


def test_an_article_the_whole_text_does_not_have_is_missing(shared):
    texts = {**stored_statutes(), **read_statutes(shared / "laws", calendar())}
    [one] = audit(book_with("PV-035", article="第九百条"), texts=texts, day=DAY).faults
    assert one.check == "article_missing"
    assert "第九百条" in one.text("en")


@pytest.mark.parametrize(
    ("law", "values", "check"),
    [
        ("food_security_2023", {"in_force": date(2023, 1, 1)}, "force_before_passed"),
        ("food_security_2023", {"in_force": date(2024, 7, 1)}, "commencement"),
        ("grassland_2013", {"last_day": date(2021, 5, 30)}, "editions_overlap"),
        ("grassland_2013", {"last_day": None}, "editions_overlap"),
        ("noise_2021", {"last_day": date(2026, 8, 1)}, "repeal_day"),
        ("wetland_2021", {"checked": date(2025, 11, 26)}, "check_old"),
    ],
)
def test_days_that_cannot_be(law, values, check):
    found = new_faults(audit(calendar=changed(law, **values), day=DAY))
    assert (check, law) in found


def test_a_text_that_is_not_confirmed_or_only_reported_is_told():
    doubt = changed("wetland_2021", validity="unknown")
    notes = {(f.check, f.law): f.rules for f in audit(calendar=doubt, day=DAY).notes}
    assert "PV-018" in notes["not_firm", "wetland_2021"]
    reported = changed("wetland_2021", source_step="secondary")
    notes = {(f.check, f.law): f.rules for f in audit(calendar=reported, day=DAY).notes}
    assert "PV-018" in notes["not_firm", "wetland_2021"]


def test_an_edition_no_rule_cites_is_told():
    forgotten = book_with("PV-011", law="grassland_2013")
    found = audit(forgotten, day=date(2021, 1, 1))
    [one] = [f for f in found.notes if f.check == "other_edition" and "PV-011" in f.rules]
    assert one.law == "grassland_2013"


# ------------------------------------------------------------------ at the command line


def test_the_command_is_clean_and_speaks_both_languages(capsys):
    assert main(["rules", "audit", "--lang", "zh"]) == 0
    assert "未发现错误" in capsys.readouterr().out
    assert main(["rules", "audit", "--lang", "en", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["clean"] is True
    assert {f["check"] for f in body["findings"]} >= {"next_text", "no_text", "not_firm"}


def test_the_command_ends_with_3_when_a_check_is_old(capsys):
    assert main(["rules", "audit", "--as-of", "2027-11-30", "--lang", "en"]) == 3
    assert "last looked up on 2026-11-27" in capsys.readouterr().out


def test_a_folder_of_ones_own_comes_first(tmp_path, capsys):
    # a copy of the statute in which the distance is another one
    text = "# 公路安全保护条例\n第十一条 国道不少于 99 米。\n第十三条 无。\n"
    (tmp_path / "公路安全保护条例(2011-03-07).txt").write_text(text, encoding="utf-8")
    assert main(["rules", "audit", "--texts", str(tmp_path), "--lang", "zh"]) == 3
    assert "PV-035" in capsys.readouterr().out
    with pytest.raises(DataError):
        read_statutes(tmp_path / "nowhere", calendar())
    assert main(["rules", "audit", "--texts", str(tmp_path / "x"), "--lang", "en"]) == 3
    assert main(["rules", "audit", "--as-of", "tomorrow", "--lang", "en"]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_texts_as_offices_save_them_are_read(tmp_path, encoding):
    text = "第十一条 国道不少于20米。\n第十三条 无。\n"
    (tmp_path / "公路安全保护条例(2011-03-07).txt").write_text(text, encoding=encoding)
    found = read_statutes(tmp_path, calendar())
    assert found["roads_2011"].articles["第十一条"] == "国道不少于20米。"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xff\x80\x00junk\xff"])
def test_a_text_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "公路安全保护条例(2011-03-07).md").write_bytes(content)
    with pytest.raises(DataError):
        read_statutes(tmp_path, calendar())


def test_files_whose_names_say_no_text_are_told(tmp_path, capsys):
    good = "第十一条 国道不少于20米。\n第十三条 无。\n"
    (tmp_path / "公路安全保护条例(2011-03-07).txt").write_text(good, encoding="utf-8")
    (tmp_path / "公路安全保护条例 最新.txt").write_text(good, encoding="utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"x")
    main(["rules", "audit", "--texts", str(tmp_path), "--lang", "zh"])
    told = [x for x in capsys.readouterr().out.splitlines() if "未用于对照" in x]
    assert len(told) == 1
    assert "公路安全保护条例 最新.txt" in told[0]
    assert "photo.jpg" not in told[0]


def test_an_article_a_book_of_ones_own_cites_is_not_kept_here(tmp_path):
    """Of the toolkit's books the articles are kept; of others the audit says it has no text."""
    own = book_with("PV-035", article="第九条")
    [ours] = audit(own, day=DAY).faults
    assert ours.check == "article_not_kept"
    other = tuple(
        replace(b, entries=tuple(e.model_copy(update={"book": "county"}) for e in b.entries))
        for b in own
    )
    found = audit(other, day=DAY)
    assert found.faults == ()
    assert "article_not_kept" in {f.check for f in found.notes}


@pytest.mark.parametrize(
    ("rule_id", "wrong"),
    [
        # a notice, a guidance and an amended regulation, of which words are at hand
        ("WD-084", "生态保护红线内自然保护地核心保护区外，允许开发性、生产性建设活动"),
        ("PV-020", "光伏电站、风力发电等项目不得在河道、湖泊、水库外建设"),
        ("PV-006", "可使用年降水量500毫米以下区域的灌木林地"),
    ],
)
def test_one_word_changed_in_a_ban_of_a_notice_makes_the_audit_red(rule_id, wrong):
    [one] = audit(book_with(rule_id, quote=wrong), day=DAY).faults
    assert (one.check, one.rules) == ("ban_not_compared", (rule_id,))


@pytest.mark.parametrize("law", ["redline_2022", "rivers_2022", "river_courses_2026"])
def test_every_ban_of_today_has_words_it_is_compared_with(law):
    texts = {k: v for k, v in stored_statutes().items() if k != law}
    found = audit(texts=texts, day=DAY)
    assert {f.law for f in found.faults} == {law}
    assert {f.check for f in found.faults} == {"ban_not_compared"}


def test_words_of_one_notice_are_not_taken_for_those_of_another():
    """林资发〔2015〕153号 bars the arrays from five kinds of forest; 12号文 does not."""
    words = "光伏电站的电池组件阵列禁止使用有林地"
    assert words not in stored_statutes()["pv_land_2023"].articles[""]
    assert words in stored_statutes()["pv_forest_2015"].articles[""]


def test_an_edition_that_is_there_twice_or_not_at_all_is_a_fault_of_the_calendar():
    first, *others = calendar().editions
    twice = list(_calendar_faults([first, first, *others]))
    assert [f.where for f in twice] == [f"laws.toml {first.id}"]
    alone = next(e for e in others if e.repealed_by)
    [lost] = _calendar_faults([alone])
    assert lost.got == alone.repealed_by
    assert not list(_calendar_faults(calendar().editions))
