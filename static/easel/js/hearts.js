// Hearts: shown at once, taken back where the server would not have it.
import { post } from "./asking.js";
import { refused } from "./refusals.js";

const heartsOf = (place) => document.querySelectorAll(`[data-heart][data-place="${place}"]`);
const isOn = (place) => heartsOf(place)[0]?.getAttribute("aria-pressed") === "true";

function show(place, on) {
  for (const heart of heartsOf(place)) heart.setAttribute("aria-pressed", String(on));
}

async function mark(url, places, on) {
  const before = places.map((place) => [place, isOn(place)]);
  for (const place of places) show(place, on);
  try {
    await post(url, places, { on: on ? "1" : "0" });
  } catch (error) {
    for (const [place, was] of before) show(place, was);
    refused(error);
  }
}

/** Marks all of them; where all are marked, none. Only pictures can be marked. */
export function markAll(url, places) {
  const pictures = places.filter((place) => place.includes("/"));
  if (pictures.length) mark(url, pictures, !pictures.every(isOn));
}

/** The heart that F means: of the light box, of the tile that has the focus or is pointed at. */
function heartAtHand() {
  const box = document.querySelector("dialog.lightbox[open]");
  if (box) return box.querySelector("[data-heart]");
  if (document.querySelector("dialog[open]")) return null;
  const tile = document.activeElement.closest(".tile") ?? document.querySelector(".tile:hover");
  return tile?.querySelector("[data-heart]");
}

export function startHearts(url, chosen) {
  document.addEventListener("click", (event) => {
    const heart = event.target.closest("[data-heart]");
    if (!heart) return;
    event.preventDefault();
    mark(url, [heart.dataset.place], !isOn(heart.dataset.place));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([data-pick]), textarea, select, [contenteditable]")) return;
    const some = chosen();
    if (some.length && !document.querySelector("dialog[open]")) markAll(url, some);
    else heartAtHand()?.click();
  });
}
