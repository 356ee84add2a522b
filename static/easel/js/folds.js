// What is folded away: stays open or closed over a reload, says how much in it is not as it comes,
// and goes back to that.
import { isSame, valueOf } from "./form.js";
import { store } from "./store.js";

// What a person wrote or chose to begin with is no setting.
const KEPT = new Set(["prompt", "negative_prompt", "checkpoint", "width", "height"]);
let form;
let defaults;

const isChanged = (name) => name in defaults && !isSame(valueOf(form, name), defaults[name]);

export function showChanges() {
  for (const mark of form.querySelectorAll("[data-changed]")) {
    const inside = [...mark.closest("details").querySelectorAll("[name]")].map((control) => control.name);
    const many = [...new Set(inside)].filter(isChanged).length;
    mark.hidden = many === 0;
    mark.querySelector("b").textContent = many;
  }
  const reset = form.querySelector("[data-reset]");
  if (reset) reset.hidden = !Object.keys(defaults).some((name) => !KEPT.has(name) && isChanged(name));
}

/** The values to go back to. */
export const settingsAsTheyCome = () =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !KEPT.has(name)).map(([name, value]) => [name, value ?? ""]));

export function startFolds(theForm) {
  form = theForm;
  defaults = JSON.parse(form.dataset.defaults ?? "{}");
  const open = store.get("folds", {});
  for (const fold of form.querySelectorAll("[data-fold]")) {
    if (open[fold.dataset.fold]) fold.open = true;
    fold.addEventListener("toggle", () => {
      store.set("folds", { ...store.get("folds", {}), [fold.dataset.fold]: fold.open });
    });
  }
}
