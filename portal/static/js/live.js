// Keeps an open page up to date. The socket only says that something newer exists (two numbers); the page then
// fetches its own address and morphs it in. Without this script a reload shows the same.
const PAUSE = 1000, RETRY = 5000, POLL = 30000;
const main = () => document.querySelector("main[data-live]");
const heading = (root) => root.querySelector("h1")?.textContent.trim() ?? "";
const newer = (a, b) => +b.sequence > +a.sequence || +b.version > +a.version || b.day > a.day;

const token = location.pathname.split("/").filter(Boolean).pop();
let socket, timer, due, busy, again, greeted, asked = 0, leaving = 0, pressed = 0, changed = 0;

// At most one request a second; asked for while one is under way, another follows.
function ask(wait = 0) {
  again = busy;
  const at = Math.max(Date.now() + wait, asked + PAUSE);
  if (busy || (timer && due <= at)) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(refresh, at - Date.now());
}

async function refresh() {
  timer = 0;
  if (Date.now() < leaving + 10 * PAUSE) return ask(PAUSE);
  asked = Date.now();
  busy = true;
  const failed = await load().catch(() => true);
  busy = false;
  if (failed || again) ask(failed ? RETRY : 0);
}

async function load() {
  const answer = await fetch(location.href, {
    cache: "no-store",
    headers: { "X-Shown-Version": main().dataset.version, "If-None-Match": `"${main().dataset.sequence}-${main().dataset.day}"` },
  });
  if (answer.status === 429 || answer.status >= 500) return true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("main[data-live]");
  if (next && newer(main().dataset, next.dataset)) show(page, next);
}

// Typed words and opened details stay; hidden values follow the new page, or a confirm would be of the old terms.
function keep(from, to) {
  if (from.localName === "details") to.open = from.open;
  const typed = from.matches("input,textarea,select") && from.type !== "hidden" && from.name === to.name;
  return from.id !== "live" && !typed;
}

function show(page, next) {
  const now = main(), shown = { ...now.dataset }, title = heading(now), focus = document.activeElement;
  const { selectionStart: caret, selectionEnd } = focus;
  const whole = next.closest(".page") && now.closest(".page");
  stay();
  for (const node of page.querySelectorAll("[autofocus]")) node.removeAttribute("autofocus");
  document.title = page.title || document.title;
  morphdom(whole || now, whole ? next.closest(".page") : next, { onBeforeElUpdated: keep });
  const { version, updated, updatedWords, announce } = main().dataset;
  const moved = heading(main()) !== title;
  if (+version > +shown.version) {
    changed = performance.now();
    say(updated, updatedWords);
  } else if (moved || announce !== shown.announce) say(announce || heading(main()), "", moved);
  if (focus === document.activeElement) return;
  const place = focus.isConnected ? focus : main().querySelector("h1");
  if (place !== focus) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  if (place === focus && caret != null) focus.setSelectionRange(caret, selectionEnd);
}

// The Refresh header brings a page on that has no script; this one listens, and a reload would lose what is typed.
function stay() {
  if ("refresh" in main().dataset && !leaving) stop();
}

// One status region. Quiet words are only heard: the page shows the same ones large, as its new heading.
function say(title, words, quiet) {
  const box = document.getElementById("live"), text = document.createElement("div");
  const part = (tag, content) => Object.assign(document.createElement(tag), { textContent: content });
  text.append(part("b", title), " ", part("span", words));
  box.classList.toggle("vh", !!quiet);
  box.classList.toggle("is-new", !quiet);
  box.replaceChildren(text);
}

// Without a connection the page stays as it is and says so; the word goes when the connection is back.
function offline(is) {
  const box = document.getElementById("live"), words = main().dataset;
  if (is) say(words.offline, words.offlineWords);
  else if (box.textContent.startsWith(words.offline)) box.replaceChildren();
}

// Said once, when the page is before somebody's eyes; a page loaded ahead says nothing.
function greet() {
  if (greeted || document.hidden || !socket.connected) return;
  greeted = true;
  socket.emit("hello", { token });
}

async function listen() {
  const { io } = await import("./vendor/socket.io-client-4.8.4.esm.min.js");
  await import("./vendor/morphdom-2.7.8.umd.min.js");
  socket = io(main().dataset.liveUrl || location.origin, { transports: ["websocket"], auth: { token } });
  const wake = () => document.hidden || (greet(), ask());
  const lost = () => {
    ask(POLL);
    if (!socket.active) setTimeout(() => socket.connect(), POLL);
  };
  socket.on("subscription updated", (state) => newer(main().dataset, state) && ask());
  // Whoever connects is told the present state, also after a time without a connection: no need to ask.
  socket.on("connect", () => (stay(), greet()));
  socket.on("connect_error", lost).on("disconnect", lost);
  addEventListener("visibilitychange", wake);
  addEventListener("online", () => (offline(false), wake()));
  addEventListener("offline", () => offline(true));
  addEventListener("pageshow", () => ((leaving = 0), wake()));
  addEventListener("pointerdown", (event) => (pressed = event.timeStamp), true);
}

// A press that began on the old terms must not confirm the new ones that slid under the finger.
addEventListener("submit", (event) => {
  if (!navigator.onLine) (event.preventDefault(), offline(true));
  else if (pressed < changed && performance.now() < changed + 500) event.preventDefault();
  else leaving = Date.now();
});

if (main()) listen();
