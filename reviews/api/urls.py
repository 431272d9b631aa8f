"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from reviews.api import inside, reviews

urlpatterns: list[URLPattern] = [
    path("review-plans/", reviews.PlanList.as_view(), name="api_review_plans"),
    path("review-plans/<int:plan_id>/", reviews.PlanDetail.as_view(), name="api_review_plan"),
    path(
        "review-plans/<int:plan_id>/open/",
        reviews.PlanOpening.as_view(),
        name="api_review_plan_open",
    ),
    path("reviews/", reviews.ReviewList.as_view(), name="api_reviews"),
    path("reviews/open/", reviews.ReviewOpening.as_view(), name="api_review_open"),
    path("reviews/<int:review_id>/", reviews.ReviewDetail.as_view(), name="api_review"),
    path(
        "reviews/<int:review_id>/close/",
        reviews.ReviewClosing.as_view(),
        name="api_review_close",
    ),
    path("reviews/<int:review_id>/items/", inside.ItemList.as_view(), name="api_review_items"),
    path(
        "reviews/<int:review_id>/items/<str:key>/",
        inside.ItemDetail.as_view(),
        name="api_review_item",
    ),
    path(
        "reviews/<int:review_id>/decisions/",
        inside.DecisionList.as_view(),
        name="api_decisions",
    ),
    path("reviews/<int:review_id>/actions/", inside.ActionList.as_view(), name="api_actions"),
    path(
        "reviews/<int:review_id>/actions/<int:action_id>/",
        inside.ActionDetail.as_view(),
        name="api_action",
    ),
]
