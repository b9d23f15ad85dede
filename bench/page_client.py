"""An open page without a browser: its socket, and what its script fetches when it is told of something newer."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SHOWN = re.compile(r'data-(version|sequence)="(\d+)"')


@dataclass
class OpenPage:
    """One page as its server knows it. `told`: when the last hint came; `seen`: when what is newer was here."""

    link: str
    live_url: str
    told: float = 0.0
    seen: float = 0.0
    shown: dict[str, int] = field(default_factory=dict)
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, web: httpx.AsyncClient) -> None:
        """Load the page, connect its socket, say hello; then listen until the connection ends."""
        await self._load(web)
        parts = urlsplit(self.live_url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.link))
        self._writer.write(UPGRADE.format(host=parts.netloc, origin=origin, key=key).encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        assert (await self._text()).startswith("0")
        self._send("40" + json.dumps({"token": self.link.rpartition("/")[2]}))
        while not (answer := await self._text()).startswith("40"):  # the newest state may come before the yes
            assert answer.startswith("42"), answer
        self._send('42["hello",{}]')
        self._listening = asyncio.create_task(self._listen())

    async def hear(self) -> None:
        """Wait until the page is told of something newer."""
        await self._told.wait()

    async def update(self, web: httpx.AsyncClient) -> None:
        """The same, and fetch it as the page's script does."""
        await self.hear()
        await self._load(web)
        self.seen = time.perf_counter()

    def close(self) -> None:
        self._listening.cancel()
        self._writer.close()

    def forget(self) -> None:
        """What was told so far is old."""
        self._told.clear()

    async def _load(self, web: httpx.AsyncClient) -> None:
        shown = {"X-Shown-Version": str(self.shown["version"])} if self.shown else {}
        try:
            answer = await web.get(self.link, headers=shown)
        except httpx.TransportError:  # a kept connection that the server had just given up: a browser asks again
            answer = await web.get(self.link, headers=shown)
        assert answer.status_code == 200, answer.status_code
        self.shown = {name: int(number) for name, number in SHOWN.findall(answer.text)}

    async def _listen(self) -> None:
        while text := await self._text():
            if text == "2":
                self._send("3")
            elif text.startswith("42"):
                newest = json.loads(text[2:])[1]
                if any(newest[name] > self.shown[name] for name in ("version", "sequence")):
                    self.told = time.perf_counter()
                    self._told.set()

    async def _text(self) -> str:
        """The next text message, or nothing at the end; messages of the server are short and whole."""
        while True:
            kind, length = await self._reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self._reader.readexactly(2), "big")
            body = await self._reader.readexactly(length)
            if kind & 15 == TEXT:
                return body.decode()
            if kind & 15 == PING:
                self._frame(PONG, body)
            if kind & 15 == CLOSE:
                return ""

    def _send(self, text: str) -> None:
        self._frame(TEXT, text.encode())

    def _frame(self, kind: int, body: bytes) -> None:
        assert len(body) < 126
        mask = secrets.token_bytes(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
        self._writer.write(bytes((0x80 | kind, 0x80 | len(body))) + mask + masked)
