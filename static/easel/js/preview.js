// <easel-preview src alt>: shows a picture; when src changes, the new one is faded in over the old
// one as soon as it is decoded, so that a preview never blinks.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: block; overflow: hidden; }
  img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover;
        opacity: 0; transition: opacity 450ms ease; }
  img.is-shown { opacity: 1; }
  @media (prefers-reduced-motion: reduce) { img { transition: none; } }
`);

class EaselPreview extends HTMLElement {
  static observedAttributes = ["src"];

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  async attributeChangedCallback(_name, _old, source) {
    if (!source) return;
    const next = new Image();
    next.alt = this.getAttribute("alt") ?? "";
    next.src = source;
    try {
      await next.decode();
    } catch {
      return; // the preview went with its task
    }
    if (this.getAttribute("src") !== source) return;
    const before = [...this.shadowRoot.querySelectorAll("img")];
    this.shadowRoot.append(next);
    requestAnimationFrame(() => requestAnimationFrame(() => next.classList.add("is-shown")));
    setTimeout(() => before.forEach((image) => image.remove()), 500);
  }
}

customElements.define("easel-preview", EaselPreview);
