"""One person's life through the ledger, scene by scene, over HTTP.

Every scene is requests and their answers; nothing is computed here that a query can say. The words
are the plot's: this file knows no purpose, no class, no recipient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from api.demo.plot import Plot
from api.demo.teller import Teller


class Scene(NamedTuple):
    """What happened, and what the API answered, by name."""

    name: str
    title: str
    told: dict[str, Any]


class Story:
    """The life of the plot's person. `others` are subjects that a run asks for as well."""

    def __init__(self, plot: Plot, teller: Teller, others: Sequence[str] = ()) -> None:
        self.plot = plot
        self._teller = teller
        self._others = list(others)
        self.subject = ""
        self.erasure = ""
        self._claim = ""

    def scenes(self) -> Iterator[Scene]:
        """The whole life, in order; each scene has happened when it is yielded."""
        yield self._registers()
        yield self._signs_up()
        yield self._chooses()
        yield self._is_disclosed()
        yield self._is_processed()
        yield self._is_claimed()
        yield self._is_shown("profile", "The profile, opened by staff for a reason")
        yield self._disclosure_history()
        yield self._asks_for_access()
        yield self._asks_for_erasure()
        yield self._is_kept_for_one_purpose_only()
        yield self._holders_answer("answers", "The holders outside answer")
        yield self._claim_ends()
        yield self._holders_answer("closed", "The holders answer what is new, and it is closed")
        yield self._is_shown("after", "The same profile after")
        yield self._what_is_left()

    @property
    def _path(self) -> str:
        return f"/v1/subjects/{self.subject}"

    def _registers(self) -> Scene:
        for known in self.plot.recipients:
            done = self._teller.tell("desk", "POST", "/v1/recipients", known.register_as)
            if known.standing:
                path = f"/v1/recipients/{done['ids']['recipient']}/standing-access"
                self._teller.tell("desk", "POST", path, known.standing)
        register = self._teller.ask("desk", "/v1/recipients")
        return Scene("register", "Who may receive data", {"recipients": register})

    def _signs_up(self) -> Scene:
        done = self._teller.tell("site", "POST", "/v1/subjects", self.plot.registration)
        self.subject = done["ids"]["subject"]
        for body in self.plot.collections:
            self._teller.tell("site", "POST", f"{self._path}/collections", body)
        profile = self._teller.ask("desk", f"{self._path}/profile")
        return Scene("sign-up", "Data is collected under notices", {"profile": profile})

    def _chooses(self) -> Scene:
        """Agrees to one purpose; agrees to another and takes it back; switches one off."""
        for choice in (self.plot.agrees, self.plot.withdraws):
            body = {"state": "given", "notice": choice.notice, "on_behalf_of": self.subject}
            if choice.statement:
                body["statement"] = choice.statement
            self._teller.tell("site", "PUT", f"{self._path}/consents/{choice.purpose}", body)
        withdrawal = {"state": "withdrawn", "on_behalf_of": self.subject}
        path = f"{self._path}/consents/{self.plot.withdraws.purpose}"
        self._teller.tell("site", "PUT", path, withdrawal)
        for purpose, switch in self.plot.switches_off.items():
            own = {**switch, "on_behalf_of": self.subject}
            self._teller.tell("site", "PUT", f"{self._path}/switches/{purpose}", own)
        held = self._teller.ask("desk", f"{self._path}/consents")
        return Scene("consents", "Consent given, and consent withdrawn", {"consents": held})

    def _is_disclosed(self) -> Scene:
        """Each disclosure is authorised before it is recorded; one is refused, and why is a fact."""
        for body in self.plot.disclosures:
            path = f"{self._path}/disclosures"
            asked = self._teller.tell("site", "POST", f"{path}/authorisations", body)
            done = {**body, "authorisation": asked["ids"]["disclosure"]}
            self._teller.tell("site", "POST", path, done)
        path = f"{self._path}/disclosures/authorisations"
        refused = self._teller.refused("site", "POST", path, self.plot.refused.disclosure)
        told = {"refused": refused, "asked": self.plot.refused.disclosure}
        return Scene("disclosed", "Data is disclosed, and a disclosure is refused", told)

    def _is_processed(self) -> Scene:
        told = self._run(self.plot.run, [self.subject, *self._others])
        return Scene("run", "A processing run uses the data", told)

    def _run(self, body: dict[str, Any], subjects: list[str]) -> dict[str, Any]:
        """Start a run, open its chunks one by one, record their outcome."""
        asked = {**body, "subjects": subjects}
        started = self._teller.tell("site", "POST", "/v1/processing-runs", asked)
        path = f"/v1/processing-runs/{started['ids']['run']}"
        for number in range(1, started["chunks"] + 1):
            chunk = self._teller.tell("site", "POST", f"{path}/chunks", {"chunk": number})
            outcome = {
                "chunk": number,
                "processed": list(chunk["subjects"]),
                "finished": number == started["chunks"],
            }
            self._teller.tell("site", "POST", f"{path}/outcomes", outcome)
        report: dict[str, Any] = self._teller.ask("site", path)
        return report

    def _is_claimed(self) -> Scene:
        done = self._teller.tell("desk", "POST", f"{self._path}/claims", self.plot.claim)
        self._claim = done["ids"]["claim"]
        plan = self._teller.ask("officer", f"{self._path}/erasures/plan")
        claims = self._teller.ask("desk", f"{self._path}/claims")
        return Scene("claim", "A claim must be kept", {"claims": claims, "plan": plan})

    def _is_shown(self, name: str, title: str) -> Scene:
        profile = self._teller.ask("desk", f"{self._path}/profile", reason=self.plot.reads_because)
        return Scene(name, title, {"profile": profile})

    def _disclosure_history(self) -> Scene:
        page = self._teller.ask("auditor", "/v1/disclosures", subject=self.subject)
        return Scene("disclosures", "Who got what, on which ground", {"disclosures": page["items"]})

    def _asks_for_access(self) -> Scene:
        body = {"reason": self.plot.answers_because, "on_behalf_of": self.subject}
        answer = self._teller.tell("desk", "POST", f"{self._path}/access-reports", body)
        return Scene("access", "The person asks what is known", answer)

    def _asks_for_erasure(self) -> Scene:
        body = {**self.plot.erasure, "on_behalf_of": self.subject}
        done = self._teller.tell("officer", "POST", f"{self._path}/erasures", body)
        self.erasure = done["ids"]["erasure"]
        return Scene("erasure", "The person asks for erasure", {"report": self._report()})

    def _is_kept_for_one_purpose_only(self) -> Scene:
        """What is retained serves its ground; every other purpose is refused."""
        other = self._run(self.plot.after_erasure.other, [self.subject])
        own = self._run(self.plot.after_erasure.own, [self.subject])
        return Scene("kept", "What is kept serves one purpose only", {"other": other, "own": own})

    def _holders_answer(self, name: str, title: str) -> Scene:
        """Each holder is told of its order and answers; the last answer closes the erasure."""
        path = f"{self._path}/erasures/{self.erasure}"
        answers = {known.register_as["code"]: known.answer for known in self.plot.recipients}
        for order in self._report()["ordered_elsewhere"]:
            if order["answered_at"]:
                continue
            notice = f"{path}/orders/{order['order']}/notices"
            self._teller.tell("officer", "POST", notice, self.plot.told)
            answer = {"order": order["order"], **answers[order["recipient"]["code"]]}
            self._teller.tell("officer", "POST", f"{path}/answers", answer)
        return Scene(name, title, {"report": self._report()})

    def _claim_ends(self) -> Scene:
        path = f"{self._path}/claims/{self._claim}?reason={self.plot.released_because}"
        self._teller.tell("desk", "DELETE", path)
        return Scene(
            "released", "The claim ends, and the erasure finishes", {"report": self._report()}
        )

    def _what_is_left(self) -> Scene:
        """The whole history of the person: acts, no values."""
        acts: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self._teller.ask("auditor", f"{self._path}/history", limit="1000", **cursor)
            acts += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        plan = self._teller.ask("officer", f"{self._path}/erasures/plan")
        return Scene("left", "What is left in the ledger", {"acts": acts, "plan": plan})

    def _report(self) -> Any:
        return self._teller.ask("officer", f"{self._path}/erasures/{self.erasure}")
