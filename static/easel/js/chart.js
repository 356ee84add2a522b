// A chart that says its figures: of the day under the pointer, or that the arrow keys came to.
const charts = () => document.querySelectorAll("[data-chart]");

function mark(chart, day) {
  for (const each of chart.querySelectorAll(".chart__day[data-on]")) each.removeAttribute("data-on");
  day?.setAttribute("data-on", "");
  const figure = chart.closest(".chart").querySelector("[data-figure]");
  figure.dataset.before ??= figure.textContent;
  figure.textContent = day ? day.dataset.says : figure.dataset.before;
}

function step(chart, key) {
  const days = [...chart.querySelectorAll(".chart__day")];
  const now = days.findIndex((day) => day.hasAttribute("data-on"));
  const last = days.length - 1;
  const from = now < 0 ? last + 1 : now;
  const to = { ArrowLeft: from - 1, ArrowRight: now < 0 ? last : now + 1, Home: 0, End: last }[key];
  if (to === undefined) return false;
  mark(chart, days[Math.min(last, Math.max(0, to))]);
  return true;
}

document.addEventListener("pointerover", (event) => {
  const day = event.target.closest(".chart__day");
  if (day) mark(day.closest("[data-chart]"), day);
  else for (const chart of charts()) if (document.activeElement !== chart) mark(chart, null);
});

document.addEventListener("keydown", (event) => {
  const chart = event.target.closest?.("[data-chart]");
  if (chart && step(chart, event.key)) event.preventDefault();
});

document.addEventListener("focusout", (event) => {
  const chart = event.target.closest?.("[data-chart]");
  if (chart) mark(chart, null);
});
