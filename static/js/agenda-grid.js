// The grid as a spreadsheet: arrows go from cell to cell, free ones included; Enter opens; a click on free time too.
// A cell is a visit, or the free minutes up to the next line of the grid or the next visit. One link stands for the
// free cell that has the focus, and moves with it: the page is as light as the visits alone.
const sheet = document.querySelector(".sheet");
const [step, top, bottom] = ["step", "firstHour", "lastHour"].map((name) => Number(sheet?.dataset[name]));
const first = top * 60;
const last = bottom * 60;

const cursor = document.createElement("a");
cursor.className = "cursor";
cursor.dataset.panel = "";
const ghost = document.createElement("div");
ghost.className = "ghost";
ghost.setAttribute("aria-hidden", "true");

const clock = (minute) => sheet.dataset.clock
  .replace("HEURE", Math.floor(minute / 60)).replace("MINUTE", String(minute % 60).padStart(2, "0"));

// The cells of a column, by time: { at, end, lane, link }, without a link for free ones.
const cells = (column) => {
  const visits = [...column.querySelectorAll(".visit")].map((item) => ({
    at: Number(item.dataset.at),
    end: Number(item.dataset.end),
    lane: Number(item.className.match(/lane-(\d+)/)[1]),
    link: item.firstElementChild,
  }));
  const edges = new Set(visits.flatMap(({ at, end }) => [at, end]));
  for (let minute = first; minute <= last; minute += step) edges.add(minute);
  const lines = [...edges].filter((minute) => minute >= first && minute <= last).sort((a, b) => a - b);
  const free = lines.slice(0, -1)
    .map((at, index) => ({ at, end: lines[index + 1], lane: 0, link: null }))
    .filter(({ at, end }) => !visits.some((visit) => visit.at < end && at < visit.end));
  return [...visits, ...free].sort((a, b) => a.at - b.at || a.lane - b.lane);
};

const rest = (link) => {
  for (const other of sheet.querySelectorAll('.visit a:not([tabindex="-1"]), .cursor')) other.tabIndex = -1;
  link.tabIndex = 0;
};

const stand = (element, column, { at, end }) => {
  element.className = `${element.className.split(" ")[0]} at-${(at - first) / 5} for-${Math.max(1, (end - at) / 5)}`;
  column.querySelector(".field").append(element);
};

const enter = (column, cell) => {
  if (!cell) return;
  const link = cell.link ?? cursor;
  if (!cell.link) {
    const { practitioner, day } = column.dataset;
    cursor.href = `${sheet.dataset.book}${practitioner}/${day}/${cell.at}/`;
    cursor.dataset.at = cell.at;
    cursor.textContent = clock(cell.at);
    cursor.setAttribute("aria-label", `${sheet.dataset.free} ${clock(cell.at)}, ${column.querySelector("h2").textContent}`);
    stand(cursor, column, cell);
  } else {
    cursor.remove();
  }
  rest(link);
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
};

// Where the focus is: { column, cell }, or nothing.
const here = () => {
  const link = document.activeElement?.closest?.(".sheet .visit a, .sheet .cursor");
  const column = link?.closest(".column");
  if (!column) return null;
  const at = Number(link.dataset.at);
  const cell = cells(column).find((one) => (link === cursor ? !one.link && one.at === at : one.link === link));
  return cell ? { column, cell } : null;
};

const bands = () => [...sheet.querySelectorAll(".band")].map((band) => [...band.querySelectorAll(".column")]);
const near = (column, minute) => cells(column).findLast(({ at }) => at <= minute) ?? cells(column)[0];

const begin = () => {
  const now = sheet.querySelector(".field .now:not([hidden])");
  const column = now?.closest(".column") ?? sheet.querySelector(".column");
  const row = Number(now?.className.match(/at-(\d+)/)?.[1] ?? 12);
  enter(column, near(column, first + row * 5));
};

const vertical = ({ column, cell }, by) => {
  const all = cells(column);
  const next = all[all.findIndex((one) => one.at === cell.at && one.link === cell.link) + by];
  if (next) return enter(column, next);
  const rows = bands();
  const band = rows.findIndex((columns) => columns.includes(column));
  const other = rows[band + by]?.[rows[band].indexOf(column)];
  return other && enter(other, cells(other).at(by > 0 ? 0 : -1));
};

const horizontal = ({ column, cell }, by) => {
  // Visits side by side first, then the next column at the same hour.
  const beside = cell.link && cells(column)
    .filter((one) => one.link && one.at < cell.end && cell.at < one.end && Math.sign(one.lane - cell.lane) === by)
    .sort((a, b) => Math.abs(a.lane - cell.lane) - Math.abs(b.lane - cell.lane))[0];
  if (beside) return enter(column, beside);
  const columns = bands().find((one) => one.includes(column));
  const other = columns[columns.indexOf(column) + by];
  return other && enter(other, near(other, cell.at));
};

const moves = {
  ArrowDown: (from) => vertical(from, 1),
  ArrowUp: (from) => vertical(from, -1),
  ArrowRight: (from) => horizontal(from, 1),
  ArrowLeft: (from) => horizontal(from, -1),
  Home: ({ column }) => enter(column, cells(column)[0]),
  End: ({ column }) => enter(column, cells(column).at(-1)),
};

const asList = () => innerWidth <= 640;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || asList()) return;
  const from = here();
  if (from && moves[event.key]) {
    event.preventDefault();
    moves[event.key](from);
  } else if (from?.cell.link === null && event.key.toLowerCase() === "n") {
    event.preventDefault();
    cursor.click();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && [document.body, sheet].includes(event.target)) {
    event.preventDefault();
    begin();
  }
}, true);

// With a mouse: free time shows its hour, and a click books it.
const under = (event) => {
  const field = event.target.closest?.(".field");
  if (!field || event.target.closest(".visit, .cursor") || asList()) return null;
  const box = field.getBoundingClientRect();
  const minute = first + ((event.clientY - box.top) / box.height) * (last - first);
  const column = field.closest(".column");
  const cell = cells(column).find((one) => !one.link && one.at <= minute && minute < one.end);
  return cell ? { column, cell } : null;
};

sheet?.addEventListener("pointermove", (event) => {
  const found = event.pointerType === "mouse" && !event.buttons ? under(event) : null;
  if (!found) return ghost.remove();
  ghost.textContent = clock(found.cell.at);
  return stand(ghost, found.column, found.cell);
});
sheet?.addEventListener("pointerleave", () => ghost.remove());
sheet?.addEventListener("click", (event) => {
  const found = under(event);
  if (!found) return;
  enter(found.column, found.cell);
  cursor.click();
});

// Only one cell of the grid is a stop for the Tab key; it is set again when a column was drawn anew.
const settle = () => {
  const links = [...sheet.querySelectorAll(".visit a")];
  for (const link of links) link.tabIndex = -1;
  const chosen = here()?.cell.link ?? links.find((link) => link.dataset.rest === "yes") ?? links[0];
  if (chosen) chosen.tabIndex = 0;
};
if (sheet) {
  settle();
  document.addEventListener("agenda:changed", settle);
  if (location.hash) document.getElementById(location.hash.slice(1))?.querySelector("a")?.focus();
}
