"""The customer: a person with a phone, who opens the link and taps; whatever the browser complains about is kept."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Request, expect
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import TimeoutError as NothingHappened

SCREENS = Path(__file__).resolve().parents[2] / "test-results" / "screens"
PATIENCE = 15_000  # ms: workers, browser and servers share two cores
GOOD_CARD = "4242 4242 4242 4242"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "locale": "en-US",
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36",
}
# A page that says 409, 410 or 422 is meant to; the browser notes it all the same.
MEANT = re.compile(r"Failed to load resource: the server responded with a status of (409|410|422)")
# A server that goes away in the middle of a call has many names: refused, reset, closed, a socket not connected.
NO_NETWORK = re.compile(r"net::ERR_(INTERNET_DIS|CONNECTION_|SOCKET_NOT_CONNECTED|EMPTY_)|WebSocket connection")
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation",
    (e) => console.error(`CSP: ${e.effectiveDirective} ${e.blockedURI} ${e.sample} ${e.sourceFile}:${e.lineNumber}`))"""

FOCUSED = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
    const label = one.labels?.[0]?.innerText ?? one.innerText;
    return {name: label.trim(), is_nowhere: one === document.body, outline: getComputedStyle(one).outlineStyle,
        top: Math.round(box.top), bottom: Math.round(box.bottom), height: innerHeight}; }"""


class Customer:
    """One phone with one page open."""

    def __init__(self, browser: Browser, journey: str, **options: Any) -> None:
        self.journey, self.may_lose_network, self._has_greeted = journey, False, False
        self._asked_at = 0.0
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(**PHONE | options)
        self.context.set_default_timeout(PATIENCE)
        if options.get("java_script_enabled", True):
            self.context.add_init_script(REPORT_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("requestfailed", self._failed)
        self.page.on("framenavigated", self._arrived)
        self.page.on("websocket", lambda socket: socket.on("framesent", self._sent))

    def _asked(self, request: Request) -> None:
        self._asked_at = time.monotonic()

    def _arrived(self, frame: Frame) -> None:
        self._has_greeted = False

    def _sent(self, text: str | bytes) -> None:
        self._has_greeted = self._has_greeted or (isinstance(text, str) and '"hello"' in text)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not MEANT.search(message.text):
            self._complain(f"{message.text} ({message.location['url']})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page had asked for when it was left
            self._complain(f"{request.url}: {request.failure}")

    def _complain(self, words: str) -> None:
        if not (self.may_lose_network and NO_NETWORK.search(words)):
            self.complaints.append(words)

    def opens(self, address: str) -> int:
        """Follow a link; the HTTP status of the page."""
        answer = self.page.goto(address)
        assert answer is not None
        return answer.status

    def taps(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    def enters_card(self, number: str = GOOD_CARD) -> None:
        """On the gateway's page."""
        for label, text in {
            "Card number": number,
            "Expiry date": "12/49",
            "Security code": "123",
            "Name on card": "John Doe",
        }.items():
            self.page.get_by_label(label, exact=True).fill(text)
        self.taps("Save card")

    def confirms(self, number: str = GOOD_CARD) -> None:
        """Tap the button of the offer and give this card."""
        self.taps("Confirm payment method")
        self.enters_card(number)

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible(timeout=PATIENCE)

    def reads(self, words: str) -> None:
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE)

    def does_not_read(self, words: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(words, timeout=PATIENCE)

    def hears(self, words: str) -> None:
        """What the page announces, also to those who do not see it."""
        expect(self.page.get_by_role("status")).to_contain_text(words, timeout=PATIENCE)

    def buttons(self) -> list[str]:
        """What the sheet offers to do; the languages at the foot of every page are beside it."""
        return self.page.get_by_role("main").get_by_role("button").all_inner_texts()

    def walks_to(self, name: str) -> None:
        """Tab until what is called so has the focus, where it is plain to see; nobody gets lost on the way."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            told = self.page.evaluate(FOCUSED)
            if told["is_nowhere"]:  # between the last thing and the first
                continue
            assert told["outline"] != "none", f"no ring around {told['name']!r}"
            if told["name"] == name:
                assert 0 <= told["top"] <= told["bottom"] <= told["height"] + 1, f"{name!r} is out of sight"
                return
        raise AssertionError(f"the keyboard does not get to {name!r}")

    def chooses(self, name: str) -> None:
        """Walk to what leads to another page, and press Enter."""
        self.walks_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def types(self, name: str, text: str) -> None:
        self.walks_to(name)
        self.page.keyboard.type(text)

    def marks_the_page(self) -> None:
        """Write something on this very document, that a reload would lose."""
        self.page.evaluate("window.marked = true")

    def is_on_the_marked_page(self) -> bool:
        return self.page.evaluate("window.marked === true") is True

    def listens(self) -> None:
        """Wait until this page's socket is there and has said hello: what is pushed from now on cannot be missed."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not self._has_greeted:
            assert time.monotonic() < deadline, "the page did not say hello"
            self.page.wait_for_timeout(20)  # lets the browser's events through

    def stays_here(self, milliseconds: int) -> bool:
        """Whether the page is not loaded again for so long."""
        try:
            self.page.wait_for_event("load", timeout=milliseconds)
        except NothingHappened:
            return True
        return False

    def is_at_rest(self) -> None:
        """Wait until the page has asked the portal for nothing for a while; it asks at most once a second."""
        while time.monotonic() - self._asked_at < 1.2:
            self.page.wait_for_timeout(50)

    def keeps_picture(self, step: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / f"{self.journey}-{step}.png"
        try:
            self.page.screenshot(path=path, full_page=True)
        except BrowserError as error:
            if "Unable to capture screenshot" not in str(error):
                raise
            self.page.screenshot(path=path, full_page=True)  # a busy browser may have no frame to give at once

    def leaves(self) -> None:
        self.context.close()
