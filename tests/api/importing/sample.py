"""Makes the shipped sample: 1,000 customers and lines with planted faults. Seeded: always the same.

python -m tests.api.importing.sample        writes api/demo/customers.csv
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.api.importing.people_of_fiction import COLUMNS, Customer, customers

DEMO = Path(__file__).parents[3] / "api" / "demo"
FILE = DEMO / "customers.csv"
MAPPING = DEMO / "customers-mapping.yaml"
COUNT = 1_000

UNLISTED = range(40, 1_000, 80)
"""Customers with a value in the column whose attribute the policy does not list."""
REPEATED = range(101, 1_000, 113)
"""Customers whose line stands in the file a second time, somewhere below."""
CHANGED: dict[int, tuple[str, str]] = {
    120: ("phone", "+44 7700 900123"),
    240: ("job_title", "Head of testing"),
    360: ("address", "Maple Avenue 7, Salem"),
    480: ("email", "moved.to.another.place@example.org"),
    600: ("name", "Renamed After Marriage"),
    720: ("billing_address", "Redwood Inc., Hill Road 9, Salem"),
}
"""Customers who come a second time, with one value changed."""

Fault = Callable[[Customer], bytes]


def line(customer: Customer) -> bytes:
    """A customer as a line of CSV."""
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(customer)
    return text.getvalue().encode()


def _with(**changes: str) -> Fault:
    return lambda customer: line({**customer, **changes})


def _short(customer: Customer) -> bytes:
    return b",".join(line(customer).split(b",")[:5]) + b"\n"


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("must be a value that a person can be recognised by", _with(email="no-at-sign.example.org")),
    ("must be a value that a person can be recognised by", _with(email="two words@example.org")),
    ("must be an e-mail address", _with(email="dots..twice@example.org")),
    ("must be a value that a person can be recognised by", _with(email="under_score@ex_ample.org")),
    ("must be a telephone number", _with(phone="020 7946 0018")),
    ("must be a telephone number", _with(phone="+1 5")),
    ("must be a telephone number", _with(phone="call me")),
    ("between 1970 and now", _with(changed_on="2999-01-31")),
    ("between 1970 and now", _with(changed_on="1869-01-31")),
    ("must be a date written like", _with(changed_on="2025-02-30")),
    ("must be a date written like", _with(changed_on="31.01.2025")),
    ("must be a date written like", _with(last_sign_in="yesterday")),
    ("must be a country code", _with(country="UK")),
    ("must be one of ", _with(language="Klingon")),
    ("must be an address that starts with http", _with(website="www.missing-scheme.example")),
    ("must not be longer than", _with(job_title="x" * 400)),
    ("must not hold control characters", _with(name="Bell\x07 Ringer")),
    ("needs a value that a person is recognised by", _with(customer_no="", email="")),
    ("has more or fewer cells", _short),
    ("has more or fewer cells", lambda c: line(c).rstrip() + b",one,more\n"),
    ("holds a NUL byte", lambda c: line(c).replace(b"C-", b"C-\0")),
    (
        "is not utf-8",
        lambda c: line({**c, "name": "Ren\u00e9 Faux"}).replace("é".encode(), b"\xe9"),
    ),
    ("is longer than", lambda c: line({**c, "address": "very long " * 7_000})),
    ("has a quote that does not end", lambda c: line(c).replace(b"C-", b'"C-', 1)),
)
"""What is refused, by the words of its rule, and how it is made of an innocent customer."""


def sample() -> bytes:
    """The whole file."""
    people = list(customers(COUNT))
    for number in UNLISTED:
        people[number]["loyalty_tier"] = "gold"
    lines = [line(customer) for customer in people]
    strangers = list(customers(COUNT + len(FAULTS) + 1))[COUNT:]
    faults = [fault(one) for (_, fault), one in zip(FAULTS, strangers, strict=False)]
    mixed_up = {
        **strangers[-1],
        "customer_no": people[10]["customer_no"],
        "email": people[20]["email"],
    }
    again = [line(people[number]) for number in REPEATED]
    changed = [line({**people[n], column: text}) for n, (column, text) in CHANGED.items()]
    return b"".join([_header(), *_spread(lines, [*faults, line(mixed_up)]), *again, *changed])


def _header() -> bytes:
    return (",".join(COLUMNS) + "\n").encode()


def _spread(lines: list[bytes], extra: list[bytes]) -> Iterable[bytes]:
    """The extra lines, one by one, at even distances behind the first hundred."""
    step = (len(lines) - 100) // len(extra)
    places = {100 + number * step: one for number, one in enumerate(extra)}
    for number, one in enumerate(lines):
        if number in places:
            yield places[number]
        yield one


if __name__ == "__main__":
    FILE.write_bytes(sample())
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
