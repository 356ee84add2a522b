// Width and height: by ratio, swapped, or typed.
let form;
let changed;
const field = (name) => form.elements.namedItem(name);
const chosen = () => form.querySelector("[name=checkpoint]:checked");
const side = () => Number(chosen()?.dataset.side) || 512;

/** Sides in the ratio, about as many pixels as the model was made for and no side longer than the
 *  field takes, multiples of 64. */
function sizeOf(wide, high) {
  const most = Math.floor((Number(field("width").max) || Infinity) / 64) * 64;
  const scale = Math.min(side() / Math.sqrt(wide * high), most / Math.max(wide, high));
  return [wide, high].map((part) => Math.max(64, Math.round((part * scale) / 64) * 64));
}

const ofChip = (chip) => sizeOf(Number(chip.dataset.ratioW), Number(chip.dataset.ratioH));

function set(width, height) {
  field("width").value = width;
  field("height").value = height;
  changed();
}

export const squareOfModel = () => ({ width: sizeOf(1, 1)[0], height: sizeOf(1, 1)[1] });

export function showSize() {
  if (!field("width")) return;
  const now = [Number(field("width").value), Number(field("height").value)];
  form.querySelector("[data-size-text]").value = `${now[0]} × ${now[1]}`;
  for (const chip of form.querySelectorAll("[data-ratio-w]")) {
    const size = ofChip(chip);
    chip.setAttribute("aria-pressed", String(size[0] === now[0] && size[1] === now[1]));
  }
  showLarger(now);
}

/** What the second pass makes of it. */
function showLarger(now) {
  const text = form.querySelector("[data-hires-text]");
  if (!text) return;
  const scale = Number(field("hires_scale").value) || 1;
  const on = field("hires").checked;
  text.textContent = on ? now.map((part) => Math.round(part * scale)).join(" × ") : "";
  form.querySelector("[data-hires-fields]").hidden = !on;
}

export function startSize(theForm, whenChanged) {
  form = theForm;
  changed = whenChanged;
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-ratio-w]");
    if (chip) set(...ofChip(chip));
    if (event.target.closest("[data-swap]")) set(field("height").value, field("width").value);
  });
  form.addEventListener("change", (event) => {
    const chip = form.querySelector("[data-ratio-w][aria-pressed=true]");
    if (event.target.name === "checkpoint" && chip) set(...ofChip(chip)); // the same ratio, its pixels
  });
}
