// Descent on a surface: rules of solutions.optimizers race, and gradient descent meets the threshold 2/L.

import { button, choice, element, place, slider, still, svg, text, words } from "./figure.js";

// The mathematics. A point w of a surface is a pair [w1, w2].

/** The rules for one entry of w: (w, g, state, settings) gives [w, ...state]. The first state is empty. */
export const RULES = {
  sgd: (w, g, state, { lr }) => [w - lr * g],
  momentum(w, g, [v = 0], { lr, beta = 0.9 }) {
    v = beta * v + g;
    return [w - lr * v, v];
  },
  nesterov(w, g, [v = 0], { lr, beta = 0.9 }) {
    v = beta * v + g;
    return [w - lr * (g + beta * v), v];
  },
  adagrad(w, g, [s = 0], { lr, eps = 1e-10 }) {
    s = s + g * g;
    return [w - (lr * g) / (Math.sqrt(s) + eps), s];
  },
  rmsprop(w, g, [s = 0], { lr, rho = 0.99, eps = 1e-8 }) {
    s = rho * s + (1 - rho) * (g * g);
    return [w - (lr * g) / (Math.sqrt(s) + eps), s];
  },
  adadelta(w, g, [s = 0, u = 0], { lr = 1, rho = 0.9, eps = 1e-6 }) {
    s = rho * s + (1 - rho) * (g * g);
    const change = (Math.sqrt(u + eps) / Math.sqrt(s + eps)) * g;
    u = rho * u + (1 - rho) * (change * change);
    return [w - lr * change, s, u];
  },
  adam(w, g, [m = 0, v = 0, t = 0], { lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }) {
    t = t + 1;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * (g * g);
    const m_hat = m / (1 - beta1 ** t);
    const v_hat = v / (1 - beta2 ** t);
    return [w - (lr * m_hat) / (Math.sqrt(v_hat) + eps), m, v, t];
  },
};

/** The two minima of (w² − 1)² + w/2, by Newton's method, and the least loss, which is on the left. */
const [LEFT, RIGHT] = [-1, 1].map((guess) =>
  Array(9).fill().reduce((w) => w - (4 * w * (w * w - 1) + 0.5) / (12 * w * w - 4), guess));

/** The surfaces: loss, gradient, least loss, level curves, marked points, and a start and rates that suit. */
export const SURFACES = {
  "bowl": {
    formula: (kappa) => `½ (w₁² + ${kappa} w₂²)`,
    loss: ([a, b], kappa) => (a * a + kappa * (b * b)) / 2,
    gradient: ([a, b], kappa) => [a, kappa * b],
    least: 0,
    levels: [0.0625, 0.25, 1, 2, 4, 8, 16, 32, 64, 128],
    marks: [[0, 0, "minimum"]],
    start: [-2, 1],
    rates: { sgd: 0.19, momentum: 0.05, nesterov: 0.05, adagrad: 0.5, rmsprop: 0.05, adadelta: 1, adam: 0.2 },
  },
  "saddle": {
    formula: () => "w₁² − w₂²",
    loss: ([a, b]) => a * a - b * b,
    gradient: ([a, b]) => [2 * a, -2 * b],
    least: -Infinity,
    levels: [-3, -2, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 2, 3, 4],
    marks: [[0, 0, "saddle"]],
    notes: [[-1.75, 0.1, "L > 0"], [1.75, 0.1, "L > 0"], [0, 1.4, "L < 0"], [0, -1.5, "L < 0"]],
    start: [1, 0],
    rates: { sgd: 0.1, momentum: 0.02, nesterov: 0.02, adagrad: 0.2, rmsprop: 0.02, adadelta: 1, adam: 0.1 },
  },
  "curved valley": {
    formula: () => "(1 − w₁)² + 100 (w₂ − w₁²)², Rosenbrock’s",
    loss: ([a, b]) => (1 - a) * (1 - a) + 100 * ((b - a * a) * (b - a * a)),
    gradient: ([a, b]) => [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)],
    least: 0,
    levels: [0.5, 2, 8, 32, 128, 512, 1024],
    marks: [[1, 1, "minimum"]],
    start: [-1.2, 1],
    rates: {
      sgd: 0.002, momentum: 0.0003, nesterov: 0.0003, adagrad: 0.3, rmsprop: 0.02, adadelta: 1, adam: 0.1,
    },
  },
  "two minima": {
    formula: () => "(w₁² − 1)² + ½ w₁ + w₂²",
    loss: ([a, b]) => (a * a - 1) * (a * a - 1) + a / 2 + b * b,
    gradient: ([a, b]) => [4 * a * (a * a - 1) + 0.5, 2 * b],
    least: (LEFT * LEFT - 1) * (LEFT * LEFT - 1) + LEFT / 2,
    levels: [-0.5, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 4, 8, 12],
    marks: [[LEFT, 0, "lower minimum"], [RIGHT, 0, "other minimum"]],
    start: [2, 1],
    rates: { sgd: 0.05, momentum: 0.02, nesterov: 0.02, adagrad: 0.5, rmsprop: 0.05, adadelta: 1, adam: 0.1 },
  },
};

/** Return the path of `steps` steps under a rule, from the point `w`: an array of steps + 1 points. */
export function optimize(rule, gradient, w, steps, settings) {
  const path = [w];
  let states = w.map(() => []);
  for (let t = 0; t < steps; t++) {
    const g = gradient(path[t]);
    const moved = path[t].map((entry, i) => RULES[rule](entry, g[i], states[i], settings));
    path.push(moved.map(([entry]) => entry));
    states = moved.map(([, ...state]) => state);
  }
  return path;
}

/** Return the first step after which a path is more than a million away, or no number at all; -1 if none. */
export const divergence = (path) => path.findIndex((w) => !w.every((entry) => Math.abs(entry) < 1e6));

/** Return the learning rate from which on a rule no longer converges on a bowl of that largest curvature. */
export function threshold(rule, curvature, beta) {
  if (rule === "sgd") return 2 / curvature;
  if (rule === "momentum") return (2 * (1 + beta)) / curvature;
  if (rule === "nesterov") return (2 * (1 + beta)) / ((1 + 2 * beta) * curvature);
  return undefined; // the length of the others' steps is not in proportion to the gradient
}

/** Return what a learning rate does that is `ratio` times the threshold. */
export function verdict(ratio) {
  if (Math.abs(ratio - 1) < 1e-12) return "oscillates for ever";
  return ratio < 1 ? "converges" : "diverges";
}

/** Return, as an SVG path, the curve on which a grid of values, rows[j][i] at (x(i), y(j)), has one level.
 *
 * Each cell of the grid is cut into two triangles; the curve crosses a triangle in a line or not at all.
 */
export function contour(rows, level, x, y) {
  const lines = [];
  const trace = (...corners) => {
    const ends = [];
    corners.forEach(([i, j], k) => {
      const [p, q] = corners[(k + 1) % 3];
      const [from, to] = [rows[j][i], rows[q][p]];
      if (from < level === to < level) return;
      const part = (level - from) / (to - from);
      ends.push(`${x(i + part * (p - i)).toFixed(1)} ${y(j + part * (q - j)).toFixed(1)}`);
    });
    if (ends.length) lines.push(`M${ends.join("L")}`);
  };
  for (let j = 0; j + 1 < rows.length; j++) {
    for (let i = 0; i + 1 < rows[j].length; i++) {
      const cell = [rows[j][i], rows[j][i + 1], rows[j + 1][i], rows[j + 1][i + 1]];
      if (Math.min(...cell) >= level || Math.max(...cell) < level) continue;
      trace([i, j], [i + 1, j], [i, j + 1]);
      trace([i + 1, j + 1], [i, j + 1], [i + 1, j]);
    }
  }
  return lines.join("");
}

/** Return the learning rate at a position of the slider: 0.0001, 0.00011, …, two digits each, …, 10. */
export const rate = (position) => Number(`${10 + (position % 90)}e${Math.floor(position / 90) - 5}`);

/** Return the position of the slider at a learning rate. */
export function position(lr) {
  const [digits, exponent] = lr.toExponential(1).split("e").map(Number);
  return Math.round(10 * digits) - 10 + 90 * (exponent + 4);
}

// The drawing.

/** How each rule is drawn: name in words, colour, dashes, and a marker, as an SVG path around a point. */
const LOOKS = {
  sgd: ["gradient descent", "--ink", "", "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"],
  momentum: ["momentum", "--blue", "7 3", "m-3-3h6v6h-6z"],
  nesterov: ["Nesterov", "--orange", "7 3 2 3", "m0-4.5l4 7.5h-8z"],
  adagrad: ["AdaGrad", "--green", "2 3", "m0 4.5l4-7.5h-8z"],
  rmsprop: ["RMSprop", "--purple", "10 4", "m0-5l4 5l-4 5l-4-5z"],
  adadelta: ["Adadelta", "--gold", "5 2 1 2 1 2", "m-4-4l8 8m0-8l-8 8"],
  adam: ["Adam", "--pink", "3 2", "m-4.5 0h9m-4.5-4.5v9"],
};
const W1 = [-2.2, 2.2];
const W2 = [-1.8, 1.8];
const UNIT = 59; // length of 1 on the map
const MAP = { width: 300, height: 262, left: 36, top: 6, right: 295.6, bottom: 218.4 };
const CURVE = { width: 300, height: 262, left: 52, top: 26, right: 294, bottom: 218.4 };
const across = (w1) => MAP.left + UNIT * (w1 - W1[0]);
const up = (w2) => MAP.bottom - UNIT * (w2 - W2[0]);
const LOWEST = 1e-12; // where the axis of the losses ends
const HIGHEST = 1e9;

let plots = 0; // numbers the clipping areas of a page

/** Return a plot: its SVG, a part for what lies below, and one for what is clipped at the frame. */
function plot(box) {
  const id = `descent-${plots++}`;
  const { left, top, right, bottom, width, height } = box;
  const frame = { x: left, y: top, width: right - left, height: bottom - top };
  const below = svg("g");
  const inside = svg("g", { "clip-path": `url(#${id})`, "fill": "none" });
  const root = svg(
    "svg",
    {
      "viewBox": `0 0 ${width} ${height}`,
      "role": "img",
      "font-size": 15,
      "style": "flex: 1 1 16rem; max-width: 26rem",
    },
    svg("clipPath", { id }, svg("rect", frame)),
    svg("rect", { ...frame, style: "fill: var(--paper); stroke: var(--line)" }),
    below,
    inside,
  );
  return { root, below, inside };
}

/** Return a loss as text, with four significant digits. */
function written(loss) {
  const tiny = loss !== 0 && Math.abs(loss) < 1e-3;
  return (tiny ? loss.toExponential(3) : String(Number(loss.toPrecision(4)))).replaceAll("-", "−");
}

/** Return a label in a plot. */
const label = (x, y, anchor, content) => svg("text", { x, y, "text-anchor": anchor }, content);

/** Return the nodes of the figure. */
function build() {
  const state = { surface: "bowl", kappa: 10, beta: 0.9, start: [0, 0], rates: {}, steps: 100, t: 0 };
  const racing = new Set(["sgd", "momentum"]);
  let races = []; // the rules that race: name, path, losses, the step of divergence
  let running = 0;

  const map = plot(MAP);
  const curve = plot(CURVE);
  const said = words();
  const formula = element("p");
  const every = element("p");

  // Where the walks go, at the settings as they are.

  function race() {
    const { loss, gradient } = SURFACES[state.surface];
    races = Object.keys(RULES).filter((rule) => racing.has(rule)).map((rule) => {
      const settings = { lr: state.rates[rule], beta: state.beta };
      const path = optimize(rule, (w) => gradient(w, state.kappa), state.start, state.steps, settings);
      const end = divergence(path);
      const seen = end < 0 ? path : path.slice(0, end);
      return { rule, path: seen, losses: seen.map((w) => loss(w, state.kappa)), end };
    });
    scale();
    draw();
  }

  // The map: level curves of the surface, marked points, axes.

  function chart() {
    const { loss, levels, marks, notes = [], formula: equation } = SURFACES[state.surface];
    const cell = UNIT / 50; // 220 cells across, 180 up
    const grid = Array.from({ length: 181 }, (_, j) =>
      Array.from({ length: 221 }, (_, i) =>
        loss([W1[0] + i / 50, W2[0] + j / 50], state.kappa)));
    const curves = levels.map((level) => svg("path", {
      "d": contour(grid, level, (i) => MAP.left + i * cell, (j) => MAP.bottom - j * cell),
      "style": "fill: none; stroke: var(--line)",
    }));
    const crosses = marks.map(([w1, w2, name]) => svg("g", {},
      svg("path", { d: `M${across(w1)} ${up(w2)}m-6-6l12 12m0-12l-12 12`, style: "stroke: var(--ink)" }),
      svg("title", {}, name)));
    map.below.replaceChildren(
      ...curves,
      ...crosses,
      ...notes.map(([w1, w2, note]) => label(across(w1), up(w2), "middle", note)),
      ...[-2, -1, 0, 1, 2].map((w) => label(across(w), MAP.bottom + 18, "middle", text(w, 0))),
      ...[-1, 0, 1].map((w) => label(MAP.left - 5, up(w) + 5, "end", text(w, 0))),
      label((MAP.left + MAP.right) / 2, MAP.bottom + 37, "middle", "w₁"),
      label(MAP.left - 5, MAP.top + 14, "end", "w₂"),
    );
    formula.textContent = `L = ${equation(state.kappa)}.`;
  }

  // The losses: an axis of powers of ten above the least loss; an even axis where there is no least loss.

  let height = () => 0;

  function scale() {
    const { least } = SURFACES[state.surface];
    let ticks;
    if (least === -Infinity) {
      height = (loss) => (loss + 4) / 8;
      ticks = [-4, -2, 0, 2, 4].map((loss) => [height(loss), text(loss, 0)]);
    } else {
      const shown = races.flatMap(({ losses }) => losses)
        .map((loss) => Math.log10(Math.min(Math.max(loss - least, LOWEST), HIGHEST)));
      const low = Math.floor(Math.min(...shown, 0));
      const high = Math.max(Math.ceil(Math.max(...shown)), low + 1);
      height = (loss) => (Math.log10(Math.max(loss - least, LOWEST)) - low) / (high - low);
      const apart = Math.ceil((high - low) / 5);
      ticks = Array.from({ length: high - low + 1 }, (_, k) => [k / (high - low), `1e${text(low + k, 0)}`])
        .filter((_, k) => (low + k) % apart === 0);
    }
    const title = { "0": "loss, log axis", "-Infinity": "loss" }[least] ?? "loss above the least, log axis";
    curve.below.replaceChildren(
      ...ticks.flatMap(([part, name]) => {
        const y = CURVE.bottom - (CURVE.bottom - CURVE.top) * part;
        return [
          svg("path", { d: `M${CURVE.left} ${y}H${CURVE.right}`, style: "stroke: var(--line)" }),
          label(CURVE.left - 5, y + 5, "end", name),
        ];
      }),
      ...[0, 0.5, 1].map((part) =>
        label(later(part * state.steps) - (part === 1 ? 12 : 0), CURVE.bottom + 18, "middle",
          String(part * state.steps))),
      label((CURVE.left + CURVE.right) / 2, CURVE.bottom + 37, "middle", "step"),
      label(CURVE.left, CURVE.top - 9, "start", title),
    );
  }

  const later = (t) => CURVE.left + ((CURVE.right - CURVE.left) * t) / state.steps;
  const raised = (loss) => CURVE.bottom - (CURVE.bottom - CURVE.top) * height(loss);

  // The walks and their losses, up to step t.

  function draw() {
    const { t } = state;
    const apart = Math.ceil(t / 40) || 1;
    map.inside.replaceChildren();
    curve.inside.replaceChildren();
    for (const { rule, path, losses } of races) {
      const seen = path.slice(0, t + 1);
      trace(map.inside, rule, seen.map(([w1, w2]) => [bounded(across(w1)), bounded(up(w2))]), apart);
      const heights = losses.slice(0, t + 1).map((loss, k) => [later(k), bounded(raised(loss))]);
      trace(curve.inside, rule, heights, Math.ceil(state.steps / 10));
    }
    const [x, y] = [across(state.start[0]), up(state.start[1])];
    handle.setAttribute("transform", `translate(${x} ${y})`);
    map.inside.append(handle);
    every.textContent = `Markers on the map: ${apart === 1 ? "each step" : `${apart} steps apart`}.`;
    count.show(t);
    for (const { status } of Object.values(rows)) status.textContent = "";
    for (const one of races) rows[one.rule].status.textContent = brief(one);
    run.textContent = running ? "Stop" : "Run";
    if (!running) said.textContent = full();
    const drawn = `after ${t} of ${state.steps} steps; rules in the race: ${races.length}`;
    map.root.setAttribute("aria-label", `Level curves, surface ${state.surface}, and walks ${drawn}`);
    curve.root.setAttribute("aria-label", `Loss against step ${drawn}`);
  }

  const bounded = (pixel) => Math.min(Math.max(pixel, -1e4), 1e4);

  function trace(part, rule, points, apart) {
    const [, colour, dashes, marker] = LOOKS[rule];
    const style = `stroke: var(${colour})`;
    const mark = ([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}${marker}`;
    const line = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    const [x, y] = points.at(-1);
    part.append(
      svg("path", { "d": `M${line}`, style, "stroke-width": 1.6, "stroke-dasharray": dashes || "none" }),
      svg("path", { d: points.filter((_, k) => k % apart === 0).map(mark).join(""), style }),
      svg("path", { "d": `M0 0${marker}`, "transform": `translate(${x} ${y}) scale(1.5)`,
        "style": `${style}; fill: var(${colour})` }),
    );
  }

  // The same in words.

  /** Return how a walk got lost by step t, or nothing if it did not. */
  function lost({ path, losses, end }) {
    if (end < 0 || state.t < end) return undefined;
    const downhill = SURFACES[state.surface].least === -Infinity && losses.at(-1) < losses[0];
    return `${downhill ? "ran off downhill, without end," : "diverged"} at step ${end}`;
  }

  function brief(one) {
    const limit = state.surface === "bowl" && threshold(one.rule, state.kappa, state.beta);
    const ratio = state.rates[one.rule] / limit;
    const now = lost(one) ?? `loss ${written(one.losses[state.t])}`;
    if (!limit) return now;
    return `${now}; rate ${text(ratio, 2)} times the threshold ${text(limit)}: ${verdict(ratio)}`;
  }

  function where({ path, losses }) {
    const [before, loss] = [losses[state.t - 1], losses[state.t]];
    const change = loss < before ? "down" : loss > before ? "up" : "unchanged";
    const from = state.t > 0 ? `, ${change} from ${written(before)} one step before` : "";
    const [w1, w2] = path[state.t];
    return `stands at (${text(w1)}, ${text(w2)}) with loss ${written(loss)}${from}`;
  }

  function full() {
    const start = `from (${text(state.start[0], 2)}, ${text(state.start[1], 2)})`;
    const sentences = [`Step ${state.t} of ${state.steps}, surface ${state.surface}, ${start}.`];
    for (const one of races) {
      const name = LOOKS[one.rule][0];
      const capital = name[0].toUpperCase() + name.slice(1);
      sentences.push(`${capital}, rate ${state.rates[one.rule]}, ${lost(one) ?? where(one)}.`);
    }
    if (!races.length) sentences.push("No rule is in the race; tick one.");
    if (state.surface === "bowl") sentences.push(bound());
    return sentences.join(" ");
  }

  function bound() {
    const { kappa, rates: { sgd: lr } } = state;
    const ratio = lr / threshold("sgd", kappa);
    const outcome = {
      "converges": "it converges",
      "diverges": "it diverges unless w₂ is 0",
      "oscillates for ever": "it jumps from side to side for ever unless w₂ is 0",
    }[verdict(ratio)];
    return `The largest curvature is ${kappa}, so the threshold of gradient descent is 2/${kappa} = ` +
      `${text(2 / kappa)}. Its rate, ${lr}, is ${text(ratio, 2)} of that: a step multiplies w₂ by ` +
      `1 − ${lr} · ${kappa} = ${text(1 - lr * kappa, 2)}, and ${outcome}.`;
  }

  // What the reader operates.

  function show(t) {
    state.t = Math.min(t, state.steps);
    draw();
  }

  function stop() {
    cancelAnimationFrame(running);
    running = 0;
  }

  function go() {
    if (running) {
      stop();
      return draw();
    }
    if (still()) return show(state.steps);
    const from = state.t < state.steps ? state.t : 0;
    let began;
    const frame = (now) => {
      began ??= now;
      const perSecond = Math.max(state.steps / 5, 20);
      const t = from + Math.floor((perSecond * (now - began)) / 1000);
      running = t < state.steps ? requestAnimationFrame(frame) : 0;
      show(t);
    };
    running = requestAnimationFrame(frame);
  }

  function changed(key, value) {
    state[key] = value;
    race();
  }

  const surface = choice("Surface", Object.keys(SURFACES), "bowl", choose);
  const kappa = choice("Curvature κ", ["1", "2", "5", "10", "20", "50", "100"], "10", (value) => {
    state.kappa = Number(value);
    chart();
    race();
  });
  const steps = choice("Steps of a run", ["20", "50", "100", "300", "1000"], "100", (value) => {
    state.steps = Number(value);
    state.t = Math.min(state.t, state.steps);
    count.input.max = value;
    race();
  });
  const count = slider("At step", { min: 0, max: 100, step: 1, value: 0, digits: 0 }, (t) => {
    stop();
    show(t);
  });
  const run = button("Run", go);
  const starts = [W1, W2].map(([min, max], i) =>
    slider(["Start w₁", "Start w₂"][i], { min, max, step: 0.05, value: 0, digits: 2 }, (value) => {
      changed("start", state.start.with(i, value));
    }));
  const beta = slider("Momentum β", { min: 0, max: 0.99, step: 0.01, value: 0.9, digits: 2 }, (value) => {
    changed("beta", value);
  });

  const rows = Object.fromEntries(Object.keys(RULES).map((rule) => [rule, row(rule)]));

  function row(rule) {
    const [name, colour, dashes, marker] = LOOKS[rule];
    const box = element("input", { type: "checkbox" });
    box.checked = racing.has(rule);
    const sample = svg("svg", { "viewBox": "0 0 44 16", "width": 44, "height": 16, "aria-hidden": "true" },
      svg("path", { "d": "M0 8H44", "style": `stroke: var(${colour})`, "stroke-width": 2,
        "stroke-dasharray": dashes || "none" }),
      svg("path", { d: `M22 8${marker}`, style: `stroke: var(${colour}); fill: var(${colour})` }));
    const lr = slider("rate", { min: 0, max: 450, step: 1, value: 0 }, (at) => {
      told(rate(at));
      changed("rates", { ...state.rates, [rule]: rate(at) });
    });
    const told = (value) => {
      lr.show(position(value));
      lr.input.setAttribute("aria-valuetext", value);
      lr.querySelector("output").textContent = value;
    };
    lr.input.setAttribute("aria-label", `learning rate of ${name}`);
    const status = element("span");
    lr.hidden = !box.checked;
    box.addEventListener("change", () => {
      racing[box.checked ? "add" : "delete"](rule);
      lr.hidden = !box.checked;
      race();
    });
    const node = element("div", { class: "controls", style: "align-items: center" },
      element("label", { class: "control", style: "flex: 0 1 13.5rem" }, box, sample, name), lr, status);
    return { node, status, told };
  }

  /** Take a surface, with a start and learning rates that suit it. */
  function choose(name) {
    const { start, rates } = SURFACES[name];
    stop();
    Object.assign(state, { surface: name, start: [...start], rates: { ...rates }, t: 0 });
    kappa.hidden = name !== "bowl";
    starts.forEach((control, i) => control.show(start[i]));
    for (const [rule, { told }] of Object.entries(rows)) told(rates[rule]);
    chart();
    race();
  }

  // The start can also be put somewhere by the pointer; the sliders round it, and say what it is.

  const handle = svg("g", { style: "cursor: grab; touch-action: none" },
    svg("circle", { r: 14, fill: "transparent" }),
    svg("circle", { r: 8, style: "fill: none; stroke: var(--ink)", "stroke-width": 2 }));
  let dragging = false;
  const put = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(map.root.getScreenCTM().inverse());
    const point = [W1[0] + (x - MAP.left) / UNIT, W2[0] + (MAP.bottom - y) / UNIT];
    starts.forEach(({ input }, i) => {
      input.value = point[i];
      input.dispatchEvent(new Event("input"));
    });
  };
  map.root.addEventListener("pointerdown", (event) => {
    dragging = handle.contains(event.target);
  });
  map.root.addEventListener("pointermove", (event) => {
    if (dragging) put(event);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    map.root.addEventListener(end, () => {
      dragging = false;
    });
  }
  map.root.addEventListener("click", put);

  choose("bowl");
  const play = [
    count,
    button("Step", () => {
      stop();
      show(state.t + 1);
    }),
    run,
    button("Reset", () => {
      stop();
      show(0);
    }),
  ];
  return [
    element("div", { class: "controls" }, surface, kappa, steps),
    formula,
    element("div", { class: "controls" }, map.root, curve.root),
    every,
    element("div", { class: "controls" }, ...play),
    element("div", { class: "controls" }, ...starts, beta),
    element("fieldset", {}, element("legend", {}, "Race"), ...Object.values(rows).map(({ node }) => node)),
    said,
  ];
}

place("descent", build);
