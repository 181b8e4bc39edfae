"""A line for each request, if it is asked for: what `/metrics` counts, as it happens.

The server's own would tell paths and queries, which name people and what is sought about them.
"""

from __future__ import annotations

import structlog
from starlette.types import Scope

from api.metrics import labels_of

log = structlog.get_logger(__name__)


def write(scope: Scope, status: int, seconds: float) -> None:
    """A request was answered: its method, the template of its route, the status and the time."""
    method, route, _ = labels_of(scope, status)
    took = round(seconds * 1000, 1)
    log.info("request", method=method, route=route, status=status, milliseconds=took)
