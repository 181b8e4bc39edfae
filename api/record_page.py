"""The record of processing activities as a table for a program, and as a page for people.

The page is one file without scripts or anything from elsewhere: it can be printed, mailed or kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from html import escape

from projections.records import Activity, DataKind, Destination, Party, Record

COLUMNS = (
    "article", "purpose", "label", "legal_basis", "basis_by_law", "required", "assessment",
    "data", "special_categories", "kept_until", "recipients", "transfers",
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
        lines.writerow(_cell(cell) for cell in _cells(article, one))
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
    until = f" until {party.valid_until.isoformat()}" if party.valid_until else ""
    agreement = f", agreement {party.agreement}{until}" if party.agreement else ""
    known = "" if party.registered else ", not on the register yet"
    reach = ", with standing access" if party.reaches else ""
    below = f", passes on to {', '.join(party.sub_processors)}" if party.sub_processors else ""
    return f"{party.label} ({party.kind.replace('-', ' ')}{agreement}{reach}{known}{below})"


def _destination(one: Destination) -> str:
    return f"{one.label} ({one.safeguard or 'no safeguard needed'}): {', '.join(one.recipients)}"


# ---- the page ----------------------------------------------------------------------------------

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff }
h2 { margin-top: 2.5rem } h3 { margin-top: 2rem }
dt { font-weight: 600; margin-top: .5rem } dd { margin: 0 0 0 1rem }
ul { margin: 0; padding-left: 1.2rem }
@media print { section { break-inside: avoid } }
"""


def as_html(record: Record) -> str:
    """The record as a page, in the words of the document."""
    title = f"Record of processing activities: {record.title}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Under version {record.policy} of the policy ({escape(record.label)}).</p>",
        _terms(
            ("Controllers", list(record.controllers.values())),
            ("Contact", [f"{id_}: {address}" for id_, address in record.contacts.items()]),
            ("People concerned, by their role", list(record.people)),
            ("People concerned, by where their data comes from", list(record.sources)),
            ("Customers whose content is stored now", [str(record.customers)]),
            ("Security of processing", list(record.measures)),
        ),
    ]
    before = ""
    for article, part, one in activities(record):
        if part != before:
            body.append(f"<h2>{escape(part)} (GDPR Art. {article})</h2>")
        body.append(_section(one))
        before = part
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _section(one: Activity) -> str:
    laws = [f"{regime}: {basis}" for regime, basis in one.bases.items()]
    terms = _terms(
        ("Legal basis", [one.basis, *laws]),
        ("Can people switch it off?", ["No" if one.required else "Yes"]),
        ("Assessment", [one.assessment] if one.assessment else []),
        ("Categories of data", [f"{k.label}: {', '.join(k.attributes)}" for k in one.data]),
        ("Special categories", [name for kind in one.data for name in kind.special]),
        ("Kept until", [f"{kind.label}: {_kept(kind)}" for kind in one.data]),
        ("Recipients", [f"{_party(p)}: {', '.join(p.attributes)}" for p in one.parties]),
        ("Countries and safeguards", [_destination(place) for place in one.transfers]),
    )
    return f'<section id="{escape(one.purpose)}"><h3>{escape(one.label)}</h3>\n{terms}</section>'


def _terms(*terms: tuple[str, list[str]]) -> str:
    told = []
    for name, values in terms:
        if values:
            listed = "".join(f"<li>{escape(value)}</li>" for value in values)
            told.append(f"<dt>{escape(name)}</dt>\n<dd><ul>{listed}</ul></dd>")
    return "<dl>\n" + "\n".join(told) + "\n</dl>\n"
