"""Settings come from the environment only: typed, frozen; a wrong one stops the start with one line that names it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class WrongSetting(Exception):
    """A setting is missing or cannot be read; the message names it and says what to do."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the process may be told from outside. `embedded` is the all-in-one default on SQLite."""

    home: Path
    host: str
    port: int
    public_url: str
    live_url: str
    database_url: str
    broker_url: str
    secret_keys: tuple[str, ...]
    mail_url: str
    mail_from: str
    webhook_allow_private: bool
    trusted_proxies: int
    metrics_token: str
    log_format: str

    @property
    def embedded(self) -> bool:
        """True where broker and workers live inside the web process and its hints reach nobody else."""
        return not self.broker_url

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read and check every setting. Raises WrongSetting for the first that cannot be used."""
        home = Path(environment.get("PORTAL_HOME") or "var").resolve()
        host = environment.get("HOST") or "127.0.0.1"
        port = _whole(environment, "PORT", 8000)
        public_url = _address(environment, "PUBLIC_URL", f"http://{_reachable(host)}:{port}")
        database_url = environment.get("DATABASE_URL") or f"sqlite:///{home / 'portal.db'}"
        broker_url = environment.get("BROKER_URL", "")
        _check_database(database_url)
        _check_broker(broker_url)
        return cls(
            home=home,
            host=host,
            port=port,
            public_url=public_url,
            live_url=_address(environment, "LIVE_URL", public_url),
            database_url=database_url,
            broker_url=broker_url,
            secret_keys=_secret_keys(environment, home, embedded=database_url.startswith("sqlite") and not broker_url),
            mail_url=environment.get("MAIL_URL", ""),
            mail_from=environment.get("MAIL_FROM") or "payments@localhost",
            webhook_allow_private=_switch(environment, "WEBHOOK_ALLOW_PRIVATE"),
            trusted_proxies=_whole(environment, "TRUSTED_PROXIES", 0),
            metrics_token=environment.get("METRICS_TOKEN", ""),
            log_format=_one_of(environment, "LOG_FORMAT", ("console", "json")),
        )


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) > 65535:
        raise WrongSetting(name, f"must be a whole number up to 65535, not {text!r}")
    return int(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").lower()
    if text in {"", "0", "off", "false", "no"}:
        return False
    if text in {"1", "on", "true", "yes"}:
        return True
    raise WrongSetting(name, f"must be on or off, not {text!r}")


def _one_of(environment: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = environment.get(name) or allowed[0]
    if text not in allowed:
        raise WrongSetting(name, f"must be one of {', '.join(allowed)}, not {text!r}")
    return text


def _address(environment: Mapping[str, str], name: str, default: str) -> str:
    text = (environment.get(name) or default).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting(name, f"must be an address such as https://pay.example.com, not {text!r}")
    return text


def _check_database(url: str) -> None:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise WrongSetting("DATABASE_URL", "must begin with sqlite:/// or postgresql+psycopg://")


def _check_broker(url: str) -> None:
    if url and not url.startswith(("redis://", "rediss://")):
        raise WrongSetting("BROKER_URL", "must be empty (in process) or begin with redis://")


def _secret_keys(environment: Mapping[str, str], home: Path, *, embedded: bool) -> tuple[str, ...]:
    text = environment.get("SECRET_KEY", "")
    if not text:
        if not embedded:
            raise WrongSetting(
                "SECRET_KEY", "is required here: at least 32 random characters, e.g. `openssl rand -hex 32`"
            )
        text = _kept_secret(home / "secret_key")
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys or min(map(len, keys)) < 32:
        raise WrongSetting(
            "SECRET_KEY", "each key needs at least 32 characters; the first signs, the rest are being retired"
        )
    return keys


def _kept_secret(path: Path) -> str:
    """Make the embedded default's own key once and keep it beside the data, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_text().strip()
