"""A document that was published stays readable and in force, whatever is asked of candidates since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.config import Settings
from ledger.errors import PolicyInvalid
from ledger.genesis import create
from ledger.policy import document
from ledger.policy.model import PolicyDocument
from tests.ledger.policy.test_consistency import BROKEN, GONE, Change, changed
from tests.ledger.world import EMAIL, MAILER, NAME, World, relabelled

FIRST = Path(__file__).with_name("published-1.yaml")
"""The document that was shipped before it had regimes, templates, accounts or a sweep. Never edit it."""
NEW = {
    "measures",
    "documents", "regimes", "default_regimes", "prohibited", "templates", "member_roles", "matters",
    "retention_rules", "identifiers", "sweep",
}  # fmt: skip


def test_a_document_without_the_sections_of_today_is_read() -> None:
    """And says what it always said; what it did not say is empty, or the default."""
    read = document.read(FIRST.read_text("utf-8"))
    assert read.policy.label == "optimizory-2026-11"
    assert (read.regimes, read.templates, read.retention_rules) == ({}, {}, {})
    assert read.sweep.wait_hours == 24
    assert all(one.ends is None for one in read.classes.values())


def test_the_same_document_is_no_candidate_any_more() -> None:
    """Each missing section is named, in one go."""
    missed = {one.key for one in document.problems(FIRST.read_text("utf-8"))}
    assert missed == NEW


@pytest.mark.parametrize("section", list(PolicyDocument.model_fields))
def test_a_candidate_without_a_section_is_refused(section: str) -> None:
    """No section is left to a default by oversight, also none that may be empty."""
    with pytest.raises(PolicyInvalid) as caught:
        document.load(changed({section: GONE}))
    assert (caught.value.facts["key"], caught.value.facts["rule"]) == (section, "is missing")


@pytest.mark.parametrize(("change", "key", "rule"), BROKEN)
def test_no_contradiction_makes_a_published_document_unreadable(
    change: Change, key: str, rule: str
) -> None:
    """Rules of the checker come later than documents."""
    assert document.read(changed(change)).policy.label == "schule-am-park-2026"


def test_what_is_no_such_document_is_not_read() -> None:
    """A text that never can have been published."""
    with pytest.raises(PolicyInvalid):
        document.read("policy: {label: x}")


@pytest.fixture
def early(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A ledger that was opened when the first document was a candidate."""
    given = store_settings.model_dump(exclude_defaults=True)
    with monkeypatch.context() as patch:
        patch.setattr(document, "load", document.read)
        create(Settings(**{**given, "policy": FIRST}))
    ledger = Ledger.open(store_settings)
    row = ledger.recorder.genesis()
    assert row is not None
    yield World(ledger, row.actor_stream)
    ledger.close()


def test_a_ledger_under_an_early_document_goes_on(early: World) -> None:
    """People are registered, consent, are disclosed and erased under it; then today's is published."""
    zoe = early.person()
    assert early.consent(zoe).outcome == "recorded"
    early.recipient(MAILER)
    assert early.do("record_disclosure", **early.disclosure(zoe)).outcome == "recorded"
    assert early.do("start_run", purpose="account-keeping", country="india", attributes=(NAME,),
                    subjects=(zoe,)).outcome == "recorded"  # fmt: skip
    assert early.do("request_erasure", subject=zoe).outcome == "recorded"
    today = document.DEFAULT.read_text("utf-8")
    assert early.do("publish_policy", text=relabelled(today)).last_version == 2
    assert early.consent(early.person(**{EMAIL: "kim@example.org"})).outcome == "recorded"
