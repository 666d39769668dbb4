// <time datetime="…" data-relative>: “3 minutes ago”, the full date on hover and for print. Follows
// the clock on every page that loads this module.

const steps = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 4.35],
  ["month", 12],
  ["year", Infinity],
];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
  numeric: "auto",
});

export const relative = (moment, now = Date.now()) => {
  let amount = (moment - now) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return words.format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
};

export const relateTimes = (root) => {
  for (const time of root.querySelectorAll("time[data-relative][datetime]")) {
    const moment = Date.parse(time.dateTime);
    if (Number.isNaN(moment)) continue;
    if (!time.title) time.title = time.textContent.trim();
    time.textContent = relative(moment);
  }
};

relateTimes(document);
setInterval(() => relateTimes(document), 30_000);
