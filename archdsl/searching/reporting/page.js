"use strict";
// A card beside the mark that is pointed at, and the switch between light and dark. Texts are set as texts, never as markup.
const cards = JSON.parse(document.getElementById("cards").textContent);
const card = document.getElementById("card");

const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function fill(data) {
  const numbers = document.createElement("dl");
  for (const [name, value] of Object.entries(data.numbers)) numbers.append(made("dt", name), made("dd", value));
  card.replaceChildren(made("h4", data.title), numbers, made("pre", data.words));
  if (data.picture) card.append(Object.assign(document.createElement("img"), { src: data.picture, alt: "the network", onload: place }));
}

let mark = null;

function place() {
  if (!mark) return;
  const at = mark.getBoundingClientRect();
  const wide = card.offsetWidth;
  const left = at.right + 14 + wide < innerWidth ? at.right + 14 : Math.max(8, at.left - 14 - wide);
  card.style.left = `${left}px`;
  card.style.top = `${Math.max(8, Math.min(at.top - 20, innerHeight - card.offsetHeight - 8))}px`;
}

function show(target) {
  mark = target;
  fill(cards[Number(target.dataset.card)]);
  card.hidden = false;
  place();
}

function hide() {
  mark = null;
  card.hidden = true;
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => event.target.closest?.("[data-card]") ? show(event.target) : hide());
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
