// Which view of the page is open: the address says it (#plan). `#all` shows every view, as paper and pages without script do.

import { $ } from "./dom.js";

// The view that an address asks for: its own name, or that of the view which holds the element of that name; else the first.
export function viewOf(hash, names, holderOf) {
  const name = hash.slice(1);
  if (name === "all" || names.includes(name)) return name;
  return (name && holderOf(name)) || names[0];
}

export function makeViews({ onChange }) {
  const links = () => [...document.querySelectorAll("#views a")];
  const holderOf = (id) => $(id)?.closest(".view")?.dataset.of;

  function show() {
    const name = viewOf(location.hash, links().map((link) => link.dataset.view), holderOf);
    document.documentElement.dataset.view = name;
    for (const link of links()) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  addEventListener("hashchange", () => {
    show();
    onChange();
    if (links().some((link) => link.hash === location.hash)) scrollTo(0, 0);
    else $(location.hash.slice(1))?.scrollIntoView();
  });
  show();
}
