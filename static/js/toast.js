// A short message at the bottom of the page, read out by screen readers.

export const announce = (text, { seconds = 6 } = {}) => {
  const region = document.getElementById("toasts");
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.textContent = text;
  region.append(toast);
  setTimeout(() => toast.remove(), seconds * 1000);
};
