// <easel-stage>: the picture of the light box and of its page. Zoom (wheel, pinch, double tap,
// buttons, keys), pan, before and after, and on a phone the swipe to the next one.
const MOST = 8; // times the picture's own pixels
const STEP = 1.4;
const SWIPE = 60; // px
const STILL = 8; // px that a finger may tremble

class EaselStage extends HTMLElement {
  connectedCallback() {
    this.canvas = this.querySelector("[data-canvas]");
    this.frame = this.querySelector("[data-frame]");
    this.image = this.querySelector("[data-result]");
    if (!this.frame || this.ready) return;
    this.ready = true;
    this.scale = 1; // of the fitted size
    this.x = this.y = 0;
    this.fingers = new Map();
    this.querySelector("[data-stage-bar]").hidden = false;
    this.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.addEventListener("pointerdown", (event) => this.#down(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.addEventListener(end, (event) => this.#up(event));
    }
    this.addEventListener("dblclick", (event) => {
      if (!event.target.closest("button, input")) this.toggle(event.clientX, event.clientY);
    });
    this.addEventListener("click", (event) => this.#press(event));
    this.image.addEventListener("load", () => this.#show());
    new ResizeObserver(() => this.#show()).observe(this);
    this.#startCompare();
    if (this.querySelector("[data-still]")) this.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.#show();
  }

  /** How much of the picture's own size it has on the screen when it fits. */
  get #fitted() {
    return this.image.clientWidth / (this.image.naturalWidth || this.image.width || 1);
  }

  zoom(factor, clientX, clientY) {
    const most = Math.max(MOST / (this.#fitted || 1), 1);
    const next = Math.min(Math.max(this.scale * factor, 1), most);
    const box = this.getBoundingClientRect();
    const atX = (clientX ?? box.left + box.width / 2) - (box.left + box.width / 2);
    const atY = (clientY ?? box.top + box.height / 2) - (box.top + box.height / 2);
    // What is under the pointer stays there.
    this.x = atX - ((atX - this.x) * next) / this.scale;
    this.y = atY - ((atY - this.y) * next) / this.scale;
    this.scale = next;
    this.#show();
  }

  /** Between the whole picture and its own size, pixel by pixel. */
  toggle(clientX, clientY) {
    if (this.scale > 1.01) this.zoom(1 / this.scale);
    else this.zoom(Math.max(1 / (this.#fitted || 1), 2), clientX, clientY);
  }

  #show() {
    const free = (side, own) => Math.max((own * this.scale - side) / 2, 0);
    const wide = free(this.clientWidth, this.frame.clientWidth);
    const high = free(this.clientHeight, this.frame.clientHeight);
    this.x = this.scale > 1 ? Math.min(Math.max(this.x, -wide), wide) : 0;
    this.y = this.scale > 1 ? Math.min(Math.max(this.y, -high), high) : 0;
    this.canvas.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.classList.toggle("is-zoomed", this.scale > 1);
    this.querySelector("[data-scale]").textContent = `${Math.round(this.#fitted * this.scale * 100)} %`;
  }

  #wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
  }

  #down(event) {
    if (event.target.closest("button, input") || event.button > 0) return;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.from = { x: event.clientX, y: event.clientY, at: Date.now(), moved: false };
    this.pinched = this.fingers.size > 1;
    if (this.scale > 1 || this.pinched) this.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const before = this.#spread();
    const moved = { x: event.clientX - finger.x, y: event.clientY - finger.y };
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const far = Math.hypot(event.clientX - this.from.x, event.clientY - this.from.y);
    if (far > STILL) this.from.moved = true;
    if (this.fingers.size > 1) {
      const after = this.#spread();
      if (before.size) this.zoom(after.size / before.size, after.x, after.y);
    } else if (this.scale > 1) {
      this.x += moved.x;
      this.y += moved.y;
      this.#show();
    }
  }

  #up(event) {
    if (!this.fingers.delete(event.pointerId) || event.type === "pointercancel") return;
    if (event.pointerType !== "touch" || this.fingers.size || this.pinched) return;
    const wide = event.clientX - this.from.x;
    if (this.scale === 1 && Math.abs(wide) > SWIPE && Math.abs(event.clientY - this.from.y) < SWIPE) {
      this.dispatchEvent(new CustomEvent("easel:step", { bubbles: true, detail: wide < 0 ? 1 : -1 }));
    }
    if (this.from.moved) return;
    const now = Date.now(); // iOS gives no dblclick where touch-action is ours
    if (now - (this.tapped ?? 0) < 300) this.toggle(event.clientX, event.clientY);
    this.tapped = now;
  }

  /** The middle of two fingers, and how far they are apart. */
  #spread() {
    const [one, two] = [...this.fingers.values()];
    if (!two) return { size: 0 };
    const size = Math.hypot(one.x - two.x, one.y - two.y);
    return { size, x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 };
  }

  #press(event) {
    const zoom = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (zoom === "in") this.zoom(STEP);
    if (zoom === "out") this.zoom(1 / STEP);
    if (zoom === "fit") this.toggle();
    if (event.target.closest("[data-compare]")) this.compare(this.before.hidden);
    const play = event.target.closest("[data-play]");
    if (play) this.play(play.getAttribute("aria-pressed") !== "true");
  }

  /** An animation plays, or stands still as its first picture. */
  play(on) {
    this.querySelector("[data-still]").media = on ? "not all" : "all";
    this.querySelector("[data-play]").setAttribute("aria-pressed", String(on));
  }

  #startCompare() {
    this.before = this.querySelector("[data-before]");
    if (!this.before) return;
    this.split = this.querySelector("[data-split]");
    this.split.addEventListener("input", () => this.#cut());
    // The picture that went in may be gone with its time: then there is nothing to compare.
    this.before.addEventListener("error", () => {
      this.compare(false);
      this.querySelector("[data-compare]").hidden = true;
    });
  }

  compare(on) {
    for (const part of [this.before, this.split, this.querySelector("[data-edge]")]) part.hidden = !on;
    this.querySelector("[data-compare]").setAttribute("aria-pressed", String(on));
    this.#cut();
    if (on) this.split.focus({ preventScroll: true });
  }

  #cut() {
    const at = Number(this.split.value);
    this.before.style.clipPath = `inset(0 ${100 - at}% 0 0)`;
    this.querySelector("[data-edge]").style.left = `${at}%`;
  }
}

customElements.define("easel-stage", EaselStage);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=range]), textarea, select, [contenteditable]")) return;
  const dialog = document.getElementById("lightbox");
  if (!dialog?.open && dialog) return; // on the wall the keys are nobody's
  const stage = (dialog ?? document).querySelector("easel-stage");
  if (!stage) return;
  if (event.key === "+" || event.key === "=") stage.zoom(STEP);
  else if (event.key === "-") stage.zoom(1 / STEP);
  else if (event.key === "0") stage.toggle();
});
