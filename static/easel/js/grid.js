// The pages of grids: the form with its axes, and the sheet while it is painted.
import { startSheet } from "./sheet.js";
import { store } from "./store.js";

const QUOTE_DELAY = 350; // ms after the last key
const UNDO = 10000; // ms
const KEPT_OUT = ["csrfmiddlewaretoken", "key"]; // drawn anew with each page
let form;
let offers;

const field = (name) => form.elements.namedItem(name);

/* ── the draft ── */
function remember() {
  const kept = [...form.elements].filter((each) => each.name && !KEPT_OUT.includes(each.name));
  const values = kept.map((each) => [each.name, each.type === "checkbox" ? each.checked : each.value]);
  store.set("grid-draft", Object.fromEntries(values));
}

function recall() {
  for (const [name, value] of Object.entries(store.get("grid-draft", {}))) {
    const control = field(name);
    if (!control) continue;
    if (control.type === "checkbox") control.checked = value;
    else if (!(control instanceof HTMLSelectElement)) control.value = value;
    else if ([...control.options].some((option) => option.value === value)) control.value = value;
  }
}

let timer;
function changed() {
  remember();
  form.querySelectorAll("[data-axis]").forEach(showAxis);
  clearTimeout(timer);
  timer = setTimeout(() => form.dispatchEvent(new CustomEvent("quote")), QUOTE_DELAY);
}

/* ── an axis: its hint, and values to pick ── */
const valuesOf = (text) => (text.match(/"[^"]*"|[^,，\n]+/g) ?? []).map((value) => value.trim()).filter(Boolean);

function toggleValue(box, value) {
  if (value.includes(":")) box.value = value; // a LoRA with its weights
  else {
    const typed = value.includes(",") ? `"${value}"` : value;
    const values = valuesOf(box.value);
    const without = values.filter((each) => each !== typed);
    box.value = (without.length < values.length ? without : [...values, typed]).join(", ");
  }
  changed();
}

function pickOf(value, box) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "chip";
  chip.textContent = value;
  chip.translate = false;
  chip.setAttribute("aria-pressed", String(valuesOf(box.value).includes(value) || box.value === value));
  chip.addEventListener("click", () => toggleValue(box, value));
  return chip;
}

function showAxis(part) {
  const side = part.dataset.axis;
  const name = field(side).value;
  const box = field(`${side}_values`);
  part.querySelector("[data-axis-values]").hidden = !name;
  const offer = offers[name];
  part.querySelector("[data-axis-hint]").textContent = offer?.hint ?? "";
  const picks = part.querySelector("[data-axis-picks]");
  const wanted = (offer?.picks ?? []).map((value) => pickOf(value, box));
  const focused = [...picks.children].indexOf(document.activeElement);
  picks.replaceChildren(...wanted);
  picks.hidden = !wanted.length;
  if (focused >= 0) picks.children[focused]?.focus();
}

/** Another parameter has other values: those of the last one are kept for when it comes back. */
function changeAxis(side, before) {
  const box = field(`${side}_values`);
  const name = field(side).value;
  const kept = store.get("grid-values", {});
  if (before) kept[before] = box.value;
  store.set("grid-values", kept);
  box.value = kept[name] ?? (offers[name]?.picks ?? []).slice(0, name === "lora" ? 1 : 3).join(", ");
}

function swapAxes() {
  const [x, y, across, down] = ["x", "y", "x_values", "y_values"].map((name) => field(name).value);
  if (!y) return;
  Object.entries({ x: y, y: x, x_values: down, y_values: across }).forEach(
    ([name, value]) => (field(name).value = value),
  );
  chosen = { x: y, y: x };
  changed();
}

let chosen = {};
function showErrors() {
  for (const message of form.querySelectorAll(".field__error")) {
    const control = field(message.id.replace("error-", ""));
    const wrong = message.textContent.trim() !== "";
    if (control instanceof HTMLElement) control.setAttribute("aria-invalid", String(wrong));
    if (wrong) message.closest("details")?.setAttribute("open", "");
  }
}

function startForm() {
  form = document.querySelector("[data-grid-form]");
  if (!form) return;
  offers = JSON.parse(document.getElementById("axis-offers").textContent);
  if (!location.search.match(/[?&](from|again)=/)) recall();
  chosen = { x: field("x").value, y: field("y").value };
  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => {
    const side = event.target.name;
    if (side !== "x" && side !== "y") return;
    changeAxis(side, chosen[side]);
    chosen[side] = event.target.value;
    changed();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-axis-swap]")) swapAxes();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const send = form.querySelector("[data-send]");
    if (!send.disabled) form.requestSubmit(send);
  });
  document.body.addEventListener("htmx:afterSettle", showErrors);
  changed();
  showErrors();
}

/** An ordinary form that is sent once, however often it is clicked. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "true";
});

const undo = document.querySelector("[data-undo-notice]");
if (undo) {
  history.replaceState(null, "", location.pathname);
  setTimeout(() => undo.remove(), UNDO);
}
startForm();
startSheet();
