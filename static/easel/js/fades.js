// Pictures with data-fade appear over their blurred placeholder when they are there.
function arm(image) {
  if (image.complete || image.dataset.armed) return;
  image.dataset.armed = "true";
  image.classList.add("is-waiting");
  const done = () => image.classList.remove("is-waiting");
  image.addEventListener("load", done, { once: true });
  image.addEventListener("error", done, { once: true });
}

export function startFades() {
  const armAll = (root) => root.querySelectorAll?.("img[data-fade]").forEach(arm);
  armAll(document);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(armAll);
  }).observe(document.body, { childList: true, subtree: true });
}
