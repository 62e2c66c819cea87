# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""The reviewer's sign-off on the page of this machine: what was said, and saying it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from typing_extensions import TypedDict

from geoplan.maps.contents import RunContents
from geoplan.register.project import verdict_title
from geoplan.register.reviews import VERDICTS, SentReview
from geoplan.register.signed import review_as_dict, reviews_as_list
from geoplan.register.signing import add_review, present_of, standing_reviews
from geoplan.register.store import place_of
from gis.say import say
from layers.plain_json import JsonObject
from layers.plan.model import Plan

__all__ = ["ReviewsAnswer", "answer_reviews", "state_words"]


class ReviewsAnswer(TypedDict):
    """Reviews of the plan with what each is worth on the run shown, and its sites."""

    reviews: list[JsonObject]
    sites: list[str]


def state_words() -> dict[str, dict[str, str]]:
    """What the states of a review are called, for the page."""
    return {v: verdict_title(v).model_dump() for v in VERDICTS}


def answer_reviews(
    app: FastAPI,
    plan: Plan,
    run: RunContents | None,
    register: Path | None,
    spoken: Callable[[Request], str],
) -> None:
    """Put the addresses of the sign-off into `app`.

    Parameters
    ----------
    app : FastAPI
    plan : Plan
    run : RunContents or None
        The run that is shown; without one no site is reviewed.
    register : Path or None
        The register, where it is not the plan's own.
    spoken : callable
        The language of a request.
    """

    @app.get("/api/reviews")
    def reviews(request: Request) -> ReviewsAnswer:
        present = present_of(plan, run)
        found = standing_reviews(place_of(plan, register), plan, present)
        return {
            "reviews": reviews_as_list(found, spoken(request)),
            "sites": list(present.sites),
        }

    @app.post("/api/review")
    def review(request: Request, sent: SentReview) -> JsonObject:
        lang = spoken(request)
        where = say("geoplan.review.of_body")(lang)
        values = sent.model_dump(exclude={"who"})
        place, present = place_of(plan, register), present_of(plan, run)
        return review_as_dict(add_review(place, plan, values, sent.who, present, where), lang)
