// What a person types, as the form engine takes it. Pure: no DOM.

// The digits of the languages that the product speaks, and a few more that phones type.
const ZEROS = [0x0e50, 0x0be6, 0x0966, 0x09e6, 0x0660, 0x06f0, 0xff10];

export const plainDigits = (text) =>
  [...text]
    .map((character) => {
      const code = character.codePointAt(0);
      const zero = ZEROS.find((first) => code >= first && code < first + 10);
      return zero === undefined ? character : String(code - zero);
    })
    .join("");

const LARGEST = 2 ** 31 - 1; // of XForms' int

// { value } or { problem: "whole" | "number" }; the value is null where nothing was typed.
export function numberOf(text, { whole }) {
  const plain = plainDigits(text)
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace("−", "-")
    .replace(/[,٫]/, ".");
  if (plain === "") return { value: null };
  if (whole) {
    const fits = /^[+-]?\d+$/.test(plain) && Math.abs(Number(plain)) <= LARGEST;
    return fits ? { value: Number(plain) } : { problem: "whole" };
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? { value: Number(plain) } : { problem: "number" };
}

// Without what XML cannot carry: control characters, and halves of pairs.
export const textOf = (text) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])/g, "")
    .replace(/(^|[^\ud800-\udbff])[\udc00-\udfff]/g, "$1");

// What an input of the browser's has, for a value of the form's: "08:30:00.000+08:00" is "08:30".
export function shownIn(kind, value) {
  if (kind === "time") return value.slice(0, 5);
  if (kind === "datetime-local") return value.slice(0, 16);
  if (kind === "month") return value.slice(0, 7);
  if (kind === "year") return value.slice(0, 4);
  return kind === "number" ? value.replace(/\.0+$/, "") : value;
}

// And the form's for the input's.
export function keptOf(kind, shown) {
  if (!shown) return null;
  if (kind === "time") return `${shown.slice(0, 5)}:00.000`;
  if (kind === "datetime-local") return `${shown.slice(0, 16)}:00.000`;
  if (kind === "month") return `${shown}-01`;
  if (kind === "year") return `${shown}-01-01`;
  return shown;
}

// Every value of a slider from `start` to `end`, where there are few enough for buttons.
export function stepsOf({ start, end, step }, most = 11) {
  const [from, to, by] = [start, end, step].map(Number);
  const size = Math.abs(by) || 1;
  const count = Math.floor(Math.abs(to - from) / size + 1e-9) + 1;
  if (!(count <= most)) return null;
  const direction = to >= from ? 1 : -1;
  const places = Math.max(0, (String(size).split(".")[1] ?? "").length);
  return Array.from({ length: count }, (_, index) =>
    String(Number((from + direction * index * size).toFixed(places))),
  );
}
