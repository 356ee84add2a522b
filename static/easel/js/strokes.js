// A mask as the list of what was done to it: undo is one thing less, and a reload of the list paints
// the same. Positions are pixels of the canvas. What is opaque will be repainted; it is striped, so
// that it is seen on a picture of any colour.
const STRIPES = ["#ff2d87", "#ffffff"];

const draw = {
  stroke(context, { erase, size, points }) {
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    context.lineWidth = size;
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  },
  box(context, { erase, left, top, width, height }) {
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    context.fillRect(left, top, width, height);
  },
  all: (context) => fill(context, "source-over"),
  clear: (context) => fill(context, "destination-out"),
  invert: (context) => fill(context, "xor"),
  image(context, { image }) {
    fill(context, "destination-out");
    context.globalCompositeOperation = "source-over";
    context.drawImage(image, 0, 0);
    fill(context, "source-in");
  },
};

function fill(context, operation) {
  context.globalCompositeOperation = operation;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

/** Diagonal stripes of this width in pixels. */
function stripes(context, width) {
  const side = Math.round(width * 2);
  const tile = new OffscreenCanvas(side, side);
  const paint = tile.getContext("2d");
  for (let x = 0; x < side; x += 1) {
    for (let y = 0; y < side; y += 1) {
      paint.fillStyle = STRIPES[Number((x + y) % side < side * 0.2)];
      paint.fillRect(x, y, 1, 1);
    }
  }
  return context.createPattern(tile, "repeat");
}

export class Strokes {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.done = [];
    this.undone = [];
  }

  resize(width, height) {
    Object.assign(this.canvas, { width, height });
    const style = stripes(this.context, Math.max(6, Math.max(width, height) / 90));
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: style, fillStyle: style });
  }

  add(act) {
    this.done.push(act);
    this.undone = [];
    draw[act.kind](this.context, act);
  }

  /** A stroke that goes on: only its last piece is drawn. */
  extend(point) {
    const stroke = this.done.at(-1);
    draw.stroke(this.context, { ...stroke, points: [stroke.points.at(-1), point] });
    stroke.points.push(point);
  }

  drop() {
    this.done.pop();
    this.again();
  }

  undo() {
    if (!this.done.length) return;
    this.undone.push(this.done.pop());
    this.again();
  }

  redo() {
    if (!this.undone.length) return;
    const act = this.undone.pop();
    this.done.push(act);
    draw[act.kind](this.context, act);
  }

  again() {
    fill(this.context, "destination-out");
    for (const act of this.done) draw[act.kind](this.context, act);
  }

  get isEmpty() {
    const { data } = this.context.getImageData(0, 0, this.canvas.width, this.canvas.height);
    for (let at = 3; at < data.length; at += 4) if (data[at]) return false;
    return true;
  }

  /** A PNG: white is repainted, black stays. */
  toPicture() {
    const copy = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const context = copy.getContext("2d");
    context.drawImage(this.canvas, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "white";
    context.fillRect(0, 0, copy.width, copy.height);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "black";
    context.fillRect(0, 0, copy.width, copy.height);
    return copy.convertToBlob({ type: "image/png" });
  }
}

/** A picture of a mask (white is repainted) as what is drawn here: as opaque as it is light. */
export function maskOf(image, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillRect(0, 0, width, height); // what is transparent in a file is black
  context.drawImage(image, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    const [red, green, blue] = pixels.data.subarray(at, at + 3);
    pixels.data[at + 3] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
