// The history: filters without leaving the page, and pictures without end.
import { parkIn, startParking } from "./parking.js";
import { refused } from "./refusals.js";
import { selectIn, selecting } from "./selection.js";

const TYPING = 300; // ms
const AHEAD = "1200px 0px"; // how far before the end of the page the next one is asked for
const form = document.querySelector("[data-filters]");
const found = document.getElementById("found");
let underway = null;
let end = null;

/** The next page comes before its link is seen. */
function watchEnd() {
  end?.disconnect();
  end = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      end.unobserve(entry.target);
      entry.target.querySelector("a").click();
    }
  }, { rootMargin: AHEAD });
  const more = found.querySelector("[data-more]");
  if (more) end.observe(more);
}

function arm() {
  const gallery = document.getElementById("gallery");
  selectIn(gallery);
  parkIn(gallery);
  watchEnd();
}

function address() {
  const asked = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...asked]) if (!value.trim()) asked.delete(name);
  const text = asked.toString();
  return form.getAttribute("action") + (text ? `?${text}` : "");
}

/** ``replace``: the same question, typed further: going back skips it. */
async function ask(replace) {
  underway?.abort();
  underway = new AbortController();
  const url = address();
  found.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: underway.signal });
    if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
    const html = await answer.text();
    selecting(false);
    found.innerHTML = html;
    htmx.process(found);
    history[replace ? "replaceState" : "pushState"]({ easel: "history" }, "", url);
    arm();
    found.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name === "AbortError") return;
    found.removeAttribute("aria-busy");
    refused(error);
  }
}

function startFilters() {
  let timer = null;
  let typed = false;
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search" || event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      ask(typed);
      typed = true;
    }, TYPING);
  });
  // A word that is put together (Chinese) is searched when it is there.
  form.addEventListener("compositionend", (event) => {
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "search") return;
    typed = false;
    ask(false);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask(typed);
    typed = false;
  });
  // What was typed before this file was there.
  const said = new URLSearchParams(location.search).get("q") ?? "";
  if (form.elements.q.value.trim() !== said.trim()) ask(true);
  // The form, the headings and the pictures of that address: the server knows them.
  addEventListener("popstate", () => location.reload());
}

if (form && found) {
  startParking();
  startFilters();
  arm();
  found.addEventListener("htmx:afterSwap", watchEnd);
}
