"""The REST API of the library: templates to define indicators from, read-only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators import library
from teams.access import Scope
from web.api.fields import Number
from web.api.queries import option_text
from web.api.schema import LISTING, READING


class ExampleShape(serializers.Serializer[library.ExampleTarget]):
    """A target as people would set it."""

    text = serializers.CharField()
    kind = serializers.CharField()
    comparator = serializers.CharField()
    strict = serializers.BooleanField()
    value = Number(allow_null=True)
    upper = Number(allow_null=True)
    baseline = Number(allow_null=True)
    growth = Number(allow_null=True, help_text="Share a period: 0.10 is ten percent.")


class TemplateShape(serializers.Serializer[library.Template]):
    """What is known of a measure that many organisations use."""

    key = serializers.CharField()
    area = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField()
    unit_label = serializers.CharField()
    factor = Number()
    decimals = serializers.IntegerField()
    display_scale = serializers.CharField()
    minimum = Number(allow_null=True)
    maximum = Number(allow_null=True)
    direction = serializers.CharField()
    rollup = serializers.CharField()
    period = serializers.CharField()
    entry_period = serializers.CharField()
    formula = serializers.CharField()
    specific = serializers.CharField()
    measurable = serializers.CharField()
    pitfalls = serializers.ListField(child=serializers.CharField())
    guard = serializers.CharField(help_text="Key of the template that shows the harm.")
    perspective = serializers.CharField()
    customer_impact = serializers.CharField()
    business_value = serializers.CharField()
    target = ExampleShape()


class TemplatePage(serializers.Serializer[Any]):
    """All of them, in the form of a page."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = TemplateShape(many=True)


class TemplateList(APIView):
    """All templates; there are few enough for one answer."""

    read_scope = Scope.INDICATORS_READ
    parameters: ClassVar = {
        "GET": [
            OpenApiParameter("area", str, description="Such as sales or finance."),
            OpenApiParameter("q", str, description="In name, key and description."),
        ]
    }

    @extend_schema(
        operation_id="list_templates",
        responses={200: TemplatePage, **LISTING},
    )
    def get(self, request: Request) -> Response:
        """By area."""
        area, words = option_text(request, "area"), option_text(request, "q").lower()
        found = [
            template
            for template in library.templates().values()
            if (not area or template.area == area)
            and words in f"{template.name} {template.key} {template.description}".lower()
        ]
        page: Any = {"next": None, "previous": None, "results": found}
        return Response(TemplatePage(page).data)


class TemplateDetail(APIView):
    """One template."""

    read_scope = Scope.INDICATORS_READ

    @extend_schema(operation_id="read_template", responses={200: TemplateShape, **READING})
    def get(self, request: Request, key: str) -> Response:
        """With pitfalls and an example target."""
        template = library.find_template(key)
        if template is None:
            raise Http404
        return Response(TemplateShape(template).data)
