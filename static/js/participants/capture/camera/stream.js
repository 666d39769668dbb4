// The camera: opening it, switching it, and taking the largest still it gives.

const PHOTO_LIMIT = 5000; // ms; some phones never answer takePhoto
const QUALITY = 0.94;
const LARGEST = { width: { ideal: 4096 }, height: { ideal: 3072 }, frameRate: { ideal: 30 } };
// Enough to aim by, where the photo does not come from the stream: heat and memory are the phone's.
const AIMING = { width: { ideal: 1920 }, height: { ideal: 1440 }, frameRate: { ideal: 30 } };
const HEADER = 512 * 1024; // bytes of a JPEG that hold its size, behind a large EXIF preview too

const takesPhotos = () => Boolean(globalThis.ImageCapture?.prototype?.takePhoto);

export const cameraExists = () => Boolean(navigator.mediaDevices?.getUserMedia);

// Why a camera did not open: "refused", "missing", "busy" or "failed".
export class CameraClosed extends Error {
  constructor(why, cause) {
    super(why, { cause });
    this.why = why;
  }
}

const whyOf = (error) => {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "refused";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "missing";
  return error.name === "NotReadableError" || error.name === "AbortError" ? "busy" : "failed";
};

export class Stream {
  facing = null; // "user" or "environment", as the track says, or as asked
  several = false; // whether there is another camera to switch to
  ended = () => {}; // called when the phone takes the camera away, as for a call
  #track = null;
  #capture = null;
  #photoSize = null;

  constructor(video) {
    this.video = video;
  }

  get open() {
    return this.#track?.readyState === "live";
  }

  // Raises CameraClosed.
  async start(facing) {
    this.stop();
    if (!cameraExists()) throw new CameraClosed("missing");
    let media;
    try {
      media = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: facing }, ...(takesPhotos() ? AIMING : LARGEST) },
      });
    } catch (error) {
      throw new CameraClosed(whyOf(error), error);
    }
    [this.#track] = media.getVideoTracks();
    this.#track.addEventListener("ended", () => this.ended());
    this.facing = this.#track.getSettings().facingMode ?? facing;
    this.video.srcObject = media;
    await playing(this.video);
    await this.#prepare();
  }

  stop() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.#track = null;
    this.#capture = null;
    this.#photoSize = null;
  }

  // The size the photo is expected to have.
  get size() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const size = this.#photoSize;
    if (!size || size.long < Math.max(width, height)) return { width, height };
    const share = size.long / Math.max(width, height);
    return { width: width * share, height: height * share };
  }

  // { blob, method }: a JPEG as the camera saw it, never mirrored.
  async take() {
    const photo = await this.#photo();
    if (photo) return { blob: photo, method: "image_capture" };
    if (takesPhotos()) await this.#grow();
    return await this.#frame();
  }

  async #prepare() {
    const devices = await navigator.mediaDevices.enumerateDevices?.().catch(() => []);
    this.several = (devices ?? []).filter(({ kind }) => kind === "videoinput").length > 1;
    if (!("ImageCapture" in globalThis)) return;
    try {
      this.#capture = new globalThis.ImageCapture(this.#track);
      const { imageWidth, imageHeight } = await within(this.#capture.getPhotoCapabilities(), 2000);
      const long = Math.max(imageWidth?.max ?? 0, imageHeight?.max ?? 0);
      if (long > 0) this.#photoSize = { long };
    } catch {
      // Its photo may still work; its size is only not known ahead.
    }
  }

  async #photo() {
    if (!this.#capture?.takePhoto) return null;
    try {
      const blob = await within(this.#capture.takePhoto(), PHOTO_LIMIT);
      if (!blob?.size || blob.type !== "image/jpeg") return null;
      const { width, height } = await sizeOf(blob);
      const { videoWidth, videoHeight } = this.video;
      return width * height >= videoWidth * videoHeight ? blob : null;
    } catch {
      this.#capture = null; // what failed once is not waited for again
      return null;
    }
  }

  // The camera gave no photo after all: the stream's own picture, as large as it can be.
  async #grow() {
    await this.#track?.applyConstraints?.(LARGEST).catch(() => {});
  }

  async #frame() {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const blob = await new Promise((on) => canvas.toBlob(on, "image/jpeg", QUALITY));
    if (!blob) throw new CameraClosed("failed");
    return { blob, method: "video_frame" };
  }
}

const within = (promise, limit) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), limit)),
  ]);

// The size of a JPEG from its frame header (ITU-T T.81, B.2.2), without decoding 48 megapixels for
// two numbers. Zero where it is not found.
export async function sizeOf(blob) {
  const view = new DataView(await blob.slice(0, HEADER).arrayBuffer());
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) break;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return { width: 0, height: 0 };
}

// Resolves once the video has a size and moves.
async function playing(video) {
  await video.play().catch(() => {});
  for (let waited = 0; !video.videoWidth && waited < 8000; waited += 100) {
    await new Promise((on) => setTimeout(on, 100));
  }
  if (!video.videoWidth) throw new CameraClosed("failed");
}

// Keeps the screen lit while the camera is open, where the phone can.
export class ScreenWakeLock {
  #lock = null;

  async on() {
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
    } catch {
      // A phone that saves power refuses; the participant can touch the screen.
    }
  }

  off() {
    this.#lock?.release?.();
    this.#lock = null;
  }
}
