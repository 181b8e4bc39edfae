"""How an erasure is carried out: what dies, which holders are ordered to follow, what stays and why.

Drafted in one append with the deaths: by whoever asked, by the release of a claim it waited for, or
by the sweep, when its time has come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from ledger.commands.ordering import to_erase, to_restrict
from ledger.desk import Desk
from ledger.events import (
    ClaimPlaced,
    Coverage,
    DataErased,
    DataRetained,
    EraseCause,
    ErasureClosed,
    ProcessingRestricted,
    RestrictionLifted,
    SlotName,
)
from ledger.ids import new_id
from ledger.policy.lapsed import Circumstances
from ledger.policy.logs import logs_until
from ledger.policy.plan import PlannedSlot, plan
from ledger.subject import DataSubject


def with_all_holders(desk: Desk, subject: DataSubject) -> DataSubject:
    """The person with every holder outside: each that was named only in words gets its own order,
    and of very many of these a state keeps the newest."""
    return desk.in_full(subject) if subject.kept.left_unnamed else subject


def carry_out(desk: Desk, subject: DataSubject, erasure: UUID, cause: EraseCause) -> bool:
    """Draft what can be erased now; False when this was done before and nothing more can be."""
    state = subject.erasures[erasure]
    if not state.carried_out:
        _keep_logs(desk, subject, erasure)
    waiting = open_requests(subject)
    planned = _plan(desk, subject, erasure, waiting)
    told = to_erase(desk, subject, _dying(planned), whole=state.whole)
    closes = not told and not state.unanswered
    if closes:  # then its own request material has served, too
        planned = _plan(desk, subject, erasure, waiting - {erasure.hex})
    dying = [slot for slot in planned if slot.action == "erase"]
    if state.carried_out and not dying:
        return False
    draft = desk.draft(subject)
    draft.add(
        DataErased,
        new_id(),
        dead=[slot.kid for slot in dying],
        erasure=erasure,
        cause=cause,
        slots=_sorted(slot.name for slot in dying),
        orders=told,
    )
    retained = tuple(slot.retained for slot in planned if slot.retained)
    if retained:
        draft.add(DataRetained, new_id(), erasure=erasure, slots=retained)
    if closes and not state.closed:
        draft.add(ErasureClosed, new_id(), erasure=erasure)
    _end_log_keeping(desk, subject)
    return True


def complete(desk: Desk, subject: DataSubject, cause: EraseCause) -> None:
    """Carry on with every erasure that was carried out before: what it waited for may be gone."""
    for erasure, state in list(subject.erasures.items()):
        if state.carried_out:
            carry_out(desk, subject, erasure, cause)


def close_answered(desk: Desk, subject: DataSubject) -> None:
    """Close the erasures that wait for nobody any more: their last orders were annulled."""
    for erasure, state in list(subject.erasures.items()):
        if state.carried_out and not state.closed and not state.unanswered:
            close(desk, subject, erasure)


def erase_due(desk: Desk, subject: DataSubject, erasure: UUID, names: Collection[SlotName]) -> None:
    """Draft the end of slots whose time has come, without anybody's asking."""
    living = subject.living
    told = to_erase(desk, subject, names, whole=False)
    draft = desk.draft(subject)
    draft.add(
        DataErased,
        new_id(),
        dead=[living[name].kid for name in _sorted(names)],
        erasure=erasure,
        cause="retention",
        slots=_sorted(names),
        orders=told,
    )
    if not told:
        draft.add(ErasureClosed, new_id(), erasure=erasure)
    _end_log_keeping(desk, subject)


def erased_on(desk: Desk, subject: DataSubject) -> dt.date | None:
    """The day on which everything was erased; None before it is recorded."""
    if subject.erased_by is None:
        return None
    recorded = (entry.recorded_at for entry in desk.entries([subject.erased_by]))
    return next((moment.date() for moment in recorded if moment is not None), None)


def open_requests(subject: DataSubject) -> set[str]:
    """Scopes of the request class whose request is not closed."""
    return {name.hex for name, other in subject.erasures.items() if not other.closed}


def circumstances(desk: Desk, subject: DataSubject) -> Circumstances:
    """What has to be known besides the person's state, to tell what is due."""
    return Circumstances(
        erased_on=erased_on(desk, subject),
        open_requests=open_requests(subject),
        closed_on=subject.closed_on,
    )


def _keep_logs(desk: Desk, subject: DataSubject, erasure: UUID) -> None:
    """Where a law that protects the person has logs kept (DPDP Rules, r. 8(3)), nothing dies now:
    it is claimed until that time is over, and then the sweep erases it. All of a person is restricted
    at once; a single slot that waits for its own erasure serves nothing anyway."""
    policy, wanted = desk.policy, subject.wanted(erasure)
    logs = logs_until(policy, subject.regimes, desk.today)
    names = [
        name
        for name in subject.living
        if name.class_ in policy.classes
        and policy.classes[name.class_].role == "ordinary"
        and (wanted is None or name in wanted)
    ]
    if logs is None or not names:
        return
    draft, classes = desk.draft(subject), tuple(sorted({name.class_ for name in names}))
    if wanted is None:
        draft.add(
            ProcessingRestricted,
            new_id(),
            restriction=new_id(),
            ground="log-keeping",
            classes=classes,
            statement=None,
            orders=to_restrict(desk, subject, classes),
        )
    draft.add(
        ClaimPlaced,
        new_id(),
        claim=new_id(),
        ground=logs.regime,
        law=None,
        covers=tuple(Coverage(name.class_, name.scope) for name in _sorted(names)),
        until=logs.until,
        review=None,
        decided_by=policy.irregularities.owner,
        reference=None,
        findings=(),
    )


def _end_log_keeping(desk: Desk, subject: DataSubject) -> None:
    """What was restricted for the time of logs is erased: what is given anew may be used again."""
    claims = [claim for claim in subject.claims.values() if claim.ground in desk.policy.regimes]
    held = {
        name.class_
        for name in subject.living
        if any(
            c.class_ == name.class_ and c.scope == name.scope for one in claims for c in one.covers
        )
    }
    for restriction, one in list(subject.restrictions.items()):
        if one.ground == "log-keeping" and not held.intersection(one.classes):
            draft = desk.draft(subject)
            draft.add(RestrictionLifted, new_id(), restriction=restriction, reason=None)


def _plan(
    desk: Desk, subject: DataSubject, erasure: UUID, waiting: Collection[str]
) -> list[PlannedSlot]:
    return plan(
        desk.policy,
        subject,
        _today(desk, subject),
        erased_on=erased_on(desk, subject),
        wanted=subject.wanted(erasure),
        open_requests=waiting,
        earlier=desk.policies_counting()[:-1],
    )


def _today(desk: Desk, subject: DataSubject) -> dt.date:
    """The day by which what was kept may go. Where a clock may have jumped it is the day before, so
    nothing that a law has kept ends by it: the sweep asks two people then."""
    kept = any(claim.until and claim.until < desk.today for claim in subject.claims.values())
    listed = (desk.policy.classes.get(name.class_) for name in subject.living)
    own = any(one and one.keeps and (one.role != "evidence" or subject.erased) for one in listed)
    return desk.certain_day() if kept or own else desk.today


def _dying(planned: Iterable[PlannedSlot]) -> list[SlotName]:
    return [slot.name for slot in planned if slot.action == "erase"]


def close(desk: Desk, subject: DataSubject, erasure: UUID) -> None:
    """Every order is answered: what was kept for the request goes, and the erasure is closed."""
    name = SlotName(desk.policy.request_class, erasure.hex)
    slot = subject.living.get(name)
    draft = desk.draft(subject)
    if slot is not None and not subject.claims_on(name, desk.today):
        draft.add(
            DataErased,
            new_id(),
            dead=[slot.kid],
            erasure=erasure,
            cause="request",
            slots=(name,),
            orders=(),
        )
    draft.add(ErasureClosed, new_id(), erasure=erasure)


def _sorted(names: Iterable[SlotName]) -> tuple[SlotName, ...]:
    return tuple(sorted(names, key=_pair))


def _pair(name: SlotName) -> tuple[str, str]:
    return name.class_, name.scope
