"""A screening that is computed again for one session, and what its listeners are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from geoplan.serve.messages import RebaseRequest
from geoplan.serve.scenario import Base, Session, base_of, merged_changes, of_rules, rebased
from gis.errors import GeoplanError
from gis.say import Lang
from layers.plan.model import Plan
from siting.screen.coded import state_raster

__all__ = ["rebase_session", "session_events"]


def rebase_session(
    plan: Plan,
    mine: Session,
    tech: str,
    ask: RebaseRequest,
    base_now: Callable[[], Base],
    lang: Lang,
) -> None:
    """Screen again for one session and tell its listeners how far it is."""

    def tell(done: int, total: int) -> None:
        mine.events.append({"done": done, "total": total})

    try:
        if ask.scenario is not None:
            base = base_of(plan, tech, ask.scenario, tell)
        else:
            base = base_now()
        if ask.changes or ask.scenario is None:
            base = rebased(plan, base, of_rules(base, ask.changes), tell)
        with mine.lock:
            mine.scenario = ask.scenario or mine.scenario
            before = mine.frozen if ask.scenario is None else ()
            mine.frozen = merged_changes((*before, *ask.changes))
            # the other uses start from the same: screened again when somebody looks at them
            mine.bases = {tech: base}
            mine.changes = ()
            mine.states = {(tech, "base"): state_raster(base.found)}
        mine.events.append({"finished": True})
    except GeoplanError as err:
        mine.events.append({"error": err.text(lang)})
    finally:
        mine.busy = False


async def session_events(mine: Session) -> AsyncIterator[str]:
    """Server-sent events of one session: each listener reads the list at its own pace.

    A slow reader holds up nobody: nothing waits for it, it only skips to the newest state.
    """
    sent = len(mine.events) if not mine.busy else 0
    idle = 0
    while idle < 1200:
        if sent < len(mine.events):
            sent = len(mine.events)
            newest = mine.events[-1]
            yield f"data: {json.dumps(newest, ensure_ascii=False)}\n\n"
            idle = 0
            if "finished" in newest or "error" in newest:
                return
        else:
            idle += 1
            if idle % 100 == 0:
                yield ": waiting\n\n"
            await asyncio.sleep(0.1)
