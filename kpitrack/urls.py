"""The table of contents of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from kpitrack import health
from kpitrack.favicon import favicon
from teams.api.document import SchemaView

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("favicon.ico", favicon, name="favicon"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SchemaView.as_view(), name="api_schema"),
    path(
        "api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"
    ),
    path("api/v1/", include("teams.api.urls")),
    path("api/v1/", include("indicators.api.urls")),
    path("api/v1/", include("measurements.api.urls")),
    path("api/v1/", include("verdicts.api.urls")),
    path("api/v1/", include("reviews.api.urls")),
    path("", include("teams.urls")),
    path("", include("indicators.urls")),
    path("", include("measurements.urls")),
    path("", include("verdicts.urls")),
    path("", include("reviews.urls")),
    path("", include("notifications.urls")),
    path("", include("dashboards.urls")),
]

if settings.TOOLBAR:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()

handler400 = "dashboards.errors.bad_request"
handler403 = "dashboards.errors.forbidden"
handler404 = "dashboards.errors.not_found"
handler500 = "kpitrack.failures.server_error"
