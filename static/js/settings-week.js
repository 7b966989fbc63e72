// The usual week, painted: press on a day and pull, and there is an opening; its edges lengthen it, pulling moves it.
// The rows of the form are the truth and the picture is drawn from them, so that without this script nothing is lacking.
const form = document.querySelector("[data-week]");
const editor = form.querySelector(".week-editor");
const list = form.querySelector(".week-rows");
const template = document.getElementById("row");
const count = form.querySelector("[data-count]");
const said = form.querySelector("[data-said]");
const days = [...form.querySelectorAll(".week-day")];
const [STEP, DAY, EDGE, LANES] = [15, 1440, 7, 5];
const CLOCK = /^(\d{1,2})(?:\s*[:hH.]\s*(\d{2})?)?$/;
const fields = days.map((day) => day.querySelector(".week-field"));
const first = Number(fields[0].dataset.firstHour) * 60;
const tall = Number(fields[0].dataset.rows) * 5;
let current = null;

// Rows of the form.
const part = (row, name) => row.querySelector(`[name$="-${name}"]`);
const rows = () => [...list.querySelectorAll("[data-row]")];
const minutes = (text) => {
  const match = CLOCK.exec(text.trim());
  const total = match ? Number(match[1]) * 60 + Number(match[2] ?? 0) : NaN;
  return total <= DAY ? total : NaN;
};
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const hour = (minute) => {
  const [pattern, h, m] = [minute % 60 ? form.dataset.minutes : form.dataset.hour, Math.floor(minute / 60), minute % 60];
  return pattern.replace("{h}", h).replace("{m}", String(m).padStart(2, "0"));
};
const read = (row) => ({
  row,
  day: Number(part(row, "weekday").value),
  start: minutes(part(row, "start_minute").value),
  end: minutes(part(row, "end_minute").value),
});
const write = (row, { day, start, end }) => {
  part(row, "weekday").value = String(day);
  part(row, "start_minute").value = clock(start);
  part(row, "end_minute").value = clock(end);
};
const isGone = (row) => part(row, "removed").checked;
const label = ({ start, end }) => `${hour(start)}–${hour(end)}`;
const dayName = (day) => days[day].querySelector("h3").textContent;

// The picture.
const notes = (row) => {
  const place = part(row, "location");
  const parity = part(row, "parity");
  const found = place.options.length > 1 ? [place.selectedOptions[0]?.textContent] : [];
  if (parity.value !== "every") found.push(parity.selectedOptions[0].textContent);
  if (part(row, "without_appointment").checked) found.push(form.dataset.walkIn);
  return found.filter(Boolean);
};

const packed = (openings) => {
  const order = [...openings].sort((a, b) => a.start - b.start || b.end - a.end);
  let [group, reach] = [[], 0];
  const close = () => {
    const ends = [];
    for (const one of group) {
      const free = ends.findIndex((end) => end <= one.start);
      one.lane = free < 0 ? ends.length : free;
      ends[one.lane] = one.end;
    }
    for (const one of group) one.lanes = Math.min(ends.length, LANES);
    group = [];
  };
  for (const one of order) {
    if (group.length && one.start >= reach) { close(); reach = 0; }
    group.push(one);
    reach = Math.max(reach, one.end);
  }
  close();
  return order.filter((one) => one.lane < LANES);
};

const at = (minute) => Math.max(0, Math.min(tall, minute - first)) / 5;
const drawn = (one) => {
  const block = document.createElement("a");
  block.href = `#${one.row.id}`;
  block.dataset.row = one.row.id;
  block.className = `week-block at-${at(one.start)} for-${Math.max(1, at(one.end) - at(one.start))} of-${one.lanes} lane-${one.lane}`;
  if (one.row === current) block.setAttribute("aria-current", "true");
  const bold = document.createElement("b");
  bold.textContent = label(one);
  block.append(bold);
  for (const note of notes(one.row)) {
    const span = document.createElement("span");
    span.textContent = note;
    block.append(" ", span);
  }
  return block;
};

const draw = () => {
  const standing = rows().filter((row) => !isGone(row)).map(read).filter((one) => one.start < one.end);
  for (const row of rows()) row.classList.toggle("is-removed", isGone(row));
  for (const one of standing) {
    one.row.querySelector("[data-title]").textContent = `${dayName(one.day)} ${label(one)}`;
  }
  days.forEach((day, number) => {
    for (const block of day.querySelectorAll(".week-block")) block.remove();
    fields[number].append(...packed(standing.filter((one) => one.day === number)).map(drawn));
  });
};

const select = (row) => {
  current = row;
  for (const one of rows()) one.classList.toggle("is-current", one === row);
  draw();
};

const announce = (row) => { said.textContent = `${dayName(read(row).day)} ${label(read(row))}`; };

// Changing the rows.
const add = (opening, place) => {
  const number = count.value;
  const copy = template.content.cloneNode(true);
  for (const element of copy.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("__n__")) element.setAttribute(name, value.replaceAll("__n__", number));
    }
  }
  count.value = String(Number(number) + 1);
  list.append(copy);
  const row = list.lastElementChild;
  write(row, opening);
  const usual = place ?? (current && part(current, "location").value);
  if (usual) part(row, "location").value = usual;
  return row;
};

const take = (row) => {
  part(row, "removed").checked = true;
  if (row === current) select(null);
  draw();
};

const snap = (minute) => Math.round(minute / STEP) * STEP;
const clamp = (minute, least, most) => Math.max(least, Math.min(most, minute));

// With the mouse, a finger or a pen.
const minuteAt = (field, y) => {
  const box = field.getBoundingClientRect();
  return clamp(snap(first + ((y - box.top) / box.height) * tall), first, first + tall);
};
const dayAt = (x, otherwise) => {
  const found = days.findIndex((day) => { const box = day.getBoundingClientRect(); return x >= box.left && x < box.right; });
  return found < 0 ? otherwise : found;
};

// On a narrow screen the days are a list, and an opening there leads to its row.
const narrow = matchMedia("(max-width: 40rem)");
let drag = null;

const grip = (block, y) => {
  const box = block.getBoundingClientRect();
  if (y - box.top < EDGE) return "start";
  return box.bottom - y < EDGE ? "end" : "move";
};

const follow = (event) => {
  const { mode, row, from, grabbed } = drag;
  const minute = minuteAt(fields[from.day], event.clientY);
  const moved = minute - grabbed;
  if (moved || dayAt(event.clientX, from.day) !== from.day) drag.moved = true;
  if (!drag.moved) return;
  if (mode === "new") {
    const [start, end] = [Math.min(grabbed, minute), Math.max(grabbed, minute)];
    if (end - start >= STEP) drag.row = drag.row ?? add({ ...from, start, end });
    if (drag.row) write(drag.row, { ...from, start, end: Math.max(end, start + STEP) });
  } else if (mode === "move") {
    const length = from.end - from.start;
    const start = clamp(from.start + moved, 0, DAY - length);
    write(row, { day: dayAt(event.clientX, from.day), start, end: start + length });
  } else if (mode === "start") {
    write(row, { ...from, start: clamp(from.start + moved, 0, from.end - STEP) });
  } else {
    write(row, { ...from, end: clamp(from.end + moved, from.start + STEP, DAY) });
  }
  draw();
};

editor.addEventListener("pointerdown", (event) => {
  const field = event.target.closest(".week-field");
  if (!field || event.button || narrow.matches) return;
  const block = event.target.closest(".week-block");
  const row = block && document.getElementById(block.dataset.row);
  const day = fields.indexOf(field);
  const grabbed = minuteAt(field, event.clientY);
  drag = { mode: row ? grip(block, event.clientY) : "new", row, grabbed, from: row ? read(row) : { day }, moved: false };
  field.setPointerCapture(event.pointerId);
  event.preventDefault();
});
editor.addEventListener("pointermove", (event) => { if (drag) follow(event); });
editor.addEventListener("pointerup", () => {
  if (!drag) return;
  const { mode, moved, from, grabbed } = drag;
  // A press without a pull paints an hour.
  if (mode === "new" && !moved) drag.row = add({ ...from, start: Math.min(grabbed, DAY - 60), end: Math.min(grabbed + 60, DAY) });
  if (drag.row) {
    select(drag.row);
    announce(drag.row);
    editor.querySelector(`.week-block[data-row="${drag.row.id}"]`)?.focus({ preventScroll: true });
  }
  drag = null;
});
const giveUp = () => {
  if (!drag) return;
  if (drag.mode === "new") drag.row?.remove();
  else write(drag.row, drag.from);
  drag = null;
  draw();
};
editor.addEventListener("pointercancel", giveUp);
editor.addEventListener("click", (event) => {
  if (event.target.closest(".week-block") && !narrow.matches) event.preventDefault();
});

// With the keyboard, on an opening.
const keys = {
  ArrowUp: ({ day, start, end }, grow) => (grow ? { day, start, end: Math.max(end - STEP, start + STEP) } : { day, start: start - STEP, end: end - STEP }),
  ArrowDown: ({ day, start, end }, grow) => (grow ? { day, start, end: end + STEP } : { day, start: start + STEP, end: end + STEP }),
  ArrowLeft: ({ day, ...hours }) => ({ day: day - 1, ...hours }),
  ArrowRight: ({ day, ...hours }) => ({ day: day + 1, ...hours }),
};

editor.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return giveUp();
  const row = event.target.classList.contains("week-block") && document.getElementById(event.target.dataset.row);
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === "Enter") {
    event.preventDefault();
    select(row);
    return part(row, "start_minute").focus();
  }
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    return take(row);
  }
  const change = keys[event.key]?.(read(row), event.shiftKey);
  if (!change) return undefined;
  event.preventDefault();
  event.stopPropagation();
  if (change.day >= 0 && change.day < 7 && change.start >= 0 && change.end <= DAY) write(row, change);
  select(row);
  announce(row);
  return editor.querySelector(`.week-block[data-row="${row.id}"]`)?.focus({ preventScroll: true });
});

// With the form itself: what is typed is drawn, and the same hours on several days need no journey to the server.
list.addEventListener("input", draw);
list.addEventListener("change", draw);
form.querySelector("[data-more]").addEventListener("click", (event) => {
  const start = minutes(form.elements["add-start"].value);
  const end = minutes(form.elements["add-end"].value);
  const chosen = [...form.querySelectorAll('[name="add-days"]:checked')];
  if (!chosen.length || !(start < end)) return;
  event.preventDefault();
  for (const box of chosen) {
    select(add({ day: Number(box.value), start, end }, form.elements["add-place"].value));
    box.checked = false;
  }
  said.textContent = `${chosen.length} × ${label({ start, end })}`;
});

form.classList.add("is-live");
form.querySelector("[data-how]").hidden = false;
select(list.querySelector(".row.entry-wrong"));
