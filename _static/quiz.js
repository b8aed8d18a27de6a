// Remembers what a reader answered on this page, in this browser only, and says what to review.
//
// There are two kinds of question: a card of the quiz, answered by the answer that is opened first,
// and a card of the page of questions, which the reader marks "I knew it" or "Review".
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  const KEY = `quiz ${location.pathname}`;
  let memory = {}; // question → answer, both as text; where storage is blocked, as long as the page

  function recall() {
    try {
      memory = { ...JSON.parse(localStorage.getItem(KEY)) };
    } catch { /* blocked, or not ours: begin with nothing */ }
  }

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(memory));
    } catch { /* blocked or full */ }
  }

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }
  const button = (label, onclick) => make("button", { type: "button", onclick }, label);
  const text = (element) => element.textContent.trim();

  function answer(question, value) {
    memory[question.name] = value;
    keep();
    show();
  }

  function question(card, index, title, again) {
    card.id ||= `question-${index + 1}`;
    return { card, title, again, name: text(title), right: {} }; // right: answer → whether it is right
  }

  function quizCard(card, index) {
    const again = card.querySelector(".sd-card-body > details ~ p a");
    const asked = question(card, index, card.querySelector(".sd-card-title"), again);
    for (const details of card.querySelectorAll("details")) {
      const choice = text(details.firstElementChild);
      asked.right[choice] = text(details.lastElementChild).startsWith("Right.");
      details.firstElementChild.addEventListener("click", () => {
        if (mark(asked) === undefined) answer(asked, choice);
      });
    }
    return asked;
  }

  function turnedCard(card, index) {
    const again = card.querySelector(".sd-summary-content > p:last-of-type a");
    const asked = question(card, index, card.querySelector(".sd-summary-text"), again);
    asked.right = { "I knew it": true, Review: false };
    asked.buttons = Object.keys(asked.right).map((label) => button(label, () => answer(asked, label)));
    card.lastElementChild.append(make("div", { className: "marks" }, ...asked.buttons));
    return asked;
  }

  // true: right or known; false: to review; undefined: open, as it is again when its words have changed
  const mark = ({ name, right }) => right[memory[name]];

  function entry({ card, title, again }) {
    const copy = title.cloneNode(true);
    copy.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
    const item = make("li", {}, make("a", { href: `#${card.id}` }, ...copy.childNodes));
    if (again) item.append(" – read again: ", again.cloneNode(true));
    return item;
  }

  function show() {
    const marks = questions.map(mark);
    const count = (value) => marks.filter((one) => one === value).length;
    const open = count(undefined);
    let said = `${turned.length ? "Known" : "Right at the first try"}: ${count(true)} of ${marks.length}.`;
    if (open) said += ` Not answered yet: ${open}.`;
    else if (!count(false)) said += " Nothing to review.";
    status.textContent = said;
    list.replaceChildren(...questions.filter((_, i) => marks[i] === false).map(entry));
    for (const { name, buttons } of turned) {
      for (const one of buttons) one.setAttribute("aria-pressed", text(one) === memory[name]);
    }
  }

  function forget() {
    memory = {};
    keep();
    document.querySelectorAll(".quiz details, details.question").forEach((card) => { card.open = false; });
    show();
  }

  function pick() {
    const open = questions.filter((asked) => !mark(asked));
    const from = open.length ? open : questions;
    const { card } = from[Math.floor(Math.random() * from.length)];
    location.replace(`#${card.id}`);
    card.firstElementChild.focus();
  }

  const turned = [...document.querySelectorAll("details.question")].map(turnedCard);
  const questions = [...document.querySelectorAll(".quiz.sd-card")].map(quizCard).concat(turned);
  if (!questions.length) return;
  const status = make("p", { role: "status" });
  const list = make("ul", {});
  const heading = make(turned.length ? "h2" : "h3", {}, "What to review");
  const panel = make("div", { className: "review" }, heading, status, list);
  if (turned.length) {
    panel.append(button("Pick one that I have not known", pick));
    turned[0].card.closest("section").before(panel);
  } else {
    questions.at(-1).card.after(panel);
  }
  panel.append(button("Forget my answers on this page", forget));
  addEventListener("storage", ({ key }) => {
    if (key !== KEY) return;
    recall();
    show();
  });
  recall();
  show();
});
