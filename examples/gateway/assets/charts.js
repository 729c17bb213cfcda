// What both pages draw with: colours from the theme, axes, and plots that follow their place's width.

bal.charts = (() => {
  /** A colour of the theme, by the name of its variable. */
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  /** From blue, the fastest server, to red, the slowest. */
  function serverColour(index, count) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const hue = 215 - (count < 2 ? 0 : (215 * index) / (count - 1));
    return `hsl(${hue} ${dark ? "70% 64%" : "68% 42%"})`;
  }

  /** Three figures, with their unit. */
  function milliseconds(value) {
    if (value == null) return "–";
    const [number, unit] = value >= 1000 ? [value / 1000, "s"] : [value, "ms"];
    return `${number.toFixed(number >= 100 ? 0 : number >= 10 ? 1 : 2)} ${unit}`;
  }

  function axis(more) {
    return {
      stroke: colour("soft"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: colour("grid"), width: 1 },
      ticks: { show: false },
      size: 34,
      ...more,
    };
  }

  const drawn = [];

  /** Draws now, and again when the theme changes; as wide as its place. `options` is asked anew each time. */
  function plot(place, height, options, data) {
    const one = { place, height, options, data, chart: undefined };
    const draw = () => {
      one.chart?.destroy();
      one.chart = new uPlot({ width: place.clientWidth, height, ...options() }, one.data, place);
    };
    draw();
    drawn.push(draw);
    let width = place.clientWidth;
    new ResizeObserver(() => {
      if (place.clientWidth === width || place.clientWidth === 0) return;
      width = place.clientWidth;
      one.chart.setSize({ width, height });
    }).observe(place);
    return {
      set(next) {
        one.data = next;
        one.chart.setData(next);
      },
    };
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const draw of drawn) draw();
  });

  /** An element with text, attributes and children; never markup. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "style") Object.assign(made.style, value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  return { axis, colour, element, milliseconds, plot, redrawn: drawn, serverColour };
})();
