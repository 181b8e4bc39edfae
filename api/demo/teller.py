"""Clients of the API: one for each role, each with its own token."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2

from api.demo.plot import Role
from ledger.errors import LedgerError

TIMEOUT = 30.0
"""Seconds for one answer."""


class Unexpected(LedgerError):
    """The API answered something else than the story needs. Facts: what was asked, the problem."""

    code = "unexpected-answer"
    says = "The API answered something else than the story needs."
    remedy = "Nothing is lost; the ledger is as the last scene left it."


class Teller:
    """Sends requests as a role, and remembers the last position so that every read is up to date."""

    def __init__(self, address: str, tokens: dict[Role, str]) -> None:
        self._clients = {
            role: httpx2.Client(
                base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT
            )
            for role, token in tokens.items()
        }
        self.position = 0

    def close(self) -> None:
        """Let go of the connections."""
        for client in self._clients.values():
            client.close()

    def tell(self, role: Role, method: str, path: str, body: Any = None) -> Any:
        """Send a command; the answer, which must be a success."""
        answer = self._send(role, method, path, body)
        if not answer.is_success:
            raise Unexpected(asked=f"{method} {path.split('?')[0]}", **_problem(answer))
        return answer.json() if answer.content else None

    def refused(self, role: Role, method: str, path: str, body: Any) -> Any:
        """Send a command that the policy must refuse; the problem with its rules."""
        answer = self._send(role, method, path, body)
        if answer.status_code != httpx2.codes.FORBIDDEN:
            raise Unexpected(asked=f"{method} {path}", status=answer.status_code)
        return answer.json()

    def ask(self, role: Role, path: str, **query: str) -> Any:
        """Read, at the position of the last command or later."""
        asked = {"after": str(self.position), **query}
        answer = self._clients[role].get(path, params=asked)
        if not answer.is_success:
            raise Unexpected(asked=f"GET {path}", **_problem(answer))
        self._note(answer)
        return answer.json()

    def _send(self, role: Role, method: str, path: str, body: Any) -> httpx2.Response:
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self._clients[role].request(method, path, json=body, headers=headers)
        self._note(answer)
        return answer

    def _note(self, answer: httpx2.Response) -> None:
        self.position = max(self.position, int(answer.headers.get("Ledger-Position", 0)))


def _problem(answer: httpx2.Response) -> dict[str, str]:
    """Type and rules of a problem: never what was sent."""
    try:
        body = answer.json()
    except ValueError:
        return {"status": str(answer.status_code)}
    named = [*body.get("errors", ()), *body.get("rules", ())]
    rules = [f"{one.get('field', '')} {one['rule']}".strip() for one in named if "rule" in one]
    return {
        "status": str(answer.status_code),
        "type": body.get("type", "?"),
        "rules": "; ".join(rules),
    }
