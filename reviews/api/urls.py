"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from reviews.api.inside import ActionDetail, ActionList, DecisionList, ItemDetail, ItemList
from reviews.api.reviews import (
    PlanDetail,
    PlanList,
    PlanOpening,
    ReviewClosing,
    ReviewDetail,
    ReviewList,
    ReviewOpening,
)

urlpatterns: list[URLPattern] = [
    path("review-plans/", PlanList.as_view(), name="api_review_plans"),
    path("review-plans/<int:plan_id>/", PlanDetail.as_view(), name="api_review_plan"),
    path("review-plans/<int:plan_id>/open/", PlanOpening.as_view(), name="api_review_plan_open"),
    path("reviews/", ReviewList.as_view(), name="api_reviews"),
    path("reviews/open/", ReviewOpening.as_view(), name="api_review_open"),
    path("reviews/<int:review_id>/", ReviewDetail.as_view(), name="api_review"),
    path("reviews/<int:review_id>/close/", ReviewClosing.as_view(), name="api_review_close"),
    path("reviews/<int:review_id>/items/", ItemList.as_view(), name="api_review_items"),
    path("reviews/<int:review_id>/items/<str:key>/", ItemDetail.as_view(), name="api_review_item"),
    path("reviews/<int:review_id>/decisions/", DecisionList.as_view(), name="api_decisions"),
    path("reviews/<int:review_id>/actions/", ActionList.as_view(), name="api_actions"),
    path(
        "reviews/<int:review_id>/actions/<int:action_id>/",
        ActionDetail.as_view(),
        name="api_action",
    ),
]
