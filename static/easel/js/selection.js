// Selecting tiles: a click, shift and a click for a range, a long press where there is no mouse,
// all that is shown. What is chosen is known by its place, so a tile may come and go meanwhile.
const PRESS = 450; // ms
const chosen = new Set();
let gallery;
let changed = () => {};
let anchor = null; // where a range begins
let on = false;

export const tileOf = (place) => gallery.querySelector(`.tile[data-place="${place}"]`);
export const places = () => [...chosen];
export const isSelecting = () => on;
const tiles = () => [...gallery.querySelectorAll(".tile")];

/** Shows at the tile whether it is chosen: it may be a new one. */
export function reflect(tile) {
  const box = tile.querySelector("[data-pick]");
  if (box) box.checked = chosen.has(tile.dataset.place);
}

function set(tile, value) {
  if (value) chosen.add(tile.dataset.place);
  else chosen.delete(tile.dataset.place);
  reflect(tile);
}

function choose(tile, value, range) {
  const all = range && anchor?.isConnected ? tiles() : [];
  const ends = [all.indexOf(anchor), all.indexOf(tile)].sort((a, b) => a - b);
  const some = all.length ? all.slice(ends[0], ends[1] + 1) : [tile];
  for (const each of some) set(each, value);
  anchor = tile;
  if (value && !on) selecting(true);
  changed();
}

export function selecting(value) {
  on = value;
  gallery?.classList.toggle("is-selecting", on);
  if (!on) {
    chosen.clear();
    anchor = null;
    gallery?.querySelectorAll("[data-pick]:checked").forEach((box) => (box.checked = false));
  }
  changed();
}

export function selectAll() {
  if (!on) selecting(true);
  for (const tile of tiles()) set(tile, true);
  changed();
}

/** Tiles that left the page are chosen no more. */
export function forget(some) {
  for (const place of some) chosen.delete(place);
  changed();
}

function onClick(event) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const box = event.target.closest("[data-pick]");
  if (box) choose(tile, box.checked, event.shiftKey);
  else if (event.target.closest(".tile__open") && (on || event.shiftKey)) {
    event.preventDefault();
    event.stopImmediatePropagation(); // before htmx opens the light box
    choose(tile, event.shiftKey || !chosen.has(tile.dataset.place), event.shiftKey);
  }
}

/** A finger that stays on a tile chooses it; the click that follows opens nothing. */
function watchPresses(root) {
  let timer = null;
  let pressed = false;
  const stop = () => clearTimeout(timer);
  root.addEventListener("pointerdown", (event) => {
    pressed = false;
    stop();
    const tile = event.pointerType !== "mouse" && event.target.closest(".tile");
    if (!tile || on) return;
    timer = setTimeout(() => {
      pressed = true;
      choose(tile, true, false);
      navigator.vibrate?.(10);
    }, PRESS);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove"]) {
    root.addEventListener(name, (event) => {
      if (name !== "pointermove" || Math.hypot(event.movementX, event.movementY) > 6) stop();
    });
  }
  root.addEventListener("contextmenu", (event) => pressed && event.preventDefault());
  root.addEventListener("click", (event) => {
    if (!pressed) return;
    pressed = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

/** ``root`` holds the gallery, which may be another one after each search. */
export function startSelection(root, onChange) {
  changed = onChange;
  watchPresses(root);
  root.addEventListener("click", onClick, true);
  document.addEventListener("keydown", (event) => {
    if (!on || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([data-pick]), textarea, select")) return;
    if (event.key === "Escape") selecting(false);
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      selectAll();
    }
  });
}

export function selectIn(element) {
  gallery = element;
  gallery?.classList.toggle("is-selecting", on);
}
