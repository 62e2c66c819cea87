"""Tables of a screening whose codes are written down by hand: every state and every rule.

Seven codes (0 is outside) of 1, 2, 4 ... 64 quanta of 50 m2, so that each sum tells its codes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.cells.grid import plan_grid
from gis.cells.runs import run_raster
from layers.spec import Text
from siting.rules.model import Rule
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen import law_summary
from siting.screen.attribution import attribute, leave_one_out, pairwise_m2, waterfall
from siting.screen.coded import (
    CONDITIONAL,
    LEFT,
    OUTSIDE,
    STATES,
    TAKEN,
    UNDECIDED,
    Screening,
    areas_by_state,
    effect_of,
    says,
    state_raster,
    states,
)
from siting.screen.law_diff import Moved
from siting.screen.law_summary import change_warnings, law_warnings, unknown_warnings
from siting.screen.program import Verdict
from siting.screen.scenarios import (
    ScenarioMap,
    scenario_areas,
    scenario_table,
    scenario_transitions,
    transitions,
)
from siting.screen.settled import settled, unsettled
from siting.screen.summary import LawChange, LawLookUp, LawSummary
from siting.screen.tables import (
    areas_table,
    codes_table,
    law_tables,
    not_judged,
    overlap_table,
    rules_table,
)
from siting.screen.whatif import what_if

GRID = plan_grid((500_000, 4_300_000, 500_070, 4_300_010), 4544, 10)
Q = 50.0


def rule(i: int, kind: str = "hard", source_step: str = "primary", **more: Any) -> Rule:
    return Rule.model_validate(
        {
            "id": f"T-{i:03d}",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": kind,
            "source_step": source_step,
            "title": {"zh": f"测试{i}", "en": f"test {i}"},
            "citation": f"text {i}",
            "quote": "test",
            "stated": {"layer": "x", "operator": "x"},
            "test": {"type": "intersects", "layer": "settlement"},
            **more,
        }
    )


RULES = (rule(1), rule(2), rule(3, "conditional"), rule(4, "preference"))
EFFECTS = ("taken", "taken", "conditional", "none")
# rows are the codes; columns the two hard rules, the conditional one, the preference
OUTCOMES = np.array(
    [
        [HIT, HIT, HIT, HIT],  # outside: whatever stands here says nothing
        [HIT, MISS, MISS, HIT],  # taken by the first alone
        [HIT, HIT, HIT, MISS],  # taken by both, conditional too
        [MISS, UNKNOWN, HIT, MISS],  # not known, and conditional
        [MISS, MISS, HIT, UNKNOWN],  # conditional
        [MISS, MISS, MISS, HIT],  # left; preferred
        [UNKNOWN, UNKNOWN, MISS, MISS],  # not known twice
    ],
    np.int8,
)
WANTED = [OUTSIDE, TAKEN, TAKEN, UNDECIDED, CONDITIONAL, LEFT, UNDECIDED]


def screening(
    rules: tuple[Rule, ...] = RULES,
    outcomes: np.ndarray = OUTCOMES,
    effects: tuple[Any, ...] = EFFECTS,
) -> Screening:
    n = len(outcomes)
    quanta = np.array([0, *(2**k for k in range(n - 1))], np.int64)
    return Screening(
        grid=GRID,
        rules=rules,
        verdicts=tuple(Verdict("judged", ("settlement",)) for _ in rules),
        effects=effects,
        code=run_raster(np.arange(n, dtype=np.uint16)[None, :]),
        table=np.zeros((n, 1), np.uint64),
        outcomes=outcomes,
        state=states(outcomes, effects),
        area_m2=quanta * Q,
        quanta=quanta,
        zones={"west": np.where(np.arange(n) < 4, quanta * Q, 0.0)},
        quantum_m2=Q,
        tech="pv",
        scenario="hard_conditional",
    )


S = screening()


def quanta(frame: pd.DataFrame, *columns: str) -> list[list[int]]:
    return [[round(v / Q) for v in row] for row in frame[list(columns)].to_numpy(float)]


# ------------------------------------------------------------------ states


def test_the_state_of_every_combination():
    every = np.array([(MISS,) * 3, *product((MISS, UNKNOWN, HIT), repeat=3)], np.int8)
    effects = ("taken", "conditional", "none")
    found = states(every, effects)
    for row, state in zip(every[1:], found[1:], strict=True):
        hard, soft, _ = row.tolist()
        if hard == HIT:
            wanted = TAKEN
        elif UNKNOWN in (hard, soft):
            wanted = UNDECIDED
        else:
            wanted = CONDITIONAL if soft == HIT else LEFT
        assert state == wanted, row
    assert found[0] == OUTSIDE
    assert [n.tolist() for n in says(OUTCOMES[1:], EFFECTS)] == [
        [1, 2, 0, 0, 0, 0], [0, 0, 1, 0, 0, 2], [0, 1, 1, 1, 0, 0], [0] * 6,
    ]  # fmt: skip


def test_the_states_of_the_county_and_its_parts():
    assert S.state.tolist() == WANTED
    assert state_raster(S).tolist() == [WANTED]
    assert S.county_m2 == 63 * Q
    whole = {"taken": 3, "conditional": 8, "left": 16, "unknown": 36}
    assert {k: v / Q for k, v in areas_by_state(S).items()} == whole
    west = {"taken": 3, "conditional": 0, "left": 0, "unknown": 4}
    assert {k: v / Q for k, v in areas_by_state(S, "west").items()} == west
    assert S.ids(2, HIT) == ("T-001", "T-002", "T-003")
    assert S.ids(2, HIT, "conditional") == ("T-003",)
    assert S.ids(6, UNKNOWN) == ("T-001", "T-002")
    assert [S.rule_index(r.id) for r in RULES] == [0, 1, 2, 3]
    with pytest.raises(KeyError):
        S.rule_index("T-009")


@pytest.mark.parametrize(
    ("step", "more", "base", "excludes"),
    [
        ("primary", {}, "taken", "taken"),
        ("mirror", {}, "taken", "taken"),
        ("recalled", {}, "conditional", "taken"),
        ("secondary", {}, "conditional", "taken"),
        ("primary", {"validity": "unknown"}, "conditional", "taken"),
        ("recalled", {"engineering": True}, "taken", "taken"),
        ("recalled", {"overridden": "why"}, "taken", "taken"),
        ("primary", {"kind": "conditional"}, "conditional", "conditional"),
        ("primary", {"kind": "preference"}, "none", "none"),
        # stated as hard, softened by its reader: hard again where the plan asks for it
        ("recalled", {"kind": "conditional", "stated_kind": "hard"}, "conditional", "taken"),
        ("recalled", {"kind": "conditional", "stated_kind": "hard", "overridden": "why"},
         "conditional", "conditional"),
    ],
)  # fmt: skip
def test_what_a_hit_does(step, more, base, excludes):
    one = rule(1, **{"source_step": step, **more})
    assert effect_of(one) == base
    assert effect_of(one, recalled_excludes=True) == excludes


# ------------------------------------------------------------------ who takes what


def test_areas_of_each_rule():
    a = attribute(S)
    # codes of 1, 2, 4, 8, 16, 32: the first hits 1 + 2, the second 2, the third 2 + 4 + 8
    assert quanta(a, "gross_m2", "exclusive_m2", "sole_m2", "unknown_m2") == [
        [3, 1, 1, 32], [2, 0, 0, 36], [14, 12, 14, 0], [17, 0, 0, 8],
    ]  # fmt: skip
    assert a["effect"].tolist() == list(EFFECTS)
    both = quanta(pairwise_m2(S), "T-001", "T-002", "T-003", "T-004")
    assert both == [[3, 2, 2, 1], [2, 2, 2, 0], [2, 2, 14, 0], [1, 0, 0, 17]]
    pairs = overlap_table(S)
    assert pairs[["rule_id", "other_id"]].to_numpy().tolist() == [
        ["T-001", "T-002"], ["T-001", "T-003"], ["T-001", "T-004"], ["T-002", "T-003"],
    ]  # fmt: skip
    assert (pairs["area_ha"] * 1e4 / Q).round(9).tolist() == [2, 2, 1, 2]


def test_what_each_rule_takes_after_the_others():
    w = waterfall(S)
    assert w["rule_id"].tolist() == ["T-001", "T-002", "T-003"]  # the preference takes nothing
    # 4 is not judged, though the conditional rule hits it: that takes 8, as the areas by state
    assert quanta(w, "area_m2", "left_m2") == [[3, 60], [0, 60], [8, 52]]
    assert areas_by_state(S)["conditional"] == 8 * Q
    assert areas_by_state(S)["unknown"] == (4 + 32) * Q  # 52 are these and 16 that are left
    w = waterfall(S, ["T-003", "T-004", "T-002"])
    assert w["rule_id"].tolist() == ["T-003", "T-002", "T-001"]
    assert quanta(w, "area_m2", "left_m2") == [[10, 53], [0, 53], [1, 52]]
    # hard rules first, however they are stated
    turned = replace(S, rules=RULES[::-1], effects=EFFECTS[::-1], outcomes=OUTCOMES[:, ::-1])
    assert waterfall(turned)["rule_id"].tolist() == ["T-002", "T-001", "T-003"]
    with pytest.raises(KeyError):
        waterfall(S, ["T-009"])


def test_the_county_without_one_rule():
    one = leave_one_out(S)
    assert one["rule_id"].tolist() == ["T-001", "T-002", "T-003"]
    names = ["left_m2", "conditional_m2", "taken_m2", "unknown_m2", "gain_m2"]
    # without the first: code 1 (1) is left; the second still takes 2; 32 stays unknown by it
    # without the second: 4 becomes conditional. Without the third: 8 is left
    assert quanta(one, *names) == [[1, 0, -1, 0, 1], [0, 4, 0, -4, 0], [8, -8, 0, 0, 8]]
    for i in range(3):
        off = tuple("none" if k == i else e for k, e in enumerate(EFFECTS))
        fresh = screening(effects=off)
        moved = {k: fresh_m2 - areas_by_state(S)[k] for k, fresh_m2 in
                 areas_by_state(fresh).items()}  # fmt: skip
        assert {k: one.iloc[i][f"{k}_m2"] for k in moved} == moved


def test_what_if_one_rule_had_another_kind():
    def after(rule_id: str, kind: Any, **more: Any) -> dict[str, float]:
        got = what_if(S, None, None, rule_id, kind=kind, **more)  # type: ignore[arg-type]
        assert got.before_m2 == areas_by_state(S)
        assert got.gain_m2 == got.after_m2["left"] - got.before_m2["left"]
        assert sum(got.after_m2.values()) == S.county_m2
        return {k: v / Q for k, v in got.after_m2.items()}

    # the third as a hard rule takes its 14; unknown land (4) is taken too
    assert after("T-003", "hard") == {"taken": 15, "conditional": 0, "left": 16, "unknown": 32}
    # the first as a condition: 1 is conditional, 2 the second takes
    assert after("T-001", "conditional") == {
        "taken": 2, "conditional": 9, "left": 16, "unknown": 36,
    }  # fmt: skip
    # the preference as a rule: 16 is taken, and 8, where it is not known, unknown
    assert after("T-004", "hard") == {"taken": 19, "conditional": 0, "left": 0, "unknown": 44}
    assert after("T-002", "off") == {"taken": 3, "conditional": 12, "left": 16, "unknown": 32}
    assert after("T-002", "preference") == after("T-002", "off")
    gone = what_if(S, None, None, "T-001", kind="off", raster=True)  # type: ignore[arg-type]
    assert gone.rule is None
    assert gone.gross_m2 == 3 * Q
    assert gone.state.tolist() == [[0, 1, 3, 4, 2, 1, 4]]
    same = what_if(S, None, None, "T-001")  # type: ignore[arg-type]
    assert (same.after_m2, same.state, same.rule) == (same.before_m2, None, RULES[0])


# ------------------------------------------------------------------ tables


def test_codes_and_their_rules():
    t = codes_table(S)
    assert t["state"].tolist() == [STATES[s] for s in WANTED]
    assert t["hard"].tolist() == ["", "T-001", "T-001;T-002", "", "", "", ""]
    assert t["conditional"].tolist() == ["", "", "T-003", "T-003", "T-003", "", ""]
    assert t["preference"].tolist() == ["", "T-004", "", "", "", "T-004", ""]
    # a preference that is not known is no doubt about the land
    assert t["unknown"].tolist() == ["", "", "", "T-002", "", "", "T-001;T-002"]
    assert (t["area_ha"] * 1e4 / Q).round(9).tolist() == [0, 1, 2, 4, 8, 16, 32]


def test_areas_in_every_unit():
    t = areas_table(S).set_index(["zone", "state"])
    assert len(t) == 8
    row = t.loc["", "unknown"]
    assert (row["area_m2"], row["area_ha"], row["area_km2"]) == (1800.0, 0.18, 0.0018)
    assert row["area_mu"] == pytest.approx(2.7)  # a mu is a fifteenth of a hectare
    assert t.loc["west", "taken"]["area_m2"] == 150.0
    assert t.loc["west", "left"]["area_m2"] == 0.0


def test_rules_that_were_not_judged():
    lacking = replace(
        S,
        verdicts=(
            Verdict("judged", ("road",)),
            Verdict("missing", ("road",), ("road",)),
            Verdict("judged", ("road", "river")),
            Verdict("missing", ("road",), ("road",)),
        ),
    )
    assert [r.id for r in not_judged(lacking)] == ["T-002"]  # the preference does not count
    t = rules_table(lacking).set_index("rule_id")
    assert t["judged"].tolist() == [True, False, True, False]
    assert t.loc["T-003", "layer"] == "road, river"
    assert t.loc["T-001", "reason_en"] == ""
    assert "roads" in t.loc["T-002", "reason_en"]
    assert (t["gross_ha"] * 1e4 / Q).round(9).tolist() == [3, 2, 14, 17]
    assert (t["exclusive_ha"] * 1e4 / Q).round(9).tolist() == [1, 0, 12, 0]
    assert (t["unknown_ha"] * 1e4 / Q).round(9).tolist() == [32, 36, 0, 8]


# ------------------------------------------------------------------ what is settled


def doubtful() -> Screening:
    """One firm rule; two of one recalled text; a condition by practice; an engineering one."""
    rules = (
        rule(1, citation="law A"),
        rule(2, "conditional", "recalled", citation="text B", stated_kind="hard"),
        rule(3, "conditional", "recalled", citation="text B"),
        rule(4, "conditional", "secondary", citation="text C"),
        rule(5, source_step="recalled", engineering=True),
        rule(6, "preference", "recalled", citation="text D"),
    )
    outcomes = np.array(
        [
            [MISS] * 6,
            [HIT, HIT, MISS, MISS, MISS, MISS],  # 1: taken by firm law whatever B says
            [MISS, HIT, MISS, MISS, MISS, MISS],  # 2: conditional by B; taken if confirmed
            [MISS, MISS, HIT, MISS, MISS, MISS],  # 4: conditional by B
            [MISS, MISS, MISS, HIT, MISS, HIT],  # 8: conditional by C
            [MISS, MISS, HIT, HIT, MISS, MISS],  # 16: by either of them, or none
            [MISS, MISS, MISS, MISS, HIT, HIT],  # 32: nobody builds there
            [MISS, UNKNOWN, MISS, MISS, MISS, HIT],  # 64: not known by B
        ],
        np.int8,
    )
    return screening(rules, outcomes, tuple(effect_of(r) for r in rules))


def test_land_that_rests_on_texts_nobody_read():
    s = doubtful()
    assert s.effects == ("taken", "conditional", "conditional", "conditional", "taken", "none")
    assert [unsettled(r) for r in s.rules] == [False, True, True, True, False, True]
    found = settled(s)
    by = {x.document: x for x in found.look_ups}
    assert [x.document for x in found.look_ups] == ["text B", "text C"]
    b, c = by["text B"], by["text C"]
    assert (b.rules, c.rules) == (("T-002", "T-003"), ("T-004",))
    assert (b.source_step, c.source_step, b.law, b.validity) == (
        "recalled", "secondary", "", "confirmed",
    )  # fmt: skip
    # without B: 2 and 4 and 64 are left, 16 stays conditional by C
    assert b.if_void_m2 == (2 + 4 + 64) * Q
    # B confirmed: its hard rule takes 2, the rest stays as it is
    assert b.if_confirmed_m2 == 2 * Q
    assert (c.if_void_m2, c.if_confirmed_m2) == (8 * Q, 0.0)
    assert (b.moves_m2, c.moves_m2) == (70 * Q, 8 * Q)
    # without both 16 is left too; each piece of land counts once
    assert found.rests_m2 == (2 + 4 + 8 + 16 + 64) * Q


def test_a_ban_held_back_for_want_of_validity_takes_land_when_it_is_confirmed():
    """Read word for word, validity unknown: a condition now, a ban in the other scenario.

    Who looks the document up decides over the land that would then be taken, and over the
    land that would be free: 1 of the first, 2 of both.
    """
    rules = (
        rule(1, "conditional", validity="unknown", kind_in={"conservative": "hard"}),
        rule(2, "conditional"),
        rule(3, "conditional", validity="unknown"),
    )
    outcomes = np.array(
        [[MISS] * 3, [HIT, HIT, MISS], [HIT, MISS, MISS], [MISS, HIT, HIT]], np.int8
    )
    found = settled(screening(rules, outcomes, ("conditional",) * 3))
    first, second = found.look_ups
    assert (first.rules, first.if_void_m2, first.if_confirmed_m2) == (("T-001",), 2 * Q, 3 * Q)
    # stated as a condition: confirmed, it stays one
    assert (second.rules, second.if_void_m2, second.if_confirmed_m2) == (("T-003",), 0, 0)
    assert found.rests_m2 == 3 * Q


def test_a_text_of_another_day_is_no_document_to_look_up():
    """On a day whose law is not known the later text decides nothing, read in full or not."""
    rules = (rule(1, "conditional", "secondary", law_known=False), rule(2))
    outcomes = np.array([[MISS] * 2, [UNKNOWN, MISS], [UNKNOWN, HIT]], np.int8)
    found = settled(screening(rules, outcomes, ("conditional", "taken")))
    assert (found.rests_m2, found.look_ups) == (0.0, ())


def test_documents_that_move_as_much_stand_by_name():
    rules = (rule(1, "conditional", "recalled", citation="b"),
             rule(2, "conditional", "recalled", citation="a"),
             rule(3, "conditional", "recalled", citation="c"))  # fmt: skip
    outcomes = np.array([[MISS] * 3, [MISS, MISS, HIT], [MISS, MISS, HIT]], np.int8)
    found = settled(screening(rules, outcomes, ("conditional",) * 3))
    assert [x.document for x in found.look_ups] == ["c", "a", "b"]
    firm = settled(screening(RULES[:1], OUTCOMES[:, :1], ("taken",)))
    assert (firm.rests_m2, firm.look_ups) == (0.0, ())


def look_up(name: str, void: float, confirmed: float = 0.0, law: str = "x") -> LawLookUp:
    return LawLookUp(
        law=law, document=name, name=Text(zh=name, en=name), source_step="recalled",
        validity="unknown", rules=("T-001", "T-002"), if_void_ha=void,
        if_confirmed_ha=confirmed,
    )  # fmt: skip


def summary(ha: float, *look_ups: LawLookUp, **more: Any) -> LawSummary:
    fields = {"unknown_rules": (), "changes": (), **more}
    return LawSummary(as_of=date(2026, 1, 2), unsettled_ha=ha, look_ups=look_ups, **fields)


def test_warnings_about_the_law_in_numbers():
    assert law_warnings("pv", summary(0.0)) == []
    five = [look_up(n, 5.0) for n in "abcde"]
    (w,) = law_warnings("pv", summary(1234.0, *five))
    assert (w.code, w.where) == ("law_unsettled", "screening pv")
    text = w.text("en")
    assert "12.3 km²" in text  # 1,234 ha
    assert text.endswith("look up first: a, b, c")
    # practice is no document, nor is a law that moves nothing
    (w,) = law_warnings("pv", summary(1.0, look_up("a", 5.0, law=""), look_up("b", 0.0)))
    assert "no article states" in w.text("en")
    (w,) = law_warnings("pv", summary(1.0, look_up("b", 0.0, 0.1)))
    assert "look up first: b" in w.text("en")
    both = law_warnings("pv", summary(1.0, look_up("b", 1.0), unknown_rules=("T-003", "T-004")))
    assert [x.code for x in both] == ["law_unsettled", "law_unknown"]
    text = both[1].text("en")
    assert "2 rules" in text
    assert "2026-01-02" in text
    assert "T-003, T-004" in text
    assert unknown_warnings("pv", (), date(2026, 1, 2), "") == []


def test_law_ahead_is_of_rules_that_act_on_land_of_every_part(monkeypatch):
    asked = []

    def rules(plan, tech, *, every_part):
        asked.append(every_part)
        return RULES, EFFECTS

    project = rule(9, test={"type": "note", "about": {"zh": "甲", "en": "a"}})
    monkeypatch.setattr(law_summary, "rules_of", rules)
    monkeypatch.setattr(law_summary, "conditions_of", lambda plan, tech: (project,))
    # preferences bind nobody; conditions on the project do
    acting = law_summary.acting_rules(None, "pv")
    assert [r.id for r in acting] == ["T-001", "T-002", "T-003", "T-009"]
    assert asked == [True]


def test_changes_of_law_are_told_by_kind_with_the_nearest_day():
    def change(i: int, kind: str, day: date, name: str) -> LawChange:
        return LawChange(rule_id=f"T-{i:03d}", day=day, change=kind, text="t",
                         name=Text(zh=name, en=name))  # fmt: skip

    changes = (
        change(1, "changes", date(2027, 1, 1), "x"),
        change(2, "ends", date(2028, 2, 3), "y"),
        change(3, "ends", date(2029, 1, 1), "y"),
        change(2, "ends", date(2029, 1, 1), "z"),
    )
    ends, comes = change_warnings("pv", changes, "here")
    assert (ends.code, comes.code, ends.where) == ("law_ends", "law_changes", "here")
    assert ends.text("en").endswith("(from 2028-02-03): y, z; rules T-002, T-003")
    assert comes.text("en").endswith("(from 2027-01-01): x; rule T-001")
    assert change_warnings("pv", (), "here") == []
    tables = law_tables({"pv": summary(1.0, look_up("a", 3.0, 4.0), changes=changes)})
    row = tables["law_look_ups"].iloc[0]
    assert (row["rule_ids"], row["if_void_ha"], row["if_confirmed_ha"]) == (
        "T-001; T-002", 3.0, 4.0,
    )  # fmt: skip
    assert tables["law_changes"]["day"].tolist()[:2] == ["2027-01-01", "2028-02-03"]
    empty = law_tables({"pv": summary(0.0)})
    assert [len(t) for t in empty.values()] == [0, 0]
    assert "document" in empty["law_look_ups"].columns


# ------------------------------------------------------------------ side by side


def test_scenarios_side_by_side():
    soft = screening(effects=("conditional", "taken", "conditional", "none"))
    t = scenario_table({"own": S, "soft": soft}).set_index(["scenario", "state"])
    ha = Q / 1e4
    assert t.loc["own", "taken"].tolist() == pytest.approx([3 * ha, 0.0])
    # the second takes 2; 1 is conditional beside the 8
    assert t.loc["soft", "taken"].tolist() == pytest.approx([2 * ha, -ha])
    assert t.loc["soft", "conditional"].tolist() == pytest.approx([9 * ha, ha])
    cells = transitions(S, soft)
    assert cells.loc["taken"].tolist() == [0, 1, 1, 0]
    assert cells.to_numpy().sum() == 6  # the cell outside is none
    assert cells.loc["unknown", "unknown"] == 2


def test_a_scenario_beside_the_plans():
    moved = np.zeros((5, 5))
    moved[TAKEN, TAKEN], moved[TAKEN, CONDITIONAL] = 2 * Q, Q
    moved[CONDITIONAL, CONDITIONAL], moved[LEFT, LEFT] = 8 * Q, 16 * Q
    moved[UNDECIDED, UNDECIDED] = 36 * Q
    one = ScenarioMap("conservative", np.zeros((1, 7), np.uint8), moved)
    t = scenario_areas(S, [one]).set_index(["scenario", "state"])
    ha = Q / 1e4
    assert t.loc["hard_conditional"]["own"].all()
    assert not t.loc["conservative"]["own"].any()
    assert t.loc["conservative"]["area_ha"].tolist() == pytest.approx(
        [2 * ha, 9 * ha, 16 * ha, 36 * ha]
    )
    assert t.loc["conservative"]["difference_ha"].tolist() == pytest.approx([-ha, ha, 0, 0])
    assert (t.loc["hard_conditional"]["difference_ha"] == 0).all()
    pairs = scenario_transitions(S, [one])
    assert pairs[["state", "state_there"]].to_numpy().tolist() == [
        ["left", "left"], ["conditional", "conditional"], ["taken", "conditional"],
        ["taken", "taken"], ["unknown", "unknown"],
    ]  # fmt: skip
    assert pairs["area_ha"].tolist() == pytest.approx([16 * ha, 8 * ha, ha, 2 * ha, 36 * ha])
    assert scenario_transitions(S, []).empty


def test_land_moved_from_state_to_state():
    table = np.arange(25, dtype=np.int64).reshape(5, 5)
    m = Moved(table, 2.0)
    assert m.before_m2["left"] == 2.0 * table[LEFT].sum()
    assert m.after_m2["left"] == 2.0 * table[:, LEFT].sum()
    assert set(m.before_m2) == set(STATES[1:5])
    assert len(m.transitions_m2) == 12
    assert m.transitions_m2["taken", "left"] == 2.0 * table[TAKEN, LEFT]
    assert m.moved_m2 == 2.0 * (300 - (0 + 6 + 12 + 18 + 24))
