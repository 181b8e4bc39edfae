"""Consents in force, and those that a document leaves without a valid notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, select, true

from ledger.commands.collecting import Notice
from ledger.config import Settings
from ledger.policy import document
from projections import invalid_consents
from projections.consents import consents
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


def test_every_text_is_found_whoever_agreed_to_it(here: Office) -> None:
    """By leaps from one to the next: none is left out, whichever part of it differs."""
    for version in range(3):
        if version:
            here.publish(changed({TEXT: f"Text {version}."}))
        for purpose in (NEWS, CLICKS, "personal-layout"):
            for language in ("en", "hi"):
                notice = Notice(version="signup-notice-1", language=language)
                for _ in range(2):
                    person = here.person()
                    here.do("give_consent", subject=person, purpose=purpose, notice=notice)
    of = consents.c
    query = select(of.policy, of.purpose, of.notice_version, of.notice_language).distinct()
    with here.tables() as tables:
        found = invalid_consents.texts(tables)
        naive = {tuple(row) for row in tables.execute(query.where(of.given == true()))}
    shown = [(one.policy, one.purpose, one.notice_version, one.notice_language) for one in found]
    assert len(shown) == len(naive) == 18
    assert set(shown) == naive


def test_counting_stops_where_it_is_told_to(here: Office) -> None:
    """And says that there may be more; whoever looks at everything hears the number."""
    for _ in range(4):
        here.consent(here.person())
    here.consent(here.person(), CLICKS)
    after = document.read(changed({TEXT: "Another text."}))
    with here.tables() as tables:
        whole, part, enough = (
            {one.agreed.purpose: (one.agreed.number, one.agreed.more) for one in left}
            for left in (
                invalid_consents.left_by(tables, after, within=within) for within in (None, 2, 9)
            )
        )
    assert whole == enough == {NEWS: (4, False), CLICKS: (1, False)}
    assert part[CLICKS] == (1, False) and part[NEWS] == (2, True)


def test_a_page_may_be_short_and_goes_on(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at so many words; who withdrew long ago is passed over, and nobody is lost."""
    monkeypatch.setattr(invalid_consents, "LOOKED_AT", 1)
    people = [here.person() for _ in range(9)]
    for person in people:
        here.consent(person)
    for person in people[3:]:
        here.do("withdraw_consent", subject=person, purpose=NEWS)
    found: list[object] = []
    pages, cursor = 0, None
    with here.tables() as tables:
        while pages == 0 or cursor is not None:
            page = invalid_consents.page(tables, cursor=cursor, limit=1)
            assert cursor is None or page.cursor is None or page.cursor < cursor
            found += [row.subject for row in page.rows]
            cursor, pages = page.cursor, pages + 1
    assert found == people[2::-1]
    assert pages > 4, "some of them were empty"


def test_no_question_goes_through_all_consents(here: Office) -> None:
    """Each is answered from an index, on both databases: it costs the same however many there are."""
    here.consent(here.person())
    words: list[str] = []

    def asked(_: object, __: object, statement: str, parameters: Any, *rest: object) -> None:
        if "consents" in statement and "EXPLAIN" not in statement:
            words.append(statement)
            bound.append(parameters)

    bound: list[Any] = []
    with here.tables() as tables:
        event.listen(tables, "before_cursor_execute", asked)
        left = invalid_consents.left_by(
            tables, document.read(changed({TEXT: "Another text."})), within=10
        )
        invalid_consents.page(tables, left)
        invalid_consents.page(tables, left, cursor=2**40)
        event.remove(tables, "before_cursor_execute", asked)
        assert len(words) >= 6
        sqlite = tables.dialect.name == "sqlite"
        if not sqlite:  # of a table with one row it would read the row
            tables.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in zip(words, bound, strict=True):
            explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
            rows = tables.exec_driver_sql(f"{explain} {statement}", parameters).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            assert not re.search(
                r"Seq Scan on consents|SCAN (consents|words|at)\b(?!.*USING)", plan
            )


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
