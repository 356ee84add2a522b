// What the server would not do, said in its words where it has some.
import { addToast, say } from "./toasts.js";

export function refused(error) {
  const template = document.getElementById("toast-not-sent");
  if (!error.sentence || !template) return say("toast-failed");
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = error.sentence;
  return addToast(toast, 10);
}
