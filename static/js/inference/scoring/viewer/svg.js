// An element of an SVG, with its attributes and its text.

const SVG = "http://www.w3.org/2000/svg";

export const svg = (name, attributes, text = "") => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};
