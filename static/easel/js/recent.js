// Prompts of lately: a menu, and Ctrl + ↑ / ↓ through them as in a shell.
import { retype } from "./form.js";

let form;
let prompts; // of this visit to the menu or to the keys
let place = -1; // -1: what is being written
let written;

async function load() {
  const list = form.querySelector("[data-recents-list]");
  try {
    const answer = await fetch(form.dataset.recent, { headers: { "HX-Request": "true" } });
    if (answer.ok) list.innerHTML = await answer.text();
  } catch {
    // The server is away: what was listed stays.
  }
  return [...list.querySelectorAll("[data-recent-prompt]")].map((each) => each.dataset);
}

function use(values) {
  const negative = form.elements.namedItem("negative_prompt");
  if (values.recentNegative && !negative.value.trim()) retype(negative, values.recentNegative);
  retype(form.elements.namedItem("prompt"), values.recentPrompt);
}

async function step(area, by) {
  if (place < 0) {
    written = area.value;
    prompts = (await load()).filter((each) => each.recentPrompt !== written);
  }
  if (!prompts.length) return;
  place = Math.min(Math.max(place + by, -1), prompts.length - 1);
  retype(area, place < 0 ? written : prompts[place].recentPrompt);
}

export function startRecent(theForm) {
  form = theForm;
  const menu = form.querySelector("[data-recents]");
  if (!menu) return;
  menu.addEventListener("toggle", () => menu.open && load());
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[data-recent-prompt]");
    if (!item) return;
    menu.open = false;
    use(item.dataset);
  });
  const area = form.elements.namedItem("prompt");
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["ArrowUp", "ArrowDown"].includes(event.key)) {
      if (event.key.length === 1) place = -1; // typed on: this is what is being written now
      return;
    }
    event.preventDefault();
    step(area, event.key === "ArrowUp" ? 1 : -1);
  });
}
