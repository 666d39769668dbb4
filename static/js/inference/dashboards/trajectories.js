// Severity over time: one small chart per condition, one line per view, drawn by Chart.js.
// The numbers come from a json_script element; a table on the page says the same.

const DASHES = { front: [], left: [6, 4], right: [2, 3] };
const MARKS = { front: "circle", left: "rectRot", right: "triangle" };

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colours = () => ({
  front: token("--accent"),
  left: token("--info"),
  right: token("--warn"),
  ink: token("--ink-soft"),
  line: token("--line"),
  surface: token("--surface"),
});

const dataset = (series, palette) => ({
  label: series.label,
  view: series.view,
  data: series.points.map((point) => ({ x: point.day, y: point.severity, ...point })),
  borderColor: palette[series.view],
  backgroundColor: palette[series.view],
  borderDash: DASHES[series.view],
  borderWidth: 2,
  pointStyle: MARKS[series.view],
  pointRadius: 4,
  pointHoverRadius: 6,
  spanGaps: false,
  tension: 0,
});

const title = (items) => {
  const point = items[0].raw;
  return `${point.visit} (day ${point.day})`;
};
const label = (item) => {
  const { severity, interval, grade } = item.raw;
  const bounds = interval ? ` (${interval.map(Math.round).join(" to ")})` : "";
  return `${item.dataset.label}: ${Math.round(severity)}${bounds} ${grade}`;
};

// What repeated photos of unchanged skin differ by, about the first score of each line shown.
const band = (noise) => ({
  id: "noise",
  beforeDatasetsDraw: (chart) => {
    if (noise === null) return;
    const { ctx, chartArea, scales } = chart;
    chart.data.datasets.forEach((one, place) => {
      const first = one.data.find((point) => point.y !== null);
      if (!first || !chart.isDatasetVisible(place)) return;
      const top = scales.y.getPixelForValue(Math.min(first.y + noise, 100));
      const bottom = scales.y.getPixelForValue(Math.max(first.y - noise, 0));
      ctx.save();
      ctx.globalAlpha = 0.12;
      ctx.fillStyle = one.borderColor;
      ctx.fillRect(chartArea.left, top, chartArea.right - chartArea.left, bottom - top);
      ctx.restore();
    });
  },
});

const options = (data, palette) => {
  const days = data.days.map((entry) => entry.day);
  const span = Math.max(...days) - Math.min(...days) || 1;
  const axis = { grid: { color: palette.line }, border: { color: palette.line } };
  const font = { family: token("--font"), size: 12 };
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 200 },
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: {
      x: {
        ...axis,
        type: "linear",
        min: Math.min(...days) - span * 0.05,
        max: Math.max(...days) + span * 0.05,
        afterBuildTicks: (scale) => {
          scale.ticks = days.map((value) => ({ value }));
        },
        ticks: { color: palette.ink, font, callback: (value) => value, autoSkip: true },
        title: { display: true, text: "day of the study", color: palette.ink, font },
      },
      y: { ...axis, min: 0, max: 100, ticks: { stepSize: 25, color: palette.ink, font } },
    },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: { title, label },
        filter: (item) => item.raw.severity !== null,
        usePointStyle: true,
      },
    },
  };
};

const draw = (box) => {
  if (box.dataset.drawn || !globalThis.Chart) return;
  box.dataset.drawn = "yes";
  const data = JSON.parse(document.getElementById(box.dataset.trajectories).textContent);
  const byCode = new Map(data.conditions.map((condition) => [condition.code, condition]));
  const palette = colours();
  const charts = [...box.querySelectorAll("canvas[data-condition]")].map((canvas) => {
    const { series, noise } = byCode.get(canvas.dataset.condition);
    return new globalThis.Chart(canvas, {
      type: "line",
      data: { datasets: series.map((one) => dataset(one, palette)) },
      options: options(data, palette),
      plugins: [band(noise)],
    });
  });
  box.charts = charts;
  for (const toggle of box.querySelectorAll("[data-view]")) show(toggle);
};

const show = (toggle) => {
  for (const chart of toggle.closest("[data-trajectories]").charts ?? []) {
    chart.data.datasets.forEach((one, place) => {
      if (one.view === toggle.value) chart.setDatasetVisibility(place, toggle.checked);
    });
    chart.update();
  }
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-view]")) show(event.target);
});

// A chart whose canvas left the page must be told, or its observers stay.
const forget = (event) => {
  for (const box of event.target.querySelectorAll?.("[data-drawn]") ?? []) {
    for (const chart of box.charts ?? []) chart.destroy();
  }
};

const drawAll = () => document.querySelectorAll("[data-trajectories]").forEach(draw);
drawAll();
document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("htmx:load", drawAll);
document.addEventListener("htmx:beforeCleanupElement", forget);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const box of document.querySelectorAll("[data-drawn]")) {
    for (const chart of box.charts ?? []) chart.destroy();
    delete box.dataset.drawn;
  }
  drawAll();
});
