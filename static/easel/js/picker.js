// The model picker: shows what is chosen, and finds one among many.
let form;
let timer;
let asking;

export function showModel() {
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

async function find() {
  const search = form.querySelector("[data-model-search]");
  const family = form.querySelector("[data-family][aria-pressed=true]")?.dataset.family ?? "";
  const checkpoint = form.querySelector("[name=checkpoint]:checked")?.value ?? "";
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ q: `${search.value} ${family}`.trim(), checkpoint });
  try {
    const answer = await fetch(`${search.dataset.url}?${query}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
    if (answer.ok) form.querySelector("[data-model-cards]").innerHTML = await answer.text();
  } catch {
    // A newer question went before, or the server is away: the cards stay.
  }
}

export function startPicker(theForm) {
  form = theForm;
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-model-search]")) return;
    event.stopImmediatePropagation(); // no setting
    clearTimeout(timer);
    timer = setTimeout(find, 200);
  });
  form.addEventListener("keydown", (event) => {
    if (event.target.matches("[data-model-search]") && event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("click", (event) => {
    const family = event.target.closest("[data-family]");
    if (family) {
      const on = family.getAttribute("aria-pressed") !== "true";
      for (const each of form.querySelectorAll("[data-family]")) each.setAttribute("aria-pressed", String(on && each === family));
      find();
    }
    const option = event.target.closest(".picker__option");
    if (option && event.detail > 0) option.closest("[data-picker]").open = false; // by pointer only
  });
}
