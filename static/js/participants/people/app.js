// The pages as an app on the phone: their service worker, and their place on the home screen.

// As a module where that is understood: then it sends photos, too.
export const registerWorker = (address) =>
  navigator.serviceWorker
    .register(address, { type: "module" })
    .catch(() => navigator.serviceWorker.register(`${address}?classic`));

// iPhones install a page by hand only, and notify only from one that is installed (iOS 16.4).
export const needsInstalling = () =>
  /iPhone|iPad/.test(navigator.userAgent) &&
  !matchMedia("(display-mode: standalone)").matches &&
  !navigator.standalone;
