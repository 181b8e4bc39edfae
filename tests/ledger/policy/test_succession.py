"""What a document must not take from the one before it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import PolicyInvalid
from ledger.policy import document
from ledger.policy.succession import succession
from tests.ledger.policy.test_document import SCHOOL, SHIPPED
from tests.ledger.world import World
from tests.projections.published import changed

BEFORE = document.load(SCHOOL)
KEEPS = {"ground": "schutzbedarf", "period": "P1Y"}


def refused(text: str) -> dict[str, str]:
    """Good by itself, and it cannot follow."""
    assert document.load(text)
    with pytest.raises(PolicyInvalid) as caught:
        document.load(text, BEFORE)
    return caught.value.facts


def test_a_class_stays_though_nothing_new_comes_into_it() -> None:
    """Values in it would have no end."""
    without: dict[str, Any] = {
        "classes.ungeordnet": None,
        "classes.lernrest": {"label": "x", "retention": "y", "ends": {"after": "P1Y"}},
        "unlisted_class": "lernrest",
    }
    text = changed(without, SCHOOL)
    facts = refused(text)
    assert (facts["key"], facts["rule"].split(",")[0]) == (
        "classes.ungeordnet",
        "was in the version before",
    )
    assert "keep the class" in facts["remedy"] and facts["line"]
    del without["classes.ungeordnet"]
    without["purposes.essensversorgung.classes"] = ["stammdaten", "beitraege", "ungeordnet"]
    assert document.load(changed(without, SCHOOL), BEFORE)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"classes.lernstand.scope": "year"}, "classes.lernstand.scope"),
        ({"classes.gespraeche.scope": "month", "classes.gespraeche.ends.of": "scope-end"},
         "classes.gespraeche.scope"),
        ({"classes.vorfaelle.ends": None, "classes.vorfaelle.keeps": KEEPS},
         "classes.vorfaelle.ends"),
    ],
)  # fmt: skip
def test_no_value_loses_its_end(values: dict[str, Any], key: str) -> None:
    """By another scope no key of before has an end; the line is that of the class or of its key."""
    text = changed(values, SCHOOL)
    facts = refused(text)
    assert facts["key"] == key
    assert "in the version before" in facts["rule"] and facts["remedy"]
    line = text.splitlines()[int(facts["line"]) - 1].strip()
    assert line.startswith((f"{key.split('.')[-1]}:", f"{key.split('.')[1]}:"))


@pytest.mark.parametrize("role", ["identifies", "role"])
def test_who_people_are_and_what_proves_it_stay_where_they_are(role: str) -> None:
    """Each role has one class, so another one would have none of the values of before."""
    classes = dict(BEFORE.classes)
    one, other = (
        ("stammdaten", "gespraeche") if role == "identifies" else ("nachweise", "antragsunterlagen")
    )
    first, second = (getattr(classes[name], role) for name in (one, other))
    classes[one] = classes[one].model_copy(update={role: second})
    classes[other] = classes[other].model_copy(update={role: first})
    another = BEFORE.policy.model_copy(update={"label": "another"})
    found = succession(BEFORE, BEFORE.model_copy(update={"classes": classes, "policy": another}))
    assert {problem.key for problem in found} == {
        f"classes.{one}.{role}",
        f"classes.{other}.{role}",
    }


def test_everything_else_may_change() -> None:
    """Periods, labels, new classes, how a class is divided if it ends by its values' days."""
    more = {
        "label": "x",
        "retention": "y",
        "scope": "month",
        "ends": {"after": "P1Y", "of": "scope-end"},
    }
    values = {
        "classes.neues": more,
        "purposes.beschulung.classes": [
            "stammdaten",
            "lernstand",
            "zeugnisse",
            "gespraeche",
            "neues",
        ],
        "classes.lernstand.ends.after": "P12M",
        "purposes.milchausgabe.ended": True,
        "classes.gespraeche.scope": "document",
    }
    assert document.load(changed(values, SCHOOL), BEFORE)
    assert document.load(changed({}, SCHOOL), BEFORE)


def test_a_purpose_ends_and_never_goes() -> None:
    """What people said of it names it for ever, and no other use may take its name."""
    facts = refused(changed({"purposes.milchausgabe": None}, SCHOOL))
    assert facts["key"] == "purposes.milchausgabe"
    assert "ended: true" in facts["remedy"]


def test_a_version_has_a_label_of_its_own() -> None:
    """Reports name it; the same text again is no version."""
    facts = refused(SCHOOL.replace("title: Datenschutzordnung", "title: Ordnung"))
    assert (facts["key"], facts["remedy"]) == ("policy.label", "write a new label")


def test_a_kind_of_data_that_is_added_is_told_of() -> None:
    """By a notice that is new, of a purpose that uses it (P03); an old notice cannot have told."""
    kind = {"label": "x", "class": "lernstand", "type": "text", "max_length": 10}
    added: dict[str, Any] = {"attributes.lieblingsfach": kind}
    facts = refused(changed(added, SCHOOL))
    assert facts["key"] == "attributes.lieblingsfach" and "(P03)" in facts["rule"]
    notice = {"texts": {"de": "Neu: das Lieblingsfach."}, "tells": []}
    uses = [id_ for id_, one in BEFORE.purposes.items() if "lernstand" in one.classes]
    others = [id_ for id_ in BEFORE.purposes if id_ not in uses]
    silent = {"notices.zusatz": notice | {"purposes": others[:1]}}
    assert refused(changed(added | silent, SCHOOL))["key"] == "attributes.lieblingsfach"
    told = {"notices.zusatz": notice | {"purposes": uses[:1]}}
    assert document.load(changed(added | told, SCHOOL), BEFORE)


def test_it_is_asked_under_the_lock_of_whoever_publishes(world: World) -> None:
    """Of the version in force, whatever was looked at before; nothing is stored."""
    before = world.ledger.recorder.last()
    for text in (SCHOOL, changed({"classes.usage-data.scope": "year"}, SHIPPED)):
        with pytest.raises(PolicyInvalid):
            world.do("publish_policy", text=text)
    assert world.ledger.recorder.last() == before
    assert world.ledger.policy_version() == 1
