"""Fictional people for exports: seeded, of several countries, reachable nowhere.

Names are common ones put together at random. Addresses of e-mail lie in the domains reserved for
examples (RFC 2606, RFC 6761); telephone numbers in ranges that regulators reserve for fiction, and
where a country has none, there is no number.
"""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

COLUMNS = (
    "customer_no", "name", "email", "phone", "company", "job_title", "country", "language",
    "website", "address", "last_sign_in", "billing_address", "tax_no", "newsletter",
    "loyalty_tier", "internal_score", "changed_on",
)  # fmt: skip
Customer = dict[str, str]


class Place(NamedTuple):
    """A country: its code, language, names, streets, and the form of a telephone number of fiction."""

    code: str
    language: str
    first: str
    last: str
    streets: str
    towns: str
    phone: str | None


PLACES = (
    Place("IN", "Hindi", "Aarav Diya Ishaan Kavya Meera Rohan Saanvi Vihaan Ananya Kabir",
          "Sharma Iyer Banerjee Reddy Patel Kulkarni Nair Chauhan", "MG-Road Park-Street Ring-Road",
          "Indore Pune Kochi Jaipur", None),
    Place("US", "English", "Olivia Liam Emma Noah Ava Mason Grace Caleb Hannah Owen",
          "Walker Bennett Hayes Morgan Foster Reed Brooks Ortiz", "Maple-Avenue Cedar-Street Hill-Road",
          "Springfield Fairview Greenville Salem", "+1 202 555 01{:02d}"),
    Place("DE", "German", "Jürgen Anneliese Björn Käthe Lukas Mia Sören Hannelore Emil Clara",
          "Müller Schäfer Groß Köhler Becker Vogt Weiß Lehmann", "Lindenstraße Goethestraße Am-Markt",
          "Musterstadt Neudorf Altenberg Seeburg", "+49 30 23125 {:03d}"),
    Place("FR", "French", "Zoé Hélène Mathis Chloé Étienne Inès Noël Anaïs Jules Océane",
          "Lefèvre Garçon Dubois Moreau Béranger Petit Rousseau Faure", "Rue-des-Lilas Rue-Neuve",
          "Villeneuve Montclair Saint-Exemple Bellerive", "+33 1 99 00 {:02d} 41"),
    Place("JP", "Japanese", "葵 蓮 結衣 大翔 さくら 陽菜 湊 美咲 悠真 凛",
          "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村", "本町 緑町 桜通り", "例示市 見本市 青葉町", None),
    Place("GB", "English", "Amelia Harry Isla Oscar Freya Alfie Niamh Rhys Poppy Callum",
          "Thornton Ashworth Pemberton Hughes MacLeod Clarke Whitaker Shaw", "Station-Road Mill-Lane",
          "Ambridge Holby Walford Weatherfield", "+44 20 7946 0{:03d}"),
    Place("SE", "English", "Åsa Gösta Märta Nils Ebba Love Saga Östen Tuva Axel",
          "Lindström Åkesson Björk Nyström Söderberg Ek Holm Wåhlin", "Storgatan Skolvägen",
          "Exempelby Lillköping Sjövik Granstad", "+46 8 465 004 {:02d}"),
    Place("BR", "English", "João Conceição Mateus Júlia Antônio Letícia Gustavo Beatriz Caio Luíza",
          "Araújo Gonçalves Magalhães Simões Pereira Rocha Teixeira Lima", "Rua-das-Flores Avenida-Sul",
          "Vila-Modelo Porto-Novo Campo-Belo", None),
    Place("NG", "English", "Adaeze Chinedu Folake Ibrahim Ngozi Tunde Zainab Emeka Yetunde Musa",
          "Okafor Adeyemi Bello Eze Okonkwo Balogun Nwosu Danjuma", "Unity-Road Market-Street",
          "Sampletown Newbridge Riverside", None),
)  # fmt: skip
DOMAINS = (
    "example.org",
    "example.com",
    "example.net",
    "mail.example",
    "firma.example",
    "post.test",
)
COMPANIES = ("Nordlicht", "Bluefin", "Kaveri", "Atelier Sept", "Juniper Lane", "Ostwind", "Sakura Works",
             "Redwood", "Monsoon", "Halden")  # fmt: skip
FORMS = ("GmbH", "Ltd", "Pvt. Ltd.", "SARL", "Inc.", "AB", "KK")
JOBS = ("Test manager", "Developer", "Head of quality", "Purchasing", "Product owner", "Consultant",
        "Systems engineer", "Team lead")  # fmt: skip


def customers(count: int, seed: int = 20251) -> Iterator[Customer]:
    """That many customers, each with a number and an e-mail address of their own; always the same."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        yield _customer(chance, number)


def _customer(chance: random.Random, number: int) -> Customer:
    place = chance.choice(PLACES)
    first, last = chance.choice(place.first.split()), chance.choice(place.last.split())
    company = f"{chance.choice(COMPANIES)} {chance.choice(FORMS)}" if chance.random() < 0.8 else ""
    street = chance.choice(place.streets.split()).replace("-", " ")
    town = chance.choice(place.towns.split()).replace("-", " ")
    address = f"{street} {chance.randint(1, 180)}, {town}"
    since = dt.date(2018, 1, 8) + dt.timedelta(days=chance.randrange(2600))
    return {
        "customer_no": f"C-{100_000 + number}",
        "name": f"{first} {last}",
        "email": _email(first, last, number, chance.choice(DOMAINS)),
        "phone": place.phone.format(chance.randrange(100)) if place.phone else "",
        "company": company,
        "job_title": chance.choice(JOBS) if company else "",
        "country": place.code,
        "language": place.language,
        "website": f"https://www.{_latin(company)}.example/" if company else "",
        "address": address if chance.random() < 0.7 else "",
        "last_sign_in": (since - dt.timedelta(days=chance.randrange(20))).isoformat(),
        "billing_address": f"{company}, {address}" if company else "",
        "tax_no": f"{place.code}-TEST-{chance.randrange(10**7):07d}" if company else "",
        "newsletter": chance.choice(("yes", "no", "no", "")),
        "loyalty_tier": "",
        "internal_score": str(chance.randint(1, 99)),
        "changed_on": since.isoformat(),
    }


def _email(first: str, last: str, number: int, domain: str) -> str:
    """Now and then with letters outside ASCII, as addresses may have."""
    plain = f"{_latin(first)}.{_latin(last)}.{number}".strip(".")
    local = f"{first}.{last}.{number}".lower() if number % 25 == 0 else plain
    return f"{local}@{domain}"


def _latin(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    return "".join(c for c in folded.decode().lower() if c.isalnum())
