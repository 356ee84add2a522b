// Suggestions under a prompt: LoRAs behind "<lora:", embeddings, words. While the list is open its
// text field is a combobox; the options are the server's.
import { type } from "./form.js";

const DELAY = 130; // ms after the last key
const STRETCH = /[^,，、;；。()[\]{}|\n]*$/; // what may be replaced before the caret
let form;
let status;
let area; // whose list is open
let timer;
let asking;
let turn = 0; // an answer to what was typed before the last key is no answer
let writing = false;

const box = (field) => form.querySelector(`#suggest-${field.name}`);
const options = () => [...box(area).querySelectorAll("[role=option]")];
const active = () => box(area).querySelector("[aria-selected=true]");

function close() {
  clearTimeout(timer);
  asking?.abort();
  if (!area) return;
  box(area).hidden = true;
  box(area).replaceChildren();
  for (const name of ["role", "aria-expanded", "aria-controls", "aria-autocomplete", "aria-activedescendant"]) area.removeAttribute(name);
  status.textContent = "";
  area = null;
}

function open(field, html) {
  close();
  area = field;
  const list = box(field);
  list.innerHTML = html;
  list.hidden = false;
  const listbox = list.querySelector("[role=listbox]");
  listbox.id = `suggest-list-${field.name}`;
  options().forEach((option, index) => (option.id = `suggest-${field.name}-${index}`));
  area.setAttribute("role", "combobox");
  area.setAttribute("aria-expanded", "true");
  area.setAttribute("aria-controls", listbox.id);
  area.setAttribute("aria-autocomplete", "list");
  status.textContent = listbox.dataset.said;
  // Behind "<lora:" nothing else can be meant; among words, Enter and Tab stay what they are.
  if (options()[0].dataset.kind === "lora") choose(options()[0]);
}

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  area.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = options();
  const at = all.indexOf(active());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}

function take(option) {
  const field = area;
  const { insert, replaces } = option.dataset;
  close();
  writing = true;
  type(field, insert, Number(replaces));
  writing = false;
}

/** What stands before the caret, "" where nothing is to be suggested. */
function before(field) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  if (from !== to || /^[\p{L}\p{N}_]/u.test(value.slice(to))) return "";
  return STRETCH.exec(value.slice(0, from))[0].trimStart();
}

async function ask(field) {
  const mine = turn;
  const text = before(field);
  if (!text) return close();
  asking?.abort();
  asking = new AbortController();
  const checkpoint = form.querySelector("[name=checkpoint]:checked")?.value ?? "";
  const query = new URLSearchParams({ text: text.slice(-200), checkpoint });
  try {
    const answer = await fetch(`${form.dataset.suggest}?${query}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
    const html = answer.status === 200 ? await answer.text() : "";
    if (mine !== turn) return;
    if (html && document.activeElement === field && before(field) === text) open(field, html);
    else close();
  } catch (error) {
    if (mine === turn && error.name !== "AbortError") close(); // the server is away
  }
}

function onKey(event) {
  if (!area || event.target !== area || event.isComposing || event.ctrlKey || event.metaKey) return;
  const act = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Escape: close,
    Enter: active() && (() => take(active())),
    Tab: active() && !event.shiftKey && (() => take(active())),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function startLora() {
  const field = form.elements.namedItem("prompt");
  const end = field.selectionEnd;
  field.focus();
  type(field, `${end && !/\s$/.test(field.value.slice(0, end)) ? " " : ""}<lora:`);
}

export function startSuggestions(theForm) {
  form = theForm;
  if (!form.dataset.suggest) return;
  status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(status);
  form.addEventListener("input", (event) => {
    if (writing || event.isComposing || !event.target.matches("[data-suggests]")) return;
    clearTimeout(timer);
    turn += 1;
    timer = setTimeout(ask, DELAY, event.target);
  });
  form.addEventListener("keydown", onKey, true);
  form.addEventListener("focusout", (event) => event.target === area && close());
  form.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".suggest")) event.preventDefault(); // the text field keeps the focus
  });
  form.addEventListener("click", (event) => {
    const option = event.target.closest(".suggest [role=option]");
    if (option && area) take(option);
    if (event.target.closest("[data-add-lora]")) startLora();
  });
}
