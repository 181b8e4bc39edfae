"""TLS for the server of this process: a certificate and its key, proven before anything listens.

The proof is a handshake with ourselves in memory: what a client would refuse (another key, a
certificate that has ended, one for another use) is said here, with the file that is wrong.
"""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from ledger.config import Settings, variable
from ledger.errors import UnsafeSettings

SOON = dt.timedelta(days=30)
"""How long before its end a certificate is warned of."""
_REASONS = {
    "KEY_VALUES_MISMATCH": "the key in {key} is not the one of the certificate in {certificate}",
    "NO_CERTIFICATE_OR_CRL_FOUND": "there is no certificate (PEM) in {certificate}",
    "EE_KEY_TOO_SMALL": "the key in {key} is too short: RSA 2048 or ECDSA 256 bits at least",
    "UI": "the key in {key} is under a passphrase, and nobody is here to type it",
}
"""What OpenSSL calls it (`UI`: what we call it when it asks for a passphrase), and what it means."""


class Tls(NamedTuple):
    """What a server needs for TLS, and what to tell about it: for whom it speaks, and until when."""

    context: ssl.SSLContext
    names: tuple[str, ...]
    until: dt.datetime

    def ends_soon(self, now: dt.datetime) -> bool:
        """Whether it is time for another certificate."""
        return self.until - now < SOON


def tls_of(settings: Settings) -> Tls | None:
    """The certificate and key that the settings name; none if they name none.

    TLS 1.2 at least, ciphers as OpenSSL recommends them (RFC 9325, 3.1.1 and 4.2).

    Raises:
        UnsafeSettings: one of the two is missing or cannot be read, others may read the key, they do
            not belong together, or no client would take the certificate.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = variable("tls_certificate" if certificate is None else "tls_key")
        raise UnsafeSettings(setting=missing, why="TLS needs both, the certificate and its key")
    _check_files(certificate, key)
    try:
        trusting = _trusting(certificate)
        context = _serving(certificate, key)
        shown = _shake_hands(trusting, context)
    except ssl.SSLCertVerificationError as error:
        _refuse(certificate, f"{error.verify_message}: no client would take it")
    except ssl.SSLError as error:
        told = _REASONS.get(error.reason or "", "OpenSSL cannot use {certificate} with {key}")
        _refuse(certificate, told.format(certificate=certificate, key=key))
    names = tuple(name for _, name in shown.get("subjectAltName", ()))
    if not names:
        _refuse(certificate, "it names no host (subjectAltName), and clients look nowhere else")
    ends = ssl.cert_time_to_seconds(shown["notAfter"])
    return Tls(context, names, dt.datetime.fromtimestamp(ends, dt.UTC))


def _check_files(certificate: Path, key: Path) -> None:
    """Both can be read, and the key by nobody else."""
    for name, path in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            with path.open("rb") as file:
                file.read(1)
        except OSError as error:
            why = f"cannot read {path}: {error.strerror}"
            raise UnsafeSettings(setting=variable(name), why=why) from error
    mode = stat.S_IMODE(key.stat().st_mode)
    if mode & 0o077:
        why = f"mode {mode:04o} of {key} lets others in; use 0600"
        raise UnsafeSettings(setting=variable("tls_key"), why=why)


def _serving(certificate: Path, key: Path) -> ssl.SSLContext:
    """What the server speaks with. A passphrase is not asked for: that would wait for ever."""

    def asked() -> bytes:
        error = ssl.SSLError("a passphrase")
        error.reason = "UI"
        raise error

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key, password=asked)
    return context


def _trusting(certificate: Path) -> ssl.SSLContext:
    """A client that trusts this certificate, whoever issued it, and checks all but the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context


def _shake_hands(trusting: ssl.SSLContext, serving: ssl.SSLContext) -> dict[str, Any]:
    """The certificate as the client saw it in a handshake of the two."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(back, there)
    server = serving.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert() or {}


def _refuse(certificate: Path, why: str) -> NoReturn:
    """Raises UnsafeSettings without a chain: OpenSSL's own words name places in its code."""
    look = f"openssl x509 -noout -text -in {certificate}"
    raise UnsafeSettings(setting=variable("tls_certificate"), why=why, look=look) from None
