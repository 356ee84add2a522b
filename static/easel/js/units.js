// ControlNet's units, and the small print of ranges: which units are shown, which limits a
// preprocessor has, and what a fold's summary says of what is in it.
let form;
let root;
let limits;

const field = (number, part) => form.elements.namedItem(`control_${number}_${part}`);
const units = () => [...root.querySelectorAll("[data-unit]")];
const isUsed = (number) => Boolean(field(number, "model")?.value || field(number, "image")?.value);
const changed = (control) => control.dispatchEvent(new Event("input", { bubbles: true }));

function showUnits() {
  const shown = Number(root.dataset.units ?? 1);
  const used = units().reduce((most, unit, number) => (isUsed(number) ? number + 1 : most), 0);
  const many = Math.max(1, shown, used);
  units().forEach((unit, number) => {
    unit.hidden = number >= many;
    unit.querySelector("[data-unit-rest]").hidden = !field(number, "model").value;
    unit.querySelector("[data-unit-clear]").hidden = !isUsed(number) && number === 0;
    showLimits(unit, number);
  });
  const add = root.querySelector("[data-unit-add]");
  if (add) add.hidden = many >= units().length || !isUsed(many - 1);
  const note = root.querySelector("[data-control-text]");
  const on = units().filter((unit, number) => field(number, "model").value).length;
  note.textContent = on ? `${on} / ${units().length}` : "ControlNet";
}

/** A preprocessor's own limits; "as it is" has nothing to look at. */
function showLimits(unit, number) {
  const module = field(number, "module").value;
  unit.querySelector("[data-unit-preview]").hidden = module === "none";
  ["threshold_a", "threshold_b"].forEach((part, index) => {
    const limit = limits[module]?.[index];
    const place = unit.querySelector(`[data-part=${part}]`);
    const control = field(number, part);
    place.hidden = !limit;
    if (!limit) control.value = "";
    else {
      place.querySelector("label").textContent = limit.label;
      Object.assign(control, { min: limit.low, max: limit.high, step: limit.step, placeholder: limit.default });
    }
  });
}

/** A model that was trained on a preprocessor's maps brings it along. */
function choose(number) {
  const module = field(number, "module");
  const wanted = field(number, "model").value && JSON.parse(root.dataset.modules ?? "{}")[field(number, "model").value];
  if (wanted && [...module.options].some((option) => option.value === wanted)) module.value = wanted;
}

function clear(number) {
  for (const part of ["model", "image"]) {
    field(number, part).value = "";
    changed(field(number, part));
  }
  root.dataset.units = Math.max(1, number);
  show();
}

function showRanges() {
  for (const text of root.querySelectorAll("[data-value-of]")) {
    const value = Number(form.elements.namedItem(text.dataset.valueOf)?.value);
    text.value = value.toFixed(2);
  }
  const detail = form.elements.namedItem("detail_model");
  root.querySelector("[data-detail-text]").textContent = detail?.value || "ADetailer";
}

function show() {
  if (units().length) showUnits();
  showRanges();
}

export function startUnits(theForm, theRoot) {
  [form, root] = [theForm, theRoot];
  limits = JSON.parse(root.dataset.limits || "{}");
  root.addEventListener("change", (event) => {
    const unit = event.target.closest("[data-unit]");
    if (!unit) return;
    if (event.target.name.endsWith("_model")) choose(Number(unit.dataset.unit));
    unit.querySelector(".control__map img")?.remove(); // a look at what is no more
  }, true);
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-unit-clear]")) clear(Number(event.target.closest("[data-unit]").dataset.unit));
    if (!event.target.closest("[data-unit-add]")) return;
    root.dataset.units = units().filter((unit) => !unit.hidden).length + 1;
    show();
    units()[root.dataset.units - 1].querySelector("select").focus();
  });
  for (const kind of ["input", "filled", "quote"]) form.addEventListener(kind, show);
  show();
}
