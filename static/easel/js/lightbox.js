// The light box: a dialog whose content is fetched by the tile's own link. Left and right go along
// the wall, D downloads, Delete deletes; hearts.js has F, the stage has the keys of the zoom.
let dialog;
let current = null; // the id of the tile that is shown: a tile may be brought anew meanwhile
const fetched = new Set(); // pictures that were asked for beforehand

const tiles = () => [...document.querySelectorAll("#gallery .tile")];
const place = (all) => all.findIndex((tile) => tile.id === current);
const linkOf = (tile) => tile?.querySelector(".tile__open");

function step(by) {
  const all = tiles();
  const at = place(all);
  const tile = at < 0 ? null : all[at + by];
  if (tile) linkOf(tile).click();
  else if (by > 0) document.querySelector("[data-more] a")?.click();
}

function showEnds() {
  const all = tiles();
  const at = place(all);
  dialog.querySelector("[data-previous]").disabled = at <= 0;
  dialog.querySelector("[data-next]").disabled = at < 0 || at === all.length - 1;
}

/** The next picture is there before it is asked for; so is the one before it. */
function fetchNeighbours() {
  const all = tiles();
  const at = place(all);
  for (const tile of [all[at + 1], all[at - 1]]) {
    const source = linkOf(tile)?.dataset.full;
    if (!source || fetched.has(source)) continue;
    fetched.add(source);
    new Image().src = source;
  }
}

export function closeLightbox() {
  if (dialog?.open) dialog.close();
}

const KEYS = {
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  d: () => dialog.querySelector("[data-download]")?.click(),
  Delete: () => dialog.querySelector("[data-delete-form]")?.requestSubmit(),
};

function onKey(event) {
  if (!dialog.open || document.querySelector("dialog.dialog[open]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, pre")) return; // they have their own keys
  KEYS[event.key]?.();
}

export function startLightbox() {
  dialog = document.getElementById("lightbox");
  if (!dialog) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".tile__open");
    if (link) current = link.closest(".tile").id;
  }, true);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "lightbox-body") return;
    const opens = !dialog.open;
    if (opens) dialog.showModal();
    dialog.scrollTop = 0;
    showEnds();
    // Not on a button that may be switched off under the focus: then no key would be heard.
    if (opens || dialog.contains(document.activeElement?.closest(":disabled"))) {
      document.getElementById("lightbox-body").focus({ preventScroll: true });
    }
    fetchNeighbours();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) dialog.close();
    if (event.target.closest("[data-previous]")) step(-1);
    if (event.target.closest("[data-next]")) step(1);
  });
  document.addEventListener("keydown", onKey);
  dialog.addEventListener("easel:step", (event) => step(event.detail));
  dialog.addEventListener("close", () => {
    dialog.querySelector("#lightbox-body").replaceChildren();
    (linkOf(document.getElementById(current)) ?? document.getElementById("main")).focus({ preventScroll: true });
  });
}
