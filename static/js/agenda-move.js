// Moving on the grid: with the mouse, or cut (X) and paste (V) with the keyboard. Both lead to the page that says what the
// new time meets, in the panel; nothing has moved before its button is pressed. What is cut waits in the session, on the
// server, as an opaque id: it can be pasted on another day, and nothing is kept in the browser.
const sheet = document.querySelector(".sheet");

const strip = document.createElement("p");
strip.className = "cut-strip";
strip.setAttribute("role", "status");

const address = (id, column, minute) => {
  const time = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  const { practitioner, day } = column.dataset;
  const back = location.pathname + location.search;
  const query = new URLSearchParams({ practitioner, day, time, next: back });
  return `${sheet.dataset.appointment}${id}/move/?${query}`;
};
const ask = (id, column, minute) => {
  document.dispatchEvent(new CustomEvent("agenda:open", { detail: address(id, column, minute) }));
};

const draw = () => {
  const id = sheet.dataset.cutId;
  for (const item of sheet.querySelectorAll(".visit.is-cut")) item.classList.remove("is-cut");
  if (id) document.getElementById(`v${id}`)?.classList.add("is-cut");
  strip.textContent = id ? sheet.dataset.cut : "";
  if (!strip.isConnected) document.querySelector("main").append(strip);
};
// One after the other, as they were pressed; and whoever turns the page meanwhile finds there what they cut.
let sent = Promise.resolve();
let unsent = 0;
const cut = (id) => {
  if (id === sheet.dataset.cutId) return;
  sheet.dataset.cutId = id;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams({ appointment: id });
  const options = { method: "POST", body, headers: { "X-CSRFToken": token }, redirect: "manual", keepalive: true };
  unsent += 1;
  sent = sent.then(() => fetch(sheet.dataset.cutAddress, options)).catch(() => null).finally(() => { unsent -= 1; });
  draw();
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-key]:not([data-panel])");
  if (!unsent || !link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  sent.then(() => location.assign(link.href));
});

const keys = {
  x: () => {
    const item = document.activeElement.closest(".visit[data-movable]");
    if (item) cut(item.id.slice(1));
    return item;
  },
  v: () => {
    const id = sheet.dataset.cutId;
    const cell = document.activeElement.closest(".visit, .cursor");
    if (id && cell) ask(id, cell.closest(".column"), Number(cell.dataset.at));
    return id && cell;
  },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !sheet || !event.target.closest?.(".sheet")) return;
  if (event.key === "Escape") cut("");
  else if (keys[event.key.toLowerCase()]?.()) event.preventDefault();
});
// With the mouse: a copy follows, a line shows where it would begin, and Escape leaves it where it is.
let held = null;

const place = (event) => {
  const field = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches(".field"));
  if (!field) return null;
  const box = field.getBoundingClientRect();
  const [first, last] = [Number(sheet.dataset.firstHour) * 60, Number(sheet.dataset.lastHour) * 60];
  const minute = first + ((event.clientY - held.grip - box.top) / box.height) * (last - first);
  const at = Math.min(last - 5, Math.max(first, Math.round(minute / 5) * 5));
  return { field, at, row: (at - first) / 5 };
};
const leave = () => {
  held?.copy?.remove();
  held?.item.classList.remove("is-lifted");
  held = null;
};

sheet?.addEventListener("pointerdown", (event) => {
  const item = event.target.closest(".visit[data-movable]");
  if (!item || event.button || event.pointerType === "touch" || innerWidth <= 640) return;
  held = { item, x: event.clientX, y: event.clientY, grip: event.clientY - item.getBoundingClientRect().top, copy: null };
});
document.addEventListener("pointermove", (event) => {
  if (!held) return;
  if (!held.copy) {
    if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < 6) return;
    held.copy = held.item.cloneNode(true);
    held.copy.removeAttribute("id");
    held.copy.setAttribute("aria-hidden", "true");
    held.item.classList.add("is-lifted");
  }
  const spot = place(event);
  if (!spot) return;
  held.spot = spot;
  const rows = held.item.className.match(/for-\d+/)[0];
  held.copy.className = `visit is-carried at-${spot.row} ${rows} of-1 lane-0 ${held.item.className.match(/\blane-\d+ (\w+)/)[1]}`;
  spot.field.append(held.copy);
});
document.addEventListener("pointerup", () => {
  const { item, spot, copy } = held ?? {};
  leave();
  if (copy && spot) ask(item.id.slice(1), spot.field.closest(".column"), spot.at);
});
document.addEventListener("pointercancel", leave);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
// The click that ends a drag opens nothing, and the browser's own dragging of links stays out of it.
document.addEventListener("click", (event) => {
  if (sheet?.dataset.dragged === "yes") { event.preventDefault(); event.stopPropagation(); }
  if (sheet) delete sheet.dataset.dragged;
}, true);
document.addEventListener("pointerup", () => { if (sheet && held?.copy) sheet.dataset.dragged = "yes"; }, true);
sheet?.addEventListener("dragstart", (event) => event.preventDefault());

if (sheet) {
  draw();
  document.addEventListener("agenda:changed", draw);
}
