"""The registers and the policy: who acts, who receives, and which rules are in force."""

from __future__ import annotations

import pytest

from ledger import events
from ledger.application import Ledger
from ledger.config import Settings
from ledger.errors import InvalidInput, NotMigrated, PolicyInvalid, UnsafeSettings
from ledger.genesis import create
from ledger.policy import document
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import CONTACT, HOSTING, MAILER, World, relabelled

TEXT = document.DEFAULT.read_text(encoding="utf-8")


def test_the_first_append_is_epoch_ledger_and_policy(world: World) -> None:
    """Positions 1 to 3; the ledger is its own first actor, and nothing in them is sealed."""
    rows = world.ledger.recorder.select_rows(0, 3)
    assert [row.topic for row in rows] == ["epoch-opened", "actor-registered", "policy-published"]
    row = world.ledger.recorder.genesis()
    (ledger,) = [e.body for e in world.entries(row.actor_stream)][:1]
    assert (ledger.by, ledger.by_kind, ledger.kind) == (row.actor_stream, "ledger", "ledger")
    (published,) = [e.body for e in world.entries(row.policy_stream)]
    assert published.document == TEXT
    assert published.digest == document.digest(TEXT)


def test_a_ledger_is_made_once(world: World, store_settings: Settings) -> None:
    """Creating again changes nothing."""
    before = world.ledger.recorder.last()
    assert create(store_settings) is False
    assert world.ledger.recorder.last() == before


def test_a_place_without_a_ledger_is_not_opened(store_settings: Settings) -> None:
    """Workers create nothing."""
    with pytest.raises(NotMigrated):
        Ledger.open(store_settings)
    with pytest.raises((NotMigrated, UnsafeSettings)):
        Ledger.open(
            store_settings.model_copy(update={"home": store_settings.home / "nowhere"})
            if store_settings.database_url is None
            else store_settings.model_copy(update={"schema_name": "nowhere"})
        )


def test_an_actors_name_is_sealed(world: World) -> None:
    """The register says kind and function; the name opens at the edge only."""
    answer = world.do("register_actor", kind="staff", function="bookkeeper", name="Ravi Kumar")
    (entry,) = world.entries(answer.ids["actor"])
    assert entry.body.function == "bookkeeper"
    sealed = SealedAt(entry.stream, entry.event, "@name", entry.body.name)
    (opened,) = world.ledger.open_values([sealed])
    assert isinstance(opened, Opened)
    assert opened.value == "Ravi Kumar"
    with pytest.raises(InvalidInput):
        world.do("register_actor", kind="staff", function="astronaut")


def test_a_recipient_is_registered_once_and_its_agreement_renewed(world: World) -> None:
    """The second registration of a code is a new version of the same stream."""
    first = world.do("register_recipient", code=MAILER, agreement="dpa-1", contact="Jo, jo@x.test")
    second = world.do("register_recipient", code=MAILER, agreement="dpa-2")
    assert first.ids == second.ids
    assert second.last_version == 2
    with pytest.raises(InvalidInput):
        world.do("register_recipient", code="nobody-known")


def test_standing_access_is_of_listed_classes(world: World) -> None:
    """What the policy does not list is an error."""
    hosting = world.recipient(HOSTING)
    ask = {"recipient": hosting, "purpose": "account-keeping", "country": "ireland"}
    assert world.do("open_standing_access", **ask, classes=(CONTACT,)).last_version == 2
    for wrong in ({"classes": ("shoes",)}, {"classes": ()}):
        with pytest.raises(InvalidInput):
            world.do("open_standing_access", **ask, **wrong)


def test_a_new_policy_is_in_force_from_its_event_on(world: World) -> None:
    """Later events name its version; the same document again changes nothing."""
    subject = world.person()
    assert world.last(subject).policy == 1
    changed = relabelled(
        TEXT.replace("title: Optimizory Online Privacy Statement", "title: Another")
    )
    answer = world.do("publish_policy", text=changed)
    assert answer.last_version == 2
    assert world.do("publish_policy", text=changed).outcome == "unchanged"
    world.consent(subject)
    assert world.last(subject).policy == 2
    assert world.ledger.policy().policy.title == "Another"


def test_a_policy_published_elsewhere_is_found_out_by_the_append(
    world: World, store_settings: Settings
) -> None:
    """This process still holds the old one; the append expects its version, and it decides again."""
    subject = world.person()
    other = Ledger.open(store_settings)
    renamed = TEXT.replace(
        "  mail-delivery-provider:\n    name: Provider that delivers mail",
        "  mail-delivery-provider:\n    name: Another name",
    )
    assert renamed != TEXT
    other.publish_policy(by=world.by, key="elsewhere", text=relabelled(renamed)).result(60)
    other.close()
    world.consent(subject)
    assert world.last(subject).policy == 2


def test_a_policy_published_elsewhere_is_what_the_next_one_follows(
    world: World, store_settings: Settings
) -> None:
    """The same text published in two processes is one version: the second relied on an older one."""
    world.ledger.policy()
    other = Ledger.open(store_settings)
    changed = relabelled(
        TEXT.replace("title: Optimizory Online Privacy Statement", "title: Another")
    )
    other.publish_policy(by=world.by, key="elsewhere", text=changed).result(60)
    other.close()
    assert world.do("publish_policy", text=changed).outcome == "unchanged"
    third = TEXT.replace("title: Optimizory Online Privacy Statement", "title: A third")
    world.do("publish_policy", text=relabelled(third))
    row = world.ledger.recorder.genesis()
    assert row is not None
    assert [body.policy for body in world.bodies(row.policy_stream, events.PolicyPublished)] == [
        0,
        1,
        2,
    ]


def test_an_invalid_policy_is_not_published(world: World) -> None:
    """It says line and key; nothing is stored."""
    before = world.ledger.recorder.last()
    with pytest.raises(PolicyInvalid) as caught:
        world.do("publish_policy", text=TEXT.replace("unlisted_class:", "unlisted_clas:"))
    assert "unlisted_clas" in str(caught.value)
    assert world.ledger.recorder.last() == before


def test_claims_are_of_grounds_the_policy_lists(world: World) -> None:
    """An unlisted ground, a class it does not cover, or an end beyond its period is refused."""
    import datetime as dt

    from ledger.commands.claiming import Covers

    subject = world.person()
    billing = (Covers(class_="billing-data"),)
    far = dt.date.today() + dt.timedelta(days=9999)
    for wrong, rule in (
        ({"ground": "because", "covers": billing}, "ground-unlisted"),
        (
            {"ground": "tax-record-keeping", "covers": (Covers(class_=CONTACT),)},
            "class-not-in-ground",
        ),
        ({"ground": "tax-record-keeping", "covers": (Covers(class_="shoes"),)}, "class-unlisted"),
        ({"ground": "tax-record-keeping", "covers": billing, "until": far}, "claim-too-long"),
    ):
        answer = world.do("place_claim", subject=subject, **wrong)
        assert (answer.outcome, answer.rules) == ("refused", (rule,))
        assert isinstance(world.last(subject), events.CommandRefused)
    assert not world.state(subject).claims
