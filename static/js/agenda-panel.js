// An appointment, a free time, a move open beside the grid instead of on their own pages; their forms lead back here.
// Links say so with data-panel; other scripts ask with the event agenda:open, whose detail is a link or an address.
const sheet = document.querySelector(".sheet");
const panel = document.createElement("aside");
panel.className = "panel";
panel.hidden = true;
panel.tabIndex = -1;
sheet?.after(panel);
let opener = null;

const shut = () => {
  if (panel.hidden) return;
  document.dispatchEvent(new Event("agenda:shut"));
  panel.hidden = true;
  panel.replaceChildren();
  opener?.removeAttribute("aria-current");
  // What was opened may have been drawn anew since.
  (opener?.isConnected ? opener : document.getElementById(opener?.closest(".visit")?.id)?.querySelector("a"))?.focus();
  opener = null;
};

const show = (card, label) => {
  for (const form of card.querySelectorAll("form:not([method=get])")) {
    if (form.elements.namedItem("next")) continue;
    const back = document.createElement("input");
    Object.assign(back, { type: "hidden", name: "next", value: location.pathname + location.search });
    form.append(back);
  }
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet shut", textContent: label });
  button.addEventListener("click", shut);
  const first = card.querySelector("[data-first], [autofocus]");
  // The page has a focus already, and would refuse aloud to give it away by itself.
  first?.removeAttribute("autofocus");
  panel.replaceChildren(button, card);
  panel.hidden = false;
  (first ?? panel).focus();
  document.dispatchEvent(new CustomEvent("agenda:shown", { detail: card }));
};

// Whoever types before the form is there types into it, and not at the keys of the agenda.
let early = null;
document.addEventListener("keydown", (event) => {
  if (early === null || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  early += event.key;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
const typeIn = (field, text) => {
  if (!text || field?.type !== "text") return;
  field.value += text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

const open = async (address, link = null) => {
  early = "";
  const answer = await fetch(address, { cache: "no-store", redirect: "manual" }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const typed = early;
  early = null;
  const card = page?.querySelector("article.card");
  if (!card) return location.assign(address);
  if (link) {
    opener?.removeAttribute("aria-current");
    opener = link;
    link.setAttribute("aria-current", "true");
  }
  show(document.adoptNode(card), card.dataset.shut);
  return typeIn(document.activeElement, typed);
};

// On a narrow screen the page of its own is the better panel.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button || event.defaultPrevented || !sheet) return;
  if (event.target.closest(".panel [data-shuts]")) {
    event.preventDefault();
    shut();
    return;
  }
  const link = event.target.closest(".visit a, a[data-panel]");
  if (!link || innerWidth < 960) return;
  event.preventDefault();
  open(link.href, link.closest(".sheet") ? link : null);
});
document.addEventListener("agenda:open", (event) => {
  const link = event.detail instanceof Element ? event.detail : null;
  const address = link?.href ?? event.detail;
  if (innerWidth < 960) location.assign(address);
  else open(address, link);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) shut();
});
