"""The long-term correction of a plan's measured series: lines, JSON, series and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from geoplan.report.document import Block, Document, Heading, Items, Paragraph
from geoplan.report.frames import named_table
from geoplan.report.html import write_html
from gis.errors import ConfigError
from gis.say import Sentence, both, say
from layers.plain_json import to_json
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Outcome, Text
from layers.weather import Weather
from siting.pv.study.section import PvSection
from siting.resource.light import CorrectedLight
from siting.resource.long_term import LongTerm
from siting.resource.plan_series import plan_light_correction
from siting.resource.told import LongTermFacts, facts, facts_table, hold_out_table, sector_table
from siting.wind.mast import plan_wind_correction
from siting.wind.resource.corrected import CorrectedWind
from siting.wind.section import WindSection

__all__ = ["Corrections", "corrections", "long_term_lines", "write_long_term"]


@dataclass(frozen=True, eq=False)
class Corrections:
    """What of a plan could be corrected to the long term."""

    wind: CorrectedWind | None
    light: CorrectedLight | None
    told: tuple[Warn, ...] = ()

    @property
    def series(self) -> dict[Sentence, LongTerm]:
        """Name of a series -> its correction: every height of the mast, the light."""
        out: dict[Sentence, LongTerm] = {}
        if self.wind is not None:
            for height, found in self.wind.by_height.items():
                out[say("siting.long_term.wind_at", height_m=height)] = found
        if self.light is not None:
            out[say("siting.long_term.light")] = self.light.correction
        return out

    @property
    def warnings(self) -> tuple[Warn, ...]:
        """What was found and done on the way."""
        parts = [p.weather.warnings for p in (self.wind, self.light) if p is not None]
        parts.append(self.told)
        return tuple({(w.code, w.text("en")): w for p in parts for w in p}.values())

    def answer(self) -> Answer:
        """For machines."""
        wind = light = None
        if self.wind is not None:
            series = tuple(facts(f, h) for h, f in self.wind.by_height.items())
            tried = _tried(self.wind.by_reference)
            wind = PartAnswer(reference=self.wind.reference, series=series, references=tried)
        if self.light is not None:
            series = (facts(self.light.correction),)
            tried = _tried(self.light.by_reference)
            light = PartAnswer(reference=self.light.reference, series=series, references=tried)
        warnings = tuple(
            Told(code=w.code, text=Text(**both(w.text)), where=w.where) for w in self.warnings
        )
        return Answer(wind=wind, light=light, warnings=warnings)


class Tried(Outcome):
    """One reference and what it makes of the long-term mean."""

    id: str
    r: float
    mean_long_term: float


class PartAnswer(Outcome):
    """Wind (a series a height) or light."""

    reference: str = Field(description="id of the reference used: the best correlated")
    series: tuple[LongTermFacts, ...]
    references: tuple[Tried, ...]


class Told(Outcome):
    """A warning in both languages."""

    code: str
    text: Text
    where: str


class Answer(Outcome):
    """What ``geoplan long-term --json`` writes."""

    wind: PartAnswer | None
    light: PartAnswer | None
    warnings: tuple[Told, ...]


def _tried(by: Mapping[str, LongTerm]) -> tuple[Tried, ...]:
    return tuple(
        Tried(id=name, r=f.overlap.r, mean_long_term=f.mean_long_term) for name, f in by.items()
    )


def corrections(plan: Plan) -> Corrections:
    """Correct what the plan has measured by the references it names.

    Raises
    ------
    ConfigError
        When the plan names no measured series with a reference of the same quantity.
    """
    section, source = plan.section(WindSection), plan.section(PvSection).weather
    unused = []
    if section.weather is not None and not section.weather.role:
        section = section.model_copy(update={"weather": None})
        unused.append("[wind.weather]")
    wind = plan_wind_correction(plan, section)
    own = source if source is not None and source.role else None
    light = plan_light_correction(plan, own)
    if wind is None:
        unused.clear()
    if light is not None and own is None:
        unused.append("[pv.weather]")
    if wind is None and light is None:
        raise ConfigError(
            say("geoplan.long_term.nothing"),
            where=f"{plan.path.name} [resource]",
            todo=say("geoplan.long_term.name_both"),
        )
    told = [
        Warn("long_term_not_used", say("geoplan.long_term.not_used", section=name), name)
        for name in unused
    ]
    return Corrections(wind, light, tuple(told))


def long_term_lines(found: Corrections, lang: str) -> Iterator[str]:
    """The answer in a few lines, for the terminal."""
    for name, one in found.series.items():
        yield say(
            "geoplan.long_term.line",
            name=name,
            site=one.overlap.mean_site,
            long_term=one.mean_long_term,
            unit=one.unit,
            change=one.factor - 1.0,
            sd=one.sd_frac,
        )(lang)
    for warn in found.warnings:
        yield f"! {warn.text(lang)}"


def _blocks(found: Corrections, lang: str) -> list[Block]:
    named = {name(lang): one for name, one in found.series.items()}
    blocks: list[Block] = [Heading(1, say("geoplan.long_term.h_result")(lang))]
    blocks.append(Paragraph(say("geoplan.long_term.how")(lang)))
    caption = say("geoplan.long_term.c_result")(lang)
    blocks.append(named_table("result", caption, facts_table(named, lang), digits=3))
    if found.warnings:
        blocks.append(Items([w.text(lang) for w in found.warnings]))
    blocks.append(Heading(1, say("geoplan.long_term.h_hold_out")(lang)))
    blocks.append(Paragraph(say("geoplan.long_term.how_hold_out")(lang)))
    caption = say("geoplan.long_term.c_hold_out")(lang)
    blocks.append(named_table("hold_out", caption, hold_out_table(named, lang), digits=3))
    if found.wind is not None:
        blocks.append(Heading(1, say("geoplan.long_term.h_sectors")(lang)))
        caption = say("geoplan.long_term.c_sectors", height_m=max(found.wind.by_height))(lang)
        blocks.append(
            named_table("sectors", caption, sector_table(found.wind.top, lang), digits=3)
        )
    return blocks


def write_long_term(found: Corrections, plan: Plan, out: Path, *, lang: str) -> list[Path]:
    """Write facts (JSON), corrected series (CSV a plan reads again) and a page into `out`.

    Returns
    -------
    list of Path
        The files written.
    """
    out.mkdir(parents=True, exist_ok=True)
    answer = out / "long_term.json"
    text = json.dumps(to_json(found.answer().model_dump()), ensure_ascii=False, indent=1)
    answer.write_text(text + "\n", encoding="utf-8")
    written = [answer]
    for name, part in (("wind", found.wind), ("light", found.light)):
        if part is not None:
            written.append(_series_file(part.weather, out / f"long_term_{name}.csv"))
    page = Document(
        title=say("geoplan.long_term.title")(lang),
        subtitle=plan.plan.title(lang),
        lang=lang,
        footer=say("geoplan.report.internal")(lang),
        blocks=_blocks(found, lang),
    )
    written.append(write_html(page, out / "long_term.html"))
    return written


def _series_file(weather: Weather, path: Path) -> Path:
    """The corrected hours with their clock and place, as ``format = "csv"`` reads them."""
    known = {
        "source": weather.source.replace("\n", " "),
        "lon": f"{weather.lon:.6f}",
        "lat": f"{weather.lat:.6f}",
        "altitude_m": f"{weather.altitude_m:.1f}",
        "tz": "UTC",
        "label": "mid",
        "typical_year": str(weather.typical_year).lower(),
        "synthetic": str(weather.synthetic).lower(),
    }
    table = weather.hourly.dropna(axis=1, how="all").round(4)
    stamps = weather.index.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    table.insert(0, "time", stamps)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(f"# {key}: {value}\n" for key, value in known.items())
        table.to_csv(stream, index=False, lineterminator="\n")
    return path
