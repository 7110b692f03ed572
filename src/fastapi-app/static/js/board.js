// Draws each chart when its width changes and when there is something new: what is near the screen at once, the rest in idle time.

export function makeBoard(draw, failed) {
  const widths = new WeakMap();
  const later = new Set();
  const sized = new ResizeObserver((entries) => entries.forEach(({ target }) => widths.get(target) === widthOf(target) || drawOne(target)));
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

  function drawOne(plot) {
    later.delete(plot);
    const width = widthOf(plot);
    widths.set(plot, width);
    if (width > 0 && plot.isConnected) drawSafely(plot, width);
  }

  // One chart that fails leaves the others; it says so in its place.
  function drawSafely(plot, width) {
    try {
      draw(plot, width);
    } catch (error) {
      console.error(error);
      plot.replaceChildren(failed());
    }
  }

  function drawLater() {
    for (const plot of later) {
      drawOne(plot);
      break;
    }
    if (later.size > 0) idle(drawLater);
  }

  // `whole`: nothing is left for later (before printing).
  function drawAll(whole = false) {
    for (const plot of document.querySelectorAll("[data-chart]")) {
      if (whole || isNear(plot)) drawOne(plot);
      else later.add(plot);
      sized.observe(plot);
    }
    if (later.size > 0) idle(drawLater);
  }

  return { drawAll, drawOne };
}

const widthOf = (plot) => Math.floor(plot.clientWidth);

function isNear(plot) {
  const { top, bottom } = plot.getBoundingClientRect();
  return top < 1.5 * innerHeight && bottom > -innerHeight / 2;
}
