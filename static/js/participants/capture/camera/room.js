// Words over the live picture: as large as the person likes them while they leave the face free, then
// smaller, and at last the hint alone. Measured, not computed: phones enlarge text in ways that no
// unit tells of.

const GAP = 8; // px between the face and what is said
const HEAD = 72; // px that the view's name may take from above
const FOREHEAD = 0.15; // of the outline's height, above it: the points end below the hair
const EARS = 0.05; // of the same, beside it
const STEP = 2; // px
const SMALLEST = 14; // px
const LITTLE = 64; // px above the face that no hint fits into
export const LYING = "(orientation: landscape) and (max-height: 512px)";

// The face that the outline asks for, on a screen that shows the picture at `shown`:
// { left, top, right, bottom } in the screen's pixels.
export function faceOn({ lines: [oval] }, shown, mirrored) {
  const long = Math.max(shown.width, shown.height);
  const side = mirrored ? -1 : 1;
  const xs = oval.map(([x]) => shown.left + shown.width / 2 + side * x * long);
  const ys = oval.map(([, y]) => shown.top + shown.height / 2 + y * long);
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const tall = bottom - top;
  return {
    left: Math.min(...xs) - EARS * tall,
    top: top - FOREHEAD * tall,
    right: Math.max(...xs) + EARS * tall,
    bottom,
  };
}

// Whether a box leaves the face free, with a gap, and lies on a screen of this height.
export const isFree = (box, face, height) =>
  box.top >= 0 &&
  box.bottom <= height &&
  (box.right <= face.left - GAP ||
    box.left >= face.right + GAP ||
    box.bottom <= face.top - GAP ||
    box.top >= face.bottom + GAP);

// The text sizes to try, in px: the person's own first.
export function sizesFrom(natural) {
  const sizes = [];
  for (let size = natural; size > SMALLEST; size -= STEP) sizes.push(size);
  return [...sizes, Math.min(natural, SMALLEST)];
}

export class Room {
  constructor(dialog) {
    this.dialog = dialog;
    const part = (name) => dialog.querySelector(`.cam__${name}`);
    this.parts = Object.fromEntries(
      ["top", "where", "hint", "words", "alignment", "controls"].map((name) => [name, part(name)]),
    );
  }

  // Called whenever the words, the text's size, the screen or the outline change.
  fit(face) {
    const { dialog } = this;
    const { top, where, hint, words, alignment, controls } = this.parts;
    const height = dialog.clientHeight;
    const lying = matchMedia(LYING).matches;
    const boxOf = (element) => element.getBoundingClientRect();
    const free = (element) => !element.offsetHeight || isFree(boxOf(element), face, height);
    dialog.classList.remove("is-terse", "is-bare", "is-below");
    dialog.style.setProperty("--beside", lying ? `${Math.max(0, face.left - 2 * GAP)}px` : "none");
    const whole = () => where.scrollWidth <= where.clientWidth;
    shrink(where, () => whole() && free(where) && (lying || boxOf(top).bottom <= HEAD));
    shrink(alignment, () => free(alignment));
    // In a column beside the face the words may be as high as the column, and no higher.
    if (!(free(words) && boxOf(controls).bottom <= height)) dialog.classList.add("is-terse");
    const [above, below] = [
      face.top - boxOf(top).bottom,
      boxOf(controls).top - face.bottom - (alignment.offsetHeight ? alignment.offsetHeight : 0),
    ];
    if (!lying && above < LITTLE && below > above) {
      dialog.classList.add("is-terse", "is-below");
      dialog.style.setProperty("--cam-over", `${height - boxOf(controls).top + GAP}px`);
    }
    if (shrink(hint, () => free(hint))) return;
    dialog.classList.add("is-bare"); // without its sign
    shrink(hint, () => free(hint));
  }
}

// Whether the text fits at one of the sizes; the smallest stays where none does.
function shrink(element, fits) {
  element.style.fontSize = "";
  const natural = Number.parseFloat(getComputedStyle(element).fontSize);
  for (const size of sizesFrom(natural)) {
    element.style.fontSize = size === natural ? "" : `${size}px`;
    if (fits()) return true;
  }
  return false;
}
