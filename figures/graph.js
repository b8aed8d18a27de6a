// Computation graphs: an expression becomes a graph, which is walked forward for values, back for gradients.

import { choice, element, place, svg, walk, words } from "./figure.js";

const MOST_NODES = 40;

// Each operation: its value beside the slope for each input, as numbers and as Python. `v` is the result.
// At a tie the slope of max is one half for both, as in PyTorch; that of relu at 0 is 0.

const OPERATIONS = {
  "+": {
    value: (a, b) => a + b,
    slopes: () => [1, 1],
    code: (a, b) => `${a} + ${b}`,
    slopeCode: () => ["1", "1"],
  },
  "-": {
    value: (a, b) => a - b,
    slopes: () => [1, -1],
    code: (a, b) => `${a} - ${b}`,
    slopeCode: () => ["1", "-1"],
  },
  "*": {
    value: (a, b) => a * b,
    slopes: (a, b) => [b, a],
    code: (a, b) => `${a} * ${b}`,
    slopeCode: (a, b) => [b, a],
  },
  "/": {
    value: (a, b) => a / b,
    slopes: (a, b) => [1 / b, -a / b ** 2],
    code: (a, b) => `${a} / ${b}`,
    slopeCode: (a, b) => [`1 / ${b}`, `-${a} / ${b}**2`],
    refuses: (a, b) => b === 0 && "division needs a divisor other than 0",
  },
  "**": {
    value: (a, b) => a ** b,
    slopes: (a, b, v) => [b === 0 ? 0 : b * a ** (b - 1), v * Math.log(a)],
    code: (a, b) => `${a}**${b}`,
    slopeCode: (a, b, v) => [`${b} * ${a}**(${b} - 1)`, `${v} * log(${a})`],
  },
  "−": { value: (a) => -a, slopes: () => [-1], code: (a) => `-${a}`, slopeCode: () => ["-1"] },
  exp: { value: Math.exp, slopes: (a, v) => [v], slopeCode: (a, v) => [v] },
  log: {
    value: Math.log,
    slopes: (a) => [1 / a],
    slopeCode: (a) => [`1 / ${a}`],
    refuses: (a) => a <= 0 && "log needs a positive number",
  },
  sin: { value: Math.sin, slopes: (a) => [Math.cos(a)], slopeCode: (a) => [`cos(${a})`] },
  tanh: { value: Math.tanh, slopes: (a, v) => [1 - v ** 2], slopeCode: (a, v) => [`1 - ${v}**2`] },
  relu: { value: (a) => Math.max(a, 0), slopes: (a) => [a > 0 ? 1 : 0], slopeCode: (a) => [`${a} > 0`] },
  sigmoid: {
    value: (a) => 1 / (1 + Math.exp(-a)),
    slopes: (a, v) => [v * (1 - v)],
    slopeCode: (a, v) => [`${v} * (1 - ${v})`],
  },
  max: {
    value: Math.max,
    slopes: (a, b) => (a === b ? [0.5, 0.5] : [a > b ? 1 : 0, b > a ? 1 : 0]),
    slopeCode: (a, b) => [`(${a} > ${b}) + (${a} == ${b}) / 2`, `(${b} > ${a}) + (${a} == ${b}) / 2`],
  },
};
const FUNCTIONS = ["exp", "log", "sin", "tanh", "relu", "sigmoid", "max"];

/** What is wrong with an expression or with its numbers, and at which character. */
class Problem extends Error {
  constructor(message, at) {
    super(at === undefined ? `${message}.` : `Place ${at + 1}: ${message}.`);
  }
}

// From the text to tokens, and from these to a graph. Each function of the parser is a rule of Python's
// grammar: sum, product, sign, power, atom. A power binds from the right, and closer than a sign before it.

const NUMBER = /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const NAME = /(?<name>[\p{L}_][\p{L}\p{N}_]*)/u;
const SIGN = /(?<sign>\*\*|[-+*/(),=;])/;
const TOKEN = new RegExp(`\\s*(?:${NUMBER.source}|${NAME.source}|${SIGN.source})`, "uy");

function tokens(source) {
  const found = [];
  let end = 0;
  while (source.slice(end).trim()) {
    TOKEN.lastIndex = end;
    const match = TOKEN.exec(source);
    if (!match) {
      const at = end + source.slice(end).search(/\S/);
      const hint = source[at] === "^" ? "; a power is written **" : "";
      const character = String.fromCodePoint(source.codePointAt(at));
      throw new Problem(`“${character}” is no part of an expression${hint}`, at);
    }
    const [kind, content] = Object.entries(match.groups).find(([, part]) => part !== undefined);
    end = TOKEN.lastIndex;
    found.push({ kind, content, at: end - content.length });
  }
  return [...found, { kind: "end", content: "", at: source.length }];
}

/**
 * Return the graph of an expression, or of several assignments with ; between them, the last of which counts.
 *
 * The graph has `nodes`, in topological order, and `variables`, the names that need a value. A node has a
 * name, an operation ("" for a leaf), the indices of its inputs, and its place in the text; a number has a
 * `number`, and a power whose exponent is a number an `exponent`. Throws an error that tells readers why.
 */
export function parse(source) {
  const rest = tokens(source);
  const names = new Map(); // name -> node
  const variables = new Set();

  const peek = () => rest[0];
  const next = () => rest.shift();
  const take = (...signs) => (peek().kind === "sign" && signs.includes(peek().content) ? next() : undefined);
  const node = (operation, inputs, at, more = {}) => ({ operation, inputs, at, ...more });

  function statement() {
    let name;
    if (peek().kind === "name" && rest[1].content === "=") {
      [name] = [next(), next()];
      if (FUNCTIONS.includes(name.content)) throw new Problem(`${name.content} is a function`, name.at);
    }
    const result = sum();
    const { kind, content, at } = peek();
    if (content === "=") throw new Problem("to the left of = stands one name", at);
    if (content === ")") throw new Problem("“)” closes nothing", at);
    if (content === ",") throw new Problem("a comma stands only between the arguments of max", at);
    if (kind !== "end" && content !== ";") missing();
    if (name) {
      if (names.has(name.content)) {
        throw new Problem(`${name.content} has a meaning already; take another name`, name.at);
      }
      names.set(name.content, result);
      result.name ??= name.content;
    }
    return result;
  }

  function missing() {
    throw new Problem(`before “${peek().content}” an operator is missing`, peek().at);
  }

  function sum() {
    let left = product();
    for (let sign; (sign = take("+", "-"));) left = node(sign.content, [left, product()], sign.at);
    return left;
  }

  function product() {
    let left = signed();
    for (let sign; (sign = take("*", "/"));) left = node(sign.content, [left, signed()], sign.at);
    return left;
  }

  function signed() {
    if (take("+")) return signed();
    const sign = take("-");
    if (!sign) return power();
    const inner = signed();
    if (inner.number === undefined || inner.name) return node("−", [inner], sign.at);
    return node("", [], sign.at, { number: -inner.number });
  }

  function power() {
    const base = atom();
    const sign = take("**");
    if (!sign) return base;
    const exponent = signed();
    if (exponent.number === undefined) return node("**", [base, exponent], sign.at);
    return node("**", [base], sign.at, { exponent: exponent.number });
  }

  function atom() {
    const { kind, content, at } = next();
    if (kind === "number") return node("", [], at, { number: Number(content) });
    if (kind === "name") return FUNCTIONS.includes(content) ? call(content, at) : variable(content, at);
    if (content === "(") {
      const inner = sum();
      close(at);
      return inner;
    }
    const instead = content ? `, not “${content}”` : "";
    throw new Problem(`here a number, a name or “(” must stand${instead}`, at);
  }

  function close(opened) {
    if (take(")")) return;
    if (["end", "sign"].includes(peek().kind)) throw new Problem("this “(” is not closed", opened);
    missing();
  }

  function call(name, at) {
    const open = take("(");
    if (!open) throw new Problem(`${name} is a function and needs “(” after it`, at);
    const inputs = [sum()];
    while (take(",")) inputs.push(sum());
    close(open.at);
    const wanted = name === "max" ? 2 : 1;
    if (inputs.length !== wanted) {
      throw new Problem(`${name} takes ${wanted} argument${wanted > 1 ? "s" : ""}, not ${inputs.length}`, at);
    }
    return node(name, inputs, at);
  }

  function variable(name, at) {
    if (peek().content === "(") {
      throw new Problem(`${name} is no function here; these are: ${FUNCTIONS.join(", ")}`, at);
    }
    if (!names.has(name)) {
      names.set(name, node("", [], at, { name }));
      variables.add(name);
    }
    return names.get(name);
  }

  let output = statement();
  while (take(";")) if (peek().kind !== "end") output = statement();
  return sorted(output, new Set(names.keys()), variables);
}

/** Sort what the output depends on, each node after its inputs, and give a name to every result. */
function sorted(output, taken, variables) {
  const order = [];
  const visit = (one) => {
    if (order.includes(one)) return;
    one.inputs.forEach(visit);
    order.push(one);
  };
  visit(output);
  if (order.length > MOST_NODES) throw new Problem(`this graph has more than ${MOST_NODES} nodes`);
  for (const name of taken) {
    if (taken.has(`d${name}`)) throw new Problem(`d${name} is the gradient of ${name}; take another name`);
  }
  if (!taken.has("L") && !taken.has("dL")) output.name ??= "L";
  let count = 0;
  for (const one of order.filter(({ operation, name }) => operation && !name)) {
    do count += 1;
    while (taken.has(`v${count}`) || taken.has(`dv${count}`));
    one.name = `v${count}`;
  }
  const nodes = order.map((one) => ({ ...one, inputs: one.inputs.map((input) => order.indexOf(input)) }));
  return { nodes, variables: order.map(({ name }) => name).filter((name) => variables.has(name)) };
}

/** Return the values of all nodes and their slopes, a list for each node, given a value for each variable. */
export function forward({ nodes }, given) {
  const values = [];
  const slopes = [];
  for (const [i, { name, operation, inputs, number, exponent, at }] of nodes.entries()) {
    if (!operation) {
      values[i] = number ?? given[name];
      if (!Number.isFinite(values[i])) throw new Problem(`${name ?? "this"} must be a finite number`, at);
      slopes[i] = [];
      continue;
    }
    const args = inputs.map((input) => values[input]);
    const { value, slopes: slopesOf, refuses } = OPERATIONS[operation];
    const complaint = operation === "**" ? powerRefuses(args, exponent) : refuses?.(...args);
    const got = args.map((arg) => short(arg)).join(" and ");
    if (complaint) throw new Problem(`${complaint}, and gets ${got}`, at);
    const all = exponent === undefined ? args : [...args, exponent];
    values[i] = value(...all);
    slopes[i] = slopesOf(...all, values[i]).slice(0, inputs.length);
    if (![values[i], ...slopes[i]].every(Number.isFinite)) {
      throw new Problem(`${name}, or its slope, is too large for a float64`, at);
    }
  }
  return { values, slopes };
}

function powerRefuses([base], exponent) {
  if (exponent === undefined) return base <= 0 && "with a variable exponent ** needs a positive base";
  if (base < 0 && !Number.isInteger(exponent)) return `** ${exponent} needs a base that is not negative`;
  return base === 0 && exponent < 1 && exponent !== 0 && `** ${exponent} needs a base other than 0`;
}

/** Return the gradient of the last node with respect to every node. */
export function backward({ nodes }, slopes) {
  const gradients = nodes.map(() => 0);
  gradients[nodes.length - 1] = 1;
  for (let i = nodes.length - 1; i >= 0; i -= 1) {
    for (const [k, input] of nodes[i].inputs.entries()) gradients[input] += gradients[i] * slopes[i][k];
  }
  return gradients;
}

// The walk: what happens at each step, in Python and in words.

function short(value, digits = 6, digitsOfPower = 2) {
  const size = Math.abs(value);
  const plain = size === 0 || (size < 1e5 && size >= 0.5 * 10 ** -digits);
  const rounded = plain ? String(Number(value.toFixed(digits)) + 0) : value.toExponential(digitsOfPower);
  return rounded.replaceAll("-", "−");
}
const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));

const inPython = (number) => (number < 0 ? `(${number})` : String(number));
const nameIn = ({ name, number }) => name ?? inPython(number);

function codeOf(graph, node) {
  const args = node.inputs.map((i) => nameIn(graph.nodes[i]));
  if (node.exponent !== undefined) args.push(inPython(node.exponent));
  const { code, slopeCode } = OPERATIONS[node.operation];
  return {
    line: code ? code(...args) : `${node.operation}(${args.join(", ")})`,
    slopes: slopeCode(...args, node.name),
  };
}

/** Return the steps of the walk: each with its kind, its node (and input), Python code, and a sentence. */
export function steps(graph, given) {
  const { nodes } = graph;
  const { values, slopes } = forward(graph, given);
  const varies = ({ number }) => number === undefined;
  const leaves = nodes.flatMap(({ operation, name }, i) =>
    operation || !name ? [] : [`${name} = ${values[i]}`]);
  const made = [{ kind: "given", code: leaves.join("\n"), says: "Given are the numbers at the leaves." }];
  for (const [i, node] of nodes.entries()) {
    if (!node.operation) continue;
    const local = node.inputs.flatMap((input, k) =>
      varies(nodes[input]) ? [`${short(slopes[i][k])} for ${nameIn(nodes[input])}`] : []);
    const says = `Forward: ${node.name} = ${short(values[i])}.`;
    made.push({
      kind: "forward",
      node: i,
      code: `${node.name} = ${codeOf(graph, node).line}`,
      says: local.length ? `${says} Local slope: ${local.join(", ")}.` : says,
    });
  }

  const last = nodes.length - 1;
  const gradients = nodes.map(() => 0);
  gradients[last] = 1;
  const others = nodes.slice(0, last).filter(varies).map(({ name }) => `d${name} = `);
  made.push({
    kind: "start",
    node: last,
    gradients: [...gradients],
    code: (others.length ? `${others.join("")}0\n` : "") + `d${nodes[last].name} = 1`,
    says: `The way back begins at ${nodes[last].name}, with its derivative with respect to itself, 1. ` +
      "All other gradients begin with 0.",
  });
  const uses = nodes.flatMap(({ inputs }) => inputs);
  const arrowsOut = nodes.map((_, i) => uses.filter((input) => input === i).length);
  const arrived = nodes.map(() => 0);
  for (let i = last; i >= 0; i -= 1) {
    for (const [k, input] of nodes[i].inputs.entries()) {
      if (!varies(nodes[input])) continue;
      const [before, name] = [gradients[input], nodes[input].name];
      gradients[input] += gradients[i] * slopes[i][k];
      arrived[input] += 1;
      const slope = codeOf(graph, nodes[i]).slopes[k];
      const term = /^[\w.]+$/.test(slope) ? slope : `(${slope})`;
      const [has, of] = [arrived[input], arrowsOut[input]];
      const sofar = of === 1 ? "" : has < of
        ? ` ${name} has ${of} arrows out; ${has} reported so far.`
        : ` ${of === 2 ? "Both" : `All ${of}`} arrows out of ${name} have reported, and their shares add up.`;
      made.push({
        kind: "back",
        node: i,
        input: k,
        gradients: [...gradients],
        code: `d${name} += d${nodes[i].name} * ${term}`,
        says: `Back: ${nodes[i].name} passes its gradient to ${name}, times the slope of the arrow: ` +
          `d${name} = ${short(before)} + ${factor(gradients[i])} · ${factor(slopes[i][k])} = ` +
          `${short(gradients[input])}.${sofar}`,
      });
    }
  }
  const found = graph.variables.map((name) => nodes.findIndex((node) => node.name === name));
  const results = found.map((i) => `d${nodes[i].name} = ${short(gradients[i])}`);
  const end = results.length ? `The way back ends: ${results.join(", ")}.` : "There is no variable.";
  made.at(-1).says += ` ${end}`;
  return made;
}

// The layout: nodes in layers, each after its inputs. An arrow keeps a slot free in each layer it crosses.

function layers({ nodes }) {
  const depth = [];
  for (const [i, { inputs }] of nodes.entries()) {
    depth[i] = inputs.length ? 1 + Math.max(...inputs.map((input) => depth[input])) : 0;
  }
  for (const [i, { operation }] of nodes.entries()) {
    const users = nodes.flatMap(({ inputs }, j) => (inputs.includes(i) ? [depth[j]] : []));
    if (!operation && users.length) depth[i] = Math.min(...users) - 1;
  }
  const rows = Array.from({ length: Math.max(...depth) + 1 }, () => []);
  const item = (layer, node) => {
    const made = { layer, node, size: node === undefined ? 0.45 : 1, before: [], after: [] };
    rows[layer].push(made);
    return made;
  };
  const items = nodes.map((_, i) => item(depth[i], i));
  const edges = nodes.flatMap(({ inputs }, to) => inputs.map((from, k) => {
    const chain = [items[from]];
    for (let layer = depth[from] + 1; layer < depth[to]; layer += 1) chain.push(item(layer));
    chain.push(items[to]);
    for (let i = 1; i < chain.length; i += 1) {
      chain[i].before.push(chain[i - 1]);
      chain[i - 1].after.push(chain[i]);
    }
    return { from, to, k, chain };
  }));
  const spread = (row) => {
    let place = -row.reduce((total, { size }) => total + size, 0) / 2;
    for (const one of row) {
      one.place = place + one.size / 2;
      place += one.size;
    }
  };
  const settle = (row, side) => {
    for (const one of row) {
      const near = one[side];
      one.wish = near.length ? near.reduce((total, { place }) => total + place, 0) / near.length : one.place;
    }
    spread(row.sort((a, b) => a.wish - b.wish));
  };
  rows.forEach(spread);
  for (let sweep = 0; sweep < 6; sweep += 1) {
    rows.slice(1).forEach((row) => settle(row, "before"));
    rows.slice(0, -1).reverse().forEach((row) => settle(row, "after"));
  }
  return { rows, items, edges };
}

const point = ([p0, p1, p2, p3], t) => [0, 1].map((i) =>
  (1 - t) ** 3 * p0[i] + 3 * (1 - t) ** 2 * t * p1[i] + 3 * (1 - t) * t ** 2 * p2[i] + t ** 3 * p3[i]);

/** Draw the graph at one step: from left to right, or on a narrow screen from top to bottom. */
function drawing(graph, { values, slopes }, made, step, slim) {
  const { nodes } = graph;
  const { rows, items, edges } = layers(graph);
  const font = slim ? 19 : 15;
  const rounded = (value) => short(value, Math.abs(value) < 10 ? 4 : 2, 1);
  const titles = nodes.map(({ name, operation, number, exponent = "" }) =>
    operation ? `${name}: ${operation.replace("-", "−")}${exponent}` : name ?? rounded(number));
  const numbers = [...values, ...made.at(-1).gradients].map((value) => `d ${rounded(value)}`);
  const letters = Math.max(...[...titles, ...numbers].map(({ length }) => length));
  const [wide, high] = [Math.max(84, 10 + 0.6 * font * letters), slim ? 68 : 58];
  const [slot, gap] = slim ? [wide + 14, high + 64] : [high + 20, wide + 62];
  const most = Math.max(...rows.map((row) => row.reduce((total, { size }) => total + size, 0)));
  const across = Math.max(most * slot, slim ? 400 : 2 * slot);
  const along = (rows.length - 1) * gap + (slim ? high : wide) + 8;
  const [width, height] = slim ? [across, along] : [along, across];
  const centre = ({ layer, place }) => {
    const [main, cross] = [4 + (slim ? high : wide) / 2 + layer * gap, across / 2 + place * slot];
    return slim ? [cross, main] : [main, cross];
  };
  const now = made[step];
  const known = new Set(made.slice(0, step + 1).map(({ node }) => node));
  const has = (i) => !nodes[i].operation || known.has(i);
  const write = (x, y, content, kind = "") =>
    svg("text", { x, y, "text-anchor": "middle", "font-size": font, class: kind }, content);

  const boxes = nodes.map((node, i) => {
    const [x, y] = centre(items[i]);
    const aim = now.kind === "back" ? nodes[now.node].inputs[now.input] : now.node;
    const state = aim !== i ? "" : now.kind === "forward" ? " forward" : " back";
    const lines = [[titles[i]]];
    if (has(i) && node.name) lines.push([rounded(values[i]), "value"]);
    const gradient = node.number === undefined ? now.gradients?.[i] : undefined;
    if (gradient !== undefined) lines.push([`d ${rounded(gradient)}`, "gradient"]);
    const first = y - ((lines.length - 1) * (font + 2)) / 2 + 0.35 * font;
    const corner = { x: x - wide / 2, y: y - high / 2, rx: 6 };
    return svg(
      "g",
      {},
      svg("rect", { ...corner, width: wide, height: high, class: `box${state}` }),
      ...lines.map(([content, kind], row) => write(x, first + row * (font + 2), content, kind)),
    );
  });

  const placed = items.map((item) => {
    const [x, y] = centre(item);
    return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
  });
  const free = (box) => placed.every((p) => box[2] < p[0] || p[2] < box[0] || box[3] < p[1] || p[3] < box[1]);
  const arrows = [];
  const labels = [];
  for (const { from, to, k, chain } of edges) {
    const port = (k - (nodes[to].inputs.length - 1) / 2) * 22;
    const twice = nodes[to].inputs.filter((input) => input === from).length > 1;
    const curves = chain.slice(1).map((end, i) => {
      const shift = (item, off, half) => {
        const [x, y] = centre(item);
        const forth = item.node === undefined ? 0 : half;
        return slim ? [x + off, y + forth] : [x + forth, y + off];
      };
      const half = (slim ? high : wide) / 2;
      const p0 = shift(chain[i], i === 0 && twice ? port : 0, half);
      const p3 = shift(end, i === chain.length - 2 ? port : 0, -half - (i === chain.length - 2 ? 6 : 0));
      const middle = slim ? (p0[1] + p3[1]) / 2 : (p0[0] + p3[0]) / 2;
      return slim ? [p0, [p0[0], middle], [p3[0], middle], p3] : [p0, [middle, p0[1]], [middle, p3[1]], p3];
    });
    const state = now.kind === "forward" && now.node === to ? " forward"
      : now.kind === "back" && now.node === to && now.input === k ? " back" : "";
    const d = curves.map(([p0, ...others], i) => `${i ? "" : `M${p0}`} C${others.join(" ")}`).join("");
    arrows.push(svg("path", { d, class: `wire${state}`, "marker-end": "url(#graph-arrow)" }));
    if (!known.has(to) || nodes[from].number !== undefined) continue;
    const content = `× ${rounded(slopes[to][k])}`;
    const half = content.length * 0.26 * font;
    const around = ([x, y]) => [x - half, y - font / 2, x + half, y + font / 2];
    const spots = curves.flatMap((curve) => [0.5, 0.35, 0.65, 0.25, 0.75, 0.15].map((t) => point(curve, t)));
    const spot = spots.find((where) => free(around(where))) ?? spots[0];
    placed.push(around(spot));
    labels.push(write(spot[0], spot[1] + 0.35 * font, content, "slope halo"));
  }
  const head = svg("marker", {
    id: "graph-arrow", viewBox: "0 0 8 8", refX: 2, refY: 4, markerWidth: 9, markerHeight: 9, orient: "auto",
    markerUnits: "userSpaceOnUse",
  }, svg("path", { d: "M0,0 L8,4 L0,8 Z", class: "head" }));
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width: slim ? "100%" : width,
      style: `min-width: ${Math.ceil((width * 12.2) / font)}px`,
      role: "img",
      "aria-label": `${nodes.length} nodes in ${rows.length} layers, step ${step} of ${made.length - 1}. ` +
        "The list of all nodes, below, says what leads where.",
    },
    svg("defs", {}, head), ...arrows, ...boxes, ...labels,
  );
}

const EXAMPLES = [
  "L = (a*b + c)**2",
  "y = x + x*x",
  "u = 3*x; v = u*u; y = u + v",
  "L = (relu(w*x + b) - y)**2",
  "L = -log(sigmoid(w*x + b))",
];

place("graph", () => {
  let asked; // the graph of the last expression that could be read
  let drawn; // the last one that could be computed, too, with the values it got and its steps
  const given = {};
  const slim = matchMedia("(max-width: 40rem)");

  const field = element("input", {
    type: "text", maxlength: 200, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    "aria-describedby": "graph-problem",
  });
  const draw = element("button", { type: "submit" }, "Draw");
  const label = element("label", { class: "control" }, element("span", {}, "Expression"), field);
  const form = element("form", { class: "controls" }, label, draw);
  const problem = element("p", { class: "problem", id: "graph-problem", role: "alert" });
  const numbers = element("div", { class: "controls", role: "group", "aria-label": "Variables" });
  const picture = element("div", { class: "wide", role: "group", "aria-label": "Computation graph" });
  const code = element("code", {});
  const said = words();
  const list = element("ol", {});
  const steering = walk(show);

  function show(step) {
    const { graph, made } = drawn;
    const results = forward(graph, drawn.given);
    const { values } = results;
    const now = made[step];
    picture.replaceChildren(drawing(graph, results, made, step, slim.matches));
    if (picture.scrollWidth > picture.clientWidth) picture.tabIndex = 0;
    else picture.removeAttribute("tabindex");
    const box = picture.querySelector("rect:is(.forward, .back)")?.getBoundingClientRect();
    const { left, right } = picture.getBoundingClientRect();
    if (box) picture.scrollLeft += Math.max(0, box.right - right) + Math.min(0, box.left - left);
    code.textContent = now.code || "# no variable";
    said.textContent = `Step ${step} of ${made.length - 1}. ${now.says}`;
    const known = new Set(made.slice(0, step + 1).map(({ node }) => node));
    list.replaceChildren(...graph.nodes.map((node, i) => {
      const meaning = node.operation ? `${node.name} = ${codeOf(graph, node).line}` : nameIn(node);
      const value = !node.operation || known.has(i) ? `value ${short(values[i])}` : "no value yet";
      const gradient = now.gradients ? `, gradient ${short(now.gradients[i])}` : "";
      const numbers = value + (node.number === undefined ? gradient : "");
      return element("li", {}, node.name ? `${meaning}: ${numbers}` : meaning);
    }));
  }

  /** Do something that may fail, and say so beside the control; what is drawn stays as it is. */
  function attempt(control, action) {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.textContent = error.message;
      control.setAttribute("aria-invalid", "true");
      return;
    }
    problem.textContent = "";
    for (const input of [field, ...numbers.querySelectorAll("input")]) input.removeAttribute("aria-invalid");
  }

  function compute() {
    const fresh = drawn?.graph !== asked;
    drawn = { graph: asked, given: { ...given }, made: steps(asked, given) };
    if (fresh) steering.begin(drawn.made.length - 1);
    else steering.again();
  }

  function load() {
    attempt(field, () => {
      asked = parse(field.value);
      for (const [i, name] of asked.variables.entries()) {
        if (!Number.isFinite(given[name])) given[name] = i + 2;
      }
      numbers.replaceChildren(...asked.variables.map(number));
      compute();
    });
  }

  function number(name) {
    const input = element("input", { type: "number", step: 0.1, value: given[name] });
    input.addEventListener("input", () => {
      given[name] = input.valueAsNumber;
      attempt(input, compute);
    });
    return element("label", { class: "control" }, element("span", {}, `${name} =`), input);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  const examples = choice("Examples", EXAMPLES, EXAMPLES[0], (example) => {
    field.value = example;
    load();
  });
  slim.addEventListener("change", () => steering.again());
  [field.value] = EXAMPLES;
  load();
  const all = element("details", {}, element("summary", {}, "All nodes, in topological order"), list);
  const line = element("pre", { class: "line" }, code);
  return [examples, form, problem, numbers, steering, picture, line, said, all];
});
