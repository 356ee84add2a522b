// The chips of the LoRAs in the prompt. The prompt is what counts: a chip rewrites its tag there.
import { retype, type } from "./form.js";

const TAG = /<lora:([^:>]+)(?::[^>]*)?>/gi; // as the server reads it
let prompt;

function rewrite(place, write) {
  let at = -1;
  return prompt.value.replace(TAG, (tag, name) => ((at += 1) === place ? write(name) : tag));
}

const placeOf = (element) => Number(element.closest("[data-lora]").dataset.lora);

/** Not typed: a slider's many steps would fill the browser's undo. */
function weigh(slider) {
  const weight = Number(slider.value);
  slider.parentElement.querySelector("[data-lora-text]").value = weight;
  prompt.value = rewrite(placeOf(slider), (name) => `<lora:${name}:${weight}>`);
}

function remove(button) {
  retype(prompt, rewrite(placeOf(button), () => "").replace(/[ \t]{2,}/g, " ").replace(/^ | $/g, ""));
}

function addWord(word) {
  const said = prompt.value.toLowerCase().split(/[,，\n]/).map((part) => part.replace(TAG, "").trim());
  if (said.includes(word.toLowerCase())) return;
  prompt.setSelectionRange(prompt.value.length, prompt.value.length);
  type(prompt, `${prompt.value.trim() ? ", " : ""}${word}`);
}

export function startLoras(form) {
  if (!form.querySelector("#loras")) return;
  prompt = form.elements.namedItem("prompt");
  form.addEventListener("input", (event) => event.target.matches("[data-lora-weight]") && weigh(event.target));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-lora-remove]");
    if (button) remove(button);
    const trigger = event.target.closest("[data-trigger]");
    if (trigger) addWord(trigger.dataset.trigger);
  });
}

/** The text with the tag behind it, unless it names that LoRA already. */
export function withTag(text, tag) {
  const name = (one) => one.replace(TAG, "$1").toLowerCase();
  return [...text.matchAll(TAG)].some((match) => name(match[0]) === name(tag)) ? text : `${text} ${tag}`.trim();
}
