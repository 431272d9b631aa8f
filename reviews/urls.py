"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from reviews import views

urlpatterns: list[URLPattern] = [
    path("reviews/", views.review_list, name="review_list"),
    path("teams/<slug:slug>/reviews/", views.review_list, name="review_list"),
    path("teams/<slug:slug>/reviews/open/", views.review_open, name="review_open"),
    path("teams/<slug:slug>/review-plans/new/", views.review_plan_new, name="review_plan_new"),
    path("review-plans/<int:plan_id>/", views.review_plan_edit, name="review_plan_edit"),
    path("reviews/<int:review_id>/", views.review_detail, name="review_detail"),
    path("reviews/<int:review_id>/minutes/", views.review_minutes, name="review_minutes"),
    path("reviews/<int:review_id>/close/", views.review_close, name="review_close"),
    path("reviews/<int:review_id>/actions/", views.review_act, name="review_act"),
    path(
        "reviews/<int:review_id>/items/<int:item_id>/comment/",
        views.review_comment,
        name="review_comment",
    ),
    path(
        "reviews/<int:review_id>/items/<int:item_id>/decide/",
        views.review_decide,
        name="review_decide",
    ),
    path("actions/<int:action_id>/done/", views.action_done, name="action_done"),
]
