"""Documents that are clever, careless or hostile: each is told its line, its key and a remedy."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ledger.policy import document
from ledger.policy.document import MOST_PROBLEMS, Located
from ledger.policy.periods import add_period
from tests.ledger.policy.test_document import SCHOOL, changed, line_of, refused

BOX = "  hauspost: {label: Hauspost im verschlossenen Umschlag}"


def only(text: str) -> Located:
    """The one problem of a text."""
    (found,) = document.problems(text)
    return found


@pytest.mark.parametrize(
    "written",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "%YAML 1.2\n---\n" + text + "...\n",
        lambda text: text.replace("effective: 2026-08-01", 'effective: "2026-08-01"'),
    ],
    ids=["byte order mark", "Windows", "directives", "quoted day"],
)
def test_what_an_editor_adds_changes_nothing(written: Callable[[str], str]) -> None:
    """The same document, whatever saved it."""
    assert document.load(written(SCHOOL)) == document.load(SCHOOL)


SEEN = [
    ("effective: 2026-08-01", "effective: 2026-W31-6", "policy.effective", "must be a date", ""),
    (BOX, "  hauspost: {label: '  '}", "channels.hauspost.label", "must not be empty", ""),
    (BOX, "  hauspost: {label: '\u00a0'}", "channels.hauspost.label", "must not be empty", ""),
    (BOX, "  hauspost: {label: 'a\u202eb'}", "channels.hauspost.label",
     "holds a character that cannot be seen: U+202E RIGHT-TO-LEFT OVERRIDE", "remove it"),
    (BOX, "  hauspost: {label: 'a\u200bb'}", "channels.hauspost.label",
     "holds a character that cannot be seen: U+200B ZERO WIDTH SPACE", "remove it"),
    (BOX, '  hauspost: {label: "a\\Lb"}', "channels.hauspost.label",
     "holds a character that cannot be seen: U+2028", "remove it"),
    ("      tr: |\n", '      fr: "a\\0b"\n      tr: |\n', "notices.anmeldung-2026.texts.fr",
     "holds a character that cannot be seen: U+0000", "remove it"),
    ("sekretariat@schule-am-park.example", '"sekretariat@schule\\u200b.example"',
     "contacts.sekretariat", "holds a character that cannot be seen", "remove it"),
    ("ends: {after: P3M}", "ends: {after: P0D}", "classes.ungeordnet.ends.after",
     "is no time at all", "write P1D or more"),
    ("    answer: P21D", "    answer: P0Y0M0D", "regimes.landesschulrecht.answer",
     "is no time at all", ""),
    (BOX, "  h\u0430uspost: {label: a}", "channels.h\u0430uspost", "must be an id",
     "write it in this form, without U+0430 CYRILLIC SMALL LETTER A"),
    (BOX, "  \uff48auspost: {label: a}", "channels.\uff48auspost", "must be an id",
     "write it in this form, without U+FF48 FULLWIDTH LATIN SMALL LETTER H"),
    (BOX, f"  Hauspost: {{label: a}}\n{BOX}", "channels.Hauspost", "must be an id",
     "write hauspost"),
    (BOX, f"  haus_post: {{label: a}}\n{BOX}", "channels.haus_post", "must be an id",
     "write haus-post"),
    (BOX, "  hauspost: {<<: {label: a}, label: b}", "channels.hauspost.<<", "is not a key here",
     "use label"),
    (BOX, "  hauspost: {label: a, label: b}", "channels.hauspost.label", "is given twice",
     "keep one of them"),
    (BOX, "  hauspost:", "channels.hauspost", "must hold keys", "indent the keys below it"),
    (BOX, "\t" + BOX, "", "is not YAML", "indent with spaces, not with tabs"),
    ("    identifies: true", "    identifies: yes", "classes.stammdaten.identifies",
     "must be true or false", "write true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "rule", "remedy"), SEEN)
def test_what_cannot_be_meant_is_named(
    old: str, new: str, key: str, rule: str, remedy: str
) -> None:
    """By its key and its line, and what looks like something else by its own name."""
    text = changed(old, new)
    found = only(text)
    assert (found.key, found.rule[: len(rule)]) == (key, rule)
    assert found.remedy.startswith(remedy) and found.remedy
    assert found.line is not None
    first = int(line_of(SCHOOL, old.strip("\n").splitlines()[0]))
    assert first <= found.line <= first + 2


def test_an_early_document_with_such_a_text_stays_readable() -> None:
    """They are asked of a candidate; a ledger that was opened with one opens for ever."""
    for old, new, *_ in SEEN[:10]:
        assert document.read(changed(old, new)).policy.label


def test_letters_are_joined_as_their_script_asks() -> None:
    """Joiners are part of Hindi and Persian words, and marks of direction of Arabic texts."""
    text = changed(BOX, "  hauspost: {label: 'क्\u200dष می\u200cشود'}")
    assert document.problems(text) == []
    text = changed("      tr: |\n", "      ar: 'سلام \u200f(x)\u200e'\n      tr: |\n")
    assert document.problems(text) == []


def test_an_empty_section_is_told_how_it_is_written() -> None:
    """Nothing below a key is not the same as no entries."""
    before, rest = SCHOOL.split("\nprohibited:\n")
    found = only(f"{before}\nprohibited:\ntemplates:\n{rest.partition('templates:')[2]}")
    assert (found.key, found.rule) == ("prohibited", "must hold keys")
    assert "{}" in found.remedy


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("identifiers", "add it, as identifiers: {} where its defaults are meant"),
        ("laws", "add it, as laws: {} where there is none"),
        ("regimes", "add it"),
        ("irregularities", "add it"),
    ],
)
def test_a_missing_section_is_told_in_its_smallest_form(line: str, remedy: str) -> None:
    """What may be empty can be written so; once, although two steps miss it."""
    text = changed(f"\n{line}:", f"\n{line}-x:")
    found = [one for one in document.problems(text) if one.rule == "is missing"]
    assert [(one.key, one.remedy) for one in found] == [(line, remedy)]


def test_a_document_of_nothing_but_faults_is_refused_soon() -> None:
    """Not every fault is told, and none is compared with very many names."""
    names = ", ".join(f"einstellung-nummer-{number}" for number in range(8_000))
    known = "\n".join(f"  angabe-nummer-{number}: {{label: x}}" for number in range(8_000))
    text = changed("attributes: [rufname, elternpost]", f"attributes: [{names}]").replace(
        "\nchannels:\n", f"\nchannels:\n{known}\n"
    )
    unknown = SCHOOL + "".join(f"polity-{number}: 1\n" for number in range(30_000))
    for hostile in (text, unknown):
        began = time.process_time()
        found = document.problems(hostile)
        assert time.process_time() - began < 10
        assert len(found) == MOST_PROBLEMS
        assert refused(hostile)["more"] == f"{MOST_PROBLEMS - 1} or more"
        assert max(len(one.remedy) for one in found) < 2_000


def test_the_last_year_there_is_is_compared_with_every_law() -> None:
    """A day beyond which no year lies is no reason to fall over."""
    import datetime as dt

    from ledger.policy.gaps import gaps
    from ledger.policy.law import Law

    last = document.load(changed("effective: 2026-08-01", "effective: 9999-12-31"))
    with pytest.raises(ValueError):
        add_period(last.policy.effective, "P1Y")
    for law in Law:
        assert gaps(last, law, dt.date(2026, 8, 1))
