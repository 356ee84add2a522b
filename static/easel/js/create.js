// A form of the studio: a draft that survives a reload, and the live price. ``data-create`` names
// its draft; what a form does not have is left alone.
import { settingsAsTheyCome, showChanges, startFolds } from "./folds.js";
import { fillIn, valuesOf } from "./form.js";
import { startLoras, withTag } from "./loras.js";
import { showModel, startPicker } from "./picker.js";
import { startReading } from "./reading.js";
import { startRecent } from "./recent.js";
import { showSize, squareOfModel, startSize } from "./size.js";
import { store } from "./store.js";
import { startSuggestions } from "./suggest.js";
import { say } from "./toasts.js";

const MAX_DRAWN_SEED = 2 ** 32;
const QUOTE_DELAY = 350; // ms after the last key
const UNDO_SECONDS = 10;
const ONE_COLUMN = matchMedia("(max-width: 48rem)");
const OURS = ["again", "checkpoint", "lora", "prompt"]; // what of the address fills the form
let form;
let former; // the values before they were filled in or reset

const field = (name) => form.elements.namedItem(name);

export function fill(values) {
  fillIn(form, values);
  form.dispatchEvent(new CustomEvent("filled")); // pictures that go in are shown by their own script
  changed();
}

/** The same with a way back. */
function fillWithUndo(values, toast) {
  former = valuesOf(form);
  fill(values);
  say(toast, UNDO_SECONDS);
}

let timer;
function changed() {
  store.set(form.dataset.create, valuesOf(form));
  showSize();
  showStrength();
  showModel();
  showSeed();
  showMore();
  showChanges();
  clearTimeout(timer);
  timer = setTimeout(() => form.dispatchEvent(new CustomEvent("quote")), QUOTE_DELAY);
}

/* ── strength ── */
function showStrength() {
  const text = form.querySelector("[data-strength-text]");
  if (text) text.value = Number(field("strength").value).toFixed(2);
}

/* ── seed ── */
function showSeed() {
  const kept = field("seed").value.trim() !== "";
  const lock = form.querySelector("[data-lock]");
  lock.setAttribute("aria-pressed", String(kept));
  lock.querySelector("[data-locked]").hidden = !kept;
  lock.querySelector("[data-unlocked]").hidden = kept;
}

function drawSeed() {
  field("seed").value = Math.floor(Math.random() * MAX_DRAWN_SEED);
  changed();
}

function toggleLock() {
  if (field("seed").value.trim() !== "") {
    field("seed").value = "";
    changed();
  } else {
    drawSeed();
  }
}

/* ── what is folded away is told in a few words ── */
function showMore() {
  if (!field("sampler")) return;
  const parts = [field("sampler").value, field("steps").value, `CFG ${field("cfg_scale").value}`];
  form.querySelector("[data-more-text]").textContent = parts.filter(Boolean).join(" · ");
  const styles = form.querySelector("[data-styles-text]");
  const titles = [...form.querySelectorAll("[name=styles]:checked")].map((style) => style.dataset.title);
  if (styles) styles.textContent = titles.join(", ");
}

/** A field whose message is not empty is marked as wrong, and its fold is opened. */
function showErrors() {
  for (const message of form.querySelectorAll(".field__error")) {
    const control = field(message.id.replace("error-", ""));
    const wrong = message.textContent.trim() !== "";
    if (control instanceof HTMLElement) control.setAttribute("aria-invalid", String(wrong));
    if (!wrong) continue;
    message.closest("details")?.setAttribute("open", "");
    if (message.closest("#settings")) showSettings(true);
  }
}

/** On a phone the settings are folded away until they are asked for. */
function showSettings(on) {
  form.querySelector("#settings").classList.toggle("is-open", on);
  form.querySelector("[data-settings-toggle]").setAttribute("aria-expanded", String(on));
}

function useAgain(link) {
  document.getElementById("lightbox")?.close();
  fillWithUndo(JSON.parse(link.dataset.again), "toast-filled");
  field("prompt").focus();
  form.scrollIntoView({ block: "start" });
}

/** The draft, under what the address asks for. A reload must not ask for it again. */
function firstValues() {
  const address = new URL(location.href);
  const again = address.searchParams.has("again");
  const kept = store.get(form.dataset.create, {});
  const draft = again ? {} : kept;
  const given = JSON.parse(form.dataset.given ?? "{}");
  const first = { ...draft, ...given };
  if (given.lora && !again) first.prompt = withTag(given.prompt ?? draft.prompt ?? "", given.lora);
  if (OURS.some((name) => address.searchParams.has(name))) {
    OURS.forEach((name) => address.searchParams.delete(name));
    history.replaceState(history.state, "", address);
    former = kept; // an address replaces what was written: there is a way back to it
  }
  return again ? {} : first;
}

function onClick(event) {
  const toggle = event.target.closest("[data-settings-toggle]");
  if (toggle) showSettings(toggle.getAttribute("aria-expanded") !== "true");
  if (event.target.closest("[data-dice]")) drawSeed();
  if (event.target.closest("[data-lock]")) toggleLock();
  if (event.target.closest("[data-reset]")) fillWithUndo({ ...settingsAsTheyCome(), ...squareOfModel() }, "toast-reset");
}

function onDocumentClick(event) {
  const undo = event.target.closest("[data-form-undo]");
  if (undo) {
    undo.closest("[data-toast]").remove();
    fill(former);
  }
  const link = event.target.closest("[data-again]");
  if (!link || !field("checkpoint")) return; // its page is another one: followed as a link
  event.preventDefault();
  useAgain(link);
}

function onKey(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !form.contains(event.target)) return;
  event.preventDefault();
  const send = form.querySelector("[data-send]");
  if (!send.disabled) form.requestSubmit(send);
}

function onSettled() {
  showErrors();
  // The first models have come: take up the one that was chosen before.
  if (form.querySelector("[data-picker-title]:empty")) fill(store.get(form.dataset.create, {}));
}

function onSent(event) {
  // On one column the new task would begin below the fold.
  const card = document.querySelector("#live [data-task]");
  if (event.target === form && event.detail.successful && card && ONE_COLUMN.matches) {
    card.scrollIntoView({ block: "center", behavior: "smooth" });
  }
}

export function startCreate() {
  form = document.querySelector("[data-create]");
  if (!form) return;
  startPicker(form); // its search is no setting: it hears of typing first
  startLoras(form);
  startSuggestions(form);
  startRecent(form);
  startReading(form, (values) => fillWithUndo(values, "toast-filled"));
  startSize(form, changed);
  startFolds(form);
  form.addEventListener("input", changed);
  form.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onDocumentClick);
  document.body.addEventListener("htmx:afterSettle", onSettled);
  form.addEventListener("htmx:afterRequest", onSent);
  const typed = form.querySelectorAll("textarea"); // before this script came
  const kept = [...typed].filter((text) => text.value !== text.defaultValue);
  fill({ ...firstValues(), ...Object.fromEntries(kept.map((text) => [text.name, null])) });
  if (former?.prompt) say("toast-filled", UNDO_SECONDS);
  showErrors();
}
