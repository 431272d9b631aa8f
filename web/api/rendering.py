"""How answers are written: JSON in which no digit of a number is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder


def encode_other(value: Any) -> Any:
    """What msgspec does not know itself: texts of other classes, and what DRF's encoder knows."""
    return str(value) if isinstance(value, str) else JSONEncoder().default(value)


encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=encode_other)


class ExactJSONRenderer(JSONRenderer):
    """JSON with decimals as numbers with all of their digits, and times in UTC with Z."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encoder.encode(data)
