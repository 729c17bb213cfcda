// Draws the report: the table of figures, the latency curves, the shares, and the load over time.

const { results, servers, quantiles } = bal.data;
const { axis, colour, element, milliseconds, plot, redrawn, serverColour } = bal.charts;

function figures() {
  const heads = ["strategy", "requests", "errors", "p50", "p90", "p99", "", "p99.9"];
  const worst = Math.max(...results.map(({ p99 }) => p99));
  const rows = results.map((result) => {
    const swatch = element("span", { class: "swatch", style: { background: `var(--${result.id})` } });
    const width = `${Math.max(1, (84 * result.p99) / worst)}px`;
    const bar = element("span", { class: "bar", style: { width, background: `var(--${result.id})` } });
    return element(
      "tr",
      {},
      element("td", {}, swatch, result.title),
      element("td", {}, result.requests.toLocaleString("en")),
      element("td", {}, result.errors.toLocaleString("en")),
      element("td", {}, milliseconds(result.p50)),
      element("td", {}, milliseconds(result.p90)),
      element("td", {}, milliseconds(result.p99)),
      element("td", { style: { padding: "0" } }, element("span", { class: "barred" }, bar)),
      element("td", {}, milliseconds(result.p999)),
    );
  });
  const head = element("tr", {}, ...heads.map((name) => element("th", {}, name)));
  document.getElementById("figures").append(element("thead", {}, head), element("tbody", {}, ...rows));
}

function latency() {
  // The x axis counts nines: 0 is the fastest, 1 the 90th percentile, 2 the 99th, 3 the 99.9th.
  const x = quantiles.map((_, step) => step / 40);
  const marks = [0, Math.log10(2), 1, 2, 3];
  const names = ["fastest", "50 %", "90 %", "99 %", "99.9 %"];
  const named = (value) => {
    const percent = 100 * (1 - 10 ** -value);
    return `${percent.toFixed(percent > 99 ? 2 : percent > 90 ? 1 : 0)} %`;
  };
  const data = [x, ...results.map(({ curve }) => curve.map((ms) => (ms > 0 ? ms : null)))];
  const options = () => ({
    scales: { x: { time: false, range: [0, 3] }, y: { distr: 3 } },
    axes: [
      axis({ splits: () => marks, values: ({ width }) => (width < 560 ? ["", ...names.slice(1)] : names), gap: 8 }),
      axis({
        size: 62,
        values: (_, splits) =>
          splits.map((ms) => (Number.isInteger(Math.log10(ms)) ? milliseconds(ms).replace(/\.0+ /, " ") : "")),
        filter: (_, splits) => splits,
      }),
    ],
    series: [
      { label: "percentile", value: (_, value) => (value == null ? "–" : named(value)) },
      ...results.map(({ id, title }) => ({
        label: title,
        stroke: colour(id),
        width: 2,
        points: { show: false },
        value: (_, value) => milliseconds(value),
      })),
    ],
  });
  plot(document.getElementById("latency"), 380, options, data);
}

function shares() {
  // Every strategy has a place of its own beside the middle of the server's.
  const step = 0.8 / results.length;
  const places = servers.flatMap((_, server) =>
    results.map((_, strategy) => ({ server, strategy, x: server + (strategy - (results.length - 1) / 2) * step })),
  );
  const data = [
    places.map(({ x }) => x),
    ...results.map(({ shares }, own) =>
      places.map(({ server, strategy }) => (strategy === own ? shares[server] * 100 : undefined)),
    ),
  ];
  const fair = 100 / servers.length;
  const line = (chart) => {
    const { ctx, bbox } = chart;
    const y = chart.valToPos(fair, "y", true);
    ctx.save();
    ctx.strokeStyle = colour("soft");
    ctx.setLineDash([6, 5]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  };
  const options = () => ({
    cursor: { show: false },
    legend: { live: false },
    scales: {
      x: { time: false, range: [-0.6, servers.length - 0.4] },
      y: { range: (_chart, _min, max) => [0, Math.max(fair * 1.2, max * 1.05)] },
    },
    axes: [
      axis({
        splits: () => servers.map((_, index) => index),
        values: ({ width }) => servers.map((name) => name.replace(width < 640 ? / · .*/ : /.*· | ms/g, "")),
        grid: { show: false },
        gap: 8,
      }),
      axis({ size: 50, values: (_, splits) => splits.map((share) => `${share} %`) }),
    ],
    series: [
      {},
      ...results.map(({ id, title }) => ({
        label: title,
        stroke: colour(id),
        fill: colour(id),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars({ size: [step * 0.85, 40] }),
      })),
    ],
    hooks: { draw: [line] },
  });
  plot(document.getElementById("shares"), 320, options, data);
}

function load() {
  const keys = document.getElementById("servers");
  const key = () =>
    keys.replaceChildren(
      ...servers.map((name, index) => {
        const background = serverColour(index, servers.length);
        return element("span", {}, element("span", { class: "swatch", style: { background } }), name);
      }),
    );
  key();
  redrawn.push(key);
  const most = Math.max(1, ...results.flatMap(({ timeline }) => timeline.inFlight.flat()));
  for (const { title, timeline } of results) {
    const place = element("div", { class: "plot" });
    document.getElementById("load").append(element("div", {}, element("h3", {}, title), place));
    const options = () => ({
      cursor: { y: false },
      legend: { show: false },
      scales: { x: { time: false }, y: { range: [0, most * 1.05] } },
      axes: [axis({ values: (_, splits) => splits.map((second) => `${second} s`) }), axis({ size: 42 })],
      series: [
        {},
        ...servers.map((name, index) => ({
          label: name,
          stroke: serverColour(index, servers.length),
          width: 1.5,
          points: { show: false },
        })),
      ],
    });
    plot(place, 200, options, [timeline.seconds, ...timeline.inFlight]);
  }
}

figures();
latency();
shares();
load();
