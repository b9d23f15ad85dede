// The console's comforts: "/" goes to the search, Copy copies the link, a choice shows at once. All works without them.
const search = document.getElementById("q");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

for (const button of document.querySelectorAll("[data-copy-from]")) {
  const field = document.getElementById(button.dataset.copyFrom);
  const status = document.querySelector("[data-copied]");
  button.hidden = !navigator.clipboard;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = status.dataset.copied;
    } catch {
      status.textContent = "The browser did not allow it. Copy the marked text.";
    }
  });
}

for (const select of document.querySelectorAll(".filters.inline select")) {
  const button = select.form.querySelector("button");
  button.hidden = true;
  select.addEventListener("change", () => select.form.submit());
}
