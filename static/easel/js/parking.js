// A long gallery costs what is seen of it: tiles that are far away keep their place and give up
// what is in them. Only beyond MANY of them, so that a short page is whole for those who listen.
import { reflect } from "./selection.js";

const MANY = 400;
const FAR = "250% 0px";
const parked = new Map(); // tile -> what was in it
let observer;
let gallery;

function park(tile) {
  if (parked.has(tile) || tile.contains(document.activeElement)) return;
  parked.set(tile, tile.innerHTML);
  tile.replaceChildren();
}

export function unpark(tile) {
  if (!parked.has(tile)) return;
  tile.innerHTML = parked.get(tile);
  parked.delete(tile);
  htmx.process(tile);
  reflect(tile);
}

function look(entries) {
  const many = gallery.childElementCount > MANY;
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) unpark(target);
    else if (many && target.isConnected) park(target);
  }
}

/** The light box goes on to the next tile by its link: its neighbours must be there. */
function wakeNeighbours(event) {
  if (event.detail.target.id !== "lightbox-body") return;
  const key = event.detail.target.querySelector("[data-key]")?.dataset.key;
  const tile = key && document.getElementById(`tile-${key}`);
  if (!tile) return;
  for (let at = tile.previousElementSibling, n = 0; at && n < 4; at = at.previousElementSibling, n++) unpark(at);
  for (let at = tile.nextElementSibling, n = 0; at && n < 4; at = at.nextElementSibling, n++) unpark(at);
  tile.scrollIntoView({ block: "nearest" });
}

export function parkIn(element) {
  observer?.disconnect();
  parked.clear();
  gallery = element;
  if (!gallery) return;
  observer = new IntersectionObserver(look, { rootMargin: FAR });
  const watch = (tile) => tile.matches?.(".tile") && observer.observe(tile);
  [...gallery.children].forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(watch);
  }).observe(gallery, { childList: true });
}

export function startParking() {
  document.body.addEventListener("htmx:afterSwap", wakeNeighbours);
}
