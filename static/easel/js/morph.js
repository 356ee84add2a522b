// The swap style "morph": an element becomes the new one in place, so that focus, a running
// transition and an open fold survive. The library's own extension is not used: it takes every
// out-of-band swap for one of its own, and it evaluates text.
htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) =>
    style === "morph" && Idiomorph.morph(target, [...fragment.children], {
      morphStyle: "outerHTML",
      // What is being typed or dragged is newer than the answer; a button's label is not.
      ignoreActiveValue: Boolean(document.activeElement?.matches("input, select, textarea")),
      callbacks: { beforeAttributeUpdated: (name, node) => name !== "open" || node.localName !== "details" },
    }),
});
