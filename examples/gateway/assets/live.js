// Keeps the live page up to date with what the gateway tells of itself.

const { axis, colour, element, milliseconds, plot } = bal.charts;

const history = { times: [], p50: [], p99: [], rate: [] };
const keptPoints = 240;
let before;

const span = { time: (value) => `${Math.round(value)} s` };

function lines(names) {
  return () => ({
    cursor: { y: false },
    scales: { x: { time: false }, y: { range: (_chart, _min, max) => [0, Math.max(1, max ?? 0) * 1.1] } },
    axes: [axis({ values: (_, splits) => splits.map(span.time) }), axis({ size: 52 })],
    series: [
      { label: "time", value: (_, value) => (value == null ? "–" : span.time(value)) },
      ...names.map(([label, name]) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: false },
        value: (_, value) => (value == null ? "–" : value.toFixed(1)),
      })),
    ],
  });
}

const latencyPlot = plot(
  document.getElementById("latency"),
  220,
  lines([
    ["p50", "accent"],
    ["p99", "random"],
  ]),
  [[], [], []],
);
const ratePlot = plot(document.getElementById("rate"), 220, lines([["requests", "good"]]), [[], []]);

function number(value) {
  return value == null ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function whole(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 0 });
}

function tiles(state, rate) {
  const shown = [
    ["requests a second", rate == null ? "–" : whole(rate)],
    ["in flight", whole(state.inFlight)],
    ["waiting", whole(state.queue)],
    ["errors", whole(state.errors)],
    ["p50", milliseconds(state.latency.p50)],
    ["p99", milliseconds(state.latency.p99)],
  ];
  document
    .getElementById("tiles")
    .replaceChildren(
      ...shown.map(([name, value]) =>
        element("div", { class: "tile" }, element("b", {}, value), element("span", {}, name)),
      ),
    );
}

function endpoints(state) {
  const heads = ["endpoint", "state", "load", "in flight", "share", "requests", "errors", "p50", "p90", "p99"];
  const rows = state.endpoints.map((endpoint) => {
    const condition = endpoint.ready ? "ready" : endpoint.up ? "busy" : "down";
    const name = element("td", {}, endpoint.name);
    if (endpoint.name !== endpoint.url) name.append(element("span", { class: "url" }, endpoint.url));
    const share = element("span", { class: "share" });
    share.style.setProperty("--part", `${endpoint.share * 100}%`);
    const { count, p50, p90, p99 } = endpoint.latency;
    return element(
      "tr",
      {},
      name,
      element("td", {}, element("span", { class: `state ${condition}` }, condition)),
      element("td", {}, number(endpoint.load)),
      element("td", {}, whole(endpoint.inFlight)),
      element("td", {}, share, element("span", { class: "part" }, `${(endpoint.share * 100).toFixed(1)} %`)),
      element("td", {}, whole(endpoint.requests)),
      element("td", { class: endpoint.errors > 0 ? "some" : "none" }, whole(endpoint.errors)),
      ...[p50, p90, p99].map((value) => element("td", {}, count === 0 ? "–" : milliseconds(value))),
    );
  });
  const head = element("tr", {}, ...heads.map((name) => element("th", {}, name)));
  document.getElementById("endpoints").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}

function remember(state, rate) {
  history.times.push(state.uptimeMs / 1000);
  history.p50.push(state.latency.p50);
  history.p99.push(state.latency.p99);
  history.rate.push(rate ?? null);
  for (const values of Object.values(history)) if (values.length > keptPoints) values.shift();
  latencyPlot.set([history.times, history.p50, history.p99]);
  ratePlot.set([history.times, history.rate]);
}

const events = new EventSource("/_bal/events");
const status = document.getElementById("status");
events.onmessage = ({ data }) => {
  const state = JSON.parse(data);
  const passed = before && state.uptimeMs - before.uptimeMs;
  const rate = passed > 0 ? ((state.requests - before.requests) * 1000) / passed : undefined;
  before = state;
  document.getElementById("strategy").textContent = state.strategy.title;
  status.textContent = `serving for ${Math.round(state.uptimeMs / 1000)} s, ${whole(state.requests)} requests`;
  tiles(state, rate);
  endpoints(state);
  remember(state, rate);
};
events.onerror = () => {
  status.textContent = "the gateway does not answer; trying again …";
};
