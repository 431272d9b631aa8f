"""The log of the web server, which holds no secrets of addresses either."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from kpitrack.redaction import Redaction, redacted


class WebLog(Logger):  # type: ignore[misc]
    """gunicorn's log, also where somebody switches the access log on."""

    def setup(self, cfg: Any) -> None:
        """Begin to write, through the filter."""
        super().setup(cfg)
        self.error_log.addFilter(Redaction())
        self.access_log.addFilter(Redaction())

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        """The parts of an access line."""
        found = super().atoms(resp, req, environ, request_time)
        return {k: redacted(v) if isinstance(v, str) else v for k, v in found.items()}
