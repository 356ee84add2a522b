// Live tasks. The stream only says which task changed; its card is then fetched, the same fragment
// that the page was made with. Whatever was missed while the stream was away is fetched when it is
// back: the row is the truth. A page that nobody looks at keeps its stream for as long as something
// of its own is being made.
import { say } from "./toasts.js";

const RETRY = [1000, 2000, 4000, 8000, 15000]; // ms; a browser gives up on an HTTP error, we do not
const HIDDEN = 30000; // ms
const POLL = 4000; // ms, while the stream is away
const UNSEEN = 3000; // ms between two looks at a task while the page is hidden
const busy = new Map(); // task id -> whether it changed again while it was being fetched

const leaving = new AbortController();
let studio;
let source;
let failures = 0;
let poll = null;
const seen = new Map(); // task id -> when its card was last fetched for a hidden page

const cardOf = (id) => document.getElementById(`task-${id}`);

/** Fetches the card of a task. A final task answers with its pictures and removes the card. */
async function refresh(id) {
  if (busy.has(id)) {
    busy.set(id, true);
    return;
  }
  busy.set(id, false);
  try {
    await fetchCard(id);
  } finally {
    const again = busy.get(id);
    busy.delete(id);
    if (again) refresh(id);
  }
}

/** The answer to a sent form brings a card. The stream may have been faster: then the card that
    is there already, or the pictures, are newer than it. */
function dropDoubled(list) {
  const brought = list.firstElementChild;
  if (!brought) return;
  const id = brought.dataset.task;
  const others = [...list.children].some((card) => card !== brought && card.id === brought.id);
  if (others || document.querySelector(`#gallery [data-task="${id}"]`)) brought.remove();
}

async function fetchCard(id) {
  let card = cardOf(id);
  const made = !card;
  if (made) {
    if (document.querySelector(`#gallery [data-task="${id}"]`)) return; // its pictures are here
    card = document.createElement("li");
    card.id = `task-${id}`;
    card.hidden = true;
    document.getElementById("live").prepend(card);
  }
  await htmx.ajax("GET", `${studio.dataset.tasks}/${id}`, {
    source: card,
    target: card,
    swap: "morph",
    headers: { "X-Quiet": "1" },
  });
  const now = cardOf(id);
  if (made && now?.hidden) now.remove(); // gone before it was shown
}

/** A fragment of ours, parsed; null while the server is away, and once the page is being left. */
async function look(address) {
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(address, { headers, signal: leaving.signal });
    if (answer.status === 401) location.reload(); // signed out elsewhere
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null; // the next try comes
  }
}

/** After a gap: every card that is shown, every unfinished task that the server knows, and the
    pictures of tasks that came and went meanwhile. */
async function catchUp() {
  const unfinished = await look(studio.dataset.tasks);
  if (!unfinished) return;
  const cards = [document, unfinished].flatMap((page) => [...page.querySelectorAll(".task")]);
  for (const id of new Set(cards.map((card) => card.dataset.task))) refresh(id);
  const newest = await look(studio.dataset.wall);
  if (newest) prependNew([...newest.querySelectorAll(".tile")]);
}

/** The tiles before the first one that is there already. */
function prependNew(tiles) {
  const known = tiles.findIndex((tile) => document.getElementById(tile.id));
  const fresh = (known < 0 ? tiles : tiles.slice(0, known)).filter(
    (tile) => !cardOf(tile.dataset.task), // its card is about to turn into it
  );
  document.getElementById("gallery").prepend(...fresh);
  fresh.forEach((tile) => htmx.process(tile));
}

/** Nobody sees the steps, but the title shows how far it is. */
function tooSoon(id) {
  const now = Date.now();
  if (now - (seen.get(id) ?? 0) < UNSEEN) return true;
  seen.set(id, now);
  return false;
}

function away(isAway) {
  const notice = studio.querySelector("[data-offline]");
  if (!isAway && !notice.hidden) say("toast-back", 4);
  notice.hidden = !isAway;
  if (!isAway) clearInterval(poll);
  poll = isAway ? (poll ?? setInterval(catchUp, POLL)) : null;
}

function connect() {
  source?.close();
  source = new EventSource(studio.dataset.events);
  source.addEventListener("open", () => {
    failures = 0;
    away(false);
  });
  source.addEventListener("resync", catchUp); // first of all after each gap
  source.addEventListener("task", (event) => {
    const { id, seq } = JSON.parse(event.data);
    if (seq && !cardOf(id)) return; // progress of a task that is not shown here
    if (seq && document.hidden && tooSoon(id)) return;
    refresh(id);
  });
  source.addEventListener("gone", (event) => {
    const { id } = JSON.parse(event.data);
    cardOf(id)?.remove();
    document.querySelectorAll(`#gallery [data-task="${id}"]`).forEach((tile) => tile.remove());
  });
  source.addEventListener("error", () => {
    failures += 1;
    if (failures > 1) away(true);
    if (source.readyState === EventSource.CLOSED) {
      const retry = () => source.readyState === EventSource.CLOSED && !isIdle() && connect();
      setTimeout(retry, RETRY[Math.min(failures, RETRY.length) - 1]);
    }
  });
}

const isIdle = () => document.hidden && !document.querySelector("#live .task");

/** Browsers allow six connections to a server: a hidden page with nothing in work gives its up. */
function leaveIdle() {
  if (isIdle()) source.close();
}

export function startLive() {
  studio = document.querySelector("[data-studio]");
  if (!studio) return;
  connect();
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "live") dropDoubled(event.detail.target);
  });
  let hidden;
  document.addEventListener("visibilitychange", () => {
    clearInterval(hidden);
    if (document.hidden) hidden = setInterval(leaveIdle, HIDDEN);
    else if (source.readyState === EventSource.CLOSED) connect();
    else catchUp();
  });
  addEventListener("online", connect); // at once, not with the next try
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches?.("[data-cancel-all]")) catchUp();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("easel:leaving", () => { // as whom the page was opened ends
    source.close();
    leaving.abort();
  });
  addEventListener("pageshow", (event) => event.persisted && connect());
}
