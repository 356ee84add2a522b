// A form of the studio: a draft that survives a reload, sizes by ratio, the seed, the live price.
// ``data-create`` names its draft; what a form does not have is left alone.
import { store } from "./store.js";
import { say } from "./toasts.js";

const MAX_DRAWN_SEED = 2 ** 32;
const QUOTE_DELAY = 350; // ms after the last key
const ONE_COLUMN = matchMedia("(max-width: 48rem)");
let form;

const field = (name) => form.elements.namedItem(name);

/** Fills the form; a name that is not there any more (a model that went) is left as it was. */
export function fill(values) {
  for (const [name, value] of Object.entries(values)) {
    const control = field(name);
    if (!control || value === null || value === undefined) continue;
    if (control instanceof RadioNodeList) {
      const option = [...control].find((radio) => radio.value === String(value));
      if (option) option.checked = true;
    } else if (control instanceof HTMLSelectElement) {
      if ([...control.options].some((option) => option.value === String(value))) control.value = value;
    } else if (control.type === "radio") {
      control.checked = control.value === String(value);
    } else {
      control.value = value;
    }
  }
  changed();
}

function values() {
  const names = new Set([...form.elements].map((control) => control.name));
  const kept = [...names].filter((name) => name && name !== "csrfmiddlewaretoken");
  return Object.fromEntries(kept.map((name) => [name, field(name)?.value ?? null]));
}

let timer;
function changed() {
  store.set(form.dataset.create, values());
  showSize();
  showStrength();
  showModel();
  showSeed();
  showMore();
  clearTimeout(timer);
  timer = setTimeout(() => form.dispatchEvent(new CustomEvent("quote")), QUOTE_DELAY);
}

/* ── size ── */
const side = () => Number(form.querySelector("[name=checkpoint]:checked")?.dataset.side) || 512;

/** Sides in the ratio, about as many pixels as the model was made for, multiples of 64. */
function sizeOf(wide, high) {
  const scale = side() / Math.sqrt(wide * high);
  return [wide, high].map((part) => Math.max(64, Math.round((part * scale) / 64) * 64));
}

function showSize() {
  if (!field("width")) return;
  const now = [Number(field("width").value), Number(field("height").value)];
  form.querySelector("[data-size-text]").value = `${now[0]} × ${now[1]}`;
  for (const chip of form.querySelectorAll("[data-ratio-w]")) {
    const size = sizeOf(Number(chip.dataset.ratioW), Number(chip.dataset.ratioH));
    chip.setAttribute("aria-pressed", String(size[0] === now[0] && size[1] === now[1]));
  }
}

function chooseRatio(chip) {
  const [width, height] = sizeOf(Number(chip.dataset.ratioW), Number(chip.dataset.ratioH));
  field("width").value = width;
  field("height").value = height;
  changed();
}

/* ── model ── */
function showModel() {
  const picker = form.querySelector("[data-picker]");
  const chosen = picker?.querySelector(":checked") ?? picker?.querySelector("[name=checkpoint]");
  if (!chosen) return;
  chosen.checked = true;
  const option = chosen.closest(".picker__option");
  picker.querySelector("[data-picker-title]").textContent = option.querySelector("b").textContent;
  picker.querySelector("[data-picker-family]").textContent = option.querySelector("small").textContent;
  const cover = option.querySelector(".picker__cover").cloneNode(true);
  cover.dataset.pickerCover = "";
  picker.querySelector("[data-picker-cover]").replaceWith(cover);
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

function rememberFolds() {
  const open = store.get("folds", {});
  for (const fold of form.querySelectorAll("[data-fold]")) {
    if (open[fold.dataset.fold]) fold.open = true;
    fold.addEventListener("toggle", () => {
      store.set("folds", { ...store.get("folds", {}), [fold.dataset.fold]: fold.open });
    });
  }
}

/** On a phone the settings are folded away until they are asked for. */
function showSettings(on) {
  form.querySelector("#settings").classList.toggle("is-open", on);
  form.querySelector("[data-settings-toggle]").setAttribute("aria-expanded", String(on));
}

function useAgain(link) {
  fill(JSON.parse(link.dataset.again));
  document.getElementById("lightbox")?.close();
  field("prompt").focus();
  form.scrollIntoView({ block: "start" });
  say("toast-settings", 3);
}

export function startCreate() {
  form = document.querySelector("[data-create]");
  if (!form) return;
  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => {
    if (event.target.name === "checkpoint") {
      const chip = form.querySelector("[data-ratio-w][aria-pressed=true]");
      if (chip) chooseRatio(chip);
    }
  });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-ratio-w]");
    if (chip) chooseRatio(chip);
    const toggle = event.target.closest("[data-settings-toggle]");
    if (toggle) showSettings(toggle.getAttribute("aria-expanded") !== "true");
    if (event.target.closest("[data-dice]")) drawSeed();
    if (event.target.closest("[data-lock]")) toggleLock();
    const option = event.target.closest(".picker__option");
    if (option && event.detail > 0) option.closest("[data-picker]").open = false; // by pointer only
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(event.target)) {
      event.preventDefault();
      const send = form.querySelector("[data-send]");
      if (!send.disabled) form.requestSubmit(send);
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-again]");
    if (!link || !field("checkpoint")) return; // its page is another one: followed as a link
    event.preventDefault();
    useAgain(link);
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    showErrors();
    // The first models have come: take up the one that was chosen before.
    if (form.querySelector("[data-picker-title]:empty")) fill(store.get(form.dataset.create, {}));
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    // On one column the new task would begin below the fold.
    const card = document.querySelector("#live [data-task]");
    if (event.target === form && event.detail.successful && card && ONE_COLUMN.matches) {
      card.scrollIntoView({ block: "center", behavior: "smooth" });
    }
  });
  rememberFolds();
  const again = new URLSearchParams(location.search).has("again");
  const draft = again ? null : store.get(form.dataset.create);
  const typed = form.querySelectorAll("textarea"); // before this script came
  const kept = [...typed].filter((text) => text.value !== text.defaultValue);
  fill({ ...draft, ...Object.fromEntries(kept.map((text) => [text.name, null])) });
  showErrors();
}
