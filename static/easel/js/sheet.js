// A grid's sheet: its cells are fetched as the stream says that they changed; zoom.
import { store } from "./store.js";

const RETRY = [1000, 2000, 4000, 8000, 15000]; // ms
const STATUS_DELAY = 400; // ms: many cells change at once
const busy = new Map(); // cell -> whether it changed again while it was being fetched
let page;
let source;
let failures = 0;

/* ── zoom ── */
function zoom(width) {
  document.querySelector(".sheet")?.style.setProperty("--cell", `${width}px`);
}

function showZoom() {
  const kept = store.get("grid-zoom");
  const slider = page.querySelector("[data-zoom]");
  if (!kept || !slider) return;
  slider.value = kept;
  zoom(kept);
}

/* ── cells ── */
const cellOf = (task) => page.querySelector(`[data-cell-task="${task}"]`);

async function refresh(cell) {
  const id = cell.id;
  if (busy.has(id)) {
    busy.set(id, true);
    return;
  }
  busy.set(id, false);
  try {
    await htmx.ajax("GET", page.dataset.cells + id.replace("cell-", ""), {
      source: cell,
      target: cell,
      swap: "morph",
      headers: { "X-Quiet": "1" },
    });
  } finally {
    const again = busy.get(id);
    busy.delete(id);
    const now = document.getElementById(id);
    if (again && now) refresh(now);
  }
}

let timer = null;
function refreshStatus() {
  timer ??= setTimeout(async () => {
    timer = null;
    const status = document.getElementById("sheet-status");
    if (!status) return;
    await htmx.ajax("GET", page.dataset.status, {
      source: status,
      target: status,
      swap: "morph",
      headers: { "X-Quiet": "1" },
    });
    showZoom();
  }, STATUS_DELAY);
}

function catchUp() {
  const waiting = [...page.querySelectorAll("[data-unfinished]")];
  waiting.forEach(refresh);
  if (waiting.length) refreshStatus();
}

function connect() {
  source?.close();
  source = new EventSource(page.dataset.events);
  source.addEventListener("open", () => (failures = 0));
  source.addEventListener("resync", catchUp);
  source.addEventListener("task", (event) => {
    const { id, seq } = JSON.parse(event.data);
    if (document.hidden && seq) return; // progress that nobody sees
    const cell = cellOf(id);
    if (cell) refresh(cell);
    if (!seq) refreshStatus();
  });
  source.addEventListener("gone", (event) => {
    const cell = cellOf(JSON.parse(event.data).id);
    if (cell) refresh(cell);
  });
  source.addEventListener("error", () => {
    failures += 1;
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => !document.hidden && connect(), RETRY[Math.min(failures, RETRY.length) - 1]);
  });
}

export function startSheet() {
  page = document.querySelector("[data-sheet]");
  if (!page) return;
  showZoom();
  page.addEventListener("input", (event) => {
    if (!event.target.matches("[data-zoom]")) return;
    store.set("grid-zoom", event.target.value);
    zoom(event.target.value);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "sheet" || event.detail.target.id === "sheet-status") showZoom();
  });
  connect();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (source.readyState === EventSource.CLOSED) connect();
    else catchUp();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
}
