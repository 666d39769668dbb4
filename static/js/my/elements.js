// Makes an element: make("p", { class: "queue__title" }, "words", another).
//
// Attributes are properties where the element has them; what is undefined, and children that are not
// there, are left out.
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name === "class") element.className = value;
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
};
