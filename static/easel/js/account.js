// The account pages: copying a secret, the dialog that asks first, where the focus goes.
import { say, startToasts } from "./toasts.js";

const TAKES_FOCUS = "[data-focus], [aria-invalid=true]";

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    say("toast-copied", 3);
  } catch {
    select(element); // no clipboard: an address without TLS, or it was not allowed
    say("toast-copy-yourself");
  }
}

function dismiss(event) {
  const dialog = event.target.closest("dialog");
  if (!dialog) return; // on a page of its own the link leads back
  event.preventDefault();
  dialog.close();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(document.getElementById(button.dataset.copy));
  if (event.target.closest("[data-dismiss]")) dismiss(event);
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  const dialog = document.getElementById("confirm");
  if (target.id === "confirm-body") dialog.showModal();
  if (target.id !== "keys") return;
  dialog?.close();
  (target.querySelector(TAKES_FOCUS) ?? document.getElementById("main")).focus();
});

startToasts();

// On a phone the tabs scroll: the one that is open must be seen.
const open = document.querySelector(".account__tabs [aria-current]");
if (open) open.parentElement.scrollLeft = open.offsetLeft - open.parentElement.clientWidth / 3;
