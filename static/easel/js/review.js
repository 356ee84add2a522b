// Review by keyboard: J/K walk, X chooses, V looks, A and B decide about what is chosen.
const cases = [...document.querySelectorAll("[data-case]")];
const form = document.getElementById("decide");

function current() {
  return Math.max(0, cases.findIndex((each) => each.contains(document.activeElement)));
}

function go(step) {
  const at = cases.findIndex((each) => each.contains(document.activeElement));
  const next = cases[Math.min(cases.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function decide(verdict) {
  const boxes = cases.map((each) => each.querySelector("input[name=id]"));
  if (!boxes.some((box) => box.checked)) boxes[current()].checked = true;
  form.querySelector(`button[value=${verdict}]`).click(); // the browser asks for the reason
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  x: () => cases[current()].querySelector("input[name=id]").click(),
  v: () => cases[current()].querySelector("[data-look]")?.click(),
  a: () => decide("allow"),
  b: () => decide("block"),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !cases.length) return;
  const act = keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
