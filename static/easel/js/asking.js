// What the pages ask the server to do with pictures, named by their places.
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

export async function post(url, ids, more = {}, keepalive = false) {
  const body = new URLSearchParams([...ids.map((id) => ["ids", id]), ...Object.entries(more)]);
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  const answer = await fetch(url, { method: "POST", body, headers, keepalive });
  if (!answer.ok || answer.redirected) {
    const error = new Error(`${url}: ${answer.status}`);
    // Sentences of ours for a person: too many, a name in use. Anything else is a page.
    if ([409, 413, 422].includes(answer.status)) error.sentence = await answer.text();
    throw error;
  }
  return answer.text();
}

export const parsed = (html) =>
  document.createRange().createContextualFragment(html).firstElementChild;
