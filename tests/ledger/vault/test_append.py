"""The vault and the append together: what one writes, the other reads."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from ledger.config import Settings
from ledger.errors import IdentifierTaken
from ledger.events import DataErased, DeadKey, Event, KeyId, Moment, SubjectRegistered
from ledger.mapper import Entry, row_of
from ledger.sealing import Erased, Opened
from ledger.store.append import Answer, Death, Genesis, Lookup, Submission
from ledger.store.recorder import LedgerRecorder
from ledger.vault.database import engine_for
from ledger.vault.epochs import prepare_epoch
from ledger.vault.keyring import FileKeyring
from ledger.vault.opening import SealedAt
from ledger.vault.sealer import Sealer
from ledger.vault.vault import Found, Vault

LEDGER = uuid4()
WHO = {"occurred_at": Moment(2026, 11, 22, tzinfo=dt.UTC), "by": LEDGER, "by_kind": "ledger"}


def registered() -> Event:
    return SubjectRegistered(**WHO, policy=1, service=None, source=None)


def submission(
    vault: Vault, stream: UUID, *bodies: Event, event: UUID | None = None, version: int = 1, **more
) -> Submission:
    epoch, fingerprint = vault.fingerprint(b"body")
    rows = [
        row_of(Entry(stream, version + n, event or uuid4(), body)) for n, body in enumerate(bodies)
    ]
    return Submission(
        actor=LEDGER,
        command=uuid4().bytes,
        fingerprint=fingerprint,
        epoch=epoch,
        answer=Answer(outcome="recorded"),
        rows=rows,
        **more,
    )


@pytest.fixture
def vault(store_settings: Settings, recorder: LedgerRecorder) -> Iterator[Vault]:
    """The vault of a ledger whose first append has been made."""
    keyring = FileKeyring.create(store_settings.keyring_path)
    prepared = prepare_epoch(keyring, LEDGER, 1)
    genesis = Genesis(
        ledger=LEDGER,
        genesis_stream=uuid4(),
        policy_stream=uuid4(),
        actor_stream=uuid4(),
        epoch=1,
        service_ref=prepared.service_ref,
        wrapped_epoch=prepared.wrapped_epoch,
        secrets=prepared.secrets,
    )
    first = Submission(
        actor=LEDGER,
        command=bytes(16),
        fingerprint=bytes(16),
        epoch=1,
        answer=Answer(outcome="recorded"),
        rows=[row_of(Entry(genesis.genesis_stream, 1, uuid4(), registered()))],
    )
    assert recorder.open_ledger(genesis, first)
    opened = Vault(engine_for(store_settings), keyring, LEDGER)
    yield opened
    opened.close()


class Person:
    """A subject with one sealed value, findable by it, as one append stores it."""

    def __init__(self, vault: Vault) -> None:
        self.vault, self.stream, self.event = vault, uuid4(), uuid4()
        self.sealer: Sealer = vault.sealer(self.stream)
        self.sealed = self.sealer.seal(self.event, "name", "contact", "", "Zoë", known=None)

    def lookup(self) -> Lookup:
        kid = self.sealed.kid
        return self.vault.lookup("email/1", "zoe@example.org", kid, self.stream, True)

    def store(self, recorder: LedgerRecorder) -> object:
        (answer,) = recorder.append(
            [
                submission(
                    self.vault,
                    self.stream,
                    registered(),
                    event=self.event,
                    births=self.sealer.births,
                    lookups=[self.lookup()],
                )
            ]
        )
        return answer

    def erase(self, recorder: LedgerRecorder) -> Answer:
        kid, event = self.sealed.kid, uuid4()
        erased = DataErased(
            **WHO,
            policy=1,
            dead=(DeadKey(KeyId(kid), self.vault.newest_epoch()),),
            erasure=uuid4(),
            cause="request",
            slots=(),
            orders=(),
        )
        deaths = [Death(kid, event)]
        (answer,) = recorder.append(
            [submission(self.vault, self.stream, erased, event=event, version=2, deaths=deaths)]
        )
        assert isinstance(answer, Answer)
        return answer

    def opened(self) -> Opened | Erased:
        wanted = SealedAt(self.stream, self.event, "name", self.sealed)
        return self.vault.open_many([wanted])[0]


def test_a_value_lives_and_dies_with_the_append(vault: Vault, recorder: LedgerRecorder) -> None:
    """Stored it opens and is found; erased it is gone at the position of its event."""
    person = Person(vault)
    person.store(recorder)
    opened = person.opened()
    assert isinstance(opened, Opened)
    assert opened.value == "Zoë"
    assert vault.find("email/1", "zoe@example.org") == [
        Found(person.stream, person.sealed.kid, True)
    ]
    answer = person.erase(recorder)
    erased = person.opened()
    assert isinstance(erased, Erased)
    assert erased.position == answer.position
    assert abs(dt.datetime.now(dt.UTC) - erased.at) < dt.timedelta(minutes=1)
    assert vault.find("email/1", "zoe@example.org") == []


def test_an_identifier_is_free_again_after_the_erasure(
    vault: Vault, recorder: LedgerRecorder
) -> None:
    """While the first holder lives a second is refused; a returning person is a new subject."""
    first, second = Person(vault), Person(vault)
    first.store(recorder)
    assert isinstance(second.store(recorder), IdentifierTaken)
    first.erase(recorder)
    assert isinstance(second.store(recorder), Answer)
    assert isinstance(second.opened(), Opened)
