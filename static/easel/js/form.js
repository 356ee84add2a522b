// The values of a form: read, kept, written back. Each name is one value: a text, a yes or no, or
// the list of what is ticked.
export const UNNAMED = new Set(["", "csrfmiddlewaretoken"]);

export function controlsOf(form, name) {
  return [...form.elements].filter((control) => control.name === name);
}

const isTicked = (control) => control.type === "checkbox";
// A checkbox with a value of its own is one of several; "on" is what HTML gives one without.
const isOfMany = (control) => isTicked(control) && control.getAttribute("value") !== null;

export function valueOf(form, name) {
  const controls = controlsOf(form, name);
  const [first] = controls;
  if (!first) return null;
  if (isOfMany(first)) return controls.filter((control) => control.checked).map((control) => control.value);
  if (isTicked(first)) return first.checked;
  if (first.type === "radio") return controls.find((control) => control.checked)?.value ?? null;
  return first.value;
}

export function valuesOf(form) {
  const names = new Set([...form.elements].filter((each) => each.type !== "file").map((each) => each.name));
  return Object.fromEntries([...names].filter((name) => !UNNAMED.has(name)).map((name) => [name, valueOf(form, name)]));
}

/** A name or an option that is not there any more (a model that went) is left as it was. */
export function fillIn(form, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    for (const control of controlsOf(form, name)) fillOne(control, value);
  }
}

function fillOne(control, value) {
  const text = String(value);
  if (isOfMany(control)) control.checked = [value].flat().map(String).includes(control.value);
  else if (isTicked(control)) control.checked = value === true || text === "true" || text === "on";
  else if (control.type === "radio") {
    if (control.value === text) control.checked = true;
  } else if (control instanceof HTMLSelectElement) {
    if ([...control.options].some((option) => option.value === text)) control.value = text;
  } else control.value = text;
}

/** Whether two values of a field mean the same: "7" and 7, "" and null. */
export function isSame(one, other) {
  if (Array.isArray(one) || Array.isArray(other)) return String([one ?? []].flat()) === String([other ?? []].flat());
  const [left, right] = [one, other].map((value) => String(value ?? ""));
  if (left === right) return true;
  return left !== "" && right !== "" && Number(left) === Number(right);
}

/** Writes at the caret as a person would, so that the browser's own undo knows of it. */
export function type(area, text, replaces = 0) {
  area.focus();
  area.setSelectionRange(Math.max(0, area.selectionStart - replaces), area.selectionEnd);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

/** The whole text anew; undo brings the former one back. */
export function retype(area, text) {
  if (area.value === text) return;
  area.focus();
  area.select();
  type(area, text);
}
