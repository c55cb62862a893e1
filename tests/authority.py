"""A certificate authority that no system trusts, and TLS servers with its certificates."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))
_DAY = timedelta(days=1)
_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates. `certificate` is the file that clients have to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = _name("Test authority")
        certificate = (
            _certificate_builder(-_DAY, _DAY)
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, SHA256())
        )
        self.certificate = folder / "authority.pem"
        self.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))

    def server(
        self,
        name: x509.GeneralName = LOOPBACK,
        *,
        begins: timedelta = -_DAY,
        ends: timedelta = _DAY,
        names_issuer: bool = True,
    ) -> ssl.SSLContext:
        """The TLS context of a server with the `server_certificate` of these arguments."""
        chain = self.server_certificate(name, begins=begins, ends=ends, names_issuer=names_issuer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def server_certificate(
        self,
        name: x509.GeneralName = LOOPBACK,
        *,
        begins: timedelta = -_DAY,
        ends: timedelta = _DAY,
        names_issuer: bool = True,
    ) -> Path:
        """A file with the key and the certificate of a server that is called *name*.

        *begins* and *ends* are from now on. A certificate that does not name the key of its issuer
        breaks RFC 5280; since 3.13, Python does not accept it.
        """
        key = generate_private_key(SECP256R1())
        builder = (
            _certificate_builder(begins, ends)
            .subject_name(_name("Test server"))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        )
        if names_issuer:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            builder = builder.add_extension(issuer, critical=False)
        certificate = builder.sign(self._key, SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = self._folder / f"{certificate.serial_number}.pem"
        chain.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        return chain


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate_builder(begins: timedelta, ends: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )
