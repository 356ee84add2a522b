// What a person who looks elsewhere is told: the page's title counts and shows how far it is, and a
// notification says that a task ended, where that was asked for. It is never asked for on load.
import { say } from "./toasts.js";
import { store } from "./store.js";

const KEPT = "notify";
let title; // the page's own
let list;
let words;
let known = new Map(); // task id -> its prompt
let finished = 0; // while nobody looked

const isOn = () => store.get(KEPT, false) && window.Notification?.permission === "granted";

function showButton() {
  const button = document.querySelector("[data-notify]");
  if (!button || !("Notification" in window)) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isOn()));
  button.querySelector("[data-notify-on]").hidden = !isOn();
  button.querySelector("[data-notify-off]").hidden = isOn();
}

async function toggle() {
  if (isOn()) store.set(KEPT, false);
  else if ((await Notification.requestPermission()) === "granted") store.set(KEPT, true);
  else say("toast-notify-denied");
  showButton();
}

/** How far all of them are together, of 100. */
function percent(cards) {
  const each = cards.map((card) => Number(card.querySelector("progress")?.getAttribute("value") ?? 0));
  return Math.round(each.reduce((sum, value) => sum + value, 0) / each.length);
}

function showTitle(cards) {
  if (cards.length) document.title = `(${cards.length}) ${percent(cards)} % · ${title}`;
  else document.title = finished ? `✓ ${words.dataset.titleDone} · ${title}` : title;
}

function tell(id, prompt) {
  finished += 1;
  if (!isOn()) return;
  const tile = document.querySelector(`#gallery [data-task="${id}"]`);
  const text = tile?.matches(".tile--picture") ? words.dataset.done : words.dataset.ended;
  const image = tile?.querySelector(".tile__image")?.src;
  // The tag: of several open pages one is heard.
  const note = new Notification(text, { body: prompt, tag: `easel-${id}`, icon: image });
  note.onclick = () => {
    window.focus();
    tile?.querySelector(".tile__open")?.click();
    note.close();
  };
}

function look() {
  const cards = [...list.querySelectorAll(".task")];
  const now = new Map(cards.map((card) => [card.dataset.task, card.querySelector(".task__prompt").textContent]));
  const bar = document.querySelector("[data-live-bar]");
  bar.hidden = !cards.length;
  bar.querySelector("[data-live-count]").textContent = cards.length;
  const all = bar.querySelector("[data-cancel-all]");
  if (all) all.hidden = cards.length < 2;
  for (const [id, prompt] of known) {
    // Its tiles come in the same answer, but after its card went.
    if (now.has(id) || !document.hidden) continue;
    setTimeout(() => {
      tell(id, prompt);
      showTitle([...list.querySelectorAll(".task")]);
    }, 50);
  }
  known = now;
  showTitle(cards);
}

export function startTelling() {
  list = document.getElementById("live");
  words = document.getElementById("notify-words");
  if (!list || !words) return;
  title = document.title;
  document.querySelector("[data-notify]")?.addEventListener("click", toggle);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    finished = 0;
    showTitle([...list.querySelectorAll(".task")]);
  });
  new MutationObserver(look).observe(list, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["value"],
  });
  showButton();
  look();
}
