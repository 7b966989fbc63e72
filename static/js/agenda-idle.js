// The veil by itself: ask the server how long is left, and put the names away once nothing is.
// Asking does not count as use, unless somebody typed or moved here since the last answer.
//
// A page on which nothing is under way is shown anew, without names. One with something typed, or with a panel open, is
// kept: all of it leaves the document and waits here, in memory, until the session is open again and of the same person.
// For other scripts the document says `veiled` and `unveiled` when that happens.
const { idle: address, door, who, veilAfter } = document.body.dataset;
const [offline, elsewhere] = ["veil-offline", "veil-elsewhere"].map((id) => document.getElementById(id)?.content);
const others = "BroadcastChannel" in globalThis ? new BroadcastChannel("agenda") : null;
const TIMER = { "X-Timer": "1" };
// An answer that never comes is none: what waits for it would wait for ever.
const reach = (where, how) => fetch(where, { cache: "no-store", signal: AbortSignal.timeout(20_000), ...how }).catch(() => null);
const shownOpen = document.body.dataset.standing === "open";
let used = false;
let lastUse = Date.now();
let timer = 0;
let kept = null;

for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) {
  addEventListener(kind, (event) => {
    used = true;
    lastUse = Date.now();
    // The keys of a page that waits are not its own meanwhile: Escape would shut its panel.
    if (kept && kind === "keydown") event.stopPropagation();
  }, { passive: true, capture: true });
}

// Never longer than a minute, so that use here keeps the session open; one second late rather than one early.
const wait = (seconds) => {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.min(seconds + 1, 60) * 1000);
};

const ask = async () => {
  const headers = used ? {} : TIMER;
  used = false;
  const answer = await reach(address, { headers, redirect: "manual" });
  if (!answer || answer.status >= 500) return alone();
  const { left, standing, who: whose } = answer.ok ? await answer.json().catch(() => ({})) : {};
  const open = standing === "open" && whose === who;
  if (kept) return open || (kept.blank && whose === who) ? knock() : wait(15);
  if (shownOpen && !open) return underWay() ? cover() : location.reload();
  if (open && !shownOpen) return location.reload();
  return shownOpen ? wait(left) : null;
};

// Without an answer nothing can be shown anew: names stay while somebody is here, and are covered once nobody is.
const alone = () => {
  if (kept || !shownOpen || Date.now() - lastUse < veilAfter * 1000) return wait(15);
  return cover(offline);
};

const changed = (field) => {
  if (field.type === "hidden" || field.disabled) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.localName !== "select") return field.value !== field.defaultValue;
  const preset = [...field.options].some((option) => option.defaultSelected);
  return [...field.options].some((option, place) => option.selected !== (preset ? option.defaultSelected : !field.multiple && place === 0));
};
// The answer to a form is not fetched again either: the browser would ask whether to send the form once more.
const underWay = () => document.body.dataset.method === "POST"
  || document.querySelector(".panel:not([hidden]), dialog[open]") !== null
  || [...document.querySelectorAll("input, textarea, select")].some(changed);

const cover = async (without) => {
  // Covered meanwhile, by the question of a timer or another tab: what is kept already stays the page.
  if (kept) return null;
  kept = { page: new DocumentFragment(), title: document.title, focus: document.activeElement, at: scrollY };
  kept.scrolled = [...document.querySelectorAll(".sheet, .panel")].map((box) => [box, box.scrollLeft, box.scrollTop]);
  kept.page.append(...document.body.childNodes);
  document.dispatchEvent(new Event("veiled"));
  return without ? blank(without) : knock();
};

// Show the door as the server has it for this session now, or take the page back if it is open.
const knock = async () => {
  const answer = await reach(`${door}?next=${encodeURIComponent(door)}`, { headers: TIMER });
  return answer ? enter(answer) : blank(offline);
};

const enter = async (answer) => {
  const text = await answer.text().catch(() => null);
  if (!kept) return null;
  if (text === null) return blank(offline);
  const page = new DOMParser().parseFromString(text, "text/html");
  const { standing, who: whose } = page.body.dataset;
  if (!standing || whose !== who) return blank(elsewhere);
  kept.blank = false;
  return standing === "open" ? uncover(page) : show(page.querySelector("main"), page.title);
};

const blank = (words) => {
  if (!kept) return null;
  if (!kept.blank) show(words.cloneNode(true), words.querySelector("h1").textContent);
  kept.blank = true;
  return wait(15);
};

const show = (content, title) => {
  const main = document.createElement("main");
  main.id = "main";
  main.append(...content.childNodes);
  document.title = title;
  document.body.replaceChildren(main);
  main.querySelector("[autofocus], a, button")?.focus();
  return wait(15);
};

const uncover = (page) => {
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  document.title = kept.title;
  document.body.replaceChildren(kept.page);
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  for (const [box, left, top] of kept.scrolled) box.scrollTo(left, top);
  scrollTo(0, kept.at);
  kept.focus?.focus();
  kept = null;
  document.dispatchEvent(new Event("unveiled"));
  return wait(1);
};

const post = (form, button) => fetch(form.action, {
  method: "POST", body: new URLSearchParams(new FormData(form, button)), cache: "no-store",
});

// Somebody else signs in: in another tab if something waits here, and then this page is covered at once.
const handOver = (form) => {
  const waits = kept !== null || underWay();
  form.target = waits ? "_blank" : "";
  if (waits && !kept) setTimeout(() => cover(elsewhere));
  setTimeout(() => others?.postMessage("look"), 1000);
};

addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches("[data-aside]")) return handOver(form);
  // A key given at the cover opens this page and not another; the button that draws the veil keeps what is typed.
  const opens = kept && form.matches("form.door");
  if (!opens && !(form.matches("[data-draws]") && !kept && underWay())) return null;
  event.preventDefault();
  const answer = await post(form, event.submitter).catch(() => null);
  if (opens) return answer ? enter(answer) : blank(offline);
  others?.postMessage("look");
  return cover(answer ? undefined : offline);
});
addEventListener("click", (event) => { if (event.target.matches("[data-knock]")) knock(); });

// A screen that wakes up, or one beside that was veiled: look at once. A page without names tells the others to; one with
// names tells those that wait: the session may be open again.
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
others?.addEventListener("message", ({ data }) => { if (kept || data === "look") ask(); });
others?.postMessage(shownOpen ? "open" : "look");
if (shownOpen) wait(60);
