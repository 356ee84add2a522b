// The wall of pictures and the history: choosing, and what is done with what was chosen.
import { albumVerb, askForAlbum, startAlbums } from "./albums.js";
import { remove } from "./deleting.js";
import { markAll, startHearts } from "./hearts.js";
import * as selection from "./selection.js";

let section;
let bulk;

/** Pictures alone: a task that made none has no heart, no album and no file. */
const pictures = () => selection.places().filter((place) => place.includes("/"));

function showSelection() {
  const on = selection.isSelecting();
  const count = selection.places().length;
  const button = section.querySelector("[data-select]");
  button?.setAttribute("aria-pressed", String(on));
  button?.querySelector("[data-select-label]").toggleAttribute("hidden", on);
  button?.querySelector("[data-select-done]").toggleAttribute("hidden", !on);
  bulk.hidden = !on;
  const label = bulk.querySelector("[data-selected-count]");
  label.textContent = label.dataset.text.replace("{count}", count);
  const needs = "[data-delete-selected], [data-favourite-selected], [data-album-selected], " +
    "[data-takes-away], [data-zip-form] button";
  for (const each of bulk.querySelectorAll(needs)) each.disabled = count === 0;
  for (const each of bulk.querySelectorAll("[data-of-one]")) each.disabled = count !== 1;
}

function removeChosen() {
  const ids = selection.places();
  if (!ids.length) return;
  remove(section.dataset.delete, ids);
  selection.selecting(false);
}

/** What left the album leaves its page. */
function takeAway(ids) {
  for (const id of ids) selection.tileOf(id)?.remove();
  selection.selecting(false);
}

function putIntoAlbum() {
  const ids = pictures();
  if (!ids.length) return;
  const { albums, album } = section.dataset;
  askForAlbum(albums, ids, album, () => (album ? takeAway(ids) : selection.selecting(false)));
}

function onBulk(event) {
  const verb = event.target.closest("[data-album-verb]");
  if (event.target.closest("[data-select-all]")) selection.selectAll();
  if (event.target.closest("[data-select-end]")) selection.selecting(false);
  if (event.target.closest("[data-delete-selected]")) removeChosen();
  if (event.target.closest("[data-favourite-selected]")) markAll(section.dataset.favourite, pictures());
  if (event.target.closest("[data-album-selected]")) putIntoAlbum();
  if (verb) {
    const ids = pictures();
    const away = verb.hasAttribute("data-takes-away");
    albumVerb(verb.dataset.albumVerb, ids, () => (away ? takeAway(ids) : selection.selecting(false)));
  }
}

/** The form carries what is chosen; the browser keeps the page, for a file comes. */
function fillZip(form) {
  form.querySelectorAll("[name=ids]").forEach((input) => input.remove());
  for (const id of selection.places()) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "ids", value: id });
    form.append(input);
  }
}

/* ── the empty state of the wall ── */
function showEmpty() {
  const examples = section.querySelector("[data-examples]");
  const tiles = document.querySelector("#gallery .tile") !== null;
  const live = document.querySelector("#live [data-task]") !== null;
  if (examples) examples.hidden = tiles || live;
  section.querySelector("[data-tools]")?.toggleAttribute("hidden", !tiles);
}

function startWall(gallery) {
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    // Two answers may bring the same pictures: to a cancellation, and to the stream's hint.
    if (event.detail.target !== gallery) return;
    for (const tile of event.detail.fragment.querySelectorAll(".tile")) {
      if (document.getElementById(tile.id)) tile.remove();
    }
  });
  new MutationObserver(showEmpty).observe(gallery, { childList: true });
  const live = document.getElementById("live");
  if (live) new MutationObserver(showEmpty).observe(live, { childList: true });
  showEmpty();
}

function onClick(event) {
  const opens = event.target.closest("[data-opens]");
  if (event.target.closest("[data-select]")) selection.selecting(!selection.isSelecting());
  if (event.target.closest("[data-delete-all]")) document.getElementById("delete-all").showModal();
  if (opens) document.getElementById(opens.dataset.opens).showModal();
  if (event.target.closest("[data-dismiss]")) event.target.closest("dialog").close();
}

function onSubmit(event) {
  if (event.target.matches("[data-zip-form]")) fillZip(event.target);
  if (!event.target.matches("[data-delete-form]")) return;
  event.preventDefault();
  remove(section.dataset.delete, new FormData(event.target).getAll("ids"));
}

export function startPictures() {
  section = document.querySelector("[data-pictures]");
  bulk = document.querySelector("[data-bulk]");
  if (!section || !bulk) return;
  const gallery = document.getElementById("gallery");
  selection.startSelection(section, showSelection);
  selection.selectIn(gallery);
  startHearts(section.dataset.favourite, pictures);
  startAlbums();
  bulk.addEventListener("click", onBulk);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Delete" || document.querySelector("dialog[open]")) return;
    if (!event.target.matches("input:not([data-pick]), textarea, select")) removeChosen();
  });
  if (section.querySelector("[data-examples]")) startWall(gallery);
}
