# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""The local web app: one plan, one token, 127.0.0.1 only, nothing asked of the network."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from geoplan.glossary import tech_word
from geoplan.maps.bare import bare_page
from geoplan.maps.contents import run_contents
from geoplan.maps.judged import thinly_judged
from geoplan.maps.themes import themes
from geoplan.maps.write import page_html
from geoplan.serve.asking import answer_questions
from geoplan.serve.capacity import land_capacity, moved_sites, sites_capacity
from geoplan.serve.facility import answer_facilities
from geoplan.serve.gate import Gate
from geoplan.serve.messages import (
    RebaseRequest,
    RulesAnswer,
    SaveRequest,
    WhatIfAnswer,
    WhatIfRequest,
)
from geoplan.serve.opening import PATIENCE_S, Opening, waiting_page
from geoplan.serve.picture import LegendOf, Painter, painter, state_legend
from geoplan.serve.rebase import rebase_session, session_events
from geoplan.serve.refusals import refused, say_refusals, spoken
from geoplan.serve.rule_rows import moved_rules, rule_rows
from geoplan.serve.run_page import result_mark, run_page
from geoplan.serve.save import SavedOf, save_plan, saved_answer
from geoplan.serve.scenario import (
    Base,
    Change,
    Session,
    Sessions,
    base_of,
    evaluate_changes,
    judged_too_little,
    merged_changes,
    of_rules,
    rebased,
)
from geoplan.serve.signing import answer_reviews, state_words
from geoplan.serve.sites import SiteCells, site_cells, site_rows
from geoplan.serve.tiles import give_tiles, show_tiles
from geoplan.serve.working import Working, answer_working
from geoplan.summary import read_run_summary
from geoplan.tiles.base import readable_bases
from gis.errors import ConfigError, GeoplanError
from gis.say import LANGS, Lang, both, say, texts_of
from gis.singular import forms_at_one
from layers.open.plan_layers import told_of
from layers.plain_json import JsonObject
from layers.plan.model import Plan
from layers.result import Progress, Warn
from siting.pv.study.section import PvSection
from siting.screen.coded import areas_by_state, state_raster
from siting.screen.section import ScreeningSection
from siting.sites.section import SitesSection

__all__ = ["Planner", "create_app", "plan_app"]


class Planner:
    """The plan being served, and what is computed once for all sessions."""

    def __init__(
        self,
        plan: Plan,
        run: Path | None,
        lang: str,
        register: Path | None = None,
        *,
        address: str = "",
        saved_beside: Path | None = None,
        checks: Callable[[], Path] | None = None,
        run_name: str = "",
    ) -> None:
        self.plan = plan
        self.address = address
        self.saved_of = SavedOf(plan, saved_beside, run_name or (run.name if run else ""))
        self.checks = checks
        self.run = run
        self.register = register
        self.lang = lang
        self.sessions = Sessions()
        self.working = Working()
        self.techs = tuple(plan.section(ScreeningSection).techs)
        self._bases: dict[str, Base] = {}
        self._painter: Painter | None = None
        self._cells: SiteCells | None = None
        self._told: list[JsonObject] | None = None
        self._lock = threading.Lock()
        self._page: Opening[str] | None = None
        self.tiles = readable_bases(plan)
        self.mark = result_mark(run) if run else ""
        contents = self.contents = run_contents(run) if run else None
        found = contents is not None and "sites" in contents.layers
        sites = contents.layer("sites") if contents is not None and found else None
        if sites is not None and "tech" in sites:
            sites = sites[sites["tech"] == "pv"].reset_index(drop=True)
        self.sites = sites
        # of the same moment as the sites, whatever the folder holds later
        self.summary = read_run_summary(run) if run else None

    def base(self, tech: str, session: Session | None = None) -> Base:
        """Where the session starts from: its own screening, or the plan's."""
        if session is not None and (session.frozen or session.scenario):
            return self._own_base(tech, session)
        with self._lock:
            if tech not in self._bases:
                words = say("geoplan.serve.work_screen", tech=tech_word(tech))
                with self.working.at(words) as told:
                    self._bases[tech] = base_of(self.plan, tech, None, partial(told, tech))
            return self._bases[tech]

    def _own_base(self, tech: str, session: Session) -> Base:
        """The screening of what a session made its scenario, kept while it is that."""
        with session.lock:
            start, found = (session.scenario, session.frozen), session.bases.get(tech)
        if found is not None:
            return found
        scenario, frozen = start
        with self.working.at(say("geoplan.serve.work_screen", tech=tech_word(tech))) as told:
            tell = partial(told, tech)
            own = base_of(self.plan, tech, scenario, tell) if scenario else self.base(tech)
            if moved := of_rules(own, frozen):
                own = rebased(self.plan, own, moved, tell)
        with session.lock:
            if (session.scenario, session.frozen) == start:
                session.bases[tech] = own
        return own

    def refuse_unknown(self, tech: str, changes: Sequence[Change], session: Session) -> None:
        """Refuse changes of rules that no use of the plan has.

        Raises
        ------
        ConfigError
            That names them.
        """
        strange = {c.rule_id for c in changes}
        for one in (tech, *self.techs):
            if not strange:
                return
            for base in (self.base(one, session), self.base(one)):
                strange -= {r.id for r in base.found.rules}
        if strange:
            where = ", ".join(sorted(strange))
            raise ConfigError(say("geoplan.faults.rule_not_in_force"), where=where)

    def warnings(self) -> list[JsonObject]:
        """What is to be known of the plan's layers; asked of them once."""
        with self._lock:
            if self._told is None:
                self._told = [w.as_dict() for w in told_of(self.plan)]
            return self._renewed() + self._told

    def _renewed(self) -> list[JsonObject]:
        """That the folder holds another run than the page shows."""
        if self.run is None or self.summary is None:
            return []
        try:
            now = read_run_summary(self.run).provenance.run_id
        except GeoplanError:  # a run that is being written, or was taken away
            now = ""
        if now == self.summary.provenance.run_id:
            return []
        return [Warn("run_renewed", say("geoplan.serve.run_renewed"), self.run.name).as_dict()]

    def painter(self, tech: str) -> Painter:
        """The painter of the plan grid."""
        base = self.base(tech)
        with self._lock:
            if self._painter is None:
                self._painter = painter(base.found.grid)
            return self._painter

    def cells(self, tech: str) -> SiteCells | None:
        """Cells of the run's sites; None without a run."""
        if self.sites is None:
            return None
        base = self.base(tech)
        with self._lock:
            if self._cells is None:
                self._cells = site_cells(self.sites, base.found.grid)
            return self._cells

    def pv_answer(
        self,
        before: npt.NDArray[np.uint8],
        after: npt.NDArray[np.uint8],
        land: WhatIfAnswer,
        weights: Mapping[str, float],
    ) -> WhatIfAnswer:
        """Capacity in two states, of the run's sites where there are any, else of all land."""
        section, ratio = (
            self.plan.section(SitesSection),
            self.plan.section(PvSection).dc_ac_ratio,
        )
        cells = self.cells("pv")
        if cells is None or self.sites is None or self.summary is None:
            two = [
                land_capacity(ha, section.mu_per_mw, ratio)
                for ha in (land["before_ha"], land["after_ha"])
            ]
            said = dict(zip(("before", "after"), map(both, two), strict=True))
            return {"capacity": said, "capacity_of": "land"}
        # the run's figures belong to the plan's own screening, whatever the session froze
        own = state_raster(self.base("pv").found)
        tables = [
            moved_sites(self.sites, cells, own, state, conditional=section.include_conditional)
            for state in (before, after)
        ]
        part = self.summary.connection
        known = None if part is None else part.by_tech.get("pv")
        two = [sites_capacity(t, known, ratio) for t in tables]
        said = dict(zip(("before", "after"), map(both, two), strict=True))
        rows = site_rows(tables[0], tables[1], weights)
        return {"sites": rows, "capacity": said, "capacity_of": "sites"}

    def page(self, token: str) -> Opening[str]:
        """The map page with the what-if tab; begun when it is first asked for, written once."""
        with self._lock:
            if self._page is None or self._page.failed:
                self._page = Opening(partial(self._write_page, token))
            return self._page

    def _write_page(self, token: str, progress: Progress) -> str:
        if self.contents is not None:
            args = self.contents, self.plan, self.lang, self.mark
            data = run_page(*args, progress)
        else:
            data = bare_page(self.plan, self.lang)
        for lang in ("zh", "en"):
            words = {f"map.{k}": v[lang] for k, v in texts_of("geoplan.serve").items()}
            data.meta["strings"][lang] |= words | (forms_at_one(words) if lang == "en" else {})
        place = self.plan.plan.title.model_dump()
        data.meta["title"] = {
            x: say("geoplan.serve.title", place=place[x])(x) for x in ("zh", "en")
        }
        data.meta["serve"] = {
            "token": token,
            "base": self.address,
            "techs": list(self.techs),
            "weights": self._weights(),
            "scenario": self.plan.section(ScreeningSection).scenario,
            "states": state_words(),
            "legends": {x: self._legend(x) for x in self.techs},
        }
        show_tiles(data, self.plan, self.tiles, self.address, token)
        data.meta["signoff"] = {"title": both(say("geoplan.review.heading")), "reviews": []}
        scripts = ("whatif.js", "reviews.js", "facility.js", "asking.js")
        return page_html(data, connect="'self'", extra_scripts=scripts)

    def picture(self, tech: str, session: Session, state: npt.NDArray[np.uint8]) -> bytes:
        """A state raster of a session as the map shows it."""
        little = self.base(tech, session).little_judged(self.plan)
        return self.painter(tech).webp(state, themes().state_colours(), little)

    def _thin(self, tech: str) -> bool:
        """Whether less than the limit was judged of the run's map of `tech`."""
        return self.contents is not None and tech in thinly_judged(self.contents)

    def _legend(self, tech: str) -> LegendOf:
        limit = self.plan.section(ScreeningSection).judged_limit
        return state_legend(tech, themes().state_colours(), limit, thin=self._thin(tech))

    def settings_of(self, base: Base, weights: Mapping[str, float]) -> dict[str, object]:
        """What the screen shows beside the rules that the plan says otherwise."""
        out: dict[str, object] = {}
        if base.found.scenario != self.plan.section(ScreeningSection).scenario:
            out["screening.scenario"] = base.found.scenario
        shown = self._weights()
        moved = {k: v for k, v in weights.items() if k in shown and abs(v - shown[k]) > 1e-9}
        if moved:
            out["sites.weights"] = {**shown, **moved}
        return out

    def _weights(self) -> dict[str, float]:
        basis = self.summary.sites_basis if self.summary else None
        return dict(basis.weights) if basis else {}


def _areas(areas_m2: Mapping[str, float]) -> dict[str, float]:
    return {k: v / 1e4 for k, v in areas_m2.items()}


def create_app(planner: Planner, token: str) -> Gate:
    """The app for one plan and one token.

    Parameters
    ----------
    planner : Planner
    token : str
        Every request has to carry it; compared in constant time.

    Returns
    -------
    Gate
        Answers only requests addressed to this machine by name or number.
    """
    return Gate(plan_app(planner, token), token=token, lang=planner.lang)


def plan_app(planner: Planner, token: str) -> FastAPI:
    """The app for one plan, for those who stand behind a gate of their own."""
    app = FastAPI(title="geoplan", docs_url=None, redoc_url=None, openapi_url=None)

    say_refusals(app, planner.lang)
    give_tiles(app, planner.tiles)

    def session_of(session_id: str) -> Session:
        found = planner.sessions.get(session_id)
        if found is None and planner.sessions.made_room(session_id):
            raise refused(410, "session_made_room", n=planner.sessions.most)
        if found is None:
            raise refused(410, "session_gone")
        return found

    def known_tech(tech: str) -> str:
        if tech not in planner.techs:
            raise refused(404, "no_such_use")
        return tech

    @app.get("/")
    def page(lang: str = "") -> HTMLResponse:
        opening = planner.page(token)
        found = opening.result(PATIENCE_S)
        asked = lang if lang in LANGS else planner.lang
        return waiting_page(opening.pace, asked) if found is None else HTMLResponse(found)

    @app.post("/api/session")
    def open_session() -> dict[str, str]:
        return {"session": planner.sessions.create(secrets.token_urlsafe(18)).id}

    @app.get("/api/rules/{tech}")
    def rules(tech: str, session: str) -> RulesAnswer:
        mine = session_of(session)
        base = planner.base(known_tech(tech), mine)
        mine.states[(tech, "base")] = state_raster(base.found)
        return {
            "rules": rule_rows(base),
            "area_ha": _areas(areas_by_state(base.found)),
            "frozen": [c.model_dump(exclude_none=True) for c in mine.frozen],
            "changes": [c.model_dump(exclude_none=True) for c in mine.changes],
            "bounds": planner.painter(tech).bounds_ll,
            "mu_per_mw": planner.plan.section(SitesSection).mu_per_mw,
            "warnings": planner.warnings(),
        }

    @app.post("/api/whatif")
    def whatif(ask: WhatIfRequest) -> WhatIfAnswer:
        began = time.perf_counter()
        mine = session_of(ask.session)
        tech = known_tech(ask.tech)
        base = planner.base(tech, mine)
        planner.refuse_unknown(tech, ask.changes, mine)
        own = of_rules(base, ask.changes)
        answer = evaluate_changes(planner.plan, base, own)
        before = mine.states.get((tech, "base"))
        if before is None:
            before = mine.states[(tech, "base")] = state_raster(base.found)
        after = answer.state if answer is not None and answer.state is not None else before
        with mine.lock:
            mine.changes = ask.changes
            mine.states[(tech, "what")] = after
        areas = areas_by_state(base.found)
        out: WhatIfAnswer = {
            "before_ha": _areas(areas),
            "after_ha": _areas(answer.after_m2 if answer is not None else areas),
        }
        if tech == "pv":
            out |= planner.pv_answer(before, after, out, ask.weights)
        out["moved"] = moved_rules(base, own, answer)
        less = judged_too_little(planner.plan, base, own)
        out["warnings"] = [*(w.as_dict() for w in less), *planner.warnings()]
        out["ms"] = round(1000 * (time.perf_counter() - began))
        return out

    @app.get("/api/picture/{tech}/{which}")
    def picture(tech: str, which: str, session: str) -> Response:
        mine = session_of(session)
        state = mine.states.get((known_tech(tech), which))
        if state is None:
            raise refused(404, "no_such_picture")
        return Response(planner.picture(tech, mine, state), media_type="image/webp")

    @app.post("/api/rebase")
    def rebase(ask: RebaseRequest) -> dict[str, bool]:
        mine = session_of(ask.session)
        tech = known_tech(ask.tech)
        planner.refuse_unknown(tech, ask.changes, mine)
        with mine.lock:
            if mine.busy:
                raise refused(409, "already_computing")
            mine.busy = True
        now = partial(planner.base, tech, mine)
        args = planner.plan, mine, tech, ask, now, planner.lang
        threading.Thread(target=rebase_session, args=args, daemon=True).start()
        return {"started": True}

    @app.get("/api/progress")
    async def progress(session: str) -> StreamingResponse:
        mine = session_of(session)
        return StreamingResponse(session_events(mine), media_type="text/event-stream")

    @app.post("/api/save")
    def save(ask: SaveRequest, request: Request) -> dict[str, str]:
        mine = session_of(ask.session)
        tech = known_tech(ask.tech)
        base = planner.base(tech, mine)
        planner.refuse_unknown(tech, ask.changes, mine)
        changes = merged_changes((*mine.frozen, *ask.changes))
        reason = say("geoplan.serve.reason", name=ask.name)(planner.lang)
        path = save_plan(
            planner.plan,
            changes,
            ask.name,
            reason,
            beside=planner.saved_of.beside,
            settings=planner.settings_of(base, ask.weights),
        )
        rules = ", ".join(c.rule_id for c in changes)
        return saved_answer(path, planner.saved_of, tongue(request)) | {"rules": rules}

    def tongue(request: Request) -> Lang:
        return spoken(request, planner.lang)

    answer_reviews(app, planner.plan, planner.contents, planner.register, tongue)
    answer_working(app, planner.working, tongue)
    answer_questions(app, planner.plan, tongue, planner.checks, planner.working)
    answer_facilities(app, planner.saved_of, tongue, planner.working)
    return app
