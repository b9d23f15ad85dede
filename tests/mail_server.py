"""A real mail server on a free port of this machine, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller


class _OnFreePort(Controller):
    """The library knocks at the port it was told; this one tells it the port the system chose."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(handler: Any, **options: Any) -> Iterator[int]:
    """Serve SMTP with an aiosmtpd handler while the block runs; gives the port."""
    server = _OnFreePort(handler, hostname="127.0.0.1", port=0, ready_timeout=10, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
