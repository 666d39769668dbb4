// A private picture, fetched once: looking at a face is recorded, so it is not asked for twice.

export class NotLoaded extends Error {}

const WHY = {
  401: "Your session has ended. Please sign in again, then reload this page.",
  403: "You may not look at this photo any more. Please reload this page.",
  404: "This photo is not there any more. Please reload this page.",
};

const read = async (answer, onShare) => {
  const size = Number(answer.headers.get("Content-Length"));
  if (!answer.body || !size) return answer.blob();
  const parts = [];
  let here = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    here += value.length;
    onShare(Math.min(1, here / size));
  }
  return new Blob(parts, { type: answer.headers.get("Content-Type") ?? "image/jpeg" });
};

// The picture's bytes; `signal` gives the fetching up.
export const fetched = async (address, onShare = () => {}, signal = undefined) => {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", signal });
    if (answer.ok && !answer.redirected) return await read(answer, onShare);
  } catch {
    throw new NotLoaded("The picture did not arrive. Please check the connection and try again.");
  }
  const status = answer.redirected ? 401 : answer.status; // signing in is a page, and no picture
  throw new NotLoaded(WHY[status] ?? "The picture could not be opened. Please try again.");
};

// An address that an <img> or the viewer can show without asking the server again.
export const loaded = async (address, onShare = () => {}) =>
  address.startsWith("data:") ? address : URL.createObjectURL(await fetched(address, onShare));

// Its bytes, which the browser holds until then: for a picture that is shown no more.
export const release = (address) => {
  if (address?.startsWith("blob:")) URL.revokeObjectURL(address);
};
