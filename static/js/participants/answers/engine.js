// The form engine as a page sees it: a frame that opens forms (frame.js).

const LIMIT = 180_000; // ms: as long as a poor line may need for the engine's one file
const SETTLING = 30_000; // ms from when that file is here, or could not be had

let loading = null;

// Resolves to { open, finish } of the frame; rejects where the engine cannot be had or run here.
export function engine(address) {
  loading ??= load(address).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

function load(address) {
  const frame = document.createElement("iframe");
  frame.className = "engine-frame";
  frame.title = "";
  frame.ariaHidden = "true";
  frame.tabIndex = -1;
  return new Promise((resolve, reject) => {
    const end = (act) => {
      removeEventListener("message", hear);
      clearTimeout(timer);
      act();
    };
    const fail = (words) =>
      end(() => {
        frame.remove();
        reject(new Error(words));
      });
    const hear = ({ origin, source, data }) => {
      if (origin !== location.origin || source !== frame.contentWindow) return;
      if (data?.kind === "forms-ready") end(() => resolve(frame.contentWindow.forms));
    };
    const late = () => fail("late");
    let timer = setTimeout(late, LIMIT);
    addEventListener("message", hear);
    frame.addEventListener("load", () => {
      if (!frame.contentDocument?.querySelector("[data-form-engine]")) fail("absent");
      clearTimeout(timer);
      timer = setTimeout(late, SETTLING);
    });
    frame.src = address;
    document.body.append(frame);
  });
}
