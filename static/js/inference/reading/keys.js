// The keyboard of the reading page. Letters and digits can be switched off (WCAG 2.1.4).

const WRITES = "input:not([type=radio], [type=checkbox], [type=range]), textarea, select";
const PRESSED = "button, a, summary";

export const onKeys = ({ enabled, act, digit }) => {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const { target, key } = event;
    if (key === "Enter") {
      if (target.closest(PRESSED)) return;
      event.preventDefault();
      act("enter");
      return;
    }
    if (!enabled()) return;
    const writes = target.matches(WRITES);
    if (/^\d$/.test(key)) {
      if (writes) return;
      event.preventDefault();
      digit(Number(key));
      return;
    }
    if (writes && key === "Backspace") return;
    const name = { u: "unreadable", z: "undo", p: "pause", Backspace: "undo" }[
      key.length === 1 ? key.toLowerCase() : key
    ];
    if (!name) return;
    event.preventDefault();
    act(name);
  });
};

// A switch that is as it was left in this browser.
export const remembered = (box, name) => {
  const kept = localStorage.getItem(name);
  if (kept !== null) box.checked = kept === "yes";
  box.addEventListener("change", () => localStorage.setItem(name, box.checked ? "yes" : "no"));
};
