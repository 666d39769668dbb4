// Lengths on a photo: what a scale bar says, and how far two points are apart. Plain numbers.

const STEPS = [1, 2, 5];

// The longest round length (1, 2 or 5 times a power of ten, in mm) that `room` pixels of the screen
// hold, and how many pixels it takes. `mm` is millimetres a pixel of the screen.
export const roundLength = (mm, room) => {
  const most = mm * room;
  if (!(most > 0) || !Number.isFinite(most)) return null;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = STEPS.map((step) => step * power).findLast((each) => each <= most) ?? power;
  return { length, pixels: length / mm };
};

// "0.5 mm", "20 mm"
export const inMillimetres = (length) => {
  const digits = length < 1 ? 2 : length < 20 ? 1 : 0;
  return `${Number(length.toFixed(digits))} mm`;
};

// Of two points in pixels of the photo; with its scale in mm, give or take `error` per cent.
export const distanceWords = (a, b, mm, error) => {
  const pixels = Math.hypot(a.x - b.x, a.y - b.y);
  if (!mm) return `${Math.round(pixels)} px`;
  const about = inMillimetres(pixels * mm);
  return error ? `${about} ± ${inMillimetres((pixels * mm * error) / 100)}` : about;
};

// A point of one photo in another, by a similarity {scale, angle (radians), x, y}: never stretched.
export const carried = (point, by) => {
  const cos = Math.cos(by.angle) * by.scale;
  const sin = Math.sin(by.angle) * by.scale;
  return { x: cos * point.x - sin * point.y + by.x, y: sin * point.x + cos * point.y + by.y };
};

export const inverse = (by) => {
  const scale = 1 / by.scale;
  const back = carried({ x: by.x, y: by.y }, { scale, angle: -by.angle, x: 0, y: 0 });
  return { scale, angle: -by.angle, x: -back.x, y: -back.y };
};

export const after = (first, second) => {
  const moved = carried({ x: first.x, y: first.y }, second);
  return {
    scale: first.scale * second.scale,
    angle: first.angle + second.angle,
    x: moved.x,
    y: moved.y,
  };
};
