"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from notifications import views

urlpatterns: list[URLPattern] = [
    path("mails/", views.mail_list, name="mail_list"),
    path("mails/<str:file>/<int:number>/", views.mail_detail, name="mail_detail"),
    path("notifications/", views.notification_list, name="notification_list"),
    path("notifications/preferences/", views.preference_edit, name="preference_edit"),
    path(
        "notifications/<uuid:notification_id>/send-again/",
        views.notification_send_again,
        name="notification_send_again",
    ),
    path("indicators/<str:key>/values/ask/", views.value_ask, name="value_ask"),
    path(
        "notifications/unsubscribe/<str:signed>/",
        views.notification_unsubscribe,
        name="notification_unsubscribe",
    ),
]
