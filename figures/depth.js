// Depth: the size of the signal and of the gradient in each layer of a network with random weights.

import { button, choice, element, place, slider, svg, words } from "./figure.js";
import { crossEntropyGradient } from "./softmax.js";

export const SAMPLES = 16;
export const CLASSES = 10;

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** Activations and their slopes, both as functions of z. */
export const ACTIVATIONS = {
  sigmoid: [sigmoid, (z) => sigmoid(z) * sigmoid(-z)],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  ReLU: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  identity: [(z) => z, () => 1],
};

/** Rules for the standard deviation of a layer's first weights. */
export const RULES = {
  "0.01 · randn": () => 0.01,
  "1 · randn": () => 1,
  "randn / √d": (d) => Math.sqrt(1 / d),
  "3 · randn / √d": (d) => 3 / Math.sqrt(d),
  Xavier: (d, outputs) => Math.sqrt(2 / (d + outputs)),
  He: (d) => Math.sqrt(2 / d),
};

/** Return a function that draws standard normal numbers: Box and Muller, from the generator mulberry32. */
export function normal(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const matrix = (rows, columns) => Array.from({ length: rows }, () => new Float64Array(columns));

/** Return X (n, d), labels (n,), and the weights of `depth` layers: d wide, the last with 10 outputs. */
export function draw({ depth, width, rule, seed }) {
  const random = normal(seed);
  const drawn = (rows, columns, std) => matrix(rows, columns).map((row) => row.map(() => std * random()));
  const X = drawn(SAMPLES, width, 1);
  const labels = X.map((_, i) => i % CLASSES);
  const outputs = (layer) => (layer < depth ? width : CLASSES);
  const weights = Array.from({ length: depth }, (_, k) =>
    drawn(width, outputs(k + 1), RULES[rule](width, outputs(k + 1))),
  );
  return { X, labels, weights };
}

/** Return A @ B. */
function product(A, B) {
  const result = matrix(A.length, B[0].length);
  A.forEach((row, i) => {
    const sum = result[i];
    for (let k = 0; k < row.length; k++) {
      const [a, b] = [row[k], B[k]];
      for (let j = 0; j < sum.length; j++) sum[j] += a * b[j];
    }
  });
  return result;
}

function transposed(A) {
  const result = matrix(A[0].length, A.length);
  for (let i = 0; i < A.length; i++) {
    for (let j = 0; j < result.length; j++) result[j][i] = A[i][j];
  }
  return result;
}

/** Return A with `f` of each entry; `f` may also use the entry of B in the same place. */
const each = (A, f, B = A) => A.map((row, i) => row.map((a, j) => f(a, B[i][j])));

const plus = (A, B) => each(A, (a, b) => a + b, B);

/** Return the cache of the forward pass: [a_in, z] of each layer. Residual: a hidden layer adds its input. */
export function forward(X, weights, activation, residual = false) {
  const [f] = ACTIVATIONS[activation];
  const cache = [[X, product(X, weights[0])]];
  for (const W of weights.slice(1)) {
    const [aIn, z] = cache.at(-1);
    const a = residual ? plus(each(z, f), aIn) : each(z, f);
    cache.push([a, product(a, W)]);
  }
  return cache;
}

/** Return [deltas, dWs], both from the first layer to the last; `delta` is that of the last. */
export function backward(delta, weights, cache, activation, residual = false) {
  const [, slope] = ACTIVATIONS[activation];
  const deltas = [delta];
  let da = product(delta, transposed(weights.at(-1)));
  for (let layer = weights.length - 2; layer >= 0; layer--) {
    deltas.unshift(each(da, (g, z) => g * slope(z), cache[layer][1]));
    const through = product(deltas[0], transposed(weights[layer]));
    da = residual ? plus(through, da) : through;
  }
  return [deltas, deltas.map((d, layer) => product(transposed(cache[layer][0]), d))];
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const norm = (A) => Math.sqrt(A.reduce((sum, row) => row.reduce((s, a) => s + a * a, sum), 0));

function deviation(A) {
  const centre = mean(A.map(mean));
  return Math.sqrt(mean(A.map((row) => mean(row.map((a) => (a - centre) ** 2)))));
}

/**
 * Return the norms of delta and dW and the standard deviation of z of each layer, from the first to the last.
 * The loss is the cross-entropy. `dead` is the first hidden layer, from 1 on, whose slopes are all 0, or 0.
 */
export function measure({ X, labels, weights }, activation, residual = false) {
  const cache = forward(X, weights, activation, residual);
  const logits = cache.at(-1)[1];
  const delta = logits.map((row, i) => crossEntropyGradient(row, labels[i]).map((d) => d / labels.length));
  const [deltas, dWs] = backward(delta, weights, cache, activation, residual);
  const [, slope] = ACTIVATIONS[activation];
  const off = ([, z]) => z.every((row) => row.every((value) => slope(value) === 0));
  return {
    deltas: deltas.map(norm),
    dWs: dWs.map(norm),
    signals: cache.map(([, z]) => deviation(z)),
    dead: cache.slice(0, -1).findIndex(off) + 1,
  };
}

/** Return what becomes of a gradient whose norm is multiplied by `ratio` on its way to the first layer. */
export function verdict(ratio) {
  if (ratio < 0.01) return "vanishes: the ratio is below 1/100";
  if (ratio > 100) return "explodes: the ratio is above 100";
  return "holds: the ratio is between 1/100 and 100";
}

/** Return a number that is not negative with three digits that count, such as 0.0123 or 1.23e−9. */
export function digits(value) {
  if (value === 0) return "0";
  const plain = value < 1e-3 ? value.toExponential(2) : value.toPrecision(3);
  return plain.replace("-", "−").replace("+", "");
}

const MARKS = {
  circle: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0",
  square: "M-3 -3h6v6h-6z",
  triangle: "M0 -4l4 7h-8z",
};
const CURVES = {
  deltas: { name: "norm of δ", colour: "var(--blue)", mark: "circle", dash: "none" },
  dWs: { name: "norm of dW", colour: "var(--orange)", mark: "square", dash: "6 4" },
  signals: { name: "standard deviation of z", colour: "var(--green)", mark: "triangle", dash: "2 3" },
};
const HEIGHT = 215; // of a panel, with its legend and its axis

/** Return the nodes of a panel, `top` its upper edge: curves over the layers, on a logarithmic axis. */
function panel(top, width, curves, arrow) {
  const powers = curves.flatMap(([, values]) => values.filter((value) => value > 0).map(Math.log10));
  const low = Math.floor(Math.min(-3, ...powers));
  const high = Math.ceil(Math.max(2, ...powers));
  const zeros = curves.some(([, values]) => values.includes(0));
  const [left, right, upper, bottom] = [58, width - 10, top + 28, top + HEIGHT - 45];
  const lowest = bottom - (zeros ? 18 : 0);
  const depth = curves[0][1].length;
  const share = (layer) => (depth > 1 ? (layer - 1) / (depth - 1) : 0.5);
  const x = (layer) => left + 8 + (right - left - 16) * share(layer);
  const y = (power) => lowest - ((lowest - upper) * (power - low)) / (high - low);
  const spot = (value) => (value > 0 ? y(Math.log10(value)) : bottom);
  const nodes = [];

  const jump = [1, 2, 5, 10, 20, 50].find((size) => (high - low) / size <= 6);
  for (let power = Math.ceil(low / jump) * jump; power <= high; power += jump) {
    const label = `1e${power}`.replace("-", "−");
    const line = { stroke: "var(--line)", "stroke-width": 0.5 };
    nodes.push(svg("path", { d: `M${left} ${y(power)}H${right}`, ...line }));
    nodes.push(svg("text", { x: left - 5, y: y(power) + 4, "text-anchor": "end" }, label));
  }
  if (zeros) nodes.push(svg("text", { x: left - 5, y: bottom + 4, "text-anchor": "end" }, "0"));
  const axes = `M${left} ${upper}V${bottom}H${right}`;
  nodes.push(svg("path", { d: axes, stroke: "currentColor", fill: "none" }));
  const count = depth <= 10 ? 1 : depth <= 25 ? 5 : 10;
  for (let layer = 1; layer <= depth; layer++) {
    if (layer > 1 && layer % count) continue;
    nodes.push(svg("text", { x: x(layer), y: bottom + 17, "text-anchor": "middle" }, layer));
  }
  nodes.push(svg("text", { x: (left + right) / 2, y: bottom + 35, "text-anchor": "middle" }, arrow));

  const every = Math.ceil(depth / 20);
  curves.forEach(([{ name, colour, mark, dash }, values], order) => {
    const line = { stroke: colour, "stroke-width": 2, "stroke-dasharray": dash, fill: "none" };
    const at = (place) => svg("path", { d: MARKS[mark], fill: colour, transform: `translate(${place})` });
    const places = values.map((value, k) => [x(k + 1), spot(value)]);
    nodes.push(svg("polyline", { points: places.join(" "), ...line }));
    nodes.push(...places.filter((_, k) => k % every === 0 || k === depth - 1).map(at));
    const legend = 4 + order * 120;
    nodes.push(svg("path", { d: `M${legend} ${top + 14}h30`, ...line }), at([legend + 15, top + 14]));
    nodes.push(svg("text", { x: legend + 36, y: top + 18 }, name));
  });
  return nodes;
}

place("depth", () => {
  const setting = { activation: "sigmoid", rule: "Xavier", depth: 20, width: 32, seed: 1, residual: "no" };
  let measured, outcome;
  const drawing = element("div");
  const rows = element("tbody");
  const said = words();
  const seed = element("output");
  const set = (key, convert = String) => (value) => {
    setting[key] = convert(value);
    compute();
  };

  function compute() {
    const { activation, rule, depth, width } = setting;
    const straight = setting.residual === "yes";
    measured = measure(draw(setting), activation, straight);
    const { deltas, dWs, signals, dead } = measured;
    seed.textContent = `seed ${setting.seed}`;
    rows.replaceChildren(
      ...deltas.map((delta, k) => {
        const cells = [delta, dWs[k], signals[k]].map((value) => element("td", {}, digits(value)));
        return element("tr", {}, element("th", { scope: "row" }, String(k + 1)), ...cells);
      }),
    );
    const ratio = deltas[0] / deltas.at(-1);
    outcome = verdict(ratio);
    const factor = depth > 1 ? `, a factor of ${digits(ratio ** (1 / (depth - 1)))} for each layer` : "";
    said.textContent = [
      `Depth ${depth}, width ${width}, ${activation}, weights ${rule}${straight ? ", residual" : ""}:`,
      `the norm of δ is ${digits(deltas.at(-1))} at the last layer and ${digits(deltas[0])} at the first.`,
      `The ratio is ${digits(ratio)}${factor}. The gradient ${outcome}.`,
      `The norm of dW is ${digits(dWs[0])} at the first layer and ${digits(dWs.at(-1))} at the last,`,
      `the standard deviation of z ${digits(signals[0])} and ${digits(signals.at(-1))}.`,
      dead && !straight ? `In layer ${dead} all slopes are 0, for all samples, so no gradient passes.` : "",
    ].join(" ");
    paint();
  }

  function paint() {
    const width = drawing.clientWidth || 360;
    const curves = (...names) => names.map((name) => [CURVES[name], measured[name]]);
    drawing.replaceChildren(
      svg(
        "svg",
        {
          viewBox: `0 0 ${width} ${2 * HEIGHT}`,
          role: "img",
          "aria-label": `Gradient and signal in the layers 1 to ${setting.depth}. The gradient ${outcome}.`,
          "font-size": 13,
        },
        ...panel(0, width, curves("deltas", "dWs"), "layer (← gradient)"),
        ...panel(HEIGHT, width, curves("signals"), "layer (signal →)"),
      ),
    );
  }

  compute();
  new ResizeObserver(paint).observe(drawing);
  return [
    element(
      "div",
      { class: "controls" },
      choice("activation", Object.keys(ACTIVATIONS), setting.activation, set("activation")),
      choice("first weights", Object.keys(RULES), setting.rule, set("rule")),
      choice("width", ["8", "16", "32", "64"], String(setting.width), set("width", Number)),
      choice("residual connections", ["no", "yes"], setting.residual, set("residual")),
      slider("depth", { min: 1, max: 50, step: 1, value: setting.depth, digits: 0 }, set("depth", Number)),
      button("New random weights", () => set("seed", Number)(setting.seed + 1)),
      seed,
    ),
    drawing,
    said,
    element(
      "details",
      {},
      element("summary", {}, "All layers in numbers"),
      element(
        "table",
        { class: "numbers" },
        element("thead", {}, element("tr", {}, ...["layer", "‖δ‖", "‖dW‖", "std of z"].map(heading))),
        rows,
      ),
    ),
  ];
});

function heading(name) {
  return element("th", { scope: "col" }, name);
}
