"""The OpenAPI document as it is served: built once a process, and with a tag."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from web.api.queries import refuse_unknown_options


@cache
def document() -> tuple[bytes, str]:
    """Build the document, compact, and its tag; it changes with the version of the code alone."""
    generator: Any = SchemaGenerator
    found = generator().get_schema(request=None, public=True)
    plain = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return plain, f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'


class SchemaView(APIView):
    """The OpenAPI document, open to everybody: it tells of the product and of nobody's data."""

    permission_classes = (AllowAny,)
    renderer_classes = (OpenApiJsonRenderer, OpenApiJsonRenderer2)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """The document, or 304 where the caller has it already."""
        refuse_unknown_options(request, self)
        plain, tag = document()
        answer = HttpResponse(plain, content_type=request.accepted_renderer.media_type)
        answer["ETag"], answer["Cache-Control"] = tag, "public, no-cache"
        patch_vary_headers(answer, ["Accept"])
        return get_conditional_response(request, etag=tag, response=answer) or answer
