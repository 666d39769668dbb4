// A page that another app shows in a browser of its own, where the camera often does not work: known
// by what that browser calls itself, and the way from there to the person's own browser.

const APPS =
  /FBA[NV]|FB_IAB|Instagram|\bLine\/|MicroMessenger|KAKAOTALK|Zalo|TikTok|musical_ly|Bytedance|Snapchat|Viber|WhatsApp|Twitter|LinkedInApp|Telegram/i;

// "android", "ios", or null for a browser of the phone's own or a page from the home screen.
export function appOf(agent, { standalone = false } = {}) {
  const ios = /iPhone|iPad|iPod/.test(agent);
  const android = /Android/.test(agent);
  if (standalone || !(ios || android)) return null;
  // Android says "wv" of every web view; on iPhones a browser says Safari, and a web view does not.
  const bare = android ? /; wv\)/.test(agent) : !/Safari\//.test(agent);
  if (!bare && !APPS.test(agent)) return null;
  return android ? "android" : "ios";
}

export const inApp = () =>
  appOf(navigator.userAgent, {
    standalone: navigator.standalone || matchMedia("(display-mode: standalone)").matches,
  });

// The address that asks the phone to show `address` in its own browser.
export function outside(address, app) {
  const { host, pathname, search, protocol } = new URL(address);
  const rest = `${host}${pathname}${search}`;
  const scheme = protocol.slice(0, -1);
  if (app === "ios") return `x-safari-${scheme}://${rest}`;
  const back = encodeURIComponent(address);
  return (
    `intent://${rest}#Intent;scheme=${scheme};action=android.intent.action.VIEW;` +
    `category=android.intent.category.BROWSABLE;S.browser_fallback_url=${back};end`
  );
}
