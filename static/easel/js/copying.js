// Buttons with data-copy="<id>": what the element says (or holds) goes to the clipboard.
import { say } from "./toasts.js";

function select(element) {
  if ("value" in element) {
    element.focus();
    element.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

export async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.value ?? element.textContent);
    say("toast-copied", 3);
  } catch {
    select(element); // no clipboard: an address without TLS, or it was not allowed
    say("toast-copy-yourself");
  }
}

export function startCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(document.getElementById(button.dataset.copy));
  });
}
