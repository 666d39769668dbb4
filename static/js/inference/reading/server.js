// Asking the server of a reading page, and what its answers mean.

import { csrfToken } from "../../shell.js";

// → {kind: "saved", state} | {kind: "refused", code, title, words} | {kind: "offline", words}
//   | {kind: "signed out"}
export const ask = async (address, body = undefined) => {
  let answer;
  try {
    answer = await fetch(address, {
      method: body === undefined ? "GET" : "POST",
      body: body === undefined ? undefined : JSON.stringify(body),
      headers:
        body === undefined
          ? {}
          : { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
    });
  } catch {
    return { kind: "offline", words: "There is no connection." };
  }
  const json = answer.headers.get("Content-Type")?.includes("json");
  if (answer.redirected || answer.status === 401) return { kind: "signed out" };
  if (!json && answer.status < 500) return { kind: "refused", ...(await notJson(answer)) };
  if (!json || answer.status >= 500 || answer.status === 429)
    return { kind: "offline", words: "The server does not answer as it should." };
  let told;
  try {
    told = await answer.json();
  } catch {
    return { kind: "offline", words: "The connection broke off." };
  }
  if (answer.ok) return { kind: "saved", state: told };
  return { kind: "refused", code: told.code ?? "", title: told.title, words: told.detail };
};

const notJson = async (answer) => {
  if (answer.status === 403)
    return { code: "forbidden", title: "Not sent", words: "Please reload this page." };
  return {
    code: "gone",
    title: "Not here any more",
    words: "This reading study, or your seat in it, is not there any more. What was saved is kept.",
  };
};
