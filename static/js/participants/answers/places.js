// Days on which a questionnaire is open, dates in words, which question an answer belongs to, and
// whether answers are on their way. Pure: no DOM.

const TO_GO = new Set(["waiting", "sending", "blocked"]);
// A record of kept.js that is to be sent.
export const isToGo = ({ state }) => TO_GO.has(state);

// The day (ISO) in a time zone, at a moment in ms.
export function dayIn(zone, at) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone || undefined,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(new Date(at));
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}

// "open", "early" or "over"; both days belong to it, and where none is given it is always open.
export function openOn(day, { opens_on: opens, closes_on: closes }) {
  if (opens && day < opens) return "early";
  if (closes && day > closes) return "over";
  return "open";
}

// Words for the form's dates ("2026-03-02"), times and moments, in a language.
export function datesIn(language) {
  const day = new Intl.DateTimeFormat(language || "en", { dateStyle: "long", timeZone: "UTC" });
  return (value, type) => {
    if (type === "time") return value.slice(0, 5);
    const at = Date.parse(`${value.slice(0, 10)}T00:00:00Z`);
    if (Number.isNaN(at)) return value;
    const words = day.format(at);
    return type === "dateTime" ? `${words}, ${value.slice(11, 16)}` : words;
  };
}

// The server names a question by places (/data[1]/med[2]/name[1]), the engine leaves out the first.
const plain = (ref) => ref.replaceAll("[1]", "");
export const sameQuestion = (one, other) => plain(one) === plain(other);
