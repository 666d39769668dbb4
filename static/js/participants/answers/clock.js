// The clock and the time zone of the form engine's frame: the study's time where the participant is,
// whatever the phone's own clock says. Imported before the engine, which looks its zone up once.

const RealDate = Date;
let shift = 0; // ms to add to the phone's clock
let standing = null; // ms since 1970 while the clock stands still

const now = () => standing ?? RealDate.now() + shift;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }

  static now() {
    return now();
  }
};

const { resolvedOptions } = Intl.DateTimeFormat.prototype;
const own = resolvedOptions.call(new Intl.DateTimeFormat()).timeZone;
let zone = own;

Intl.DateTimeFormat.prototype.resolvedOptions = function resolved() {
  const options = resolvedOptions.call(this);
  return options.timeZone === own ? { ...options, timeZone: zone } : options;
};

// `offset`: seconds by which the phone's clock is behind.
export function setTime({ offset = 0, zone: wanted = own } = {}) {
  shift = 1000 * offset;
  zone = wanted || own;
}

// As at this moment, while `work` is done: a submission is judged as on its own day.
export async function asAt(moment, work) {
  standing = RealDate.parse(moment);
  try {
    return await work();
  } finally {
    standing = null;
  }
}
