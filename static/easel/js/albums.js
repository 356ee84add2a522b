// Putting what is chosen into an album: the dialog that asks for one, and the album's own verbs.
import { parsed, post } from "./asking.js";
import { refused } from "./refusals.js";
import { addToast } from "./toasts.js";

const dialog = () => document.getElementById("album-dialog");
const inside = () => dialog().querySelector("[data-album-choice]");
const show = (html) => inside().replaceChildren(parsed(html));
const told = (html) => addToast(parsed(html), 5);
let waiting = null; // {places, done} of the open dialog

/** ``from``: the album that they leave. ``done`` is called when they are where they should be. */
export async function askForAlbum(url, places, from, done) {
  const answer = await fetch(from ? `${url}?from=${from}` : url, {
    headers: { "HX-Request": "true" },
  });
  if (!answer.ok || answer.redirected) return refused(new Error(`${url}: ${answer.status}`));
  show(await answer.text());
  waiting = { places, done };
  dialog().showModal();
  return undefined;
}

async function onSubmit(event) {
  const form = event.target.closest("[data-album-form]");
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form, event.submitter));
  if (fields.album) delete fields.name;
  try {
    const html = await post(form.getAttribute("action"), waiting.places, fields);
    dialog().close();
    told(html);
    waiting.done();
  } catch (error) {
    if (error.sentence?.includes("data-album-form")) {
      show(error.sentence);
      inside().querySelector("[aria-invalid]")?.focus();
    } else {
      dialog().close();
      refused(error);
    }
  }
}

/** Taking out, choosing a cover. */
export async function albumVerb(url, places, done) {
  try {
    told(await post(url, places));
    done();
  } catch (error) {
    refused(error);
  }
}

export function startAlbums() {
  dialog()?.addEventListener("submit", onSubmit);
}
