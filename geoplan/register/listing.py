"""The register in words: lines for a person, values for a program, tables for a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import shapely

from geoplan.register.checking import Checked, Impact, ProjectMoved
from geoplan.register.ledger import Entry, Finding
from geoplan.register.project import FIELDS, STAGES, kind_title, stage_title
from gis.cells.area import to_ha
from gis.say import Listed, Sentence, listed, say
from layers.catalogue import layer as layer_of
from siting.check.law_days import Touched
from siting.check.many import RuleFound
from siting.check.since import LawEvent, RuleMoved
from siting.check.told import told_rows
from siting.rules.citation import cited_text

if TYPE_CHECKING:
    from layers.plain_json import JsonObject

__all__ = [
    "checked_as_dict",
    "checked_lines",
    "entries_as_list",
    "entry_lines",
    "history_lines",
    "impact_as_dict",
    "impact_lines",
    "not_judged",
    "not_passed",
    "result_word",
    "shown",
]

_MOST = 12  # rules named on one line


def result_word(result: str) -> Sentence:
    """A result in words; nothing found before a rule was there."""
    return say(f"geoplan.register.result.{result}")


def shown(entry: Entry, lang: str) -> dict[str, object]:
    """Fields of a project with the words for its kind and stage."""
    p = entry.project
    own = {k: getattr(p, k) for k in FIELDS}
    return own | {
        "kind": kind_title(p.kind)(lang),
        "stage": stage_title(p.stage)(lang),
        "documents": "; ".join(p.documents),
    }


def entry_lines(entries: Iterable[Entry], lang: str) -> Iterator[str]:
    """One line a project, and their number by stage."""
    entries = tuple(entries)
    for entry in entries:
        own = shown(entry, lang)
        own["year"] = own["year"] or ""
        line = say(
            "geoplan.register.project_line",
            **{k: own[k] for k in ("id", "name", "kind", "stage", "year", "unit")},
        )(lang).rstrip()
        mw = entry.project.capacity_mw
        yield line + (say("geoplan.register.capacity", mw=mw)(lang) if mw is not None else "")
    counts = Counter(str(e.project.stage) for e in entries)
    stages = listed(
        say("geoplan.register.stage_count", stage=stage_title(s), n=counts[s]) for s in STAGES
    )
    yield say("geoplan.register.total", n=len(entries), stages=stages)(lang)


def history_lines(entries: Iterable[Entry], lang: str) -> Iterator[str]:
    """One line an entry, the oldest first."""
    for e in entries:
        yield say(
            "geoplan.register.history_line",
            seq=e.seq,
            at=e.stamp.at[:19],
            who=e.stamp.who or say("geoplan.register.nobody"),
            event=say(f"geoplan.register.event.{e.event}"),
            id=e.project.id,
            name=e.project.name,
            stage=stage_title(e.project.stage),
        )(lang)


def entries_as_list(entries: Iterable[Entry]) -> list[JsonObject]:
    """For ``--json``: fields, stamp, and the land as WKT in the system of the register."""
    return [
        {
            "seq": e.seq,
            "event": e.event,
            **vars(e.stamp),
            **e.project.model_dump(mode="json"),
            "geometry": None if e.geometry is None else shapely.to_wkt(e.geometry, 3),
        }
        for e in entries
    ]


# ------------------------------------------------------------------ checks


def not_passed(finding: Finding) -> list[str]:
    """Rules of a finding that keep it from passing."""
    quiet = (*_QUIET, _UNJUDGED)
    return [i for i, (result, _, _) in finding.rules.items() if result not in quiet]


def not_judged(finding: Finding) -> list[str]:
    """Rules of a finding of which nobody can say whether it passes."""
    return [i for i, (result, _, _) in finding.rules.items() if result == _UNJUDGED]


_QUIET = ("pass", "favourable", "assumed")
_UNJUDGED = "unknown"


def _rules_line(finding: Finding) -> Listed | Sentence:
    """Rules that do not pass, and apart from them those that are not judged."""
    hit, open_ = (listed(ids, _MOST) for ids in (not_passed(finding), not_judged(finding)))
    if not not_judged(finding):
        return hit
    key = "rules_not_judged" if not_passed(finding) else "only_not_judged"
    return say(f"geoplan.register.{key}", rules=hit, open=open_, n=len(not_judged(finding)))


def _area_word(finding: Finding, entry: Entry) -> Sentence | str:
    """The land of a project; of one that is a point that it was judged as such."""
    if entry.geometry is None:
        return "—"
    if finding.area_m2 > 0 or shapely.get_dimensions(entry.geometry) > 1:
        return say("geoplan.register.area_of", ha=to_ha(finding.area_m2))
    return say(f"geoplan.register.area_of_point{'_judged' if finding.rules else ''}")


def checked_lines(found: Checked, lang: str) -> Iterator[str]:
    """What a check found, and what changed since the one before."""
    counts = Counter(f.result for f in found.check.findings)
    for f in found.check.findings:
        yield say(
            "geoplan.register.checked_line",
            id=f.id,
            name=found.entries[f.id].project.name,
            result=result_word(f.result),
            area=_area_word(f, found.entries[f.id]),
            rules=_rules_line(f),
        )(lang).rstrip()
    results = listed(
        say("geoplan.register.result_count", result=result_word(r), n=n)
        for r, n in sorted(counts.items())
    )
    yield say(
        "geoplan.register.checked",
        n=len(found.check.findings),
        as_of=found.check.as_of,
        results=results,
    )(lang)
    yield from _since(found, lang)
    for warn in found.told:
        at = f"{warn.where}: " if warn.code == "outside_county" else ""
        yield f"! {at}{warn.text(lang)}"


def _since(found: Checked, lang: str) -> Iterator[str]:
    if not found.before:
        yield say("geoplan.register.first_check")(lang)
        return
    before = found.before[:19]
    if found.moved:
        yield say("geoplan.register.since", before=before, n=len(found.moved))(lang)
    else:
        yield say("geoplan.register.since_none", before=before)(lang)
    for one in found.moved:
        yield say(
            "geoplan.register.moved_line",
            id=one.id,
            name=one.name,
            before=result_word(one.before),
            after=result_word(one.after),
        )(lang)
        for r in one.rules:
            yield say(
                "geoplan.register.moved_rule",
                rule=r.rule_id,
                before=result_word(r.before[0]),
                before_ha=to_ha(r.before[1] or r.before[2]),
                after=result_word(r.after[0]),
                after_ha=to_ha(r.after[1] or r.after[2]),
                causes=listed(_causes(r)),
            )(lang)
    if found.new:
        ids = listed(found.new, _MOST)
        yield say("geoplan.register.since_new", n=len(found.new), ids=ids)(lang)


def _causes(moved: RuleMoved) -> Iterator[Sentence]:
    """Why a rule says something else, every input that is another."""
    for cause in moved.causes:
        if cause == "rule":
            before, after = (
                cited_text(x) if x else say("geoplan.register.cause.no_article")
                for x in moved.article
            )
            same = moved.article[0] == moved.article[1]
            key = "rule_same" if same else "rule"
            words = say(
                f"geoplan.register.cause.{key}", article=after, before=before, after=after
            )
            yield _with_days(words, moved.law_days)
        elif cause == "layer":
            for layer, before_day, after_day in moved.layers:
                days = [
                    d or say("geoplan.register.cause.no_date") for d in (before_day, after_day)
                ]
                if before_day == after_day:
                    key, title = "geoplan.register.cause.layer_same_day", layer_of(layer).title
                    yield say(key, title=title, day=days[0])
                    continue
                yield say(
                    "geoplan.register.cause.layer",
                    title=layer_of(layer).title,
                    before=days[0],
                    after=days[1],
                )
        else:
            yield say(f"geoplan.register.cause.{cause}")


def _with_days(words: Sentence, days: Iterable[tuple[LawEvent, str]]) -> Sentence:
    """The words with what happened to the text, and its day."""
    events = [say(f"geoplan.register.law_day.{event}", day=day) for event, day in days]
    if not events:
        return words
    return say("geoplan.register.cause.on_days", words=words, events=listed(events))


def checked_as_dict(found: Checked, lang: str) -> JsonObject:
    """For ``--json``."""

    def rule(r: RuleMoved) -> JsonObject:
        return {
            "id": r.rule_id,
            "before": {"result": r.before[0], "hit_m2": r.before[1], "unknown_m2": r.before[2]},
            "after": {"result": r.after[0], "hit_m2": r.after[1], "unknown_m2": r.after[2]},
            "causes": list(r.causes),
            "article_before": r.article[0],
            "article_after": r.article[1],
            "law_days": [{"event": event, "day": day} for event, day in r.law_days],
            "layers": [{"id": i, "date_before": a, "date_after": b} for i, a, b in r.layers],
            "words": [c(lang) for c in _causes(r)],
        }

    def project(p: ProjectMoved) -> JsonObject:
        return {
            "id": p.id,
            "name": p.name,
            "before": p.before,
            "after": p.after,
            "rules": [rule(r) for r in p.rules],
        }

    check = found.check
    return {
        "at": check.stamp.at,
        "who": check.stamp.who,
        "run_id": check.stamp.run_id,
        "rules_hash": check.stamp.rules_hash,
        "as_of": check.as_of,
        "projects": [_finding(f, found.entries[f.id]) for f in check.findings],
        "before": found.before,
        "changed": [project(p) for p in found.moved],
        "new": list(found.new),
        "warnings": [t.model_dump(mode="json") for t in told_rows(found.told)],
    }


def _finding(f: Finding, entry: Entry) -> JsonObject:
    return {
        "id": f.id,
        "name": entry.project.name,
        "tech": f.tech,
        "result": f.result,
        "area_m2": f.area_m2,
        "rules": {
            k: {"result": r, "hit_m2": hit, "unknown_m2": unknown}
            for k, (r, hit, unknown) in f.rules.items()
        },
    }


# ------------------------------------------------------------------ impact


def _side(found: RuleFound | None) -> tuple[str, float]:
    if found is None:
        return "none", 0.0
    return found.says, to_ha(found.hit_m2 if found.hit_m2 else found.unknown_m2)


def impact_lines(found: Impact, name: str, as_of: str, lang: str) -> Iterator[str]:
    """Projects a rule or a book touches, and what its changes do to them."""
    ids = {t.name for t in found.touched}
    yield say(
        "geoplan.register.impact_heading",
        name=name,
        n=len(found.rules),
        projects=len(ids),
        as_of=as_of,
    )(lang)
    for warn in found.told:
        yield warn.text(lang)
    if not found.touched:
        yield say("geoplan.register.impact_none")(lang)
    head: tuple[object, str] | None = None
    for t in found.touched:
        if head != (t.day, t.rule_id):
            head = (t.day, t.rule_id)
            said = t.after or t.before
            text = say(
                "geoplan.register.article",
                article=cited_text(said.rule.citation) if said else "",
            )
            yield say(
                "geoplan.register.impact_day",
                day=t.day or say("geoplan.register.impact_today"),
                rule=t.rule_id,
                text=_with_days(text, t.law_days),
            )(lang)
        (before, before_ha), (after, after_ha) = _side(t.before), _side(t.after)
        key = "impact_line" if t.moves else "impact_same" if t.day else "impact_now"
        yield say(
            f"geoplan.register.{key}",
            id=t.name,
            name=found.names[t.name],
            before=result_word(before),
            before_ha=before_ha,
            after=result_word(after),
            after_ha=after_ha,
        )(lang)


def impact_as_dict(found: Impact) -> JsonObject:
    """For ``--json``."""

    def side(r: RuleFound | None) -> JsonObject | None:
        if r is None:
            return None
        return {
            "result": r.says,
            "hit_m2": r.hit_m2,
            "unknown_m2": r.unknown_m2,
            "citation": r.rule.citation,
        }

    def row(t: Touched) -> JsonObject:
        return {
            "id": t.name,
            "name": found.names[t.name],
            "rule": t.rule_id,
            "day": t.day.isoformat() if t.day else None,
            "moves": t.moves,
            "law_days": [{"event": event, "day": day} for event, day in t.law_days],
            "before": side(t.before),
            "after": side(t.after),
        }

    return {
        "rules": list(found.rules),
        "touched": [row(t) for t in found.touched],
        "warnings": [t.model_dump(mode="json") for t in told_rows(found.told)],
    }
