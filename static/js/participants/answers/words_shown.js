// The words of a form on the page: what XLSForm's authors may write in them (a little Markdown).

import { make } from "../capture/render.js";
import { wordsOf } from "./form.js";

const BLOCKS = new Set(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6"]);
const KEPT = new Set(["strong", "em", "ul", "ol", "li"]);

function* drawn(nodes, block) {
  for (const [index, node] of nodes.entries()) {
    if (node.role === "child") yield node.value;
    else if (node.role === "line-break") yield make("br");
    else if (node.role === "html") yield node.unsafeHtml.replace(/<[^>]*>/g, "");
    else if (BLOCKS.has(node.elementName)) {
      if (block) yield make("p", {}, ...drawn(node.children, block));
      else {
        if (index > 0) yield make("br");
        yield* drawn(node.children, block);
      }
    } else if (KEPT.has(node.elementName) && (block || !/^[uo]l|li$/.test(node.elementName))) {
      yield make(node.elementName, {}, ...drawn(node.children, block));
    } else yield* drawn(node.children, block);
  }
}

// Children for an element: `block` where paragraphs and lists may stand in it.
export function drawWords(range, { block = false } = {}) {
  if (!wordsOf(range)) return [];
  const nodes = range.formatted;
  return nodes?.length ? [...drawn([...nodes], block)] : [wordsOf(range)];
}
