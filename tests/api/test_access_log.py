"""The access log: off unless it is asked for, and then without a path, an id or a value."""

from __future__ import annotations

from uuid import uuid4

import pytest
import structlog.testing
from starlette.testclient import TestClient

from api.main import build
from ledger.config import Settings
from tests.api.client import MAIL, NAME, Api


@pytest.mark.parametrize("wanted", [True, False])
def test_a_request_is_a_line_if_wanted(served: Settings, wanted: bool) -> None:
    """With the template of its route, the status and the time; of one that failed, too."""
    app = build(served, project=False, access_log=wanted)
    with TestClient(app) as http, structlog.testing.capture_logs() as logged:
        api = Api(http, app.state.house.ledger)
        path = api.subject()
        api.send("POST", f"{path}/disclosures", {"recipient": NAME})
        api.send("GET", f"/v1/subjects/{uuid4()}/consents?{MAIL}={NAME}")
        api.send(NAME.split()[0], f"/{MAIL}", token=None)
    assert all(line.pop("milliseconds") > 0 for line in logged)
    lines = [
        ("POST", "/v1/subjects", 201),
        ("POST", "/v1/subjects/{subject}/disclosures", 422),
        ("GET", "/v1/subjects/{subject}/consents", 404),
        ("other", "none", 404),
    ]
    expected = [
        {
            "event": "request",
            "log_level": "info",
            "method": method,
            "route": route,
            "status": status,
        }
        for method, route, status in lines
    ]
    assert logged == (expected if wanted else [])
