// One key instead of a click, on whatever carries data-key (several keys, parted by spaces). Not while typing.
// The help sheet opens in a dialogue instead of on its own page.
const typing = "input, select, textarea, details[open], dialog";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest(typing)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const target = document.querySelector(`[data-key~="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
  // A menu that a key has opened waits for typing.
  target.closest("details[open]")?.querySelector("input:not([type=hidden])")?.focus();
});

// A menu closes with Escape, or with a click elsewhere.
const close = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  close(null);
  open?.querySelector("summary").focus();
});

const help = document.querySelector('[data-key="?"]');
help?.addEventListener("click", async (event) => {
  event.preventDefault();
  const answer = await fetch(help.href).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const card = page?.querySelector("article.card");
  if (!card) return location.assign(help.href);
  const dialog = document.createElement("dialog");
  const shut = document.createElement("button");
  Object.assign(shut, { type: "button", className: "quiet shut", textContent: card.dataset.shut });
  shut.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.setAttribute("aria-label", card.querySelector("h2").textContent);
  dialog.append(shut, document.adoptNode(card));
  document.body.append(dialog);
  return dialog.showModal();
});
