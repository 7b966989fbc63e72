// The line of now moves on, and so do the minutes of whoever waits, in the practice's time zone wherever this screen stands.
const clock = (zone) => {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(new Date());
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, minute: Number(part.hour) * 60 + Number(part.minute) };
};

const move = () => {
  for (const field of document.querySelectorAll("[data-now]")) {
    const { day, minute } = clock(field.dataset.zone);
    const line = field.querySelector(".now");
    const row = Math.floor((minute - Number(field.dataset.firstHour) * 60) / 5);
    line.hidden = day !== field.dataset.now || row < 0 || row >= Number(field.dataset.rows);
    line.className = `now at-${Math.max(0, row)}`;
  }
};

// How long somebody has been waiting.
const wait = () => {
  for (const span of document.querySelectorAll("[data-since]")) {
    span.textContent = Math.max(0, Math.floor((Date.now() / 1000 - Number(span.dataset.since)) / 60));
  }
};

move();
setInterval(() => { move(); wait(); }, 30_000);
document.addEventListener("agenda:changed", () => { move(); wait(); });

// A form leads back to where the sheet stood: it goes along as the end of the address. Otherwise at the present hour.
const sheet = document.querySelector(".sheet");
const [, top, left] = location.hash.match(/^#y(\d+)x(\d+)$/) ?? [];
if (sheet && top) [sheet.scrollTop, sheet.scrollLeft] = [Number(top), Number(left)];
else document.querySelector(".now")?.scrollIntoView({ block: "center" });
document.addEventListener("submit", (event) => {
  const next = event.target.elements.namedItem("next");
  if (!sheet || !next?.value.startsWith(location.pathname) || next.value.includes("#")) return;
  next.value += `#y${Math.round(sheet.scrollTop)}x${Math.round(sheet.scrollLeft)}`;
});
