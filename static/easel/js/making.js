// Forms with data-make: they make a new task out of a finished one. The answer brings its card,
// for pages that show what is being made, and a toast; a refusal is a toast alone.
import { addToast, say } from "./toasts.js";

const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

function take(html) {
  const answer = document.createRange().createContextualFragment(html);
  const live = document.getElementById("live");
  for (const card of answer.querySelectorAll("[data-cards] > li")) {
    if (!live || document.getElementById(card.id)) continue; // the stream may have been faster
    live.prepend(card);
    htmx.process(card);
  }
  const balance = answer.querySelector("#balance");
  if (balance) document.getElementById("balance")?.replaceWith(balance);
  const toast = answer.querySelector("[data-toast]");
  if (toast) addToast(toast, Number(toast.dataset.seconds));
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const buttons = [...form.querySelectorAll("button:not([disabled])")];
  buttons.forEach((each) => (each.disabled = true)); // a second click is a second price
  try {
    const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers });
    if (answer.ok || answer.status === 422) take(await answer.text());
    else say("toast-failed");
  } catch {
    say("toast-offline");
  } finally {
    buttons.forEach((each) => (each.disabled = false));
    button?.focus();
  }
}

export function startMaking() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-make]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
}
