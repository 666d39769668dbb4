/* The button that prints a receipt; where scripts do not run, the browser's own menu does. */
const button = document.querySelector("[data-print]");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
