// The light box: a dialog whose content is fetched by the tile's own link.
let dialog;
let current = null; // the tile that is shown

const tiles = () => [...document.querySelectorAll("#gallery .tile")];
const linkOf = (tile) => tile?.querySelector(".tile__open");

function step(by) {
  const all = tiles();
  const tile = all[all.indexOf(current) + by];
  if (tile) linkOf(tile).click();
  else if (by > 0) document.querySelector("[data-more] a")?.click();
}

function showEnds() {
  const all = tiles();
  const at = all.indexOf(current);
  dialog.querySelector("[data-previous]").disabled = at <= 0;
  dialog.querySelector("[data-next]").disabled = at < 0 || at === all.length - 1;
}

export function closeLightbox() {
  if (dialog?.open) dialog.close();
}

export function startLightbox() {
  dialog = document.getElementById("lightbox");
  if (!dialog) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".tile__open");
    if (link) current = link.closest(".tile");
  }, true);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "lightbox-body") return;
    if (!dialog.open) dialog.showModal();
    showEnds();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) dialog.close();
    if (event.target.closest("[data-previous]")) step(-1);
    if (event.target.closest("[data-next]")) step(1);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  dialog.addEventListener("close", () => {
    dialog.querySelector("#lightbox-body").replaceChildren();
    (linkOf(current) ?? document.getElementById("main")).focus({ preventScroll: true });
  });
}
