// Settings that a text or a picture carries: pasted, dropped on the prompt, or chosen as a file.
const LOOKS_LIKE_SETTINGS = /(^|\n)\s*Steps: \d+, .*(Sampler|Seed|CFG scale|Size): /;
const PICTURES = ["image/png", "image/jpeg", "image/webp"];
let form;
const place = () => form.querySelector("#reading");

async function read(body) {
  const token = form.elements.namedItem("csrfmiddlewaretoken").value;
  try {
    const answer = await fetch(form.dataset.read, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
    if (answer.ok || answer.status === 422) place().innerHTML = await answer.text();
    return answer.ok;
  } catch {
    place().replaceChildren(); // the server is away; nothing was lost
    return false;
  }
}

function readFile(file) {
  const body = new FormData();
  body.set("file", file);
  return read(body);
}

/** A picture without settings is one to start from. */
async function dropped(file) {
  if (await readFile(file)) return;
  place().replaceChildren();
  form.dispatchEvent(new CustomEvent("picture", { detail: file }));
}

function startDrop(area) {
  const picture = (event) => [...event.dataTransfer.items].find((item) => item.kind === "file" && PICTURES.includes(item.type));
  area.addEventListener("dragover", (event) => {
    if (!picture(event)) return;
    event.preventDefault();
    event.stopPropagation();
    area.classList.add("is-over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("is-over"));
  area.addEventListener("drop", (event) => {
    const item = picture(event);
    area.classList.remove("is-over");
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    dropped(item.getAsFile());
  });
}

/** ``fill`` takes the values that were found. */
export function startReading(theForm, fill) {
  form = theForm;
  if (!form.dataset.read) return;
  const area = form.elements.namedItem("prompt");
  startDrop(area);
  area.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!LOOKS_LIKE_SETTINGS.test(text)) return;
    const body = new FormData();
    body.set("text", text);
    read(body);
  });
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-read-file]") || !event.target.files.length) return;
    readFile(event.target.files[0]);
    event.target.value = "";
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("#reading [data-fill]");
    if (button) fill(JSON.parse(button.dataset.fill));
    if (button || event.target.closest("[data-reading-dismiss]")) place().replaceChildren();
  });
}
