// Booking while one talks: a form keeps its time, says what it meets, and shows who was here before. Each is optional.
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

const post = (address, fields = new FormData()) => {
  if (!fields.has("csrfmiddlewaretoken")) fields.set("csrfmiddlewaretoken", token());
  return fetch(address, { method: "POST", body: fields, cache: "no-store" }).catch(() => null);
};

// A time is kept from the moment its form opens until it is sent or put away.
let held = null;
const keep = (card) => { held = card?.dataset.release ? card : null; };
const letGo = () => {
  if (!held) return;
  const fields = new FormData();
  fields.set("csrfmiddlewaretoken", token());
  navigator.sendBeacon(held.dataset.release, fields);
  held = null;
};
addEventListener("pagehide", letGo);
document.addEventListener("submit", (event) => {
  if (event.target.closest(".booking")) held = null;
});
document.addEventListener("agenda:shut", letGo);

// Another visit type is longer or shorter, and may meet something else.
const look = async (card) => {
  const form = card.querySelector("form[data-alike]");
  const answer = await post(card.dataset.hold, new FormData(form));
  const page = answer?.ok ? await read(answer) : null;
  if (!page) return;
  for (const part of [".judged", ".holding"]) {
    const fresh = page.querySelector(part);
    if (fresh) card.querySelector(part).replaceChildren(...document.adoptNode(fresh).childNodes);
  }
  keep(card);
  // Put away meanwhile: nobody types there any more.
  if (!card.isConnected) letGo();
};
// One after the other: an answer about the former type must not come last.
let looked = Promise.resolve();
const judge = (card) => { looked = looked.then(() => look(card)).catch(() => null); };
document.addEventListener("change", (event) => {
  const card = event.target.closest(".booking[data-hold]");
  if (card && ["visit_type", "new_patient"].includes(event.target.name)) judge(card);
});
// The time is kept as soon as its form is there: beside the grid, or on a page of its own.
const begin = (card) => {
  if (held !== card) letGo();
  if (card?.matches(".booking[data-hold]") && card.querySelector("form[data-alike]")) judge(card);
};
document.addEventListener("agenda:shown", (event) => begin(event.detail));
const alone = document.querySelector("main > .booking[data-hold]");
if (alone && !alone.querySelector("[aria-invalid]")) begin(alone);

// Who was here before, while a name is typed.
let waiting = 0;
let asking = null;
const suggest = async (form) => {
  asking?.abort();
  asking = new AbortController();
  const fields = new FormData(form);
  const answer = await fetch(form.dataset.alike, { method: "POST", body: fields, cache: "no-store", signal: asking.signal }).catch(() => null);
  if (!answer?.ok || answer.headers.get("X-Standing") !== "open") return;
  // An answer that a newer question overtook breaks off here, too.
  const page = await read(answer).catch(() => null);
  // A whole page is the veil, come down meanwhile: nothing to suggest.
  if (!page || page.querySelector("main")) return;
  const found = form.querySelector(".found");
  const [was, now] = [[...found.childNodes], [...page.body.childNodes]];
  // The same people as before: somebody may be on one of their buttons.
  if (was.length === now.length && now.every((one, place) => one.isEqualNode(was[place]))) return;
  found.replaceChildren(...now.map((one) => document.adoptNode(one)));
};
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-alike]");
  if (!form || !["last_name", "first_name", "known", "typed"].includes(event.target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest(form), 250);
});
// Enter in the field of a search leads to the first who is found.
document.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || event.target.name !== "typed" || event.isComposing) return;
  event.preventDefault();
  clearTimeout(waiting);
  const { form } = event.target;
  await suggest(form);
  const first = form.querySelector("button[name=take]");
  if (first) first.focus();
  else form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("form[data-alike] button[name=take]");
  if (!button?.form.elements.last_name) return;
  event.preventDefault();
  const { elements } = button.form;
  elements.last_name.value = button.dataset.last;
  elements.first_name.value = button.dataset.first;
  elements.known.value = button.dataset.known;
  elements.visit_type.focus();
});

// R on an appointment of the grid: to be seen again.
document.addEventListener("keydown", (event) => {
  if (event.key !== "r" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const link = event.target.closest(".visit a, tr a");
  if (!link || document.querySelector("[data-key=r]")) return;
  const address = `${link.pathname}again/`;
  if (link.closest(".sheet")) document.dispatchEvent(new CustomEvent("agenda:open", { detail: address }));
  else location.assign(address);
});
