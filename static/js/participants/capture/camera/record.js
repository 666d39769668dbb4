// How a photo was taken, as participants/capture/metadata.py reads it: at most 2 kB of plain values.

// `taken_at` is when the shutter went off; `check` is null before anything looked at it.
export function howTaken(check, { taken_at, method, facing, trigger }) {
  const measures = {};
  for (const [code, value] of Object.entries(check?.values ?? {})) {
    if (Number.isFinite(value)) measures[code] = Math.round(value * 1000) / 1000;
  }
  return {
    taken_at,
    method,
    facing: ["user", "environment"].includes(facing) ? facing : null,
    mirrored: false, // the preview may be; the file never is
    engine: check?.mode ?? "none",
    trigger,
    width: check?.width ?? 0,
    height: check?.height ?? 0,
    alignment: Number.isFinite(check?.alignment) ? check.alignment / 100 : null,
    measures,
    override: check?.reasons ?? [], // kept in spite of these
  };
}
