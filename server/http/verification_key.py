"""A public key of the issuer, and the algorithms that it verifies (RFC 7517, RFC 7518)."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import AllowedPublicKeys
from pydantic import BaseModel, ConfigDict, ValidationError

# All are asymmetric. With a symmetric algorithm, anyone could sign with the public key.
_BY_TYPE_AND_CURVE = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
ALGORITHMS = tuple(dict.fromkeys(chain.from_iterable(_BY_TYPE_AND_CURVE.values())))
"""The algorithms that a token may be signed with."""

# RFC 7518 requires at least 2,048 bits. A very long key would make each check slow.
_RSA_BITS = range(2_048, 16_385)


class _Jwk(BaseModel):
    """The members of a JWK that are checked."""

    model_config = ConfigDict(strict=True)

    kty: str
    crv: str | None = None
    kid: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    d: Any = None

    @property
    def is_for_signatures(self) -> bool:
        return self.use in (None, "sig") and (not self.key_ops or "verify" in self.key_ops)

    @property
    def algorithms(self) -> tuple[str, ...]:
        algorithms = _BY_TYPE_AND_CURVE.get((self.kty, self.crv), ())
        if self.alg is None:
            return algorithms
        return (self.alg,) if self.alg in algorithms else ()


@dataclass(frozen=True)
class VerificationKey:
    """A public key. `id` is its `kid`; `algorithms` are the ones that it can verify."""

    id: str | None
    algorithms: tuple[str, ...]
    public: AllowedPublicKeys

    @classmethod
    def from_jwk(cls, jwk: object) -> "VerificationKey":
        """Parse a JWK.

        Raises:
            ValueError: it is not a public key for one of `ALGORITHMS`, or an RSA key is too short
                or too long.
        """
        fields = _Jwk.model_validate(jwk)
        algorithms = fields.algorithms
        if not algorithms or not fields.is_for_signatures or fields.d is not None:
            raise ValueError("not a key for signatures")
        try:
            public = jwt.PyJWK(jwk, algorithms[0]).key  # type: ignore[arg-type]
        except (jwt.PyJWTError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("not a valid key") from error
        if isinstance(public, RSAPublicKey) and public.key_size not in _RSA_BITS:
            raise ValueError("too short or too long")
        return cls(fields.kid, algorithms, public)

    def matches(self, key_id: str | None, algorithm: str) -> bool:
        """Whether this key may have signed a token with this `kid` and `alg`."""
        return algorithm in self.algorithms and key_id in (None, self.id)


class _JwkSet(BaseModel):
    keys: list[Any]


def parse_key_set(body: bytes) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWK set. An issuer's keys for other purposes are left out.

    Raises:
        ValueError: *body* is not a JWK set, or it has no usable key.
    """
    try:
        jwks = _JwkSet.model_validate_json(body).keys
    except ValidationError:
        raise ValueError("the answer is not a JWK set") from None
    keys = []
    for jwk in jwks:
        try:
            keys.append(VerificationKey.from_jwk(jwk))
        except ValueError:
            continue
    if not keys:
        raise ValueError(f"none of its {len(jwks)} keys can verify a signature")
    return tuple(keys)
