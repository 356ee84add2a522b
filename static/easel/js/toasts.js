// Short messages at the bottom. The region is a popover, so that it stands above an open dialog.
const region = () => document.getElementById("toasts");

function raise() {
  const toasts = region();
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  if (toasts.childElementCount) toasts.showPopover();
}

export function addToast(element, seconds = 0) {
  region().append(element);
  raise();
  if (seconds) setTimeout(() => dropToast(element), seconds * 1000);
  return element;
}

export function dropToast(element) {
  element.remove();
  if (!region().childElementCount && region().matches(":popover-open")) region().hidePopover();
}

/** One of the page's own messages: a template's id. */
export function say(id, seconds = 6) {
  const template = document.getElementById(id);
  if (template) addToast(template.content.firstElementChild.cloneNode(true), seconds);
}

export function startToasts() {
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-toast-close]");
    if (close) dropToast(close.closest(".toast"));
  });
  document.body.addEventListener("htmx:sendError", () => say("toast-offline"));
  document.body.addEventListener("htmx:timeout", () => say("toast-offline"));
  document.body.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.requestConfig.headers["X-Quiet"]) say("toast-failed");
  });
}
