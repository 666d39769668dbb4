// The link's page inside another app: the way to the phone's own browser, where the camera works.

import { inApp, outside } from "./elsewhere.js";

const app = inApp();
const notice = document.querySelector("[data-in-app]");
if (app && notice) {
  notice.querySelector("a").href = outside(location.href, app);
  notice.hidden = false;
}
