"""The settings of the board, read from environment variables."""

import secrets
from dataclasses import dataclass, field

from server.reading import Reading
from server.setting_names import HTTP_PREFIX

_LEAST_SECRET_CHARS = 32


def _random_secret() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True)
class BoardSettings:
    """The settings of the board.

    * `is_on`: whether it is offered, as far as the operator decides.
    * `secret`: what sessions are signed with. If it is not set, each start of the service makes
      one, which all its processes have.
    * `is_secret_set`: whether other copies can have the same secret.
    * `session_s`: how many seconds a session lasts.
    """

    is_on: bool = True
    secret: str = field(default_factory=_random_secret, repr=False)
    is_secret_set: bool = False
    session_s: int = 3_600

    @classmethod
    def read(cls, reading: Reading) -> "BoardSettings":
        """Read the variables. The problems are added to those of *reading*."""
        secret = _read_secret(reading)
        return cls(
            is_on=reading.switch(f"{HTTP_PREFIX}BOARD", default=cls.is_on),
            secret=secret or _random_secret(),
            is_secret_set=bool(secret),
            session_s=reading.integer(
                f"{HTTP_PREFIX}BOARD_SESSION_S", cls.session_s, 60, 8 * 3_600
            ),
        )


def _read_secret(reading: Reading) -> str:
    name = f"{HTTP_PREFIX}BOARD_SECRET"
    secret = reading.secret(name)
    if secret and len(secret) < _LEAST_SECRET_CHARS:
        reading.add_problem(
            f"{name} is too short: give at least {_LEAST_SECRET_CHARS} random characters, such as"
            " those of `openssl rand -hex 32`."
        )
        return ""
    return secret
