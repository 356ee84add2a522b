// What every page has: the appearance switch, menus that close.
const root = document.documentElement;

function show(theme) {
  for (const button of document.querySelectorAll("[data-theme-value]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeValue === (theme ?? "")));
  }
}

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    // Plain text, not JSON: theme.js reads it before anything else is there.
    if (theme) localStorage.setItem("easel.theme", theme);
    else localStorage.removeItem("easel.theme");
  } catch {
    // Holds until the page is left.
  }
  show(theme);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-value]");
  if (button) choose(button.dataset.themeValue);
  for (const menu of document.querySelectorAll("details[data-menu][open], details[data-picker][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest("details[data-menu][open], details[data-picker][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Ending to act as somebody else: between that and the next page the session is another's, to
// whom what this page fetches by itself would be forbidden.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-acting-end]")) return;
  document.addEventListener("htmx:beforeRequest", (request) => request.preventDefault(), true);
  dispatchEvent(new Event("easel:leaving"));
});

show(root.dataset.theme);
