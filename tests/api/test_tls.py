"""TLS: what is refused before anything listens, and what a client sees on the wire."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.commands.serving import _warn_of_the_way
from api.demo import local
from api.tls import tls_of
from ledger.config import Settings
from ledger.errors import UnsafeSettings
from ledger.genesis import create
from tests.api.test_serving import ended, start

ROOT = Path(__file__).parents[2]
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Pair(NamedTuple):
    """A certificate and a key, as files."""

    certificate: Path
    key: Path

    def settings(self, home: Path) -> Settings:
        return Settings(home=home, tls_certificate=self.certificate, tls_key=self.key)

    def words(self) -> tuple[str, ...]:
        return ("--tls-certificate", str(self.certificate), "--tls-key", str(self.key))


def pair(
    place: Path,
    *,
    key: Key | None = None,
    since: dt.datetime = NOW - DAY,
    until: dt.datetime = NOW + 90 * DAY,
    names: tuple[str, ...] = ("localhost",),
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    sealed: KeySerializationEncryption | None = None,
) -> Pair:
    """A certificate that its own key signs."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    building = x509.CertificateBuilder(name, name, key.public_key(), 1, since, until)
    building = building.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
        building = building.add_extension(alternatives, critical=False)
    made = Pair(place / "certificate.pem", place / "key.pem")
    made.certificate.write_bytes(building.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    form = (Encoding.PEM, PrivateFormat.PKCS8, sealed or NoEncryption())
    made.key.touch(0o600)
    made.key.write_bytes(key.private_bytes(*form))
    return made


def refusal(settings: Settings) -> str:
    """The sentence with which these settings are refused."""
    with pytest.raises(UnsafeSettings) as caught:
        tls_of(settings)
    return str(caught.value)


# ---- before anything listens -------------------------------------------------------------------


def test_without_a_certificate_there_is_no_tls(tmp_path: Path) -> None:
    """Nothing named, nothing made."""
    assert tls_of(Settings(home=tmp_path)) is None


def test_a_certificate_and_its_key_are_taken(tmp_path: Path) -> None:
    """It is told for whom it speaks and until when; nothing below TLS 1.2 is spoken."""
    until = (NOW + 90 * DAY).replace(microsecond=0)
    tls = tls_of(pair(tmp_path, names=("localhost", "api")).settings(tmp_path))
    assert tls is not None
    assert (tls.names, tls.until) == (("localhost", "api"), until)
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert [tls.ends_soon(until - left * DAY) for left in (31, 29)] == [False, True]


@pytest.mark.parametrize("given", ["tls_certificate", "tls_key"])
def test_one_without_the_other_is_refused(tmp_path: Path, given: str) -> None:
    """The variable that is missing is named."""
    made = pair(tmp_path)
    file = made.certificate if given == "tls_certificate" else made.key
    missing = {"tls_certificate": "LEDGER_TLS_KEY", "tls_key": "LEDGER_TLS_CERTIFICATE"}[given]
    assert missing in refusal(Settings(home=tmp_path, **{given: file}))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The mode it has and the one that it should have are named."""
    made = pair(tmp_path)
    made.key.chmod(mode)
    told = refusal(made.settings(tmp_path))
    assert f"mode 0{mode:o} of {made.key} lets others in; use 0600" in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """By its path and its setting."""
    made = pair(tmp_path)
    made.key.unlink()
    told = refusal(made.settings(tmp_path))
    assert "LEDGER_TLS_KEY" in told and f"cannot read {made.key}" in told


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    """Both files are named."""
    made = pair(tmp_path)
    (tmp_path / "other").mkdir()
    other = pair(tmp_path / "other")
    told = refusal(Pair(made.certificate, other.key).settings(tmp_path))
    assert f"the key in {other.key} is not the one of the certificate in {made.certificate}" in told


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        (NOW - 9 * DAY, NOW - DAY, "certificate has expired"),
        (NOW + DAY, NOW + 9 * DAY, "certificate is not yet valid"),
    ],
)
def test_a_certificate_out_of_its_time_is_refused(
    tmp_path: Path, since: dt.datetime, until: dt.datetime, why: str
) -> None:
    """No client would take it; better said here than by each of them."""
    assert why in refusal(pair(tmp_path, since=since, until=until).settings(tmp_path))


def test_a_certificate_for_another_use_is_refused(tmp_path: Path) -> None:
    """One that lets somebody in as a client does not make a server."""
    made = pair(tmp_path, use=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert "no client would take it" in refusal(made.settings(tmp_path))


def test_a_certificate_without_a_host_is_refused(tmp_path: Path) -> None:
    """The common name counts for nothing (RFC 9525)."""
    assert "subjectAltName" in refusal(pair(tmp_path, names=()).settings(tmp_path))


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    """RSA of 1,024 bits."""
    made = pair(tmp_path, key=rsa.generate_private_key(65537, 1024))
    assert "too short" in refusal(made.settings(tmp_path))


def test_a_key_under_a_passphrase_is_refused_without_asking(tmp_path: Path) -> None:
    """Nobody sits there to type it."""
    made = pair(tmp_path, sealed=BestAvailableEncryption(b"secret"))
    assert "under a passphrase" in refusal(made.settings(tmp_path))


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    """Also when the two are confused."""
    made = pair(tmp_path)
    assert "there is no certificate" in refusal(Pair(made.key, made.key).settings(tmp_path))


def test_the_process_says_so_and_makes_nothing(tmp_path: Path) -> None:
    """Exit code 1, a sentence, no trace; no home is made for a server that cannot serve."""
    made = pair(tmp_path, until=NOW - DAY / 2)
    code, said = ended(start(tmp_path / "home", "serve", *made.words()))
    assert code == 1
    assert "certificate has expired" in said
    assert "Traceback" not in said
    assert not (tmp_path / "home").exists()


# ---- on the wire -------------------------------------------------------------------------------


class Secure(NamedTuple):
    """A server behind TLS, and a client's context that trusts its certificate."""

    port: int
    trusting: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """`ledger serve` as a process of its own, with a certificate for localhost."""
    place = tmp_path_factory.mktemp("tls")
    create(Settings(home=place / "home"))
    made, port = pair(place), local.free_port()
    trusting = ssl.create_default_context(cafile=made.certificate)
    words = ("--host", "localhost", "--port", str(port), *made.words())
    process = start(place / "home", "serve", *words)

    def lives() -> bool:
        try:
            return httpx2.get(f"https://localhost:{port}/readyz", verify=trusting).is_success
        except httpx2.TransportError:
            return process.poll() is not None

    try:
        local.wait_for(lives)
        assert process.poll() is None
        yield Secure(port, trusting)
    finally:
        process.kill()
        process.communicate()


def test_an_answer_over_tls_asks_for_tls_next_time(secure: Secure) -> None:
    """HSTS (RFC 6797) with every answer, also with one that refuses."""
    for path, status in (("/readyz", 200), ("/v1/policy", 401), ("/nowhere", 404)):
        answer = httpx2.get(secure.url + path, verify=secure.trusting)
        asked = answer.headers["strict-transport-security"]
        assert (answer.status_code, asked) == (status, "max-age=31536000")


def test_over_http_nothing_is_promised(api: object) -> None:
    """A host that has no TLS would lock its clients out with it (RFC 6797, 7.2)."""
    assert "strict-transport-security" not in api.http.get("/readyz").headers  # type: ignore[attr-defined]


def _spoken(secure: Secure, context: ssl.SSLContext) -> str | None:
    link = socket.create_connection(("localhost", secure.port), 20)
    with link, context.wrap_socket(link, server_hostname="localhost") as wrapped:
        return wrapped.version()


def test_the_newest_tls_is_spoken_and_no_old_one(secure: Secure) -> None:
    """1.3 if the client can, 1.2 if it must, 1.1 never (RFC 9325, 3.1.1)."""
    assert _spoken(secure, secure.trusting) == "TLSv1.3"
    older = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    older.check_hostname, older.verify_mode = False, ssl.CERT_NONE
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    assert _spoken(secure, older) == "TLSv1.2"
    older.set_ciphers("ALL:@SECLEVEL=0")  # or this client would not even offer it
    with pytest.warns(DeprecationWarning):
        older.minimum_version = older.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        _spoken(secure, older)


def test_who_does_not_trust_the_certificate_sends_nothing(secure: Secure) -> None:
    """It is an ordinary client's check; there is no way around it here."""
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx2.get(f"{secure.url}/readyz")


def test_nothing_is_answered_in_the_clear(secure: Secure) -> None:
    """A token that is sent without TLS by mistake gets no answer that would make it a habit."""
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"http://localhost:{secure.port}/readyz")


def test_the_health_check_of_the_deployment_asks_over_tls(secure: Secure) -> None:
    """As the compose file has it: well where the server answers, not well where nobody does."""
    read = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    _, _, flag, script = read["services"]["api"]["healthcheck"]["test"]
    codes = []
    for port in (secure.port, local.free_port()):
        asked = script.replace(":8470", f":{port}")
        codes.append(subprocess.run([sys.executable, flag, asked], capture_output=True).returncode)
    assert codes == [0, 1]


# ---- what is warned of -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "warned"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("a.org", True),
    ],
)
def test_serving_others_in_the_clear_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str, warned: bool
) -> None:
    """What stays on this machine nobody reads on the way."""
    _warn_of_the_way(Settings(home=tmp_path, host=host), None)
    assert ("reads tokens and values" in " ".join(capsys.readouterr().err.split())) is warned


def test_a_certificate_that_ends_soon_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A month before; else its end is only told."""
    for days, word in ((20, "another one before"), (60, "until")):
        settings = pair(tmp_path, until=NOW + days * DAY).settings(tmp_path)
        _warn_of_the_way(settings, tls_of(settings))
        assert word in " ".join(capsys.readouterr().err.split())
