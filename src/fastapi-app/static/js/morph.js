// Brings a piece of the page to the state of a newer one, touching only what differs: focus, scroll and open details stay.
// Elements marked data-script belong to the script and are left alone. Children with an id are matched by it.

const KEPT = new Set(["open", "disabled"]); // a button is disabled while what it sends is on its way

export function morph(from, to) {
  if (from.hasAttribute("data-script")) return;
  const flash = from.hasAttribute("data-flash") && from.textContent !== to.textContent;
  morphAttributes(from, to);
  morphChildren(from, to);
  if (flash) restart(from);
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !KEPT.has(name)) from.setAttribute(name, value);
  }
}

function morphChildren(from, to) {
  let here = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const match = matching(here, wanted);
    if (match === null) {
      from.insertBefore(document.importNode(wanted, true), here);
      continue;
    }
    while (here !== match) here = removed(here);
    if (wanted.nodeType === Node.ELEMENT_NODE) morph(match, wanted);
    else if (match.data !== wanted.data) match.data = wanted.data;
    here = match.nextSibling;
  }
  while (here) here = removed(here);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// The next sibling that can become `wanted`: for one with an id the same id, otherwise this very place if it is of the same kind.
function matching(here, wanted) {
  if (wanted.id) {
    for (let node = here; node; node = node.nextSibling) if (node.id === wanted.id) return node;
    return null;
  }
  return here && here.nodeName === wanted.nodeName && !here.id ? here : null;
}

function restart(element) {
  element.classList.remove("flash");
  void element.offsetWidth;
  element.classList.add("flash");
}
