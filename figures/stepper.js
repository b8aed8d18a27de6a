// The forward and the backward pass of the 2-3-2 network, one line of NumPy at a time.

import { button, choice, element, place, slider, svg, text, walk, words } from "./figure.js";

export const LOSSES = ["half the sum of squares", "softmax + cross-entropy"];

/** Return the running example of the course. A row of one sample is a flat list here. */
export function example() {
  return {
    X: [1, 2],
    y: [0, 1],
    W1: [[0.1, 0.3, -0.5], [0.2, -0.1, 0.2]],
    b1: [0, 0.1, 0],
    W2: [[0.6, 1], [0.5, 0.5], [0.4, -0.3]],
    b2: [0.1, 0.2],
    lr: 0.1,
  };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const layer = (a, W, b) => b.map((b_k, k) => sum(a.map((a_j, j) => a_j * W[j][k])) + b_k);
const outer = (a, delta) => a.map((a_j) => delta.map((delta_k) => a_j * delta_k));

/** Return the softmax of the logits `z`, without overflow. */
export function softmax(z) {
  const exps = z.map((z_k) => Math.exp(z_k - Math.max(...z)));
  return exps.map((e) => e / sum(exps));
}

function lossOf(z2, y, loss) {
  if (loss === LOSSES[0]) return sum(z2.map((z_k, k) => (z_k - y[k]) ** 2)) / 2;
  const top = Math.max(...z2);
  const logsumexp = Math.log(sum(z2.map((z_k) => Math.exp(z_k - top))));
  return sum(y.map((y_k, k) => y_k * (logsumexp - (z2[k] - top))));
}

function forward({ X, y, W1, b1, W2, b2 }, loss) {
  const z1 = layer(X, W1, b1);
  const a1 = z1.map((z) => Math.max(z, 0));
  const z2 = layer(a1, W2, b2);
  const y_hat = loss === LOSSES[0] ? z2 : softmax(z2);
  return { z1, a1, z2, y_hat, loss: lossOf(z2, y, loss) };
}

/** Return all that a forward and a backward pass compute on one sample. Targets of a softmax add up to 1. */
export function pass(net, loss = LOSSES[0]) {
  const { z1, a1, z2, y_hat, loss: L } = forward(net, loss);
  const delta2 = y_hat.map((p, k) => p - net.y[k]);
  const back = net.W2.map((row) => sum(row.map((w, k) => delta2[k] * w)));
  const delta1 = back.map((da, j) => da * (z1[j] > 0 ? 1 : 0));
  const [dW2, dW1] = [outer(a1, delta2), outer(net.X, delta1)];
  return { z1, a1, z2, y_hat, loss: L, delta2, dW2, db2: delta2, delta1, dW1, db1: delta1 };
}

/** Return the network after one step of gradient descent, and leave the old one as it is. */
export function update(net, { dW1, db1, dW2, db2 }) {
  const moved = (p, d) => (Array.isArray(p) ? p.map((p_i, i) => moved(p_i, d[i])) : p - net.lr * d);
  const [W1, b1] = [moved(net.W1, dW1), moved(net.b1, db1)];
  return { ...net, W1, b1, W2: moved(net.W2, dW2), b2: moved(net.b2, db2) };
}

// Numbers as text.

function short(value, digits = 6) {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e5) return text(value);
  const rounded = Number(value.toFixed(digits)) + 0; // + 0 turns -0 into 0
  const nearly = rounded === 0 && Math.abs(value) > 1e-12; // less than that is rounding
  return nearly ? "≈0" : String(rounded).replace("-", "−");
}
const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));
const plus = (terms) => terms.join(" + ");

/** Return an array as NumPy shows it; rows of one sample get their second pair of brackets. */
function array(name, values) {
  if (!Array.isArray(values)) return short(values);
  const rows = (list) => `[${list.map((v) => (Array.isArray(v) ? rows(v) : short(v))).join(", ")}]`;
  return Array.isArray(values[0]) || /b\d$/.test(name) ? rows(values) : `[${rows(values)}]`;
}

/** Return a name and a line for each element of an array, in the indices of NumPy. */
function elements(name, values, says) {
  if (Array.isArray(values[0])) {
    const line = (j) => (v, k) => `${name}[${j}, ${k}] = ${says(j, k)} = ${short(v)}`;
    return values.flatMap((row, j) => row.map(line(j)));
  }
  const before = /b\d$/.test(name) ? "" : "0, ";
  return values.map((v, k) => `${name}[${before}${k}] = ${says(k)} = ${short(v)}`);
}

function layerWorkings(name, values, a, W, b) {
  const products = (k) => a.map((a_j, j) => `${factor(a_j)} · ${factor(W[j][k])}`);
  return elements(name, values, (k) => plus([...products(k), factor(b[k])]));
}

function gradientWorkings(name, values, a, delta) {
  return elements(name, values, (j, k) => `${factor(a[j])} · ${factor(delta[k])}`);
}

/** Return the steps: what each computes, its NumPy code, a sentence with the numbers, and the arithmetic. */
export function steps(net, loss = LOSSES[0]) {
  const values = pass(net, loss);
  const { z1, a1, z2, y_hat, delta2, dW2, db2, delta1, dW1, db1 } = values;
  const { X, y, W1, b1, W2, b2, lr } = net;
  const after = update(net, values);
  const squares = loss === LOSSES[0];
  const off = a1.flatMap((_, k) => (z1[k] > 0 ? [] : [k + 1]));
  const units = off.length > 1 ? `Units ${off.join(" and ")} are` : `Unit ${off[0]} is`;
  const shown = (name) => `${name} = ${array(name, values[name])}`;
  const L = short(values.loss);
  const exps = z2.map((z_k) => `exp(${short(z_k)})`);

  const made = [
    {
      code: "",
      says: `Given are the input X = ${array("X", X)}, the target y = ${array("y", y)}, the weights on the ` +
        "wires and the biases b under the units. Nothing has been computed yet.",
    },
    {
      name: "z1",
      code: "z1 = X @ W1 + b1",
      says: "Each hidden unit multiplies every input by the weight of its wire, adds up, and adds its " +
        `bias: ${shown("z1")}.`,
      workings: layerWorkings("z1", z1, X, W1, b1),
    },
    {
      name: "a1",
      code: "a1 = np.maximum(z1, 0)",
      says: `ReLU passes a positive number on and turns any other into 0: ${shown("a1")}. ` +
        (off.length ? `${units} off.` : "All three units are on."),
      workings: elements("a1", a1, (k) => `max(${short(z1[k])}, 0)`),
    },
    {
      name: "z2",
      code: "z2 = a1 @ W2 + b2",
      says: `Each output multiplies, adds up and adds its bias in the same way: ${shown("z2")}.`,
      workings: layerWorkings("z2", z2, a1, W2, b2),
    },
    {
      name: "y_hat",
      code: squares ? "y_hat = z2" : "y_hat = softmax(z2)",
      says: squares
        ? `The output layer is linear, so z2 is the prediction: ${shown("y_hat")}.`
        : `Softmax turns z2 into probabilities, which add up to 1: ${shown("y_hat")}.`,
      workings: elements("y_hat", y_hat, (k) =>
        squares ? short(z2[k]) : `${exps[k]} / (${plus(exps)})`,
      ),
    },
    {
      name: "loss",
      code: squares ? "loss = np.sum((y_hat - y) ** 2) / 2" : "loss = -np.sum(y * np.log(y_hat))",
      says: `Here, and nowhere else, prediction and target are compared: L = ${L}.`,
      workings: [
        squares
          ? `loss = (${plus(y_hat.map((p, k) => `(${short(p)} − ${factor(y[k])})²`))}) / 2 = ${L}`
          : `loss = −(${plus(y_hat.map((p, k) => `${short(y[k])} · log ${short(p)}`))}) = ${L}`,
      ],
    },
    {
      name: "delta2",
      code: "delta2 = y_hat - y",
      says: "The way back begins. delta2, the gradient of the loss with respect to z2, is prediction minus " +
        `target: ${shown("delta2")}.`,
      workings: elements("delta2", delta2, (k) => `${short(y_hat[k])} − ${factor(y[k])}`),
    },
    {
      name: "dW2",
      code: "dW2 = a1.T @ delta2",
      says: "The local slope of a weight is the activation at the start of its wire. Times the delta at " +
        `the end of the wire, it is the gradient of the weight: ${shown("dW2")}.`,
      workings: gradientWorkings("dW2", dW2, a1, delta2),
    },
    {
      name: "db2",
      code: "db2 = delta2.sum(axis=0)",
      says: "A bias is added with the slope 1. Its gradient is the delta of its unit, summed over the " +
        `samples, of which there is one: ${shown("db2")}.`,
      workings: elements("db2", db2, (k) => short(delta2[k])),
    },
    {
      name: "delta1",
      code: "delta1 = delta2 @ W2.T * (z1 > 0)",
      says: "On a wire, the local slope from unit to output is the weight. Each hidden unit adds up the " +
        "deltas of both outputs, each times its weight, and multiplies by the slope of ReLU, 1 where " +
        `z1 > 0 and else 0: ${shown("delta1")}.` +
        (off.length ? ` ${units} off, and nothing goes back from there.` : ""),
      workings: elements("delta1", delta1, (j) => {
        const terms = delta2.map((delta, k) => `${factor(delta)} · ${factor(W2[j][k])}`);
        return `(${plus(terms)}) · ${z1[j] > 0 ? 1 : 0}`;
      }),
    },
    {
      name: "dW1",
      code: "dW1 = X.T @ delta1",
      says: "Again the number at the start of the wire, here an input, times the delta at its end: " +
        `${shown("dW1")}.` +
        (off.length ? ` ${units} off: the weights there get 0.` : ""),
      workings: gradientWorkings("dW1", dW1, X, delta1),
    },
    {
      name: "db1",
      code: "db1 = delta1.sum(axis=0)",
      says: `The gradient of a bias is the delta of its unit: ${shown("db1")}. All gradients are known now.`,
      workings: elements("db1", db1, (k) => short(delta1[k])),
    },
    {
      name: "update",
      code: "W1 = W1 - lr * dW1\nb1 = b1 - lr * db1\nW2 = W2 - lr * dW2\nb2 = b2 - lr * db2",
      says: `Every parameter moves by minus lr = ${short(lr)} times its gradient. With the new parameters ` +
        `the loss is ${short(forward(after, loss).loss)}; it was ${L}.`,
      workings: ["W1", "b1", "W2", "b2"].flatMap((name) => {
        const [old, d] = [net[name], values[`d${name}`]];
        const line = (p, dp) => `${short(p)} − ${short(lr)} · ${factor(dp)}`;
        return elements(name, after[name], (j, k) =>
          k === undefined ? line(old[j], d[j]) : line(old[j][k], d[j][k]),
        );
      }),
    },
  ];
  return { values, after, made };
}

// What a reader can choose and change: each part has a key, such as "W1[0, 2]", and a path into the network.

const parts = new Map();
for (const j of [0, 1]) parts.set(`X[0, ${j}]`, { label: `input ${j + 1}`, path: ["X", j] });
for (const k of [0, 1]) parts.set(`y[0, ${k}]`, { label: `target ${k + 1}`, path: ["y", k] });
for (const j of [0, 1]) {
  for (const k of [0, 1, 2]) {
    parts.set(`W1[${j}, ${k}]`, { label: `input ${j + 1} → unit ${k + 1}`, path: ["W1", j, k] });
  }
}
for (const k of [0, 1, 2]) parts.set(`b1[${k}]`, { label: `bias of unit ${k + 1}`, path: ["b1", k] });
for (const j of [0, 1, 2]) {
  for (const k of [0, 1]) {
    parts.set(`W2[${j}, ${k}]`, { label: `unit ${j + 1} → output ${k + 1}`, path: ["W2", j, k] });
  }
}
for (const k of [0, 1]) parts.set(`b2[${k}]`, { label: `bias of output ${k + 1}`, path: ["b2", k] });
parts.set("lr", { label: "learning rate", path: ["lr"] });
const options = new Map([...parts].map(([key, { label }]) => [key, `${key} · ${label}`]));

const valueAt = (net, path) => path.reduce((inner, key) => inner[key], net);

/** Return a copy of the network with one number changed. The targets of a softmax go on adding up to 1. */
export function changed(net, path, value, loss) {
  const copy = structuredClone(net);
  valueAt(copy, path.slice(0, -1))[path.at(-1)] = value;
  if (path[0] === "y" && loss === LOSSES[1]) copy.y[1 - path[1]] = 1 - value;
  return copy;
}

// The drawing. A label stands at two thirds of the way to a hidden unit, where the six lie evenly apart.

const WIDE = {
  size: [700, 460], font: 15, digits: 3, x: [36, 250, 470, 640],
  half: [32, 46, 46, 52], loss: [640, 216, 380],
};
const SLIM = {
  size: [400, 570], font: 19, digits: 2, x: [30, 186, 345, 345],
  half: [26, 38, 38, 38], loss: [186, 510, 510],
};
const HEIGHTS = { X: [141, 291], unit: [66, 216, 366], output: [141, 291] };
const FORWARD = { z1: "W1", a1: "unit", z2: "W2", y_hat: "output", loss: "loss" };
const BACK = {
  delta2: ["loss"], dW2: ["W2"], db2: ["output"], delta1: ["W2", "unit"], dW1: ["W1"], db1: ["unit"],
  update: ["W1", "W2"],
};

function drawing({ net, values, after, made, step, chosen }, slim) {
  const { size, font, digits, x, half, loss } = slim ? SLIM : WIDE;
  const names = made.slice(0, step + 1).map(({ name }) => name);
  const reached = (name) => names.includes(name);
  const now = made[step].name;
  const shown = reached("update") ? after : net;
  const number = (value) => short(value, digits);
  const state = (group) => (FORWARD[now] === group ? " forward" : BACK[now]?.includes(group) ? " back" : "");
  const write = (at, height, content, kind = "") =>
    svg("text", { x: at, y: height, "text-anchor": "middle", "font-size": font, class: kind }, content);
  const frame = (at, height, wide, high, kind) =>
    svg("rect", { x: at - wide, y: height - high, width: 2 * wide, height: 2 * high, rx: 5, class: kind });
  const ring = (part, at, height) =>
    part === chosen ? [frame(at, height - 0.35 * font, 1.6 * font, 0.65 * font, "box chosen")] : [];

  function box(part, group, column, height, title, lines) {
    const kind = `box${state(group)}${part.startsWith("X") && part === chosen ? " chosen" : ""}`;
    const first = height - ((lines.length - 1) * (font + 1)) / 2 + 0.35 * font;
    return svg(
      "g",
      part ? { "data-part": part } : {},
      write(x[column], height - 40, title),
      frame(x[column], height, half[column], 7 + ((font + 1) * Math.max(1, lines.length)) / 2, kind),
      ...lines.map(([content, kind], i) => write(x[column], first + i * (font + 1), content, kind)),
    );
  }

  function biases(name, column, heights) {
    return heights.map((height, k) => {
      const part = `${name}[${k}]`;
      const under = [write(x[column], height + 54, `b ${number(shown[name][k])}`)];
      if (reached(`d${name}`)) {
        under.push(write(x[column], height + 56 + font, number(values[`d${name}`][k]), "gradient"));
      }
      return svg("g", { "data-part": part }, ...ring(part, x[column], height + 54), ...under);
    });
  }

  // Above on a wire stands its weight, or while its slope is in use, that; below, its gradient.
  function wires(name, column, from, to, t) {
    const [start, end] = [x[column] + half[column], x[column + 1] - half[column + 1]];
    const lines = [];
    const labels = [];
    for (const [j, y1] of from.entries()) {
      for (const [k, y2] of to.entries()) {
        const part = `${name}[${j}, ${k}]`;
        const off = reached("a1") && !(values.z1[name === "W1" ? k : j] > 0) ? " off" : "";
        const line = { x1: start, y1, x2: end, y2 };
        lines.push(svg("line", { ...line, class: `wire${state(name)}${off}` }));
        const slope = now === `d${name}` ? (name === "W1" ? net.X : values.a1)[j] : net[name][j][k];
        const [middle, height] = [start + t * (end - start), y1 + t * (y2 - y1)];
        const both = state(name) === " back" && now !== "update"
          ? [write(middle, height - 3, `× ${number(slope)}`, "slope halo")]
          : [write(middle, height - 3, number(shown[name][j][k]), "halo")];
        if (reached(`d${name}`)) {
          both.push(write(middle, height - 1 + font, number(values[`d${name}`][j][k]), "gradient halo"));
        }
        const target = svg("line", { ...line, stroke: "transparent", "stroke-width": 14 });
        labels.push(svg("g", { "data-part": part }, target, ...ring(part, middle, height - 3), ...both));
      }
    }
    return [lines, labels];
  }

  const line = (name, letter, k, kind = "value") =>
    reached(name) ? [[`${letter} ${number(values[name][k])}`, kind]] : [];
  const isOff = (k) => reached("a1") && !(values.z1[k] > 0);
  const slope = (k) => (now === "delta1" ? `: × ${isOff(k) ? 0 : 1}` : isOff(k) ? ": off" : "");
  const inputs = HEIGHTS.X.map((y, j) =>
    box(`X[0, ${j}]`, "X", 0, y, `${slim ? "in" : "input"} ${j + 1}`, [[number(net.X[j])]]));
  const units = HEIGHTS.unit.map((y, k) =>
    box(`b1[${k}]`, "unit", 1, y, `unit ${k + 1}${slope(k)}`, [
      ...line("z1", "z", k), ...line("a1", "a", k), ...line("delta1", "δ", k, "gradient"),
    ]));
  const outputs = HEIGHTS.output.map((y, k) =>
    box(`b2[${k}]`, "output", 2, y, `output ${k + 1}`, [
      ...line("z2", "z", k), ...line("y_hat", "ŷ", k), ...line("delta2", "δ", k, "gradient"),
    ]));

  const [aim, top, bottom] = loss;
  const [left, right] = [x[2] + half[2], x[3] - half[3]];
  const ways = HEIGHTS.output.map((y) =>
    slim
      ? `M${left},${y} C${size[0]},${y} ${size[0]},${top} ${left},${top}`
      : `M${left},${y} L${right},${top}`);
  const toLoss = ways.map((d) => svg("path", { d, class: `wire${state("loss")}` }));
  const fromTarget = svg("path", {
    d: `M${aim},${bottom} L${x[3]},${top}`,
    class: `wire${now === "loss" ? " forward" : ""}`,
  });
  const target = [
    frame(aim, bottom, half[3], 29, "box"),
    write(aim, bottom + 50, "target y"),
    ...net.y.map((y, k) => {
      const [part, height] = [`y[0, ${k}]`, bottom - 5 + k * 26];
      return svg("g", { "data-part": part }, ...ring(part, aim, height), write(aim, height, number(y)));
    }),
  ];
  const L = reached("loss") ? [[`L ${short(values.loss, 3)}`, "value"]] : [];
  const [lines1, labels1] = wires("W1", 0, HEIGHTS.X, HEIGHTS.unit, 2 / 3);
  const [lines2, labels2] = wires("W2", 1, HEIGHTS.unit, HEIGHTS.output, 1 / 3);
  return svg(
    "svg",
    {
      viewBox: `0 0 ${size.join(" ")}`,
      width: size[0],
      role: "img",
      "aria-label": "The network with 2 inputs, 3 hidden units and 2 outputs, " +
        `after step ${step} of ${made.length - 1}. All its numbers are in the text below.`,
    },
    ...lines1, ...lines2, ...toLoss, fromTarget, ...inputs, ...units, ...outputs, ...target,
    box("", "loss", 3, top, "loss", L), ...labels1, ...labels2,
    ...biases("b1", 1, HEIGHTS.unit), ...biases("b2", 2, HEIGHTS.output),
  );
}

place("stepper", () => {
  let net = example();
  let loss = LOSSES[0];
  let chosen = "W2[0, 0]";
  const slim = matchMedia("(max-width: 40rem)");

  const picture = element("div", {});
  const code = element("code", {});
  const said = words();
  const workings = element("ul", { class: "workings" });
  const numbers = element("pre", { class: "line" });
  const spot = element("div", {});
  const steering = walk(show);

  function show(step) {
    const { values, after, made } = steps(net, loss);
    const { code: line, says, workings: lines = [] } = made[step];
    picture.replaceChildren(drawing({ net, values, after, made, step, chosen }, slim.matches));
    code.textContent = line || "# nothing has run yet";
    said.textContent = `Step ${step} of ${made.length - 1}. ${says}`;
    workings.replaceChildren(...lines.map((content) => element("li", {}, content)));
    const given = ["X", "y", "W1", "b1", "W2", "b2"].map((name) => `${name} = ${array(name, net[name])}`);
    const found = made.slice(1, step + 1).flatMap(({ name }) =>
      name === "update"
        ? ["W1", "b1", "W2", "b2"].map((p) => `new ${p} = ${array(p, after[p])}`)
        : [`${name} = ${array(name, values[name])}`]);
    numbers.textContent = [...given, `lr = ${short(net.lr)}`, ...found].join("\n");
  }

  const part = choice("Number to change", [...options.values()], options.get(chosen), (option) => {
    choose([...options].find(([, shown]) => shown === option)[0]);
  });

  function choose(key) {
    chosen = key;
    part.input.value = options.get(key);
    const { path } = parts.get(key);
    const value = valueAt(net, path);
    const unit = path[0] === "lr" || (path[0] === "y" && loss === LOSSES[1]);
    const range = unit ? { min: 0, max: 1 } : { min: -2.5, max: 2.5 };
    const row = slider(key, { ...range, step: "any", value }, (moved) => {
      net = changed(net, path, Number(moved.toFixed(2)), loss);
      row.querySelector("output").textContent = short(valueAt(net, path));
      steering.again();
    });
    row.querySelector("output").textContent = short(value);
    spot.replaceChildren(row);
    steering.again();
  }

  const losses = choice("Loss", LOSSES, loss, (option) => {
    loss = option;
    const y = Math.min(1, Math.max(0, net.y[0]));
    if (loss === LOSSES[1]) net = changed(net, ["y", 0], y, loss);
    choose(chosen);
  });
  const go = button("Take the step and begin again", () => {
    net = update(net, pass(net, loss));
    choose(chosen);
    steering.begin(steps(net, loss).made.length - 1);
  });
  const reset = button("Back to the example", () => {
    net = example();
    choose(chosen);
  });

  picture.addEventListener("click", ({ target }) => {
    const group = target.closest("[data-part]");
    if (group) choose(group.dataset.part);
  });
  slim.addEventListener("change", () => steering.again());
  steering.begin(steps(net, loss).made.length - 1);
  choose(chosen);
  const change = element("div", { class: "controls" }, part, spot);
  const more = element("div", { class: "controls" }, losses, go, reset);
  const all = element("details", {}, element("summary", {}, "All numbers so far"), numbers);
  return [steering, picture, change, element("pre", { class: "line" }, code), said, workings, more, all];
});
