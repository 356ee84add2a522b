// Names for what Django's widgets and select2 build without one, so that a screen reader says what
// a field is for: the box of a search field, the two halves of a date, the help of a filter.
function words(element) {
  return (element?.textContent ?? "").replace(/[:：*\s]+$/u, "").trim();
}

function nameBox(box) {
  const select = box.closest(".select2-container")?.previousElementSibling;
  const label = select?.labels?.[0] ?? document.querySelector(`label[for="${select?.id}"]`);
  const name = words(label) || select?.getAttribute("aria-label") || select?.name;
  if (!name) return;
  box.setAttribute("aria-label", name);
  const chosen = box.querySelector('[role="textbox"]');
  chosen?.setAttribute("aria-label", name); // it holds what is chosen, or nothing
}

function nameDate(input) {
  if (input.labels?.length || input.hasAttribute("aria-label")) return;
  const row = input.closest("fieldset.flex-container, .form-row, td");
  const whole = words(row?.querySelector("legend, label"));
  const half = words(input.previousSibling);
  input.setAttribute("aria-label", [whole, half].filter(Boolean).join(" "));
}

function nameAll() {
  document.querySelectorAll('.select2-selection[role="combobox"]:not([aria-label])').forEach(nameBox);
  document.querySelectorAll(".vDateField, .vTimeField").forEach(nameDate);
  document.querySelectorAll("span.help-tooltip[aria-label]:not([role])").forEach((tip) => tip.setAttribute("role", "img"));
}

// They are built after this runs, and again for each row that is added to a form.
new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
nameAll();
