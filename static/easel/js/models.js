// The pages of models: a click on a trigger word copies it.
import { addToast } from "./toasts.js";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no clipboard: an address without TLS, or it was not allowed
  }
}

document.addEventListener("click", async (event) => {
  const word = event.target.closest("[data-copy-text]");
  if (!word) return;
  const done = await copy(word.dataset.copyText);
  const template = document.getElementById(done ? "toast-copied" : "toast-copy-yourself");
  if (!done) getSelection().selectAllChildren(word);
  if (template) addToast(template.content.firstElementChild.cloneNode(true), 3);
});
