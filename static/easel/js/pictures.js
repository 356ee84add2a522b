// The wall of pictures: selecting, deleting with an undo, deleting all, the empty state.
import { closeLightbox } from "./lightbox.js";
import { addToast, dropToast, say } from "./toasts.js";

let section;
let gallery;

const ofTask = (id) => [...gallery.querySelectorAll(`.tile[data-task="${id}"]`)];
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

async function post(url, ids, keepalive = false) {
  const body = new URLSearchParams(ids.map((id) => ["ids", id]));
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  const answer = await fetch(url, { method: "POST", body, headers, keepalive });
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

/* ── selecting ── */
function picked() {
  const boxes = gallery.querySelectorAll("[data-pick]:checked");
  return [...new Set([...boxes].map((box) => box.closest(".tile").dataset.task))];
}

function showSelection() {
  const count = gallery.querySelectorAll("[data-pick]:checked").length;
  const label = section.querySelector("[data-selected-count]");
  label.hidden = count === 0;
  label.textContent = label.dataset.text.replace("{count}", count);
  section.querySelector("[data-delete-selected]").hidden = count === 0;
}

function select(on) {
  gallery.classList.toggle("is-selecting", on);
  section.querySelector("[data-select]").setAttribute("aria-pressed", String(on));
  section.querySelector("[data-select-label]").hidden = on;
  section.querySelector("[data-select-done]").hidden = !on;
  if (!on) gallery.querySelectorAll("[data-pick]:checked").forEach((box) => (box.checked = false));
  showSelection();
}

const selecting = () => gallery.classList.contains("is-selecting");

/* ── deleting ── */
/** Takes the tiles off the wall; what it returns puts them back where they were. */
function takeDown(ids) {
  const gone = ids.flatMap(ofTask).map((tile) => ({ tile, before: document.createComment("") }));
  for (const { tile, before } of gone) tile.replaceWith(before);
  return {
    back: () => gone.forEach(({ tile, before }) => before.replaceWith(tile)),
    forget: () => gone.forEach(({ before }) => before.remove()),
  };
}

async function remove(ids) {
  if (!ids.length) return;
  closeLightbox();
  const tiles = takeDown(ids);
  try {
    const html = await post(section.dataset.delete, ids);
    const toast = document.createRange().createContextualFragment(html).firstElementChild;
    offerUndo(addToast(toast), ids, tiles);
  } catch {
    tiles.back();
    say("toast-failed");
  }
  if (selecting()) select(false);
  showSelection();
}

/** Counts down in the toast; then the tasks are deleted for good. */
function offerUndo(toast, ids, tiles) {
  const end = Date.now() + Number(toast.dataset.seconds) * 1000;
  const purge = () => {
    clearInterval(clock);
    removeEventListener("pagehide", purge);
    tiles.forget();
    dropToast(toast);
    post(toast.dataset.purge, ids, true).catch(() => {}); // the server's own sweep does it later
  };
  const clock = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    toast.querySelector("[data-countdown]").textContent = Math.max(left, 0);
    if (left <= 0) purge();
  }, 250);
  addEventListener("pagehide", purge);
  toast.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearInterval(clock);
    removeEventListener("pagehide", purge);
    dropToast(toast);
    try {
      await post(toast.getAttribute("action"), ids);
      tiles.back();
    } catch {
      say("toast-failed");
    }
  });
}

/* ── the empty state ── */
function showEmpty() {
  const tiles = gallery.querySelector(".tile") !== null;
  const live = document.querySelector("#live [data-task]") !== null;
  section.querySelector("[data-examples]").hidden = tiles || live;
  section.querySelector("[data-tools]").hidden = !tiles;
}

function onClick(event) {
  const link = event.target.closest(".tile__open");
  if (link && selecting()) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = link.closest(".tile").querySelector("[data-pick]");
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (event.target.closest("[data-select]")) select(!selecting());
  if (event.target.closest("[data-delete-selected]")) remove(picked());
  if (event.target.closest("[data-delete-all]")) document.getElementById("delete-all").showModal();
}

export function startPictures() {
  section = document.querySelector("[data-pictures]");
  if (!section) return;
  gallery = document.getElementById("gallery");
  section.addEventListener("click", onClick, true); // before htmx sees a click on a tile
  gallery.addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick]")) return;
    // Pictures of one task are deleted together, so they are picked together.
    for (const tile of ofTask(event.target.closest(".tile").dataset.task)) {
      tile.querySelector("[data-pick]").checked = event.target.checked;
    }
    if (event.target.checked && !selecting()) select(true);
    showSelection();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-delete-form]")) return;
    event.preventDefault();
    remove(new FormData(event.target).getAll("ids"));
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest("dialog").close();
  });
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    // Two answers may bring the same pictures: to a cancellation, and to the stream's hint.
    if (event.detail.target !== gallery) return;
    for (const tile of event.detail.fragment.querySelectorAll(".tile")) {
      if (document.getElementById(tile.id)) tile.remove();
    }
  });
  new MutationObserver(showEmpty).observe(gallery, { childList: true });
  new MutationObserver(showEmpty).observe(document.getElementById("live"), { childList: true });
  showEmpty();
}
