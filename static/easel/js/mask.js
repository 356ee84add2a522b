// The mask editor: a brush over the picture, by mouse, pen, finger or keyboard.
import { Strokes, maskOf } from "./strokes.js";

const MOST_SIDE = 2048; // of the canvas; the server brings a mask to its picture's size
const ZOOM = { step: 1.25, least: 1, most: 12 };
const LETTERS = { b: "paint", e: "erase", r: "box" };

const dialog = document.getElementById("masker");
const part = (name) => dialog.querySelector(`[data-${name}]`);
const [stage, sheet, canvas, cursor, brush, photo] = ["stage", "sheet", "canvas", "cursor", "brush", "photo"].map(part);
const strokes = new Strokes(canvas);
const pointers = new Map(); // id -> [x, y] on the screen: two of them move and zoom the sheet

let tool = "paint";
let zoom = 1;
let picture = null;
let finish = null;
let from = null; // where a rectangle began
let pinch = null;
let hand = { at: [0, 0], down: false }; // the keyboard's brush

/* ── opening and closing ── */
export async function editMask({ picture: chosen, mask, done, none }) {
  finish = { done, none };
  const isSame = picture?.id === chosen.id && photo.dataset.mask === (mask?.id ?? "");
  picture = chosen;
  part("masker-problem").textContent = "";
  dialog.showModal();
  if (!isSame) await load(mask);
  choose("paint");
  fit();
  stage.focus();
}

async function load(mask) {
  const scale = Math.min(1, MOST_SIDE / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  strokes.resize(width, height);
  [strokes.done, strokes.undone] = [[], []];
  hand = { at: [width / 2, height / 2], down: false };
  photo.src = picture.url;
  photo.dataset.mask = mask?.id ?? "";
  if (mask) await bring(await (await fetch(mask.url)).blob());
}

async function bring(blob) {
  const image = await createImageBitmap(blob);
  strokes.add({ kind: "image", image: maskOf(image, canvas.width, canvas.height) });
}

async function close() {
  const button = part("mask-done");
  button.disabled = true;
  try {
    if (strokes.isEmpty) finish.none();
    else await finish.done(await strokes.toPicture());
    photo.dataset.mask = document.getElementById("id_mask").value;
    dialog.close();
  } catch (error) {
    part("masker-problem").textContent = error.message;
  }
  button.disabled = false;
}

/* ── sizes ── */
const perPixel = () => canvas.getBoundingClientRect().width / canvas.width || 1;
/** The brush in pixels of the canvas: fine at the left end, 0.4 of the picture at the right. */
const brushSize = () => 2 + (Number(brush.value) / 100) ** 2 * 0.4 * Math.max(canvas.width, canvas.height);

function fit() {
  zoom = 1;
  stretch();
}

function stretch() {
  const room = Math.min(stage.clientWidth / canvas.width, stage.clientHeight / canvas.height);
  sheet.style.setProperty("width", `${Math.floor(canvas.width * room * zoom)}px`);
  sheet.style.setProperty("height", `${Math.floor(canvas.height * room * zoom)}px`);
}

/** ``at``: the place on the screen that stays where it is. */
function zoomTo(wanted, at = null) {
  const box = stage.getBoundingClientRect();
  const [x, y] = at ?? [box.left + box.width / 2, box.top + box.height / 2];
  const before = sheet.getBoundingClientRect();
  const share = [(x - before.left) / before.width, (y - before.top) / before.height];
  zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, wanted));
  stretch();
  const after = sheet.getBoundingClientRect();
  stage.scrollLeft += after.left + share[0] * after.width - x;
  stage.scrollTop += after.top + share[1] * after.height - y;
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}

function showCursor(at, visible = true) {
  const size = brushSize() * perPixel();
  cursor.hidden = !visible || tool === "box";
  const style = { width: size, height: size, left: at[0] * perPixel() - size / 2, top: at[1] * perPixel() - size / 2 };
  for (const [name, value] of Object.entries(style)) cursor.style.setProperty(name, `${value}px`);
}

/* ── painting ── */
const pressure = (event) => (event.pointerType === "pen" && event.pressure ? 0.3 + 0.7 * event.pressure : 1);

function begin(event) {
  if (event.button > 0) return;
  event.preventDefault();
  stage.focus();
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  if (pointers.size === 2) return beginPinch();
  if (tool === "box") from = place(event);
  else strokes.add({ kind: "stroke", erase: tool === "erase", size: brushSize() * pressure(event), points: [place(event)] });
}

function move(event) {
  if (event.pointerType !== "touch") showCursor(place(event));
  if (!pointers.has(event.pointerId)) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  if (pinch) return movePinch();
  if (tool === "box") return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) strokes.extend(place(each));
}

function end(event) {
  if (!pointers.delete(event.pointerId)) return;
  if (pinch) {
    if (!pointers.size) pinch = null;
    return;
  }
  if (tool === "box" && from) addBox(from, place(event));
  from = null;
}

function addBox(first, last) {
  const [left, top] = [0, 1].map((axis) => Math.min(first[axis], last[axis]));
  const [width, height] = [0, 1].map((axis) => Math.abs(first[axis] - last[axis]));
  if (width >= 1 && height >= 1) strokes.add({ kind: "box", left, top, width, height });
}

function beginPinch() {
  if (tool !== "box") strokes.drop(); // the first finger was not painting after all
  from = null;
  pinch = { ...spread(), zoom };
}

function spread() {
  const [first, second] = [...pointers.values()];
  return {
    apart: Math.hypot(first[0] - second[0], first[1] - second[1]) || 1,
    middle: [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2],
  };
}

function movePinch() {
  if (pointers.size !== 2) return;
  const now = spread();
  stage.scrollLeft -= now.middle[0] - pinch.middle[0];
  stage.scrollTop -= now.middle[1] - pinch.middle[1];
  zoomTo((pinch.zoom * now.apart) / pinch.apart, now.middle);
  pinch.middle = now.middle;
}

/* ── acts ── */
const ACTS = {
  undo: () => strokes.undo(),
  redo: () => strokes.redo(),
  invert: () => strokes.add({ kind: "invert" }),
  clear: () => strokes.add({ kind: "clear" }),
  all: () => strokes.add({ kind: "all" }),
  in: () => zoomTo(zoom * ZOOM.step),
  out: () => zoomTo(zoom / ZOOM.step),
  fit,
  "add-box": addNumbers,
};

function addNumbers() {
  const share = (name) => Number(dialog.querySelector(`[data-box=${name}]`).value) / 100;
  const [left, top] = [share("left") * canvas.width, share("top") * canvas.height];
  addBox([left, top], [left + share("width") * canvas.width, top + share("height") * canvas.height]);
}

function choose(name) {
  tool = name;
  for (const button of dialog.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  }
}

function resizeBrush(by) {
  brush.value = Number(brush.value) + by;
  if (!cursor.hidden) showCursor(hand.at);
}

/* ── the keyboard ── */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveHand(direction, isFar) {
  const far = (isFar ? 4 : 1) * Math.max(1, brushSize() / 4);
  const limit = [canvas.width, canvas.height];
  hand.at = hand.at.map((value, axis) => Math.min(limit[axis], Math.max(0, value + direction[axis] * far)));
  if (hand.down) strokes.extend(hand.at);
  showCursor(hand.at);
}

function setHand() {
  if (tool === "box") return;
  hand.down = !hand.down;
  if (hand.down) strokes.add({ kind: "stroke", erase: tool === "erase", size: brushSize(), points: [hand.at] });
  const said = part("masker-said");
  said.textContent = hand.down ? said.dataset.down : said.dataset.up;
  showCursor(hand.at);
}

function pressed(event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    hand.down = false;
    return key === "y" || event.shiftKey ? strokes.redo() : strokes.undo();
  }
  if (event.target.matches("input:not([type=range])")) return;
  if (event.key in ARROWS && event.target === stage) {
    event.preventDefault();
    moveHand(ARROWS[event.key], event.shiftKey);
  } else if (event.key === " " && event.target === stage) {
    event.preventDefault();
    setHand();
  } else if (key in LETTERS) choose(LETTERS[key]);
  else if (key === "i") ACTS.invert();
  else if (key === "[" || key === "]") resizeBrush(key === "[" ? -4 : 4);
  else if (key === "+" || key === "=") ACTS.in();
  else if (key === "-") ACTS.out();
  else if (key === "0") fit();
}

canvas.addEventListener("pointerdown", begin);
canvas.addEventListener("pointermove", move);
for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, end);
canvas.addEventListener("pointerleave", () => (cursor.hidden = true));
stage.addEventListener("blur", () => (hand.down = false));
stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(zoom * (event.deltaY < 0 ? ZOOM.step : 1 / ZOOM.step), [event.clientX, event.clientY]);
}, { passive: false });
dialog.addEventListener("keydown", pressed);
dialog.addEventListener("click", (event) => {
  const kind = event.target.closest("[data-tool]")?.dataset.tool;
  if (kind) choose(kind);
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act) ACTS[act]();
  if (event.target.closest("[data-mask-done]")) close();
});
part("mask-file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    await bring(file);
  } catch {
    part("masker-problem").textContent = document.querySelector("[data-sources]").dataset.sayKind;
  }
});
addEventListener("resize", () => dialog.open && stretch());
