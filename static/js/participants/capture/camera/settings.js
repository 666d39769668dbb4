// What a person chose for the camera, remembered on this phone.

const KEY = "camera";
const FIRST = { auto: true, sound: true, spoken: false, facing: "user", ghost: false };

export function settings() {
  try {
    return { ...FIRST, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { ...FIRST }; // a private window may keep nothing
  }
}

export function remember(changes) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...settings(), ...changes }));
  } catch {
    // As above: the choice then lasts as long as the page.
  }
}
