"""A caller of the API, who knows a few things to do with the default policy."""

from __future__ import annotations

import uuid
from typing import Any

import httpx2
from starlette.testclient import TestClient

from ledger.application import Ledger

NOTICE = {"version": "signup-notice-1", "language": "en"}
NAME, MAIL, STREET = "Meera Krishnan", "meera.krishnan@example.org", "17 Lotus Pond Road"


class Api:
    """Sends requests with a token and a fresh Idempotency-Key, and remembers the last position."""

    def __init__(self, http: TestClient | httpx2.Client, ledger: Ledger) -> None:
        self.http = http
        self.ledger = ledger
        self.position = self.last()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "everything",
        key: str | None = "",
        **options: Any,
    ) -> httpx2.Response:
        """One request. `key` None sends none; `headers` and `params` pass through."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if key is not None and method != "GET":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        if body is not None:
            options["json"] = body
        response = self.http.request(method, path, headers=headers, **options)
        assert isinstance(response, httpx2.Response)
        self.position = int(response.headers.get("Ledger-Position", self.position))
        return response

    def do(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A command that succeeds: its answer."""
        response = self.send(method, path, body, **options)
        assert response.status_code in (200, 201), response.text
        return response.json()

    def get(self, path: str, **params: Any) -> Any:
        """A read that sees what was done: its answer."""
        response = self.read(path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def read(self, path: str, **params: Any) -> httpx2.Response:
        """A read that sees what was done."""
        return self.send("GET", path, params={"after": self.position, **params})

    def last(self) -> int:
        """Where the log ends."""
        return self.ledger.recorder.last()[0]

    # ---- things to do -----------------------------------------------------------------------

    def subject(self) -> str:
        """A new subject's path."""
        registered = self.do("POST", "/v1/subjects", {"service": "web-site"})
        return f"/v1/subjects/{registered['ids']['subject']}"

    def person(self, mail: str = MAIL) -> str:
        """The path of a subject with a name, a mail address and a billing address."""
        path = self.subject()
        self.collect(path, **{"full-name": NAME, "email-address": mail, "billing-address": STREET})
        return path

    def collect(self, path: str, **values: str) -> Any:
        """Collect these attributes, as the sign-up form does."""
        listed = [{"attribute": name, "value": value} for name, value in values.items()]
        return self.do("POST", f"{path}/collections", collection(listed))

    def consent(self, path: str) -> Any:
        """Consent to news."""
        body = {"state": "given", "notice": NOTICE}
        return self.do("PUT", f"{path}/consents/promotional-news", body)

    def recipient(self, code: str = "mail-delivery-provider") -> str:
        """Register a recipient: its id."""
        body = {"code": code, "agreement": "agreement-7"}
        registered = self.do("POST", "/v1/recipients", body)
        return str(registered["ids"]["recipient"])

    def disclose(self, path: str, **more: Any) -> Any:
        """Data was passed to the mail provider for news."""
        return self.do("POST", f"{path}/disclosures", disclosure(**more))

    def hide(self, path: str, until: str) -> Any:
        """Data was passed to an authority that forbids to mention it until a day."""
        self.do("POST", "/v1/recipients", {"code": "investigating-authority"})
        return self.disclose(path, **WARRANT, hidden_until=until)


WARRANT: dict[str, Any] = {
    "recipient": "investigating-authority",
    "purpose": "legal-requests",
    "ground": "lawful-request",
    "country": "india",
    "reference": "order 7/2026",
}
"""A lawful request, which may forbid to mention it."""


def collection(values: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """The body of a collection by the sign-up form."""
    return {
        "values": values,
        "source": "signup-form",
        "country": "india",
        "purposes": ["account-keeping", "product-delivery", "promotional-news"],
        "notice": NOTICE,
        "service": "web-site",
        **more,
    }


def disclosure(**more: Any) -> dict[str, Any]:
    """The body of a disclosure to the mail provider."""
    return {
        "recipient": "mail-delivery-provider",
        "purpose": "promotional-news",
        "ground": "service-agreement",
        "country": "united-states",
        "attributes": ["full-name", "email-address"],
        **more,
    }


def problem(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of a problem body, which must be one in every respect."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"] and body["detail"]
    return response.status_code, str(body["type"]).removeprefix("/problems/")
