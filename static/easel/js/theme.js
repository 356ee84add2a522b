// Runs before the first paint: the chosen appearance must not flash.
(() => {
  try {
    const theme = localStorage.getItem("easel.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's appearance stays.
  }
})();
