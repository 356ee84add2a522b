// Pictures that go into the form: chosen, dropped, pasted, or taken from the history. A field holds
// the id of a stored picture and nothing else; what is shown of it is asked for by the id, so that
// a reload, an undo and "use these settings" need no more than the value.
import { startUnits } from "./units.js";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const OURS = "application/x-easel-source"; // <task>/<index>, of a picture dragged out of the wall
const GRID = 8; // pixels: sides are multiples of it
const known = new Map(); // id -> { id, width, height, url, thumbnail }

let form;
let root;
let wanting = null; // the slot that the chooser was opened for

const field = (name) => form.elements.namedItem(name);
const slotOf = (name) => root.querySelector(`[data-slot="${name}"]`);
const nameOf = (slot) => slot.dataset.slot;
const find = (slot, part) => slot.querySelector(`[data-slot-${part}]`);
export const pictureOf = (name) => known.get(field(name)?.value);

function tell(name, text) {
  const slot = slotOf(name);
  const place = slot ? find(slot, "problem") : root.querySelector("[data-mask-problem]");
  place.textContent = text;
}

/** Puts a stored picture into a field, or nothing; what was there can be brought back. */
function put(name, id) {
  const control = field(name);
  if (control.value === id) return;
  const before = control.value;
  control.value = id;
  if (before) (slotOf(name) ?? root).dataset[`before${name === "mask" ? "Mask" : ""}`] = before;
  if (name === "init") forMask(before);
  tell(name, "");
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

/** A mask is of one picture: with another one it is put away, and comes back with its own. */
function forMask(before) {
  const masks = JSON.parse(root.dataset.masks ?? "{}");
  if (before && field("mask").value) masks[before] = field("mask").value;
  root.dataset.masks = JSON.stringify(masks);
  field("mask").value = masks[field("init").value] ?? "";
}

/* ── sending ── */
async function send(content) {
  const body = new FormData();
  for (const [name, value] of Object.entries(content)) body.append(name, value);
  const headers = { "X-CSRFToken": field("csrfmiddlewaretoken").value };
  const answer = await fetch(root.dataset.url, { method: "POST", body, headers });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  known.set(told.id, told);
  return told;
}

function busy(slot, on) {
  for (const [part, hidden] of [["busy", !on], ["empty", on], ["full", on]]) find(slot, part).hidden = hidden;
}

/** ``content``: { image: file } or { source: "<task>/<index>" }. */
async function take(slot, content) {
  const name = nameOf(slot);
  const said = root.dataset;
  if (content.image && !KINDS.includes(content.image.type)) return tell(name, said.sayKind);
  if (content.image?.size > Number(said.mostBytes)) return tell(name, said.sayLarge);
  busy(slot, true);
  try {
    put(name, (await send(content)).id);
  } catch (error) {
    // A TypeError: no answer; a SyntaxError: the answer was a page (signed out, too large).
    tell(name, ["TypeError", "SyntaxError"].includes(error.name) ? said.sayFailed : error.message);
  }
  show();
}

export async function sendMask(blob) {
  const told = await send({ image: new File([blob], "mask.png", { type: "image/png" }), like: field("init").value });
  put("mask", told.id);
  show();
}

/* ── showing ── */
/** Asks for what is not known of the pictures that the form names; one that is gone is taken out. */
async function learn() {
  const names = [...root.querySelectorAll("[data-slot]")].map(nameOf).concat("mask");
  const unknown = names.filter((name) => field(name)?.value && !known.has(field(name).value));
  if (!unknown.length) return;
  const ids = [...new Set(unknown.map((name) => field(name).value))];
  const answer = await fetch(`${root.dataset.url}?ids=${ids.join(",")}`).catch(() => null);
  if (!answer?.ok || !answer.headers.get("Content-Type")?.includes("json")) return;
  for (const told of (await answer.json()).sources) known.set(told.id, told);
  for (const name of unknown) {
    if (!ids.includes(field(name).value) || known.has(field(name).value)) continue;
    put(name, "");
    tell(name, root.dataset.sayGone);
  }
}

function show() {
  for (const slot of root.querySelectorAll("[data-slot]")) showSlot(slot);
  const init = pictureOf("init");
  const mask = init && pictureOf("mask");
  root.querySelector("[data-with=init]").hidden = !init;
  root.querySelector("[data-with=mask]").hidden = !mask;
  for (const note of root.querySelectorAll("[data-from-init]")) note.hidden = !init;
  showMask(mask);
}

function showSlot(slot) {
  const told = known.get(field(nameOf(slot)).value);
  busy(slot, false);
  find(slot, "empty").hidden = Boolean(told);
  find(slot, "full").hidden = !told;
  find(slot, "undo").hidden = Boolean(told) || !slot.dataset.before;
  if (!told) return;
  const image = find(slot, "image");
  if (image.getAttribute("src") !== told.thumbnail) image.src = told.thumbnail;
  find(slot, "size").textContent = `${told.width} × ${told.height}`;
}

function showMask(mask) {
  const tint = find(slotOf("init") ?? root, "tint");
  if (!tint) return;
  tint.hidden = !mask;
  if (mask) tint.style.setProperty("mask-image", `url("${mask.thumbnail}")`);
  const part = (name) => root.querySelector(`[data-mask-${name}]`);
  if (!part("open")) return;
  part("new").hidden = Boolean(mask);
  part("more").hidden = !mask;
  part("remove").hidden = !mask;
  part("undo").hidden = Boolean(mask) || !root.dataset.beforeMask;
}

async function refresh() {
  await learn();
  show();
}

/* ── taking in ── */
const fileOf = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? transfer?.files?.[0];
const slotAt = (target) => {
  const within = target instanceof Element ? target.closest("[data-slot], [data-unit]") : null;
  return within?.matches("[data-slot]") ? within : within?.querySelector("[data-slot]") ?? slotOf("init");
};

function startDropping() {
  const carries = (event) => event.dataTransfer.types.includes("Files") || event.dataTransfer.types.includes(OURS);
  form.addEventListener("dragover", (event) => {
    if (!carries(event) || !slotAt(event.target)) return;
    event.preventDefault();
    form.classList.add("is-dropping");
  });
  for (const kind of ["dragleave", "dragend", "drop"]) {
    form.addEventListener(kind, (event) => {
      if (kind !== "dragleave" || !form.contains(event.relatedTarget)) form.classList.remove("is-dropping");
    });
  }
  form.addEventListener("drop", (event) => {
    if (!carries(event) || !slotAt(event.target)) return;
    event.preventDefault();
    const source = event.dataTransfer.getData(OURS);
    const content = source ? { source } : { image: fileOf(event.dataTransfer) };
    if (content.source || content.image) take(slotAt(event.target), content);
  });
  document.addEventListener("dragstart", (event) => {
    const tile = event.target.closest?.(".tile--picture[data-task]");
    if (tile) event.dataTransfer.setData(OURS, `${tile.dataset.task}/${tile.id.split("-").at(-1)}`);
  });
}

function startPasting() {
  document.addEventListener("paste", (event) => {
    const file = fileOf(event.clipboardData);
    const types = file && event.target.matches?.("textarea, input") && event.clipboardData.getData("text");
    if (!file || types || document.querySelector("dialog[open]") || !slotAt(event.target)) return;
    event.preventDefault();
    take(slotAt(event.target), { image: file });
  });
}

function startChoosing() {
  root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-slot-file]")) return;
    event.stopPropagation(); // a file is no value of the form
    const [file] = event.target.files;
    if (file) take(event.target.closest("[data-slot]"), { image: file });
    event.target.value = "";
  });
  root.addEventListener("input", (event) => {
    if (event.target.matches("[data-slot-file]")) event.stopPropagation();
  });
  const chooser = document.getElementById("chooser");
  document.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-source]");
    if (tile && wanting && chooser.contains(tile)) {
      chooser.close();
      take(wanting, { source: tile.dataset.source });
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
  });
  chooser.addEventListener("close", () => wanting && find(wanting, "history").focus());
}

function choose(slot) {
  wanting = slot;
  const chooser = document.getElementById("chooser");
  htmx.ajax("GET", chooser.dataset.url, { target: "#chooser-list", swap: "innerHTML" });
  chooser.showModal();
}

async function openMask() {
  const { editMask } = await import("./mask.js"); // only who paints a mask loads the brush
  editMask({ picture: pictureOf("init"), mask: pictureOf("mask"), done: sendMask, none: () => removeMask() });
}

function removeMask() {
  put("mask", "");
  show();
}

function useSize() {
  const { width, height } = pictureOf("init");
  const most = Number(field("width").max) || 2048;
  const scale = Math.min(1, most / Math.max(width, height));
  const side = (length) => Math.max(64, Math.round((length * scale) / GRID) * GRID);
  field("width").value = side(width);
  field("height").value = side(height);
  field("height").dispatchEvent(new Event("input", { bubbles: true }));
}

function pressed(event) {
  const slot = event.target.closest("[data-slot]");
  const on = (selector) => event.target.closest(selector);
  if (on("[data-slot-history]")) choose(slot);
  else if (on("[data-slot-remove]")) {
    put(nameOf(slot), "");
    show();
    find(slot, "undo").focus();
  } else if (on("[data-slot-undo]")) {
    put(nameOf(slot), slot.dataset.before);
    refresh();
  } else if (on("[data-use-size]")) useSize();
  else if (on("[data-mask-open]")) openMask();
  else if (on("[data-mask-remove]")) removeMask();
  else if (on("[data-mask-undo]")) {
    put("mask", root.dataset.beforeMask);
    refresh();
  }
}

/** ``?source=<task>/<index>&mode=…``: a picture of the history is sent here by another page. */
async function arrive() {
  const query = new URLSearchParams(location.search);
  const source = query.get("source");
  if (!source) return;
  const mode = query.get("mode");
  for (const name of ["source", "mode"]) query.delete(name);
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  const slot = slotOf(mode === "control" ? "control_0_image" : "init");
  if (!slot) return;
  slot.closest("details")?.setAttribute("open", "");
  await take(slot, { source });
  slot.scrollIntoView({ block: "center" });
  if (mode === "inpaint" && pictureOf("init") && root.querySelector("[data-mask-open]")) openMask();
}

export function startSources() {
  form = document.querySelector("[data-create]");
  root = form?.querySelector("[data-sources]");
  if (!root) return;
  root.addEventListener("click", pressed);
  form.addEventListener("picture", (event) => slotOf("init") && take(slotOf("init"), { image: event.detail }));
  startDropping();
  startPasting();
  startChoosing();
  startUnits(form, root);
  for (const kind of ["filled", "quote"]) form.addEventListener(kind, refresh);
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const message of root.querySelectorAll(".field__error:not(:empty)")) {
      for (let fold = message.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
  });
  refresh().then(arrive);
}
