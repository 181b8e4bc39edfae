"""Consents in force, and those that a document leaves without a valid notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.commands.collecting import Notice
from ledger.config import Settings
from ledger.policy import document
from projections import invalid_consents
from tests.ledger.world import NEWS

from .published import SHIPPED, Office, changed, office

CLICKS = "click-analysis"
TEXT = "notices.signup-notice-1.texts.en"
BEFORE = document.read(SHIPPED)


@pytest.fixture
def here(store_settings: Settings) -> Iterator[Office]:
    with office(store_settings) as opened:
        yield opened


def counted(here: Office) -> dict[tuple[str, str, str], int]:
    with here.tables() as tables:
        rows = invalid_consents.in_force(tables)
    return {(one.purpose, one.notice_version, one.notice_language): one.number for one in rows}


def left(here: Office, text: str, before: str | None = SHIPPED) -> dict[tuple[str, str], int]:
    """How many consents a document leaves, by purpose and reason."""
    with here.tables() as tables:
        found = invalid_consents.left_by(
            tables, document.read(text), None if before is None else document.read(before)
        )
    return {(one.agreed.purpose, one.why): one.agreed.number for one in found}


def test_the_last_word_that_counts_is_in_force(here: Office) -> None:
    """Not what was withdrawn, annulled, told in breach of a rule, or said by somebody erased."""
    for _ in range(3):
        here.consent(here.person())
    twice = here.person()
    here.consent(twice)
    here.consent(twice)
    here.consent(twice, CLICKS)
    withdrawn, annulled, erased = here.person(), here.person(), here.person()
    here.consent(withdrawn)
    here.do("withdraw_consent", subject=withdrawn, purpose=NEWS)
    here.consent(annulled)
    entry = here.entries(annulled)[-1].event
    here.do("annul_entry", subject=annulled, entry=entry, reason="entered-by-mistake")
    here.consent(erased)
    here.do("request_erasure", subject=erased)
    told = here.do(
        "record_consent",
        subject=here.person(),
        purpose=NEWS,
        notice=Notice(version="never-published", language="en"),
    )
    assert told.rules
    assert counted(here) == {
        (NEWS, "signup-notice-1", "en"): 4,
        (CLICKS, "signup-notice-1", "en"): 1,
    }


def test_the_word_before_one_that_was_annulled_holds_again(here: Office) -> None:
    """What was recorded in error is not the last word."""
    person = here.person()
    here.consent(person)
    hindi = Notice(version="signup-notice-1", language="hi")
    here.do("give_consent", subject=person, purpose=NEWS, notice=hindi)
    assert counted(here) == {(NEWS, "signup-notice-1", "hi"): 1}
    entry = here.entries(person)[-1].event
    here.do("annul_entry", subject=person, entry=entry, reason="entered-by-mistake")
    assert counted(here) == {(NEWS, "signup-notice-1", "en"): 1}


def test_another_text_leaves_the_consents_given_under_the_first(here: Office) -> None:
    """Those in another language stay valid, and so do those that are given from then on."""
    for _ in range(2):
        here.consent(here.person())
    hindi = Notice(version="signup-notice-1", language="hi")
    here.do("give_consent", subject=here.person(), purpose=NEWS, notice=hindi)
    text = changed({TEXT: "Another text."})
    assert left(here, SHIPPED) == {}
    assert left(here, text) == {(NEWS, "text-changed"): 2}
    here.publish(text)
    here.consent(here.person())
    assert left(here, text, None) == {(NEWS, "text-changed"): 2}
    assert left(here, text, text) == {}, "the version before left them already"
    assert left(here, SHIPPED, None) == {(NEWS, "text-changed"): 1}, "and back: the new one"


def test_a_purpose_that_uses_more_leaves_those_who_agreed_to_less(here: Office) -> None:
    """Though the notice is the same; who agrees under the new document has agreed to all of it."""
    here.consent(here.person(), CLICKS)
    more = ["contact-data", "usage-data", "billing-data"]
    text = changed({f"purposes.{CLICKS}.classes": more})
    assert left(here, text) == {(CLICKS, "uses-more"): 1}
    here.publish(text)
    here.consent(here.person(), CLICKS)
    assert left(here, text, None) == {(CLICKS, "uses-more"): 1}


def test_the_list_names_each_one_newest_first(here: Office) -> None:
    """By pages; nobody is left out or listed twice."""
    people = [here.person() for _ in range(5)]
    for person in people:
        here.consent(person)
    after = document.read(changed({TEXT: "Another text."}))
    with here.tables() as tables:
        found = invalid_consents.left_by(tables, after)
        first = invalid_consents.page(tables, found, limit=3)
        second = invalid_consents.page(tables, found, cursor=first.cursor, limit=3)
        none = invalid_consents.page(tables, [])
        everything = invalid_consents.page(tables)
    assert [row.subject for row in (*first.rows, *second.rows)] == people[::-1]
    assert second.cursor is None
    assert none.rows == []
    assert len(everything.rows) == 5
