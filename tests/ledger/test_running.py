"""Processing runs: decided at the start, decided again at each opening, reported at the end."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger import events
from ledger.commands.running import Exclusion
from ledger.errors import InvalidInput, NotFound
from ledger.reading import Reading
from ledger.sealing import Opened
from tests.ledger.world import EMAIL, NAME, NEWS, World

HELP = "customer-helpdesk-service"
NEWSLETTER = "product-newsletter"
RUN = {
    "purpose": NEWS,
    "country": "united-states",
    "attributes": (EMAIL,),
    "template": NEWSLETTER,
}


def test_who_may_be_processed_and_who_not_and_why(world: World) -> None:
    """Each subject is decided alone; the run says who was left out, by which rule."""
    yes, never, withdrew, stranger = world.person(), world.person(), world.person(), uuid4()
    world.consent(yes)
    world.consent(withdrew)
    world.do("withdraw_consent", subject=withdrew, purpose=NEWS)
    run = world.do("start_run", **RUN, subjects=(yes, never, withdrew, stranger)).ids["run"]
    excluded = {e.rule: e.subjects for e in world.bodies(run, events.SubjectsExcluded)}
    assert world.bodies(run, events.SubjectsAdmitted)[0].subjects == (yes,)
    assert excluded == {
        "consent-missing": (never,),
        "consent-withdrawn": (withdrew,),
        "subject-unknown": (stranger,),
    }


def test_a_subject_that_is_named_twice_is_one_subject(world: World) -> None:
    """Asked, admitted and opened once."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject, subject)).ids["run"]
    (started,) = world.bodies(run, events.RunStarted)
    assert (started.asked, started.admitted) == (1, 1)
    assert world.bodies(run, events.SubjectsAdmitted)[0].subjects == (subject,)


def test_the_opening_is_on_record_before_a_value_is_open(world: World) -> None:
    """A chunk's values come after the event that says they were opened, and only those asked for."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    opening = world.do("open_chunk", run=run, chunk=1).ids["opening"]
    (fact,) = world.bodies(run, events.PersonalDataOpened)
    assert fact.subjects == (subject,)
    values = world.ledger.open_chunk_values(run, opening)
    assert set(values[subject]) == {EMAIL}
    assert isinstance(values[subject][EMAIL][0], Opened)
    other = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    for wrong in ((run, uuid4()), (other, opening)):
        with pytest.raises(InvalidInput):
            world.ledger.open_chunk_values(*wrong)


@pytest.mark.parametrize("ended_by", ["erasure", "switch-off", "withdrawal"])
def test_a_run_started_before_cannot_open_afterwards(world: World, ended_by: str) -> None:
    """Admitted at the start, barred at the opening: what happened in between counts."""
    subject, other = world.person(), world.person()
    for person in (subject, other):
        world.consent(person)
    run = world.do("start_run", **RUN, subjects=(subject, other)).ids["run"]
    if ended_by == "erasure":
        world.do("request_erasure", subject=subject)
    elif ended_by == "switch-off":
        world.do("switch_processing", subject=subject, purpose=NEWS, state="off")
    else:
        world.do("withdraw_consent", subject=subject, purpose=NEWS)
    opening = world.do("open_chunk", run=run, chunk=1).ids["opening"]
    values = world.ledger.open_chunk_values(run, opening)
    assert set(values) == {other}
    (excluded,) = world.bodies(run, events.SubjectsExcluded)
    assert (excluded.stage, excluded.subjects) == ("opening", (subject,))


@pytest.mark.parametrize("step", ["start", "opening"])
def test_a_subject_that_changes_while_a_run_decides_is_decided_again(
    world: World, monkeypatch, step: str
) -> None:
    """Withdrawn between the reading and the append: the append finds out, and she is left out."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    states, left = Reading.states, [subject]

    def overtaken(self: Reading, *asked: object) -> object:
        found = states(self, *asked)
        if left:
            world.do("withdraw_consent", subject=left.pop(), purpose=NEWS)
        return found

    monkeypatch.setattr(Reading, "states", overtaken)
    if step == "start":
        run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    else:
        world.do("open_chunk", run=run, chunk=1)
    (excluded,) = world.bodies(run, events.SubjectsExcluded)
    assert (excluded.stage, excluded.rule) == (step, "consent-withdrawn")


def test_what_was_processed_is_recorded_and_the_run_ends(world: World) -> None:
    """Outcomes are told; a finished run opens nothing more."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    world.do("open_chunk", run=run, chunk=1)
    told = world.do("record_outcome", run=run, chunk=1, processed=(subject,), finished=True)
    assert told.rules == ()
    assert world.last(run).processed == 1
    assert world.do("open_chunk", run=run, chunk=1).rules == ("run-finished",)
    stranger = uuid4()
    again = world.do("record_outcome", run=run, chunk=1, processed=(stranger,))
    assert set(again.rules) == {"not-admitted", "run-finished"}
    assert isinstance(world.last(run), events.IrregularityFound)


def test_a_reason_the_policy_lists_explains_who_was_left_out(world: World) -> None:
    """An unlisted reason is not stored in the clear."""
    one, two = world.person(), world.person()
    for person in (one, two):
        world.consent(person)
    run = world.do("start_run", **RUN, subjects=(one, two)).ids["run"]
    left = (
        Exclusion(rule="wrong-person", subjects=(one,)),
        Exclusion(rule="zoe@example.org", subjects=(two,)),
    )
    world.do("record_outcome", run=run, chunk=1, excluded=left)
    rules = [e.rule for e in world.bodies(run, events.SubjectsExcluded)]
    assert rules == ["wrong-person", "reason-unlisted"]


def test_chunks_hold_a_thousand(world: World) -> None:
    """2,001 admitted subjects are three chunks, and a run with nobody admitted has none."""
    subjects = [world.ledger.register_subject(**world.key()) for _ in range(2001)]
    names = tuple(receipt.result(60).ids["subject"] for receipt in subjects)
    wanted = {"purpose": HELP, "country": "ireland", "attributes": ("feature-usage",)}
    run = world.do("start_run", **wanted, subjects=names).ids["run"]
    sizes = [len(e.subjects) for e in world.bodies(run, events.SubjectsAdmitted)]
    assert sizes == [1000, 1000, 1]
    none = world.do("start_run", **RUN, subjects=names).ids["run"]
    assert [len(e.subjects) for e in world.bodies(none, events.SubjectsExcluded)] == [1000, 1000, 1]


def test_a_run_for_what_is_not_listed_does_not_begin(world: World) -> None:
    """An unlisted purpose or attribute refuses the run as a whole."""
    subject = world.person()
    for broken, rule in (
        ({"purpose": "no-such-purpose"}, "purpose-unlisted"),
        ({"attributes": ("tax-number",)}, "attribute-not-for-purpose"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"service": "elsewhere"}, "service-unlisted"),
        ({"service": "partner-marketplace"}, "service-has-own-statement"),
    ):
        answer = world.do("start_run", **(RUN | broken), subjects=(subject,))
        assert answer.outcome == "refused"
        assert rule in answer.rules
        assert answer.stream is not None
        assert isinstance(world.last(answer.stream), events.RunRefused)
    with pytest.raises(NotFound):
        world.do("open_chunk", run=uuid4(), chunk=1)


def test_only_the_attributes_of_the_run_are_opened(world: World) -> None:
    """A run that asked for e-mail addresses does not see names."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    opening = world.do("open_chunk", run=run, chunk=1).ids["opening"]
    assert NAME not in world.ledger.open_chunk_values(run, opening)[subject]


def test_an_opening_is_no_lasting_permission(world: World) -> None:
    """Values asked for again after a withdrawal are not given: it is decided again."""
    subject, other = world.person(), world.person()
    for person in (subject, other):
        world.consent(person)
    run = world.do("start_run", **RUN, subjects=(subject, other)).ids["run"]
    opening = world.do("open_chunk", run=run, chunk=1).ids["opening"]
    assert set(world.ledger.open_chunk_values(run, opening)) == {subject, other}
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert set(world.ledger.open_chunk_values(run, opening)) == {other}


@pytest.mark.parametrize("opened", [True, False])
def test_whoever_was_barred_and_is_processed_all_the_same(world: World, opened: bool) -> None:
    """Admitted at the start, but barred when the chunk was opened, or it never was: irregular."""
    subject = world.person()
    world.consent(subject)
    run = world.do("start_run", **RUN, subjects=(subject,)).ids["run"]
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    if opened:
        world.do("open_chunk", run=run, chunk=1)
    told = world.do("record_outcome", run=run, chunk=1, processed=(subject,))
    assert told.rules == ("not-admitted",)
    assert isinstance(world.last(run), events.IrregularityFound)
