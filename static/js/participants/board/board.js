// The schedule: arrow keys from cell to cell, ticks counted, and a question before links stop.

const STOPS = "a[href], input[type=checkbox]";

/** The stops of each row of `table`, row by row: one list for each cell. */
export function stopsOf(table) {
  return [...table.tBodies[0].rows].map((row) =>
    [...row.cells].map((cell) => [...cell.querySelectorAll(STOPS)]),
  );
}

/** Where a key leads from `[row, column]` in a table of `rows` by `columns`; null for another key. */
export function step(key, [row, column], rows, columns) {
  const to = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [row, 0],
    End: [row, columns - 1],
  }[key];
  if (!to) return null;
  return [Math.min(Math.max(to[0], 0), rows - 1), Math.min(Math.max(to[1], 0), columns - 1)];
}

/** One stop for Tab, and arrow keys among the others. */
function rove(table) {
  const grid = stopsOf(table);
  const all = grid.flat(2);
  if (!all.length) return;
  for (const stop of all) stop.tabIndex = -1;
  all[0].tabIndex = 0;
  const place = (stop) => {
    const row = grid.findIndex((cells) => cells.flat().includes(stop));
    return [row, grid[row].findIndex((cell) => cell.includes(stop))];
  };
  table.addEventListener("focusin", ({ target }) => {
    if (!all.includes(target)) return;
    for (const stop of all) stop.tabIndex = stop === target ? 0 : -1;
  });
  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !all.includes(event.target)) return;
    const [row, column] = place(event.target);
    const cell = grid[row][column];
    const beside = cell[cell.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1)];
    if (beside && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      event.preventDefault();
      beside.focus();
      return;
    }
    const to = step(event.key, [row, column], grid.length, grid[row].length);
    if (!to) return;
    event.preventDefault();
    const found = grid[to[0]][to[1]];
    (event.key === "ArrowLeft" ? found[found.length - 1] : found[0])?.focus();
  });
}

function count(form) {
  const boxes = [...form.querySelectorAll("input[name=who]")];
  const told = form.querySelector("[data-count]");
  const all = form.querySelector("[data-tick-all]");
  const buttons = form.querySelectorAll("button[name=act]");
  if (!told) return;
  const show = () => {
    const ticked = new Set(boxes.filter((box) => box.checked).map((box) => box.value)).size;
    told.textContent = ticked === 1 ? told.dataset.one : told.dataset.many.replace("%n", ticked);
    told.parentElement.toggleAttribute("data-ticked", ticked > 0);
    for (const button of buttons) button.disabled = ticked === 0;
  };
  all.hidden = boxes.length === 0;
  all.addEventListener("click", () => {
    const to = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = to;
    show();
  });
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.asks;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  show();
}

for (const form of document.querySelectorAll("[data-board]")) {
  count(form);
  const table = form.querySelector("table.board");
  if (table) rove(table);
}
