"""A public key of the issuer, and which signatures it may verify (RFC 7517, RFC 7518)."""

from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import AllowedPublicKeys
from pydantic import BaseModel, ConfigDict, ValidationError

# Asymmetric ones only: with a symmetric one, the public key would do as the secret.
_BY_TYPE_AND_CURVE = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
ALGORITHMS = tuple(
    dict.fromkeys(algorithm for fitting in _BY_TYPE_AND_CURVE.values() for algorithm in fitting)
)
"""What a token may be signed with."""

# RFC 7518 asks for 2,048 bits at least. A longer key than anybody uses only makes each check slow.
_RSA_BITS = range(2_048, 16_385)


class _Jwk(BaseModel):
    """What is looked at in a JWK."""

    model_config = ConfigDict(strict=True)

    kty: str
    crv: str | None = None
    kid: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    d: Any = None


@dataclass(frozen=True)
class VerificationKey:
    """`id` is the key's `kid`; `algorithms` are those that it may verify."""

    id: str | None
    algorithms: tuple[str, ...]
    public: AllowedPublicKeys

    @classmethod
    def from_jwk(cls, jwk: object) -> "VerificationKey":
        """Raises:
        ValueError: it is no key for signatures of ours, or one whose private part is public.
        """
        fields = _Jwk.model_validate(jwk)
        algorithms = _BY_TYPE_AND_CURVE.get((fields.kty, fields.crv), ())
        if fields.alg is not None:
            algorithms = tuple(algorithm for algorithm in algorithms if algorithm == fields.alg)
        for_signatures = fields.use in (None, "sig") and "verify" in (fields.key_ops or ["verify"])
        if not algorithms or not for_signatures or fields.d is not None:
            raise ValueError("not a key for signatures")
        try:
            public = jwt.PyJWK(jwk, algorithms[0]).key  # type: ignore[arg-type]
        except (jwt.PyJWTError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("not a valid key") from error
        if isinstance(public, RSAPublicKey) and public.key_size not in _RSA_BITS:
            raise ValueError("too short or too long")
        return cls(fields.kid, algorithms, public)


class _JwkSet(BaseModel):
    keys: list[Any]


def read_key_set(body: bytes) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWK set. Keys that cannot be used are left out: issuers publish some for other purposes.

    Raises:
        ValueError: it is no JWK set, or has no usable key.
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
