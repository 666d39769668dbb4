// The words of a participant's page, in its language.
//
// The page loads Django's catalogue (/my/words/<language>.js) before any module. Where it is
// absent, because the connection broke or there is no page at all (a service worker), English is shown.
// Sentences are whole, with named placeholders: interpolate(gettext("%(n)s left"), { n }).

const catalogue = () => globalThis.django ?? {};

export const gettext = (words) => catalogue().gettext?.(words) ?? words;

// For one word that means two things: pgettext("button", "Open").
export const pgettext = (context, words) => catalogue().pgettext?.(context, words) ?? words;

export const ngettext = (one, many, count) =>
  catalogue().ngettext?.(one, many, count) ?? (count === 1 ? one : many);

// "%(name)s" for each name in values; what has no value stays as it is, so that a mistake shows.
export const interpolate = (words, values) =>
  words.replaceAll(/%\((\w+)\)s/g, (found, name) =>
    Object.keys(values).includes(name) ? String(values[name]) : found,
  );

// "%(n)s photos left": the form of the words that goes with n, and n in it.
export const counted = (one, many, n, values = {}) =>
  interpolate(ngettext(one, many, n), { n, ...values });

// BCP 47 tag of the page's language, for Intl and for speech: "ta-IN", "zh-CN".
export const spokenLanguage = () => {
  const page = globalThis.document?.documentElement;
  return page?.dataset.speech || page?.lang || "en";
};
