"""The plan of many counties, and the plan it makes for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from geoplan.plan_file import load_plan, of_many
from gis.errors import ConfigError, Fault, GeoplanError, raise_faults
from gis.files.given import given_bytes, given_file
from gis.say import listed, say
from gis.toml import parse_toml
from layers.model_faults import model_faults
from layers.plan.model import Plan
from layers.plan.write import plan_text, write_plan
from layers.recognise.counties import County, counties_under, find_county
from layers.spec import Frozen, Text

__all__ = ["ManyCounties", "OneCounty", "read_counties"]

_PLACE = "{adcode}"  # in paths of the plan: the code of each county
_BOOK = ".toml"


class CountyEntry(Frozen):
    """``[[counties]]``: a province, a city or a county.

    Attributes
    ----------
    code
        Six digits, or the name; of a province or city all its counties are meant.
    without
        Codes of counties of it that are left out.
    plan
        Plan file of this one county, in place of what the plan of all says.
    """

    code: Annotated[str, Field(min_length=1)]
    without: tuple[Annotated[str, Field(pattern=r"^\d{6}$")], ...] = ()
    plan: str = ""


@dataclass(frozen=True)
class OneCounty:
    """A county of a plan of many, with the file of its own plan."""

    adcode: str
    title: Text
    plan: Path


@dataclass(frozen=True)
class ManyCounties:
    """A plan of many counties.

    Attributes
    ----------
    id, title, lang, synthetic
        Of the plan.
    counties
        In the order of their codes.
    common
        The plan of one of them, for what they share.
    """

    id: str
    title: Text
    lang: str
    synthetic: bool
    counties: tuple[OneCounty, ...]
    common: Plan


def _entries(doc: Mapping[str, Any], name: str) -> list[CountyEntry]:
    found: list[CountyEntry] = []
    faults: list[Fault] = []
    for i, given in enumerate(doc["counties"]):
        try:
            found.append(CountyEntry.model_validate(given))
        except ValidationError as err:
            faults += model_faults(err, name, ("counties", str(i)))
    raise_faults(ConfigError, faults)
    return found


def _meant(entries: list[CountyEntry], name: str) -> dict[str, tuple[County, str]]:
    """Counties by code, each with its own plan file; a later entry has the last word."""
    found: dict[str, tuple[County, str]] = {}
    faults: list[Fault] = []
    for entry in entries:
        where = f"{name} [[counties]] code = {entry.code}"
        try:
            below = (find_county(entry.code),) if entry.plan else counties_under(entry.code)
        except ConfigError as err:
            faults += err.faults
            continue
        strange = sorted(set(entry.without) - {c.adcode for c in below})
        if strange:
            faults.append(
                Fault(say("geoplan.counties.not_of_it"), where=where, got=listed(strange))
            )
        kept = [c for c in below if c.adcode not in entry.without]
        found |= {c.adcode: (c, entry.plan) for c in kept}
    if not found and not faults:
        faults.append(Fault(say("geoplan.counties.none"), where=f"{name} [[counties]]"))
    raise_faults(ConfigError, faults)
    return dict(sorted(found.items()))


def _placed(value: Any, adcode: str) -> Any:  # noqa: ANN401 - what TOML holds
    """`value` with the code of the county in its texts."""
    if isinstance(value, str):
        return value.replace(_PLACE, adcode)
    if isinstance(value, Mapping):
        return {k: _placed(v, adcode) for k, v in value.items()}
    return [_placed(v, adcode) for v in value] if isinstance(value, list) else value


def _own(doc: Mapping[str, Any], county: County, folder: Path) -> Mapping[str, Any]:
    """The document of one county; relative paths start where they did in that of all."""
    out: dict[str, Any] = _placed(
        {k: v for k, v in doc.items() if k != "counties"}, county.adcode
    )
    title = county.title
    out["plan"] = {
        **out["plan"],
        "id": f"{out['plan']['id']}_{county.adcode}",
        "title": {"zh": title.zh, "en": title.en},
    }
    # each in its own zone
    area = {k: v for k, v in out.get("area", {}).items() if k != "crs"}
    out["area"] = {"boundary": {"adcode": county.adcode}, **area}
    data = out.get("data", {})
    out["data"] = {**data, "root": str((folder / data.get("root", ".")).resolve())}
    screening = dict(out.get("screening", {}))
    if "books" in screening:
        screening["books"] = [
            str((folder / b).resolve()) if b.endswith(_BOOK) else b for b in screening["books"]
        ]
    if "shared" in screening:
        screening["shared"] = str((folder / screening["shared"]).resolve())
    if screening:
        out["screening"] = screening
    return out


def _told_once(doc: Mapping[str, Any], name: str) -> None:
    """Refuse what only the plan of one county can say.

    Raises
    ------
    ConfigError
    """
    area = doc.get("area", {})
    wrong = [k for k in ("boundary", "adcode", "crs") if k in area and area[k] != "auto"]
    raise_faults(
        ConfigError,
        [
            Fault(
                say("geoplan.counties.of_one_county"),
                where=f"{name} [area] {k}",
                todo=say("geoplan.counties.leave_out"),
            )
            for k in wrong
        ],
    )


def read_counties(path: Path, folder: Path) -> ManyCounties:
    """Read the plan of many counties and write the plan of each.

    Parameters
    ----------
    path : Path
        A plan file with ``[[counties]]``.
    folder : Path
        Where plan files of single counties are written; what is there is replaced.

    Raises
    ------
    ConfigError
        With the faults of the plan, and of the plans of all counties.
    """
    path = given_file(path, ConfigError).resolve()
    doc = parse_toml(given_bytes(path, ConfigError), path.name)
    if not of_many(doc):
        raise ConfigError(say("geoplan.counties.none"), where=f"{path.name} [[counties]]")
    _told_once(doc, path.name)
    meant = _meant(_entries(doc, path.name), path.name)
    folder.mkdir(parents=True, exist_ok=True)
    faults: dict[str, Fault] = {}
    counties: list[OneCounty] = []
    plans: list[Plan] = []
    shared: list[Plan] = []
    for adcode, (county, own) in meant.items():
        file = path.parent / own if own else folder / f"{adcode}.toml"
        try:
            if not own:
                write_plan(file, plan_text(_own(doc, county, path.parent)), replace=True)
            plan = load_plan(file)
        except GeoplanError as err:
            # the same fault of the common part is told once
            faults |= {f"{f.where} {f.what}": f for f in err.faults}
            continue
        if plan.area.code != adcode:
            where = f"{path.name} [[counties]] plan = {own}"
            text = say("geoplan.counties.plan_of_another")
            faults[where] = Fault(text, where=where, got=plan.area.code, expected=adcode)
        counties.append(OneCounty(adcode, county.title, file.resolve()))
        plans.append(plan)
        shared += [] if own else [plan]
    raise_faults(ConfigError, list(faults.values()))
    head = plans[0].plan
    title = doc["plan"].get("title", {})
    return ManyCounties(
        id=str(doc["plan"]["id"]),
        title=Text.model_validate(title) if title else head.title,
        lang=head.lang,
        synthetic=head.synthetic,
        counties=tuple(counties),
        common=(shared or plans)[0],
    )
