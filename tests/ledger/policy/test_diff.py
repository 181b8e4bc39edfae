"""What a new document changes for people, in words; and whom it leaves without a valid notice."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.policy import agreed, diff, tree
from ledger.policy.effects import FIELDS
from ledger.policy.entries import ENTRIES
from ledger.policy.model import PolicyDocument
from ledger.policy.names import Names

SHIPPED = Path(diff.__file__).with_name("default.yaml").read_text("utf-8")
DATA: dict[str, Any] = tree.read(SHIPPED).data
BEFORE = PolicyDocument.model_validate(DATA)
TEXTS = (
    "P77M", "P76M", "2031-01-01", "https://example.org/x", "0.5", "consent", "contract", "on", "off",
    "automatic", "reviewed", "processor", "authority", "none", "year", "text", "date", "birth",
    "scope-end", "evidence", "ordinary", "email/1", "tel/1/x", "ref/1/x", "credit-opened",
    "account-closed", "year-end", "fact", "all", "document", "mandatory", "promotional",
)  # fmt: skip
"""What a text can become so that it is still of some form."""
ALL = float(os.environ.get("LEDGER_TEST_SCALE", "1")) >= 10
"""At scale 1 one key of each meaning, at 10 every key: half a minute."""


def with_(path: tuple[str, ...], value: Any) -> PolicyDocument:
    """The shipped document with another value at a place (form only, no references)."""
    data = copy.deepcopy(DATA)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return PolicyDocument.model_validate(data)


def without(path: tuple[str, ...]) -> PolicyDocument:
    data = copy.deepcopy(DATA)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return PolicyDocument.model_validate(data)


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every place of the document that holds no keys of its own, and what it holds."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from places(inner, (*path, key))
        else:
            yield (*path, key), inner


def meaning(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path without the ids that it leads by."""
    return (path[0], *path[2:]) if path[0] in ENTRIES else path


def others(value: Any) -> Iterator[Any]:
    """What could stand there instead."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
    elif isinstance(value, list):
        yield from (
            [*value, other]
            for other in ("another-one", "https://example.org/x", "agent", "authority")
        )
        yield value[:-1]
    else:
        yield f"{value}-x"
        yield f"{value}x"
        yield from (text for text in TEXTS if text != value)


def changed_at(path: tuple[str, ...], value: Any) -> PolicyDocument:
    for other in others(value):
        try:
            return with_(path, other)
        except ValidationError:
            continue
    raise AssertionError(f"nothing else fits {path}")


def says(before: PolicyDocument, after: PolicyDocument, key: str) -> list[str]:
    return [one.says for one in diff.changes(before, after) if one.key == key]


# ---- nothing is left out -------------------------------------------------------------------------


def test_a_document_differs_in_nothing_from_itself() -> None:
    """Nor does one that lists the same in another order."""
    turned = with_(("recipients", "hosting-provider", "countries"), ["ireland", "united-states"])
    assert diff.changes(BEFORE, BEFORE) == []
    assert diff.changes(BEFORE, turned) == []


def test_every_change_of_every_key_is_told() -> None:
    """Each value of the shipped document made another one is named by its key, in one sentence or
    more; and the way back has the reverse effect."""
    reverse = {"wider": "narrower", "narrower": "wider", "other": "other"}
    seen = set()
    for path, value in places(DATA):
        if meaning(path) in seen and not ALL:
            continue
        seen.add(meaning(path))
        after, key = changed_at(path, value), ".".join(path)
        told = [one for one in diff.changes(BEFORE, after) if one.kind != "fresh-consent"]
        back = [one for one in diff.changes(after, BEFORE) if one.kind != "fresh-consent"]
        assert [one.key for one in told] == [key] * len(told) and told, path
        assert all(one.says.endswith(".") and "{" not in one.says for one in told), told
        effects = sorted(reverse[one.effect] for one in back)
        assert sorted(one.effect for one in told) == effects, path
    assert len(seen) > 100


@pytest.mark.parametrize("section", sorted(ENTRIES))
def test_every_entry_that_comes_or_goes_is_told(section: str) -> None:
    """With its own key, as what it is; coming and going have reverse effects."""
    reverse = {"wider": "narrower", "narrower": "wider", "other": "other"}
    for id_ in DATA[section]:
        smaller, key = without((section, id_)), f"{section}.{id_}"
        (gone,) = (one for one in diff.changes(BEFORE, smaller) if one.key == key)
        (new,) = (one for one in diff.changes(smaller, BEFORE) if one.key == key)
        assert (gone.kind, new.kind) == ("removed", "added")
        assert gone.effect == reverse[new.effect]
        assert new.says.endswith(".") and ".." not in new.says


def test_every_section_and_only_keys_of_the_document_have_words() -> None:
    """A section that is added to the document needs a name; a key that is renamed, its sentence."""
    sections = {
        name
        for name, field in PolicyDocument.model_fields.items()
        if "Mapping" in str(field.annotation)
    }
    assert set(ENTRIES) == sections
    for section, key in FIELDS:
        model: Any = PolicyDocument.model_fields[section].annotation
        model = getattr(model, "__args__", [model])[-1]
        for part in filter(None, key.split(".")):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            assert part in fields, (section, key)
            inner = getattr(fields[part].annotation, "__args__", [fields[part].annotation])
            model = next((one for one in inner if hasattr(one, "model_fields")), None)


# ---- what it says --------------------------------------------------------------------------------


def test_what_it_means_is_said_in_labels_and_words() -> None:
    """No id, no duration in letters: what people would ask."""
    longer = with_(("classes", "usage-data", "ends", "after"), "P2Y6M")
    (one,) = diff.changes(BEFORE, longer)
    assert one == (
        "classes.usage-data.ends.after",
        "more",
        "wider",
        "“How sites, services and newsletters are used” is kept longer: 2 years and 6 months, not "
        "12 months.",
    )
    endless = without(("classes", "usage-data", "ends"))
    (one,) = diff.changes(BEFORE, endless)
    assert (one.key, one.effect) == ("classes.usage-data.ends", "wider")
    recipient = ("recipients", "statistics-provider")
    assert says(without(recipient), BEFORE, ".".join(recipient)) == [
        "New recipient: “Provider of statistical analysis” (processor) may get “Day of the last "
        "sign-in” and “Features used”, in “Ireland”, for “To research and analyse, and improve "
        "products, sites and services”."
    ]
    more = [*DATA["recipients"]["statistics-provider"]["attributes"], "email-address"]
    assert says(
        BEFORE, with_((*recipient, "attributes"), more), ".".join((*recipient, "attributes"))
    ) == ["“Provider of statistical analysis” may also get “E-mail address”."]


@pytest.mark.parametrize(
    ("path", "value", "effect"),
    [
        (("services", "web-site", "deletion"), "reviewed", "wider"),
        (("countries", "ireland", "safeguard"), None, "wider"),
        (("sources", "signup-form", "notice_required"), False, "wider"),
        (("purposes", "product-research", "required"), True, "wider"),
        (("purposes", "promotional-news", "basis"), "contract", "wider"),
        (("purposes", "promotional-news", "ended"), True, "narrower"),
        (("purposes", "product-research", "default"), "off", "narrower"),
        (("recipients", "hosting-provider", "confidential"), None, "wider"),
        (("recipients", "hosting-provider", "standing"), False, "narrower"),
        (("disclosure_grounds", "lawful-request", "authorised_by"), [], "wider"),
        (("disclosure_grounds", "person-agreed", "consent"), False, "wider"),
        (("retention_grounds", "tax-record-keeping", "period"), None, "wider"),
        (("retention_rules", "credit-until-settled", "roles"), [], "wider"),
        (("retention_rules", "paid-licence-documents", "keep"), "P12M", "narrower"),
        (("regimes", "eu-gdpr", "answer"), "P2M", "wider"),
        (("identifiers", "refuse"), ["iban"], "wider"),
        (("policy", "title"), "Another title", "other"),
    ],
)
def test_the_effect_on_people_is_named(path: tuple[str, ...], value: Any, effect: str) -> None:
    """More data, longer, to more parties, with less say: wider; the reverse: narrower."""
    told = [one for one in diff.changes(BEFORE, with_(path, value)) if one.kind != "fresh-consent"]
    assert {one.effect for one in told} == {effect}


def test_a_period_that_may_be_a_slip_is_doubted() -> None:
    """Days written for months; a tenth and more is a decision."""
    path = ("classes", "usage-data", "ends", "after")
    (slip,) = diff.changes(BEFORE, with_(path, "P12D"))
    assert slip.says.endswith("12 days, not 12 months (less than a tenth of it: perhaps a slip).")
    (decided,) = diff.changes(BEFORE, with_(path, "P40D"))
    assert decided.says.endswith("40 days, not 12 months.")


def test_a_long_text_is_cut_and_lists_are_read_out() -> None:
    """A sentence stays one."""
    names = Names(BEFORE)
    assert len(names.said("a" * 500)) < 100
    assert names.listed(None, ["a", "b", "c"]) == "a, b and c"
    assert names.said((), "classes") == "none"


# ---- consents ------------------------------------------------------------------------------------


def anew(before: PolicyDocument, after: PolicyDocument) -> dict[str, str]:
    return dict(agreed.asked_anew(before, after))


def test_a_purpose_that_comes_to_rest_on_consent_needs_it_afresh() -> None:
    """Under one law is enough; where it did already, nobody is asked again."""
    assert anew(BEFORE, BEFORE) == {}
    path = ("purposes", "service-messages", "basis")
    assert anew(BEFORE, with_(path, "consent")) == {"service-messages": "newly-asked"}
    one_law = {"eu-gdpr": {"basis": "consent", "iri": "https://example.org/consent"}}
    after = with_(("purposes", "service-messages", "bases"), one_law)
    assert anew(BEFORE, after) == {"service-messages": "newly-asked"}
    assert anew(after, BEFORE) == {}
    assert anew(after, after) == {}


def test_a_purpose_that_uses_more_needs_consent_afresh() -> None:
    """Consent is specific: to less than before it still holds."""
    path = ("purposes", "click-analysis", "classes")
    more = with_(path, ["contact-data", "usage-data", "billing-data"])
    assert anew(BEFORE, more) == {"click-analysis": "uses-more"}
    assert anew(more, BEFORE) == {}
    told = diff.changes(BEFORE, more)
    assert told[0].kind == "fresh-consent"
    assert told[0].says.endswith("needs fresh consent: it uses more than people agreed to.")


def test_a_notice_that_goes_or_changes_leaves_its_consents_behind() -> None:
    """Each reason is told apart; a notice that comes beside it changes nothing."""
    on_consent = {"product-research", "personal-layout", "promotional-news", "click-analysis"}
    notice = ("notices", "signup-notice-1")
    other = with_((*notice, "texts", "en"), "Another text.")
    assert anew(BEFORE, other) == dict.fromkeys(on_consent, "text-changed")
    assert anew(BEFORE, without((*notice, "texts", "hi"))) == dict.fromkeys(on_consent, "text-gone")
    silent = [one for one in DATA["notices"]["signup-notice-1"]["purposes"] if "news" not in one]
    assert anew(BEFORE, with_((*notice, "purposes"), silent)) == {
        "promotional-news": "silent-on-purpose"
    }
    linked = with_((*notice, "documents"), ["marketplace-statement"])
    assert anew(BEFORE, linked) == dict.fromkeys(on_consent, "link-changed")
    link = with_(("documents", "software-policies", "sha256"), "a" * 64)
    assert anew(BEFORE, link) == dict.fromkeys(on_consent, "link-changed")
    beside = with_(("notices", "signup-notice-2"), DATA["notices"]["signup-notice-1"])
    assert anew(BEFORE, beside) == {}
    gone = without(notice)
    assert anew(BEFORE, gone) == dict.fromkeys(on_consent, "notice-gone")


def test_a_consent_is_held_against_the_text_that_was_shown() -> None:
    """By its digest, whatever the notice is called."""
    text = DATA["notices"]["signup-notice-1"]["texts"]["en"]
    digest = hashlib.sha256(text.encode()).digest()
    given = agreed.Agreement("promotional-news", "signup-notice-1", "en", digest)
    assert agreed.lapse(BEFORE, given) is None
    assert agreed.lapse(BEFORE, given._replace(digest=b"x" * 32)) == "text-changed"
    assert agreed.lapse(BEFORE, given._replace(notice="nowhere")) == "notice-gone"
    assert agreed.lapse(BEFORE, given._replace(language="de")) == "text-gone"


def test_what_rests_on_no_consent_any_more_needs_no_valid_notice() -> None:
    """Nor does a purpose that has ended, or is not listed."""
    given = agreed.Agreement("promotional-news", "nowhere", "en", b"x" * 32)
    assert agreed.lapse(BEFORE, given) == "notice-gone"
    assert agreed.lapse(BEFORE, given._replace(purpose="service-messages")) is None
    assert agreed.lapse(BEFORE, given._replace(purpose="never-listed")) is None
    ended = with_(("purposes", "promotional-news", "ended"), True)
    assert agreed.lapse(ended, given) is None
