// An appointment, a free time, a move open beside the grid instead of on their own pages; their forms lead back here.
// Links say so with data-panel; other scripts ask with the event agenda:open, whose detail is a link or an address.
const sheet = document.querySelector(".sheet");
const panel = document.createElement("aside");
panel.className = "panel";
panel.hidden = true;
panel.tabIndex = -1;
sheet?.after(panel);
let opener = null;
// How often something was asked for or put away: an answer that comes after the next question is not shown.
let turn = 0;
// What is typed before the form is there, or nothing while none is awaited.
let early = null;

const shut = () => {
  [turn, early] = [turn + 1, null];
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

// Whoever types before the form is there types into it, from field to field, and not at the keys of the agenda.
document.addEventListener("keydown", (event) => {
  const letter = event.key === "Tab" && !event.shiftKey ? "\t" : event.key;
  if (early === null || letter.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  early += letter;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
const typeIn = (first, text) => {
  const all = [...first.form?.elements ?? []].filter((one) => one.type !== "hidden");
  const fields = all.slice(all.indexOf(first));
  for (const [place, word] of text.split("\t").entries()) {
    const field = fields[place];
    field?.focus();
    if (!word || field?.type !== "text") continue;
    field.value += word;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
};

const open = async (address, link = null) => {
  const mine = turn += 1;
  early = "";
  const answer = await fetch(address, { cache: "no-store", redirect: "manual" }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  if (mine !== turn) return null;
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
  return typed && typeIn(document.activeElement, typed);
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
