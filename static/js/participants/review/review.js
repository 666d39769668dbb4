// One key to accept a photo, one to ask for another. Whoever types with a voice or another tool that
// presses single keys can switch them off; the choice stays in this browser.

const STORED = "photo-review-keys";

// The letter that was pressed by itself, or null: in a field, with a modifier, or held down.
export function letterOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  if (event.target?.closest?.("input:not([type=checkbox]), select, textarea")) return null;
  return event.key?.length === 1 ? event.key.toLowerCase() : null;
}

function begin(review) {
  const choice = review.querySelector("[data-keys]");
  const box = choice.querySelector("input");
  choice.hidden = false;
  box.checked = localStorage.getItem(STORED) !== "off";
  box.addEventListener("change", () => {
    localStorage.setItem(STORED, box.checked ? "on" : "off");
  });
  let pressed = false; // a second press meant the photo after this one, which is not here yet
  document.addEventListener("keydown", (event) => {
    const letter = letterOf(event);
    if (!letter || !box.checked || pressed) return;
    const act = review.querySelector(`[data-key="${CSS.escape(letter)}"]`);
    if (!act) return;
    event.preventDefault();
    pressed = true;
    act.click();
  });
}

if (typeof document !== "undefined") {
  const review = document.querySelector("[data-review]");
  if (review) begin(review);
}
