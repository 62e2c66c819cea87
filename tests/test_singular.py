"""English messages of a count say one thing as one."""

from __future__ import annotations

import re
import string

import pytest

from gis.say import listed, say, sentences
from gis.singular import at_one, forms_at_one
from gis.toml import read_toml

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
# the Chinese text tells what is counted: a measure word stands behind a count
MEASURE = "个|条|处|行|座|台|宗|块|项|种|幅|张|份|根|页|天|小时|户|栋|字|位|层|组|家|段|对"
COUNT = re.compile(rf"\{{(\w+)(?::,|:,d|:,\.0f|:\.0f)?\}} ?(?:{MEASURE})")
PLURAL = {"are", "were", "have", "do"}
SINGULAR = {"less", "class", "axis", "this", "times", "across"}


class _Filled(string.Formatter):
    """Places as they are, but for the one that is filled with 1."""

    def __init__(self, one):
        self.one = one

    def get_field(self, name, args, kwargs):
        return (1 if name == self.one else f"<{name}>"), name

    def format_field(self, value, spec):
        return format(value, spec) if value == 1 else str(value)


def _wrong(text):
    """Words behind a 1 that speak of several."""
    found = re.search(r"(\w+ )?(?<![\w.,])1 ([a-z\-]+)(?: ([a-z\-]+))?", text)
    if found is None:
        return ""
    before, first, second = (g or "" for g in found.groups())
    words = read_toml("gis", "singular.toml")
    if before in ("parcel ", "zone ", "line "):  # a name, not a count
        return ""
    one = {*SINGULAR, *words["verbs"].values()}
    several = first.endswith("s") and first not in one
    several |= second in words["nouns"] and second not in one and first not in one
    # "the rings of 1 parcel do": what is said is said of the rings
    several |= before not in ("of ", "and ") and bool({first, second} & PLURAL)
    return found[0] if several and first not in ("of", "and", "in", "or", "to") else ""


def _counts():
    for room in ROOMS:
        for key, text in sentences(room).items():
            for one in dict.fromkeys(COUNT.findall(text["zh"])):
                yield key, one, text["en"]


def test_every_message_with_a_count_reads_right_at_one():
    counts = list(_counts())
    told = {}
    for key, one, text in counts:
        filled = _Filled(one).format(at_one(text, {one: 1}))
        if wrong := _wrong(filled):
            told[f"{key} {one}"] = f"{wrong}: {filled}"
    assert told == {}
    # of most of them the words behind differ from those of several: the test has teeth
    several = [k for k, one, text in counts if _wrong(_Filled(one).format(text))]
    assert len(several) > len(counts) / 4


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        (
            "{n} rows have no place and were left out",
            {"n": 1},
            "1 row has no place and was left out",
        ),
        ("{n} rows have no place", {"n": 2}, "2 rows have no place"),
        ("{n} rows have no place", {"n": 0}, "0 rows have no place"),
        ("{n:,.0f} hours are dark", {"n": 1.2}, "1 hour is dark"),
        ("{n:.1f} hours are dark", {"n": 1.0}, "1.0 hours are dark"),
        ("{n} of {m} rows were written", {"n": 1, "m": 5}, "1 of 5 rows was written"),
        ("{n} of {m} rows were written", {"n": 0, "m": 1}, "0 of 1 row were written"),
        (
            "the rings of {n} parcels do not close",
            {"n": 1},
            "the rings of 1 parcel do not close",
        ),
        ("{n} rows that are odd are cut", {"n": 1}, "1 row that is odd is cut"),
        (
            "{n} places and {m} sites have none",
            {"n": 5, "m": 1},
            "5 places and 1 site have none",
        ),
        ("there are {n} plants", {"n": 1}, "there is 1 plant"),
        ("{n} are missing", {"n": 1}, "1 is missing"),
        ("layer {n} holds values", {"n": "1"}, "layer 1 holds values"),
        ("{n} stops lie far, see them", {"n": 1}, "1 stop lies far, see them"),
        ("{n} plans have none, stand alone", {"n": 2}, "2 plans have none, stand alone"),
        ("{n} files cannot be read", {"n": 1}, "1 file cannot be read"),
        ("{yes} rows are", {"yes": True}, "True rows are"),
    ],
)
def test_what_follows_a_count_agrees_with_it(text, values, said):
    assert at_one(text, values).format(**values) == said


def test_a_sentence_says_one_in_english_alone():
    one = say("gis.say.faults", n=1)
    assert (one, one("zh")) == ("1 fault", "共 1 处错误")


def test_a_page_that_fills_its_words_itself_is_given_both_forms():
    forms = forms_at_one({"a": "{n} rows of {m} layers were left out", "b": "no rows"})
    assert forms["a#n"].format(n=1, m=2) == "1 row of 2 layers was left out"
    assert set(forms) <= {"a#n", "a#m"}


def test_a_row_of_one_name_stands_behind_one():
    values = {"tech": "PV", "day": "2030-01-01", "documents": "D"}
    one, two = (
        say("siting.screen.law_ends", **values, ids=listed(x)) for x in (["PV-081"], ["A", "B"])
    )
    assert one.endswith("; rule PV-081")
    assert two.endswith("; rules A, B")
    said = say("layers.open.classes_of_no_list", codes=listed(["07"]))
    assert "class 07" in said
