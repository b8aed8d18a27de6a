// Softmax and cross-entropy of one sample: logits to move, probabilities, loss and gradient.

import { button, choice, element, place, slider, svg, text, words } from "./figure.js";

/** Return log Σ exp(z_k), computed so that no exponent is positive. */
export function logsumexp(z) {
  const m = Math.max(...z);
  return m + Math.log(z.reduce((sum, value) => sum + Math.exp(value - m), 0));
}

/** Return the probabilities exp(z_k) / Σ exp(z_j). */
export function softmax(z) {
  const m = Math.max(...z);
  const e = z.map((value) => Math.exp(value - m));
  const sum = e.reduce((a, b) => a + b);
  return e.map((value) => value / sum);
}

/** Return −log softmax(z)[label], computed from the logits. */
export function crossEntropy(z, label) {
  const m = Math.max(...z);
  return logsumexp(z.map((value) => value - m)) - (z[label] - m);
}

/** Return the gradient of the cross-entropy with respect to the logits, softmax minus one-hot. */
export function crossEntropyGradient(z, label) {
  return softmax(z).map((p, k) => (k === label ? p - 1 : p));
}

/** Return the logits after one step of gradient descent. */
export function descend(z, label, rate) {
  const gradient = crossEntropyGradient(z, label);
  return z.map((value, k) => value - rate * gradient[k]);
}

const RATE = 1;
const WIDTH = 90; // of the frame of a bar
const RANGES = { "−5 to 5": 5, "−1000 to 1000": 1000 };

const list = (values) => values.map((value) => text(value)).join(", ");

/** Return a drawing of two bars: the probability, and the entry of the gradient to the left or right of 0. */
function bars(k, p, gradient, y) {
  const zero = 158 + WIDTH / 2;
  const length = (Math.abs(gradient) * WIDTH) / 2;
  const size = { y: 20, height: 14 };
  const frame = { ...size, width: WIDTH, fill: "none", stroke: "var(--line)" };
  const name = y ? `Class ${k}, the right one` : `Class ${k}`;
  return svg(
    "svg",
    {
      viewBox: "0 0 250 40",
      role: "img",
      "aria-label": `${name}: probability ${text(p)}, gradient ${text(gradient)}`,
      "font-size": 13,
      style: "flex: 1 1 15rem; max-width: 24rem",
    },
    svg("text", { x: 2, y: 14 }, `p = ${text(p)}`),
    svg("rect", { ...size, x: 2, width: p * WIDTH, fill: "var(--blue)" }),
    svg("rect", { ...frame, x: 2 }),
    svg("text", { x: 125, y: 32, "text-anchor": "middle" }, y ? "target" : ""),
    svg("text", { x: 248, y: 14, "text-anchor": "end" }, `p − ${y} = ${text(gradient)}`),
    svg("rect", {
      ...size,
      x: zero - (gradient < 0 ? length : 0),
      width: length,
      fill: gradient < 0 ? "var(--orange)" : "var(--purple)",
    }),
    svg("rect", { ...frame, x: 158 }),
    svg("path", { d: `M${zero} 16v22`, stroke: "currentColor", "stroke-width": 1.5 }),
  );
}

place("softmax", () => {
  let z = [2, 0.5, -1];
  let label = 1;
  let range = 5;
  let end = range; // of the sliders; beyond the range where a logit is
  let rows = [];
  const table = element("div");
  const said = words();

  const classes = choice("classes", ["3", "4", "5"], "3", (count) => {
    z = [...z, 0, 0].slice(0, Number(count));
    label = Math.min(label, z.length - 1);
    lay();
  });
  const right = choice("right class", [], "", (k) => {
    label = Number(k);
    draw();
  });
  const reach = choice("range of the logits", Object.keys(RANGES), "−5 to 5", (name) => {
    range = end = RANGES[name];
    z = z.map((value) => Math.max(-range, Math.min(range, value)));
    draw();
  });
  const step = button("One step of descent", () => {
    const before = crossEntropy(z, label);
    z = descend(z, label, RATE);
    draw(`One step: the loss was ${text(before)}.`);
  });
  const add = button("", () => {
    z = z.map((value) => value + range / 5);
    draw(`Added ${range / 5} to every logit.`);
  });

  function lay() {
    right.input.replaceChildren(...z.map((_, k) => new Option(k)));
    rows = z.map((value, k) => {
      const moved = (number) => {
        z[k] = number;
        draw();
      };
      const control = slider(`z of class ${k}`, { min: -end, max: end, step: range / 50, value }, moved);
      control.style.flex = "1 1 15rem";
      control.input.style.flex = "1";
      return { control, drawing: svg("svg") };
    });
    const pairs = rows.map(({ control, drawing }) => [control, drawing]);
    table.replaceChildren(...pairs.map((pair) => element("div", { class: "controls" }, ...pair)));
    draw();
  }

  function draw(happened = "") {
    const p = softmax(z);
    const gradient = crossEntropyGradient(z, label);
    const sum = gradient.reduce((a, b) => a + b);
    end = Math.max(end, range * Math.ceil(Math.max(...z.map(Math.abs)) / range));
    rows.forEach((row, k) => {
      Object.assign(row.control.input, { min: -end, max: end, step: range / 50 });
      row.control.show(z[k]);
      const drawing = bars(k, p[k], gradient[k], Number(k === label));
      row.drawing.replaceWith(drawing);
      row.drawing = drawing;
    });
    right.input.value = label;
    add.textContent = `Add ${range / 5} to every logit`;
    said.textContent = [
      happened,
      `The loss −log p of class ${label} is ${text(crossEntropy(z, label))}.`,
      p[label] === 0 ? "Its probability is rounded to 0; from that alone the loss would be infinite." : "",
      `Logits ${list(z)}; probabilities ${list(p)};`,
      `gradient ${list(gradient)}, with the sum ${Math.abs(sum) < 1e-12 ? "0" : text(sum)}.`,
    ]
      .filter(Boolean)
      .join(" ");
  }

  lay();
  return [
    element("div", { class: "controls" }, classes, right, reach),
    table,
    element("div", { class: "controls" }, step, add),
    said,
  ];
});
