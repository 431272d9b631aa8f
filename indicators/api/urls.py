"""The addresses of the app's REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from indicators.api import definition_versions, indicators, library, objectives, talk, targets

urlpatterns: list[URLPattern] = [
    path("indicators/", indicators.IndicatorList.as_view(), name="api_indicators"),
    path("indicators/<str:key>/", indicators.IndicatorDetail.as_view(), name="api_indicator"),
    path("indicators/<str:key>/targets/", targets.TargetList.as_view(), name="api_targets"),
    path(
        "indicators/<str:key>/targets/plan/", targets.TargetPlan.as_view(), name="api_target_plan"
    ),
    path(
        "indicators/<str:key>/annotations/", talk.AnnotationList.as_view(), name="api_annotations"
    ),
    path("indicators/<str:key>/comments/", talk.CommentList.as_view(), name="api_comments"),
    path(
        "indicators/<str:key>/definition-versions/",
        definition_versions.DefinitionVersionList.as_view(),
        name="api_definition_versions",
    ),
    path("objectives/", objectives.ObjectiveList.as_view(), name="api_objectives"),
    path("objectives/<str:slug>/", objectives.ObjectiveDetail.as_view(), name="api_objective"),
    path("library/", library.TemplateList.as_view(), name="api_library"),
    path("library/<str:key>/", library.TemplateDetail.as_view(), name="api_template"),
]
