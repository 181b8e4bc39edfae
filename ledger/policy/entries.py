"""What it means to people that an entry of the policy comes, or goes: one sentence a section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ledger.policy.names import Names

Effect = Literal["wider", "narrower", "other"]


class Entry(NamedTuple):
    """What an entry of a section is called, and what it means that one comes, or goes.

    `details` says more of a new one. The effect is that of a new one; a gone one has the reverse.
    """

    noun: str
    added: str = ""
    gone: str = ""
    effect: Effect = "other"
    details: Callable[[Names, Any], str] | None = None


def _purpose(names: Names, one: Any) -> str:
    ask = "it cannot be switched off" if one.required else f"it is {one.default} at first"
    uses = names.listed("classes", one.classes)
    return f", on the basis of {one.basis.replace('-', ' ')}; it uses {uses}; {ask}"


def _recipient(names: Names, one: Any) -> str:
    gets = names.listed("attributes", one.attributes)
    why = names.listed("purposes", one.purposes)
    where = names.listed("countries", one.countries)
    reach = "; it can reach them at any time" if one.standing else ""
    return f" ({one.kind.replace('-', ' ')}) may get {gets}, in {where}, for {why}{reach}"


def _attribute(names: Names, one: Any) -> str:
    special = ", of a special category" if one.special else ""
    return f"{special}; it is kept with {names.quoted('classes', one.class_)}"


def _country(names: Names, one: Any) -> str:
    found = names.quoted("safeguards", one.safeguard) if one.safeguard else None
    return f", under the safeguard {found}" if found else ", without a safeguard"


def _kept(names: Names, one: Any) -> str:
    law = f" ({names.label('laws', one.law)})" if one.law else ""
    end = f"for {names.said(one.period)}" if one.period else "until it is over"
    return f"{law}, {end}: {names.listed('classes', one.classes)}"


def _rule(names: Names, one: Any) -> str:
    what = names.listed("classes", one.classes)
    fact = one.trigger.replace("-", " ")
    return f": “{fact}” keeps {what}, on the ground {names.quoted('retention_grounds', one.ground)}"


def _class(names: Names, one: Any) -> str:
    return f": {one.retention.rstrip('.')}"


def _ground(names: Names, one: Any) -> str:
    kinds = names.listed(None, (kind.replace("-", " ") for kind in one.kinds))
    return f", to these kinds of recipients: {kinds}"


def _notice(names: Names, one: Any) -> str:
    return f", which tells of {names.listed('purposes', one.purposes)}"


def _template(names: Names, one: Any) -> str:
    return f", {one.kind}, for {names.quoted('purposes', one.purpose)}"


def _plain(noun: str, effect: Effect = "other") -> Entry:
    return Entry(noun, f"New {noun.lower()}: {{name}}", f"{noun} {{name}} is gone", effect)


ENTRIES: dict[str, Entry] = {
    "contacts": _plain("Contact"),
    "controllers": _plain("Legal entity", "wider"),
    "services": _plain("Service"),
    "safeguards": _plain("Safeguard"),
    "countries": Entry(
        "Country", "Data may also be kept in, or go to, {name}", "No data is kept in {name} any more",
        "wider", _country,
    ),
    "laws": _plain("Law"),
    "roles": _plain("Role"),
    "functions": _plain("Function"),
    "reasons": _plain("Reason to open data", "wider"),
    "channels": _plain("Channel"),
    "classes": Entry("Class", "New class {name}", "The class {name} is gone", "other", _class),
    "attributes": Entry(
        "Attribute", "New kind of data: {name}", "{name} is collected no more", "wider", _attribute
    ),
    "sources": _plain("Source", "wider"),
    "purposes": Entry(
        "Purpose", "New purpose: {name}", "{name} is no purpose any more", "wider", _purpose
    ),
    "notices": Entry("Notice", "New notice {name}", "The notice {name} is gone", "other", _notice),
    "recipients": Entry(
        "Recipient", "New recipient: {name}", "{name} gets data no more", "wider", _recipient
    ),
    "disclosure_grounds": Entry(
        "Ground", "Data may also be passed on because: {name}",
        "Data is passed on no more because: {name}", "wider", _ground,
    ),
    "retention_grounds": Entry(
        "Ground", "Data may also be kept because: {name}", "Data is kept no more because: {name}",
        "wider", _kept,
    ),
    "documents": _plain("Document"),
    "regimes": Entry("Law", "New law that protects people: {name}", "The law {name} counts no more",
        "narrower"),
    "prohibited": Entry(
        "Ban", "Prohibited from now on: {name}", "{name} is prohibited no more", "narrower"
    ),
    "templates": Entry("Message", "New message {name}", "The message {name} is sent no more",
        "other", _template),
    "member_roles": _plain("Role of members"),
    "matters": _plain("Kind of case"),
    "measures": _plain("Security measure"),
    "retention_rules": Entry("Rule", "New rule {name}", "The rule {name} is gone", "wider", _rule),
}  # fmt: skip
"""One for each section whose entries have ids."""
