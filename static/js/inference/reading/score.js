// The score of what was given of each area, as inference/reading/scales.py computes it; the server
// computes it again. Plain numbers.

// areas: [{title, weight, parts: [affected, ...signs]}], null where nothing was given yet.
// → {score, why}: the score, or null and what is missing.
export const scoreOf = (areas) => {
  let sum = 0;
  let missing = false;
  for (const { title, weight, parts } of areas) {
    if (parts.some((part) => part === null)) {
      missing = true;
      continue;
    }
    const [affected, ...signs] = parts;
    const all = signs.reduce((total, sign) => total + sign, 0);
    if ((affected === 0) !== (all === 0))
      return {
        score: null,
        why: `${title}: where nothing is affected nothing is graded, and else all.`,
      };
    sum += weight * affected * all;
  }
  return missing ? { score: null, why: "" } : { score: Number(sum.toFixed(4)), why: "" };
};
