// What the page was built with, and small helpers.

const FACTS = JSON.parse(document.getElementById("facts").textContent);
const TEXTS = JSON.parse(document.getElementById("texts").textContent);
const SHEETS = FACTS.sheets;
const FAMILIES = {
  conv: "convolution", linear: "linear", attention: "attention", norm: "norm", activation: "activation", pool: "pooling",
  merge: "merge", bar: "split, concat", shape: "shape", regularization: "regularization", source: "values", block: "block", io: "in and out",
};

const byId = (id) => document.getElementById(id);

/** Tell whether a box stands for something that can be chosen, not for the dots between paths or an end of a sheet. */
const isThing = (box) => box.kind !== "point" && (box.kind !== "dots" || Boolean(box.opens));

/** Make an element; text is always set as text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Make an element of a picture. */
function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return a name of a sheet as it is at one place of the network. */
function fullName(base, name) {
  if (name === ".") return base;
  return name.startsWith(".") ? base + name : name;
}

/** Return a count in three digits: 25557032 is 25.6 M. */
function short(number) {
  for (const [unit, size] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (number >= 0.9995 * size) return `${Number((number / size).toPrecision(3))} ${unit}`;
  }
  return String(number);
}

const whole = (number) => number.toLocaleString("en-US");

function percent(part, total) {
  const share = total ? (100 * part) / total : 0;
  return `${share >= 10 ? share.toFixed(0) : share >= 0.1 ? share.toFixed(1) : share > 0 ? "< 0.1" : "0"} %`;
}
