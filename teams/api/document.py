"""The OpenAPI document as it is served: built once a process, packed, and with a tag."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Document:
    """The document in both of its transfer codings."""

    plain: bytes
    packed: bytes
    tag: str


@cache
def document() -> Document:
    """Build the document, compact; it changes with the version of the code alone."""
    generator: Any = SchemaGenerator
    found = generator().get_schema(request=None, public=True)
    plain = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.sha256(plain).hexdigest()[:32]
    return Document(plain, gzip.compress(plain, mtime=0), f'W/"{tag}"')


class SchemaView(APIView):
    """The OpenAPI document, open to everybody: it tells of the product and of nobody's data."""

    permission_classes = (AllowAny,)
    renderer_classes = (OpenApiJsonRenderer, OpenApiJsonRenderer2)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """The document, or 304 where the caller has it already."""
        refuse_unknown_options(request, self)
        found = document()
        is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        kind = request.accepted_renderer.media_type
        answer = HttpResponse(found.packed if is_packed else found.plain, content_type=kind)
        if is_packed:
            answer["Content-Encoding"] = "gzip"
        answer["ETag"], answer["Cache-Control"] = found.tag, "public, no-cache"
        patch_vary_headers(answer, ["Accept", "Accept-Encoding"])
        return get_conditional_response(request, etag=found.tag, response=answer) or answer
