// Inside the engine's frame: pictures in, landmarks out.
//
// Messages in: { kind: "find", id, bitmap, still }. Out: { kind: "ready" }, { kind: "failed", words }
// and { kind: "found", id, faces: [Float32Array(1404)] }, each point x, y, z in pixels of the bitmap
// (x right, y down, z away from the camera), as participants/imaging/face.py has them.

const POINTS = 468;

const files = JSON.parse(document.querySelector("#files").textContent);
const tell = (message, given = []) => parent.postMessage(message, location.origin, given);
const canvas = document.createElement("canvas");
const ctx = canvas.getContext("2d", { willReadFrequently: false });

let results = null;

// Without WebGL the engine says so by an alert, which nobody could see here.
globalThis.alert = (words) => tell({ kind: "failed", words: String(words) });
addEventListener("error", (event) => tell({ kind: "failed", words: event.message }));
addEventListener("unhandledrejection", (event) =>
  tell({ kind: "failed", words: String(event.reason?.message ?? event.reason) }),
);

// Without a connection, and never loaded before, the engine is not here: the page goes on without.
const absent = () => Promise.reject(new Error("the engine could not be loaded"));
const Absent = class {
  setOptions() {}
  onResults() {}
  initialize = absent;
  send = absent;
};
// Drawn by the processor, WebGL computes slower than the processor does by itself.
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const hasGraphics = () => {
  const gl = document.createElement("canvas").getContext("webgl");
  const told = gl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const name = told ? String(gl.getParameter(told)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE.test(name);
};

const mesh = new (globalThis.FaceMesh ?? Absent)({ locateFile: (name) => files[name] ?? name });
// Two, so that a second face is noticed. The plain mesh is the one that the server uses.
mesh.setOptions({
  maxNumFaces: 2,
  refineLandmarks: false,
  minDetectionConfidence: 0.5,
  minTrackingConfidence: 0.5,
  selfieMode: false,
  useCpuInference: !hasGraphics(),
});
mesh.onResults((found) => {
  results = found;
});

const pointsOf = (landmarks) => {
  const points = new Float32Array(3 * POINTS);
  for (let i = 0; i < POINTS; i += 1) {
    points[3 * i] = landmarks[i].x * canvas.width;
    points[3 * i + 1] = landmarks[i].y * canvas.height;
    points[3 * i + 2] = landmarks[i].z * canvas.width;
  }
  return points;
};

const look = async (bitmap, still) => {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  if (still) {
    // A still has nothing to do with the picture before it: an empty one makes the engine forget
    // the faces it follows (its own reset costs a second and a half). The look after that finds
    // the face; the one after starts from those points, as the server's second does.
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    await mesh.send({ image: canvas });
  }
  ctx.drawImage(bitmap, 0, 0);
  bitmap.close();
  for (let times = still ? 2 : 1; times > 0; times -= 1) {
    results = null;
    await mesh.send({ image: canvas });
  }
  return (results?.multiFaceLandmarks ?? []).map(pointsOf);
};

let turn = Promise.resolve();

addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.source !== parent) return;
  if (event.data?.kind !== "find") return;
  const { id, bitmap, still } = event.data;
  turn = turn
    .then(() => look(bitmap, still))
    .then((faces) =>
      tell(
        { kind: "found", id, faces },
        faces.map((points) => points.buffer),
      ),
    )
    .catch((error) => tell({ kind: "failed", id, words: String(error?.message ?? error) }));
});

// The first picture compiles and uploads everything: an empty one, before the camera's.
turn = mesh
  .initialize()
  .then(() => {
    canvas.width = 64;
    canvas.height = 64;
    ctx.fillRect(0, 0, 64, 64);
    return mesh.send({ image: canvas });
  })
  .then(() => tell({ kind: "ready" }))
  .catch((error) => tell({ kind: "failed", words: String(error?.message ?? error) }));
