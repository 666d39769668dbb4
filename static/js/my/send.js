// Send one photo by tus, through lost connections, until it has arrived or is refused.

const CHUNK = 512 * 1024; // a page that is closed loses at most this much
const DELAYS = [0, 1000, 3000, 5000, 10000];
const AGAIN = 15000; // after the delays are spent, go on trying this often
const STALLED = 60000; // no byte for this long: the line is dead, whatever the phone believes
const RESENDS = 3; // of a photo that keeps arriving damaged

// Refusals after which the upload is asked for its offset, or begun anew, and goes on.
const PASSING = new Set(["offset_wrong", "upload_busy", "upload_expired", "upload_unknown"]);

const problemOf = (response) => {
  try {
    return JSON.parse(response.getBody());
  } catch {
    return {}; // no answer, or not our own: a proxy's
  }
};
const codeOf = (problem) => String(problem.type ?? "").replace("urn:gsh:problem:", "");

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? "");
    this.title = problem.title ?? "";
    this.code = codeOf(problem);
  }
}

// Options: file, endpoint, begunAt (address of an upload begun earlier, or null), metadata, csrf,
// and the listeners begun(url), progress(share), waiting(offline) and moving().
export function send({ file, endpoint, begunAt, metadata, csrf, on }) {
  let timer = 0;
  let waiting = false;
  let heard = Date.now();
  let damaged = 0;
  let settle;

  const done = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });

  // Trouble that passes by itself: no answer, the server's own faults, and what is above.
  const passes = (response) => {
    const status = response?.getStatus() ?? 0;
    if (status === 0 || status === 408 || status >= 500) return true;
    const code = codeOf(problemOf(response));
    if (code === "photo_damaged") damaged += 1;
    return PASSING.has(code) || (code === "photo_damaged" && damaged <= RESENDS);
  };

  const upload = new globalThis.tus.Upload(file, {
    endpoint,
    uploadUrl: begunAt,
    metadata,
    headers: { "X-CSRFToken": csrf },
    chunkSize: CHUNK,
    retryDelays: DELAYS,
    storeFingerprintForResuming: false,
    onUploadUrlAvailable: () => on.begun(upload.url),
    onShouldRetry: (error) => {
      heard = Date.now();
      return navigator.onLine && passes(error.originalResponse);
    },
    onProgress: (sent, total) => {
      heard = Date.now();
      if (waiting) on.moving();
      waiting = false;
      on.progress(total ? sent / total : 0);
    },
    onSuccess: () => finish(() => settle.resolve()),
    onError: (error) => {
      const response = error.originalResponse;
      if (response && !passes(response)) {
        finish(() => settle.reject(new Refused(problemOf(response))));
        return;
      }
      wait();
    },
  });

  const wait = () => {
    waiting = true;
    on.waiting(!navigator.onLine);
    clearTimeout(timer);
    timer = setTimeout(go, AGAIN);
  };
  const go = () => {
    clearTimeout(timer);
    heard = Date.now();
    upload.start();
  };
  const reconnected = () => {
    if (waiting) go();
  };
  const disconnected = () => {
    waiting = true;
    on.waiting(true);
  };
  const watch = setInterval(async () => {
    if (waiting || Date.now() - heard < STALLED) return;
    await upload.abort();
    go();
  }, 5000);
  const finish = (then) => {
    clearTimeout(timer);
    clearInterval(watch);
    globalThis.removeEventListener("online", reconnected);
    globalThis.removeEventListener("offline", disconnected);
    then?.();
  };

  globalThis.addEventListener("online", reconnected);
  globalThis.addEventListener("offline", disconnected);
  go();
  return {
    done,
    retry: go,
    stop: async () => {
      finish();
      await upload.abort();
    },
  };
}
