// Comforts of the API's page: copy an example, try a call. The key is read from its field when a call is sent and kept nowhere.
const site = document.querySelector("[data-site]"); // absent where the key says which site
const key = document.querySelector("[data-key]");

if (matchMedia("(max-width: 63.99rem)").matches) {
  document.querySelector(".doc-nav details").open = false;
}

for (const box of document.querySelectorAll(".doc-code")) {
  if (!navigator.clipboard) break;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "doc-copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  box.append(button);
}

for (const part of document.querySelectorAll("[data-keys], [data-try]")) part.hidden = false;

for (const trial of document.querySelectorAll("[data-try]")) {
  trial.querySelector("[data-send]").addEventListener("click", (event) => send(trial, event.currentTarget));
}

async function send(trial, button) {
  const place = trial.querySelector("[data-answer]");
  const empty = [site, key].find((field) => field && !field.value.trim());
  if (empty) {
    say(place, `Fill in the ${site ? "site and the key" : "key"} at the top of this page first.`, "bad");
    empty.focus();
    return;
  }
  if (!key.value.trim().startsWith("sk_test_")) {
    say(place, "Only keys of sandbox sites are tried here: sk_test_…", "bad");
    key.focus();
    return;
  }
  button.setAttribute("aria-busy", "true");
  try {
    const begun = performance.now();
    const answer = await fetch(address(trial), options(trial));
    const took = Math.round(performance.now() - begun);
    await show(place, answer, took);
  } catch {
    say(place, "No answer. Is the server running?", "bad");
  }
  button.removeAttribute("aria-busy");
}

function address(trial) {
  const query = new URLSearchParams();
  let path = trial.dataset.path.replace("{site_id}", () => encodeURIComponent(site.value.trim()));
  for (const field of trial.querySelectorAll("[data-name]")) {
    const hole = `{${field.dataset.name}}`;
    const value = field.value.trim();
    if (path.includes(hole)) path = path.replace(hole, encodeURIComponent(value));
    else if (value) query.set(field.dataset.name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

function options(trial) {
  const method = trial.dataset.method;
  const headers = { Authorization: `Bearer ${key.value.trim()}` };
  const body = trial.querySelector("[data-body]")?.value.trim();
  if (method === "POST" || method === "PATCH") headers["Idempotency-Key"] = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  if (body) headers["Content-Type"] = "application/json";
  return { method, headers, body: body || undefined, credentials: "omit", redirect: "error" };
}

async function show(place, answer, took) {
  const type = answer.headers.get("Content-Type") ?? "";
  const text = type.includes("json") ? pretty(await answer.text()) : `${type}, ${(await answer.blob()).size} bytes`;
  say(place, `${answer.status} in ${took} ms, ${answer.headers.get("X-Request-Id")}`, answer.ok ? "good" : "bad");
  const box = document.createElement("div");
  const code = document.createElement("pre");
  box.className = "doc-code";
  code.tabIndex = 0;
  code.textContent = text;
  box.append(code);
  place.append(box);
}

// Indented by hand: JSON.parse would round amounts and make 34.90 into 34.9.
function pretty(text) {
  let depth = 0;
  return text.trim().replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token) => {
    const line = () => `\n${"  ".repeat(depth)}`;
    if (token === "{" || token === "[") { depth += 1; return token + line(); }
    if (token === "}" || token === "]") { depth -= 1; return line() + token; }
    if (token === ",") return token + line();
    return token === ":" ? ": " : token;
  }).replace(/([{[])\s+([}\]])/g, "$1$2");
}

function say(place, words, how) {
  const line = document.createElement("p");
  line.className = `doc-said ${how}`;
  line.textContent = words;
  place.replaceChildren(line);
}
