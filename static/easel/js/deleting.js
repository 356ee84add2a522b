// Deleting with an undo: the tiles go at once, the pictures when the time for it is over.
import { parsed, post } from "./asking.js";
import { closeLightbox } from "./lightbox.js";
import { addToast, dropToast } from "./toasts.js";
import { refused } from "./refusals.js";
import { reflect } from "./selection.js";

/** The tiles that an id names: a picture's, or all of a task. */
const tilesOf = (id) =>
  document.querySelectorAll(
    id.includes("/") ? `#gallery .tile[data-place="${id}"]` : `#gallery .tile[data-task="${id}"]`,
  );

/** Takes the tiles off the wall; what it returns puts them back where they were. */
function takeDown(ids) {
  const all = new Set(ids.flatMap((id) => [...tilesOf(id)]));
  const gone = [...all].map((tile) => ({ tile, before: document.createComment("") }));
  for (const { tile, before } of gone) tile.replaceWith(before);
  return {
    back: () => gone.forEach(({ tile, before }) => {
      before.replaceWith(tile);
      reflect(tile); // it was chosen when it went
    }),
    forget: () => gone.forEach(({ before }) => before.remove()),
  };
}

export async function remove(url, ids) {
  if (!ids.length) return;
  closeLightbox();
  const tiles = takeDown(ids);
  try {
    offerUndo(addToast(parsed(await post(url, ids))), ids, tiles);
  } catch (error) {
    tiles.back();
    refused(error);
  }
}

/** Counts down in the toast; then the pictures are deleted for good. */
function offerUndo(toast, ids, tiles) {
  const end = Date.now() + Number(toast.dataset.seconds) * 1000;
  const purge = () => {
    clearInterval(clock);
    removeEventListener("pagehide", purge);
    tiles.forget();
    dropToast(toast);
    // The server's own sweep does it later where this fails.
    post(toast.dataset.purge, ids, {}, true).catch(() => {});
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
    } catch (error) {
      refused(error);
    }
  });
}
