"""The record of processing activities as a table for a program, and as a page for people.

The page is one file without scripts or anything from elsewhere: it can be printed, mailed or kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from projections.records import Activity, DataKind, Destination, Party, Record

COLUMNS = (
    "article", "purpose", "label", "legal_basis", "basis_by_law", "required", "assessment",
    "data", "special_categories", "kept_until", "recipients", "transfers", "statement", "measures",
)  # fmt: skip
_UNSAFE = ("=", "+", "-", "@", "\t", "\r")
"""How a cell may not begin: a spreadsheet would compute it."""


def activities(record: Record) -> list[tuple[str, str, Activity]]:
    """Every activity with its article and the title of its part."""
    return [
        *(("30(1)", "As controller", one) for one in record.as_controller),
        *(("30(2)", "As processor, on customers' instruction", one) for one in record.as_processor),
    ]


def as_csv(record: Record) -> str:
    """One line an activity; what is several stands in one cell, parted by semicolons."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    for article, _, one in activities(record):
        last = (one.statement or "", _joined(record.measures) or NOT_STATED)
        lines.writerow(_cell(cell) for cell in (*_cells(article, one), *last))
    return written.getvalue()


def _cells(article: str, one: Activity) -> Iterator[str]:
    yield from (article, one.purpose, one.label, one.basis)
    yield _joined(f"{regime}: {basis}" for regime, basis in one.bases.items())
    yield from ("yes" if one.required else "no", one.assessment or "")
    yield _joined(f"{kind.label} ({', '.join(kind.attributes)})" for kind in one.data)
    yield _joined(name for kind in one.data for name in kind.special)
    yield _joined(f"{kind.label}: {_kept(kind)}" for kind in one.data)
    yield _joined(_party(party) for party in one.parties)
    yield _joined(_destination(one) for one in one.transfers)


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_UNSAFE) else text


def _kept(kind: DataKind) -> str:
    return kind.ends or kind.retention


def _party(party: Party) -> str:
    return f"{party.label} ({_party_is(party)})"


def _party_is(party: Party) -> str:
    until = f" until {party.valid_until.isoformat()}" if party.valid_until else ""
    agreement = f", agreement {party.agreement}{until}" if party.agreement else ""
    known = "" if party.registered else ", not on the register yet"
    reach = ", with standing access" if party.reaches else ""
    below = f", passes on to {', '.join(party.sub_processors)}" if party.sub_processors else ""
    return f"{party.kind.replace('-', ' ')}{agreement}{reach}{known}{below}"


def _destination(one: Destination) -> str:
    return f"{one.label} ({one.safeguard or 'no safeguard named'}): {', '.join(one.recipients)}"


# ---- the page ----------------------------------------------------------------------------------

_STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --paper: #fff; --tint: #f4f6f8;
        --link: #0b57a4; color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9ba4ae; --line: #3a4149; --paper: #15181c; --tint: #1e2328;
          --link: #7db8f2 } }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; color: var(--ink);
       padding: 2rem 1.25rem 4rem; background: var(--paper); overflow-wrap: break-word }
h1 { font-size: 1.8rem; line-height: 1.2; margin: .25rem 0 }
h2 { font-size: 1.3rem; margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 2px solid }
h3 { font-size: 1.1rem; margin: 0 }
p { margin: .25rem 0 } a { color: var(--link) }
.soft { color: var(--soft) }
ul, ol { margin: 0; padding-left: 1.2rem } li + li { margin-top: .25rem }
dl { display: grid; grid-template-columns: 12rem 1fr; gap: .6rem 1.5rem; margin: 1rem 0 0 }
dt { color: var(--soft) } dd { margin: 0 } dd ul { list-style: none; padding: 0 }
nav ol { columns: 22rem; column-gap: 2rem } nav li { break-inside: avoid }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1rem 0 }
section:target { outline: 3px solid var(--link) }
.mark { display: inline-block; background: var(--tint); border: 1px solid var(--line);
        border-radius: 1rem; padding: 0 .6rem; margin: .4rem .4rem 0 0; font-size: .85rem }
table { border-collapse: collapse; width: 100%; margin: 1.25rem 0 0; font-size: .95rem;
        table-layout: fixed }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
         border-top: 1px solid var(--line) }
th { font-weight: 600 } thead th { color: var(--soft); font-weight: 400; border: 0; padding-top: 0 }
@media (max-width: 44rem) {
  dl { grid-template-columns: 1fr; gap: .1rem } dd { margin-bottom: .8rem }
  thead { display: none } tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0 }
  th, td { display: block; border: 0; padding: 0 } }
@media print {
  :root { --ink: #000; --soft: #444; --line: #999; --paper: #fff; --tint: #fff; --link: #000 }
  @page { margin: 16mm } nav { break-inside: avoid }
  body { font-size: 10pt; max-width: none; padding: 0 } nav ol { columns: 16rem }
  section { border-width: 1px 0 0; border-radius: 0; padding: .8rem 0 }
  h2, h3, thead { break-after: avoid } tr, dt { break-inside: avoid } }
"""
NOT_STATED = "Not stated"


def as_html(record: Record) -> str:
    """The record as a page, in the words of the document."""
    found = activities(record)
    body = [_head(record), _contents(found)]
    before = ""
    for article, part, one in found:
        if part != before:
            body.append(f"<h2>{escape(part)} (GDPR Art. {article})</h2>")
        body.append(_section(article, one, record.laws))
        before = part
    return (
        f'<!doctype html>\n<html lang="{escape(record.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(f'Record of processing activities: {record.title}')}</title>\n"
        f'<style>{_STYLE}</style>\n</head>\n<body lang="en">\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _head(record: Record) -> str:
    terms = _terms(
        ("Controllers", list(record.controllers.values())),
        ("Contact", list(record.contacts.values())),
        ("People, by their role", list(record.people)),
        ("People, by where their data comes from", list(record.sources)),
        ("Customers whose content is stored now", [str(record.customers)]),
        ("Security of processing", list(record.measures) or [NOT_STATED]),
    )
    return (
        '<header>\n<p class="soft">Record of processing activities (GDPR Art. 30)</p>\n'
        f"<h1>{escape(record.title)}</h1>\n"
        f'<p class="soft">Version {record.policy} of the policy ({escape(record.label)}), of '
        f"{record.effective.isoformat()}. There is no personal data in this record.</p>\n"
        f"{terms}</header>"
    )


def _contents(found: Iterable[tuple[str, str, Activity]]) -> str:
    lines = "\n".join(
        f'<li><a href="#{_anchor(article, one)}">{escape(one.label)}</a></li>'
        for article, _, one in found
    )
    return f"<nav>\n<h2>Activities</h2>\n<ol>\n{lines}\n</ol>\n</nav>"


def _anchor(article: str, one: Activity) -> str:
    """A purpose may be carried out in both roles."""
    return escape(f"{one.purpose}-{'own' if article == '30(1)' else 'instructed'}")


def _section(article: str, one: Activity, laws: Mapping[str, str]) -> str:
    marks = [_words(one.basis), "cannot be switched off" if one.required else "can be switched off"]
    marked = "".join(f'<span class="mark">{escape(mark)}</span>' for mark in marks)
    by_law = [f"{laws.get(law, law)}: {_words(basis)}" for law, basis in one.bases.items()]
    terms = _terms(
        ("In the policy", [one.statement] if one.statement else []),
        ("Other legal basis", by_law),
        ("Assessment", [one.assessment] if one.assessment else []),
        ("Special categories", [name for kind in one.data for name in kind.special]),
    )
    data = _table(
        ("Data", "What", "Kept until"),
        ((kind.label, ", ".join(kind.attributes), _kept(kind)) for kind in one.data),
    )
    parties = _table(
        ("Recipient", "As", "May get"),
        ((party.label, _party_is(party), ", ".join(party.attributes)) for party in one.parties),
    )
    nobody = "" if one.parties else '<p class="soft">Goes to nobody else.</p>'
    places = _terms(("Countries", [_destination(place) for place in one.transfers]))
    return (
        f'<section id="{_anchor(article, one)}">\n<h3>{escape(one.label)}</h3>\n<p>{marked}</p>\n'
        f"{terms}{data}{parties}{nobody}{places}</section>"
    )


def _words(code: str) -> str:
    return code.replace("-", " ")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, str, str]]) -> str:
    """A table whose first cell names the row; nothing without rows."""
    lines = [
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    ]
    if not lines:
        return ""
    named = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "\n".join(lines)
    return f"<table>\n<thead><tr>{named}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"


def _terms(*terms: tuple[str, list[str]]) -> str:
    told = []
    for name, values in terms:
        if values:
            listed = "".join(f"<li>{escape(value)}</li>" for value in values)
            told.append(f"<dt>{escape(name)}</dt>\n<dd><ul>{listed}</ul></dd>")
    return "<dl>\n" + "\n".join(told) + "\n</dl>\n" if told else ""
