"""What a document must not say although each part of it is well formed: each rule broken once."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import PolicyInvalid
from ledger.policy import consistency, document
from tests.ledger.policy.faults import DATA, place, written

GONE = object()
Change = dict[str, Any]
"""Where the school's document says something else, and what; `GONE`: nothing."""


def changed(change: Change) -> str:
    data = copy.deepcopy(DATA["school"])
    for at, value in change.items():
        path = tuple(at.split("."))
        if value is GONE:
            del place(data, path)[path[-1]]
        else:
            place(data, path)[path[-1]] = value
    return written(data)


def refused(change: Change) -> dict[str, str]:
    with pytest.raises(PolicyInvalid) as caught:
        document.load(changed(change))
    return caught.value.facts


P, C, R = "purposes", "classes", "recipients"
G, K, RR = "disclosure_grounds", "retention_grounds", "retention_rules"
KEEPS = {"ground": "rechenschaft", "period": "P2Y"}
NEW_CLASS = {"label": "Neu", "retention": "Ein Jahr.", "ends": {"after": "P1Y"}}

DANGLING = {f"{P}.klassenpost.bases": {"dsvgo": {"basis": "consent", "iri": "https://x"}}}

BROKEN: list[tuple[Change, str, str]] = [
    # texts; more of them in test_attacks.py
    ({"policy.effective": "2026-W31-6"}, "policy.effective", "must be a date"),
    ({"channels.hauspost.label": " "}, "channels.hauspost.label", "must not be empty"),
    ({"channels.hauspost.label": "a\u200b"}, "channels.hauspost.label", "holds a character that"),
    ({f"{C}.ungeordnet.ends.after": "P0Y"}, f"{C}.ungeordnet.ends.after", "is no time at all"),
    ({"recipients.schulamt.standing": True}, "recipients.schulamt.standing",
     "every ground for this kind asks for something first"),
    # data
    ({f"{C}.stammdaten.identifies": GONE}, "classes", "exactly one must identify"),
    ({f"{C}.antragsunterlagen.role": GONE}, "classes", "exactly one must have the role request"),
    ({f"{C}.nachweise.role": GONE}, "classes", "exactly one must have the role evidence"),
    (
        {f"{C}.stammdaten.identifies": GONE, f"{C}.antragsunterlagen.identifies": True,
         f"{C}.antragsunterlagen.ends.of": "account-closed"},
        f"{C}.antragsunterlagen.identifies",
        "the class that identifies must be ordinary",
    ),
    ({f"{C}.nachweise.keeps": GONE}, f"{C}.nachweise.keeps", "evidence must say"),
    (
        {f"{C}.ungeordnet.instructed": True, f"{C}.ungeordnet.keeps": KEEPS},
        f"{C}.ungeordnet.instructed",
        "a customer's content is kept as that customer instructs",
    ),
    ({f"{C}.nachweise.scope": "year"}, f"{C}.nachweise.scope", "evidence, what identifies"),
    ({"unlisted_class": "antragsunterlagen"}, "unlisted_class", "must be an ordinary class"),
    ({f"{C}.gespraeche.ends": GONE}, f"{C}.gespraeche.ends", "nothing says when values"),
    ({f"{C}.antragsunterlagen.ends": GONE}, f"{C}.antragsunterlagen.ends", "nothing says when"),
    ({f"{C}.portalablage.instructed": GONE}, f"{C}.portalablage.ends", "nothing says when values"),
    ({f"{C}.nachweise.ends": {"after": "P1Y"}}, f"{C}.nachweise.ends", "evidence ends by what"),
    ({f"{C}.beitraege.scope": GONE}, f"{C}.beitraege.scope", "only a month or a year has an end"),
    ({f"{C}.lernstand.ends.of": GONE}, f"{C}.lernstand.ends.of", "values of a month end after"),
    ({f"{C}.stammdaten.ends.of": GONE}, f"{C}.stammdaten.ends.of", "who a person is would end"),
    ({"attributes.bekenntnis.choices": GONE}, "attributes.bekenntnis.choices", "goes with the type"),
    ({"attributes.geburtstag.choices": ["heute"]}, "attributes.geburtstag.choices", "goes with"),
    (
        {"attributes.essensgeld.exclusive": True},
        "attributes.essensgeld.exclusive",
        "only what is looked up in the class that identifies",
    ),
    ({"attributes.essensgeld.lookup": "ref/1"}, "attributes.essensgeld.lookup", "does not fit"),
    (
        {"attributes.geburtstag.type": "telephone", "attributes.geburtstag.lookup": "tel/1"},
        "attributes.geburtstag.lookup",
        "notruf of the same class is looked up in the same way",
    ),
    ({"sources.elternbrief.third_party": True}, "sources.elternbrief.volunteered", "only what the"),
    ({"sources.elternabend.notice_required": True}, "sources.elternabend.volunteered", "only what"),
    ({"sources.briefverweise.third_party": True}, "sources.briefverweise.followed", "which links"),
    (
        {"templates.klassenbrief": GONE, "templates.basarzettel": GONE},
        "sources.briefverweise.followed",
        "no message is promotional",
    ),
    ({"identifiers.exempt": ["geburtstag"]}, "identifiers.exempt", "geburtstag cannot look like"),
    # uses
    (
        {"regimes": {}, "default_regimes": [], f"{P}.unterrichtsentwicklung.bases": GONE},
        "regimes",
        "must name at least one law",
    ),
    ({"default_regimes": []}, "default_regimes", "must name the law of people"),
    ({f"{P}.basarangebote.default": "on"}, f"{P}.basarangebote.default", "what rests on consent is"),
    ({f"{P}.einzelfallschutz.assessment": GONE}, f"{P}.einzelfallschutz.assessment", "a legitimate"),
    (
        {f"{P}.essensversorgung.bases": {"dsgvo": {"basis": "legitimate-interest", "iri": "https://x"}}},
        f"{P}.essensversorgung.assessment",
        "a legitimate interest must name its assessment",
    ),
    ({f"{P}.milchausgabe.default": "on"}, f"{P}.milchausgabe.ended", "what is carried out no more"),
    ({f"{P}.klassenpost.required": True}, f"{P}.klassenpost.required", "what rests on consent cannot"),
    (
        {f"{P}.essensversorgung.bases": {"dsgvo": {"basis": "consent", "iri": "https://x"}}},
        f"{P}.essensversorgung.bases.dsgvo.basis",
        "what rests on consent cannot be required",
    ),
    ({f"{P}.betroffenenrechte.default": "off"}, f"{P}.betroffenenrechte.default", "what is required"),
    ({f"{P}.essensversorgung.marketing": True}, f"{P}.essensversorgung.required", "advertising is"),
    (
        {f"{P}.klassenpost.despite_restriction": True},
        f"{P}.klassenpost.despite_restriction",
        "what people may switch off stops with a restriction",
    ),
    (
        {f"{P}.foerderplanung.classes": ["portalablage"]},
        f"{P}.foerderplanung.classes",
        "portalablage is customers' content",
    ),
    ({"prohibited.klassenpost": {"label": "x"}}, "prohibited.klassenpost", "is a purpose of this"),
    ({"reasons.irrtum.purpose": "milchausgabe"}, "reasons.irrtum.purpose", "milchausgabe is carried"),
    (
        {f"{R}.schulamt.purposes": ["beschulung", "milchausgabe"]},
        f"{R}.schulamt.purposes",
        "milchausgabe is carried out no more",
    ),
    (
        {"notices.anmeldung-2026.texts": {"fr": "Texte"}},
        "notices.anmeldung-2026.texts",
        "the text in de, the language of the policy, is missing",
    ),
    ({f"{P}.milchausgabe.ended": GONE}, f"{P}.milchausgabe", "no notice tells people"),
    ({"templates.klassenbrief.kind": "mandatory"}, "templates.klassenbrief.kind", "klassenpost is not"),
    (
        {"templates.begruessung.kind": "promotional"},
        "templates.begruessung.kind",
        "pflichtmitteilungen is required, so its messages are not promotional",
    ),
    # parties
    ({"controllers.stadt-lindenau.primary": True}, "controllers", "exactly one must be primary"),
    (
        {"controllers.schule-am-park.controlled_since": "2020-01-01"},
        "controllers.schule-am-park.controlled_since",
        "the primary one is nobody's affiliate",
    ),
    (
        {"controllers.schulstiftung.controlled_since": GONE},
        "controllers.schulstiftung.controlled_since",
        "is missing where control ends",
    ),
    (
        {"controllers.schulstiftung.controlled_until": "2019-07-31"},
        "controllers.schulstiftung.controlled_until",
        "lies before control began",
    ),
    (
        {"controllers.schulstiftung": {"name": "Stiftung"}},
        "controllers.schulstiftung.controlled_since",
        "is missing at the legal entity of an affiliate",
    ),
    ({"services.foerderverein.covered": GONE}, "services.foerderverein.statement", "a service with"),
    ({"services.foerderverein.statement": GONE}, "services.foerderverein.statement", "a service that"),
    ({"services.schulportal.shown_at": GONE}, "services.schulportal.shown_at", "must say where"),
    (
        {"services.unterrichtsbetrieb.reviewer": GONE},
        "services.unterrichtsbetrieb.reviewer",
        "goes with deletion: reviewed",
    ),
    ({"services.schulportal.reviewer": "schulleitung"}, "services.schulportal.reviewer", "goes with"),
    (
        {f"{R}.postversand.agreement_required": False},
        f"{R}.postversand.agreement_required",
        "a processor needs an agreement",
    ),
    ({f"{R}.postversand.confidential": GONE}, f"{R}.postversand.confidential", "a processor is bound"),
    ({f"{R}.postversand.confidential": False}, f"{R}.postversand.confidential", "a processor is"),
    ({f"{G}.auftrag": GONE}, f"{R}.rechenzentrum.kind", "no disclosure ground"),
    ({f"{R}.ferienstiftung.controller": GONE}, f"{R}.ferienstiftung.controller", "goes with the kind"),
    ({f"{R}.caterer.controller": "schulstiftung"}, f"{R}.caterer.controller", "goes with the kind"),
    (
        {f"{R}.rechenzentrum.sub_processors": ["caterer"]},
        f"{R}.rechenzentrum.sub_processors",
        "a sub-processor is another processor",
    ),
    (
        {f"{R}.rechenzentrum.sub_processors": ["rechenzentrum"]},
        f"{R}.rechenzentrum.sub_processors",
        "a sub-processor is another processor",
    ),
    (
        {f"{R}.aktendruckerei.attributes": ["rufname", "zeugnisnummer"]},
        f"{R}.rechenzentrum.sub_processors",
        "aktendruckerei would get zeugnisnummer",
    ),
    (
        {f"{R}.caterer.attributes": ["rufname", "zeugnistext"]},
        f"{R}.caterer.attributes",
        "none of these purposes uses the class of zeugnistext",
    ),
    (
        {f"{R}.caterer.attributes": ["abgelegtes"], f"{R}.caterer.purposes": ["portalbetrieb"]},
        f"{R}.caterer.attributes",
        "abgelegtes is customers' content",
    ),
    (
        {f"{R}.caterer.purposes": ["essensversorgung", "basarangebote"]},
        f"{R}.caterer.purposes",
        "basarangebote is advertising",
    ),
    ({f"{G}.einwilligung-der-eltern.consent": GONE}, f"{G}.einwilligung-der-eltern", "would let data"),
    (
        {f"{G}.eigene-stiftung.one_document": True},
        f"{G}.eigene-stiftung.reference",
        "which document it is about must be named",
    ),
    (
        {f"{G}.bestellung-fuer-andere.one_document": GONE},
        f"{G}.bestellung-fuer-andere.one_document",
        "an agent gets what belongs to that one purchase",
    ),
    ({f"{G}.ermittlung.reference": GONE}, f"{G}.ermittlung.reference", "what an authority or a"),
    ({f"{G}.zusammenlegung.reference": GONE}, f"{G}.zusammenlegung.reference", "what an authority"),
    ({f"{G}.ermittlung.authorised_by": GONE}, f"{G}.ermittlung.authorised_by", "somebody must answer"),
    ({f"{G}.ermittlung.kinds": ["authority", "agent"]}, f"{G}.ermittlung.gag", "only an authority"),
    ({f"{G}.ermittlung.gag": GONE}, f"{G}.ermittlung.gag_review", "goes with gag: true"),
    ({f"{G}.ermittlung.gag_review": GONE}, f"{G}.ermittlung.gag_review", "goes with gag: true"),
    ({f"{G}.ermittlung.gag_review": "P13M"}, f"{G}.ermittlung.gag_review", "must come within twelve"),
    (
        {f"{G}.zusammenlegung.kinds": ["successor", "affiliate"]},
        f"{G}.zusammenlegung.kinds",
        "a successor needs a ground of its own",
    ),
    ({f"{G}.zusammenlegung.stages": GONE}, f"{G}.zusammenlegung.stages", "go with the kind successor"),
    (
        {f"{G}.auftrag.stages": DATA["school"][G]["zusammenlegung"]["stages"]},
        f"{G}.auftrag.stages",
        "go with the kind successor",
    ),
    (
        {f"{G}.zusammenlegung.stages.vorpruefung": GONE},
        f"{G}.zusammenlegung.stages",
        "there are at least two",
    ),
    (
        {f"{G}.zusammenlegung.stages.vorpruefung.attributes": ["schuelernummer", "rufname"],
         f"{G}.zusammenlegung.stages.aktenuebergabe.attributes": ["schuelernummer"]},
        f"{G}.zusammenlegung.stages.aktenuebergabe.attributes",
        "a later stage passes on rufname too",
    ),
    (
        {f"{G}.zusammenlegung.stages.aktenuebergabe.attributes": ["schuelernummer"]},
        f"{G}.zusammenlegung.stages.aktenuebergabe.attributes",
        "passes on no more than the stage before",
    ),
    (
        {f"{G}.zusammenlegung.stages.vorpruefung.after": "aktenuebergabe"},
        f"{G}.zusammenlegung.stages.vorpruefung.after",
        "is no stage that stands before this one",
    ),
    (
        {f"{G}.zusammenlegung.stages.aktenuebergabe.attributes": ["schuelernummer", "notruf"]},
        f"{G}.zusammenlegung.stages.aktenuebergabe.attributes",
        "no recipient of these kinds may get notruf",
    ),
    # keeping
    ({f"{K}.offene-forderung.review": GONE}, f"{K}.offene-forderung", "must have an end or a review"),
    ({f"{K}.offene-forderung.review": "P13M"}, f"{K}.offene-forderung.review", "must come within"),
    ({f"{K}.schutzbedarf.assessment": GONE}, f"{K}.schutzbedarf", "must rest on a law or on"),
    (
        {f"{K}.schutzbedarf.classes": ["stammdaten", "beitraege", "vorfaelle", "lernstand"]},
        f"{K}.schutzbedarf.classes",
        "none of these purposes uses lernstand",
    ),
    (
        {f"{K}.rechenschaft.classes": ["nachweise", "portalablage"],
         f"{K}.rechenschaft.purposes": ["betroffenenrechte", "portalbetrieb"]},
        f"{K}.rechenschaft.classes",
        "portalablage is customers' content, which they alone decide to keep",
    ),
    (
        {f"{C}.nachweise.keeps.ground": "zeugnisfrist"},
        f"{C}.nachweise.keeps.ground",
        "zeugnisfrist does not cover this class",
    ),
    ({f"{C}.nachweise.keeps.period": "P3Y"}, f"{C}.nachweise.keeps.period", "is longer than rechen"),
    ({f"{RR}.forderung-bis-ausgleich.roles": GONE}, f"{RR}.forderung-bis-ausgleich.roles", "would hold"),
    ({f"{RR}.streit-bis-entscheidung.kind": GONE}, f"{RR}.streit-bis-entscheidung.kind", "goes with"),
    ({f"{RR}.bezahltes-zeugnis.kind": "kassenbetrug"}, f"{RR}.bezahltes-zeugnis.kind", "goes with"),
    (
        {f"{RR}.streit-bis-entscheidung.released_by": "case-closed"},
        f"{RR}.streit-bis-entscheidung.released_by",
        "is not what ends hold-placed",
    ),
    (
        {f"{RR}.forderung-bis-ausgleich.released_by": GONE},
        f"{RR}.forderung-bis-ausgleich.released_by",
        "nothing ends what this rule holds",
    ),
    (
        {f"{RR}.bezahltes-zeugnis.keep": GONE, f"{RR}.bezahltes-zeugnis.released_by": "account-closed"},
        f"{RR}.bezahltes-zeugnis.keep",
        "what is counted from the year's end is missing",
    ),
    (
        {f"{RR}.streit-bis-entscheidung.classes": ["stammdaten", "lernstand"]},
        f"{RR}.streit-bis-entscheidung.classes",
        "rechtsstreit does not cover lernstand",
    ),
    ({f"{RR}.bezahltes-zeugnis.keep": "P590M"}, f"{RR}.bezahltes-zeugnis.keep", "is longer than zeug"),
    (
        {f"{RR}.streit-bis-entscheidung.trigger": "member-joined",
         f"{RR}.streit-bis-entscheidung.released_by": "member-left",
         f"{RR}.streit-bis-entscheidung.kind": GONE,
         f"{RR}.streit-bis-entscheidung.scope": "document"},
        f"{RR}.streit-bis-entscheidung.scope",
        "member-joined is about no document or case",
    ),
    (
        {f"{RR}.forderung-bis-ausgleich.scope": "document"},
        f"{RR}.forderung-bis-ausgleich.scope",
        "these classes are not kept by document or case",
    ),
    (
        {f"{RR}.bezahltes-zeugnis.scope": "period"},
        f"{RR}.bezahltes-zeugnis.scope",
        "these classes are not kept by year or month",
    ),
    (
        {f"{RR}.bezahltes-zeugnis.scope": GONE},
        f"{RR}.bezahltes-zeugnis.scope",
        "would hold documents or cases that the fact is not about",
    ),
    # unused
    ({f"{C}.neues": NEW_CLASS}, f"{C}.neues", "no purpose uses this class"),
    ({"notices.anmeldung-2026.documents": GONE}, "documents.hausordnung", "neither a notice links"),
    ({"countries.schweiz.safeguard": GONE}, "safeguards.angemessenheit", "no country rests on"),
    ({"laws.neues": {"label": "Neu"}}, "laws.neues", "nothing is kept under this law"),
    ({f"{RR}.kassenbetrug-bis-klaerung": GONE}, "matters.kassenbetrug", "no retention rule says"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "rule"), BROKEN)
def test_a_contradiction_is_named_with_its_remedy(change: Change, key: str, rule: str) -> None:
    """Each part is well formed, and together they would break the law or the ledger."""
    facts = refused(change)
    assert facts["key"] == key
    assert facts["rule"].startswith(rule)
    assert facts["remedy"]
    assert int(facts["line"]) > 1


def test_a_regime_that_is_not_listed_is_no_regime_of_a_purpose() -> None:
    """The keys of a mapping are references too."""
    facts = refused(DANGLING)
    assert facts["key"] == f"{P}.klassenpost.bases.dsvgo"
    assert (facts["rule"], facts["remedy"]) == ("dsvgo is not in regimes", "did you mean dsgvo?")


def test_every_rule_of_the_checker_is_broken_above() -> None:
    """None that nobody has ever seen refuse anything."""
    known = [
        rule
        for file in sorted(Path(consistency.__file__).parent.glob("*.py"))
        for rule in rules(file)
    ]
    assert len(known) > 60
    said = [refused(change)["rule"] for change in (*(one[0] for one in BROKEN), DANGLING)]
    never = [words for words in known if not any(all(w in one for w in words) for one in said)]
    assert never == []


def rules(file: Path) -> list[list[str]]:
    """The fixed words of every rule a file of the checker can give."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "_Use"):
            rule = node.args[2] if getattr(node.func, "id", "") == "_Use" else node.args[1]
            if isinstance(rule, ast.Constant):
                found.append([str(rule.value)])
            elif isinstance(rule, ast.JoinedStr):
                found.append([str(p.value) for p in rule.values if isinstance(p, ast.Constant)])
    return found
