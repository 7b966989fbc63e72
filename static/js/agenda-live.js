// What changed at another desk: a number per practitioner's day is asked for every four seconds, and what was drawn with
// another number is fetched and drawn anew. The focus, the scroll and the open panel stay; asking counts as no use (X-Timer).
const PERIOD = 4_000;
const timer = { headers: { "X-Timer": "1" }, cache: "no-store", redirect: "manual" };
const base = document.querySelector("[data-version]")?.dataset.version;
let asking = false;

const parts = () => [...document.querySelectorAll("[data-live]")];
// From behind the veil comes a page without names: not what this one shows.
const fits = (answer) => answer?.ok && answer.headers.get("X-Standing") === document.body.dataset.standing;
const page = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

// Put what is new in place of what was, child by child: what is the same is not touched, so that it keeps the focus.
const patch = (was, is) => {
  if (was.isEqualNode(is)) return;
  const keyed = was.matches(".visits") && is.matches(".visits");
  const same = was.tagName === is.tagName && was.id === is.id && was.childElementCount === is.childElementCount;
  if (keyed) return merge(was, is);
  if (same && was.childElementCount && ![...was.childNodes].some((one) => one.nodeType === 3 && one.data.trim())) {
    for (const { name } of [...was.attributes]) if (!is.hasAttribute(name)) was.removeAttribute(name);
    for (const { name, value } of is.attributes) if (was.getAttribute(name) !== value) was.setAttribute(name, value);
    [...was.children].forEach((child, index) => patch(child, is.children[index]));
    return;
  }
  replace(was, is);
};
const replace = (was, is) => {
  const link = was.contains(document.activeElement) && document.activeElement.closest("a, button, input");
  const again = document.importNode(is, true);
  for (const { name, value } of was.querySelectorAll("input:checked")) {
    const box = again.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    if (box) box.checked = true;
  }
  was.replaceWith(again);
  if (link) again.querySelector(link.id ? `#${CSS.escape(link.id)}` : link.tagName)?.focus({ preventScroll: true });
};
const merge = (was, is) => {
  const old = new Map([...was.children].map((child) => [child.id, child]));
  const wanted = new Set([...is.children].map((child) => child.id));
  for (const [id, child] of old) if (!wanted.has(id)) child.remove();
  let before = null;
  for (const child of is.children) {
    const present = old.get(child.id);
    if (!present) {
      const made = document.importNode(child, true);
      if (before) before.after(made); else was.prepend(made);
      before = made;
      continue;
    }
    // Moving a node would take the focus from it.
    if ((before ? before.nextElementSibling : was.firstElementChild) !== present) {
      if (before) before.after(present); else was.prepend(present);
    }
    if (!plain(present).isEqualNode(plain(child))) replace(present, child);
    before = was.querySelector(`:scope > #${CSS.escape(child.id)}`);
  }
};

// A child without what scripts have added to it, and without the token that every answer has anew.
const plain = (child) => {
  const copy = child.cloneNode(true);
  copy.classList.remove("is-cut", "is-lifted");
  for (const link of copy.querySelectorAll("a")) for (const name of ["tabindex", "aria-current"]) link.removeAttribute(name);
  for (const one of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) one.remove();
  for (const one of copy.querySelectorAll("[data-since]")) one.textContent = "";
  return copy;
};

const draw = async (part) => {
  const address = part.dataset.source;
  const answer = await fetch(address, timer).catch(() => null);
  if (answer?.status === 409) return whole();
  if (!fits(answer)) return null;
  const fetched = await page(answer);
  const id = part.dataset.whole ?? part.id;
  const is = fetched.getElementById(id);
  const was = document.getElementById(id);
  if (is && was) keep(() => patch(was, is));
  return null;
};
// Something lies outside the hours that are drawn: the whole sheet is.
const whole = async () => {
  const answer = await fetch(location.href, timer).catch(() => null);
  const is = fits(answer) ? (await page(answer)).querySelector(".sheet") : null;
  const was = document.querySelector(".sheet");
  if (!is || !was) return;
  keep(() => {
    const id = document.activeElement?.closest(".visit")?.id;
    was.replaceChildren(...is.children);
    for (const name of ["firstHour", "lastHour"]) was.dataset[name] = is.dataset[name];
    if (id) document.getElementById(id)?.querySelector("a")?.focus({ preventScroll: true });
  });
};
const keep = (change) => {
  const sheet = document.querySelector(".sheet");
  const at = [sheet?.scrollTop, sheet?.scrollLeft, scrollX, scrollY];
  // The link of a free cell is a script's: it steps aside, and back into its column.
  const cursor = document.querySelector(".cursor");
  const [column, focused] = [cursor?.closest(".column")?.id, cursor === document.activeElement];
  cursor?.remove();
  change();
  if (cursor) document.getElementById(column)?.querySelector(".field").append(cursor);
  if (cursor && focused) cursor.focus({ preventScroll: true });
  if (sheet) [sheet.scrollTop, sheet.scrollLeft] = at;
  scrollTo({ left: at[2], top: at[3], behavior: "instant" });
  document.dispatchEvent(new CustomEvent("agenda:changed"));
};

const ask = async () => {
  const shown = parts();
  if (asking || document.hidden || !shown.length) return;
  asking = true;
  try {
    const query = new URLSearchParams(shown.map((part) => ["on", part.dataset.live]));
    const answer = await fetch(`${base}?${query}`, timer).catch(() => null);
    if (!fits(answer)) return;
    const now = await answer.json();
    // What is drawn brings its own number: what could not be fetched is asked for again.
    const changed = shown.filter(({ dataset }) => String(now[dataset.live]) !== dataset.number);
    const once = new Map(changed.map((part) => [part.dataset.whole ?? part.id, part]));
    // One that cannot be drawn keeps its number, and the others are drawn all the same.
    for (const part of once.values()) await draw(part).catch(() => null);
  } finally {
    asking = false;
  }
};

const watch = () => ask().finally(() => setTimeout(watch, PERIOD));
if (base) {
  watch();
  document.addEventListener("visibilitychange", ask);
}
