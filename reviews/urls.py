"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from reviews.views import inside, meeting, plans, reviews

urlpatterns: list[URLPattern] = [
    path("reviews/", reviews.review_list, name="review_list"),
    path("teams/<slug:slug>/reviews/", reviews.review_list, name="review_list"),
    path("teams/<slug:slug>/reviews/open/", reviews.review_open, name="review_open"),
    path("teams/<slug:slug>/review-plans/new/", plans.review_plan_new, name="review_plan_new"),
    path("review-plans/<int:plan_id>/", plans.review_plan_edit, name="review_plan_edit"),
    path("reviews/<int:review_id>/", meeting.review_detail, name="review_detail"),
    path("reviews/<int:review_id>/minutes/", meeting.review_minutes, name="review_minutes"),
    path("reviews/<int:review_id>/close/", reviews.review_close, name="review_close"),
    path("reviews/<int:review_id>/actions/", inside.review_act, name="review_act"),
    path(
        "reviews/<int:review_id>/items/<int:item_id>/comment/",
        inside.review_comment,
        name="review_comment",
    ),
    path(
        "reviews/<int:review_id>/items/<int:item_id>/decide/",
        inside.review_decide,
        name="review_decide",
    ),
    path("actions/<int:action_id>/done/", inside.action_done, name="action_done"),
]
