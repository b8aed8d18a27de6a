// What the moving figures share: elements, controls with labels, and numbers as text.

/** Return a new HTML element with attributes and children (elements or strings). */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return a new SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Return a number as text with a true minus sign, such as −0.250. */
export function text(value, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const plain = size !== 0 && (size >= 1e5 || size < 0.5 * 10 ** -digits);
  return (plain ? value.toExponential(1) : value.toFixed(digits)).replaceAll("-", "−");
}

/**
 * Return a labelled slider; `changed(number)` is called at each move. `row.input` is the slider itself, and
 * `row.show(number)` moves it without a call.
 */
export function slider(label, { min, max, step, value, digits = 3 }, changed) {
  const input = element("input", { type: "range", min, max, step });
  const shown = element("output", { "aria-hidden": "true" }); // the slider itself says its value
  const row = element("label", { class: "control" }, element("span", {}, label), input, shown);
  const show = (number) => {
    input.value = number;
    shown.textContent = text(Number(number), digits);
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.addEventListener("input", () => {
    show(input.valueAsNumber);
    changed(input.valueAsNumber);
  });
  show(value);
  return Object.assign(row, { input, show });
}

/** Return a labelled list to choose from; `changed(option)` is called with the text of the choice. */
export function choice(label, options, value, changed) {
  const input = element("select", {}, ...options.map((name) => new Option(name, name, false, name === value)));
  input.addEventListener("change", () => changed(input.value));
  return Object.assign(element("label", { class: "control" }, element("span", {}, label), input), { input });
}

/** Return a button. */
export function button(label, pressed) {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", pressed);
  return made;
}

/**
 * Return four buttons that walk through the steps 0 … last, and call `show(step)` at each. While one of them
 * has the focus, the arrow keys, Home and End do the same. `row.begin(last)` starts a walk at its step 0, and
 * `row.again()` shows the step where the walk is once more.
 */
export function walk(show) {
  let at = 0;
  let last = 0;
  const keys = { Home: () => 0, ArrowLeft: () => at - 1, ArrowRight: () => at + 1, End: () => last };
  const targets = Object.values(keys);
  const buttons = ["Start", "Back", "Next", "End"].map((label, i) => button(label, () => go(targets[i]())));
  const label = { class: "controls", role: "group", "aria-label": "Steps" };
  const row = element("div", label, ...buttons);
  function go(to) {
    at = Math.max(0, Math.min(last, to));
    buttons.forEach((made, i) => made.setAttribute("aria-disabled", at === (i < 2 ? 0 : last)));
    show(at);
  }
  row.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(keys[event.key]());
  });
  const begin = (steps) => {
    last = steps;
    go(0);
  };
  return Object.assign(row, { begin, again: () => go(at) });
}

/** Return a paragraph that screen readers read aloud when its text changes: the figure in words. */
export function words() {
  return element("p", { class: "words", "aria-live": "polite" });
}

/** Whether the reader has asked for less motion. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Put a figure into every place that the page keeps for it, in the stead of the note that stands there. */
export function place(name, build) {
  for (const spot of document.querySelectorAll(`[data-figure="${name}"]`)) {
    spot.replaceChildren(...build());
    spot.dataset.ready = "true";
  }
}
