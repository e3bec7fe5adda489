// Searching all levels: every box of the network with the way to it.

const MOST_FOUND = 40;
const MOST_LISTED = 20000;
const listed = new Map();
let marked = 0;

/** Return all boxes of a network, outer ones first; made when it is first needed. */
function boxesOf(network) {
  if (!listed.has(network)) listed.set(network, listBoxes(network));
  return listed.get(network);
}

function listBoxes(network) {
  const { sheet, base } = FACTS.networks[network];
  const found = [];
  const waiting = [{ column: { sheet, base, times: 1 }, path: [], words: [] }];
  for (const { column, path, words } of waiting) {
    SHEETS[column.sheet].boxes.forEach((box, number) => {
      if (!isThing(box) || found.length > MOST_LISTED) return;
      const name = fullName(column.base, box.name);
      const key = folded(`${name} ${box.text} ${opsWords(box)}`);
      found.push({ network, path, box: number, text: box.text, words, key, lines: box.lines, opens: box.opens });
      const next = inside(column, number);
      if (next) waiting.push({ column: next, path: [...path, number], words: [...words, box.text] });
    });
  }
  return found;
}

const opsWords = (box) => (box.opens ? "" : (box.ops ?? []).map(([words]) => words).join(" "));

/** Return text with what people type for what is printed. */
const folded = (text) => text.toLowerCase().replaceAll("×", "x").replaceAll("·", " ").replaceAll("→", ">");

function search(text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const order = FACTS.networks.map((_, number) => number).sort((one, other) => (one !== state.network) - (other !== state.network));
  return order.flatMap(boxesOf).filter((each) => words.every((word) => each.key.includes(word)));
}

/** List what is found under the field, and mark it in the columns. */
function showFound() {
  const found = search(state.find);
  const rows = found.slice(0, MOST_FOUND).map((each, number) => foundRow(each, number));
  if (found.length > MOST_FOUND) rows.push(make("li", { class: "rest" }, `${found.length - MOST_FOUND} more`));
  if (!found.length && state.find) rows.push(make("li", { class: "rest" }, "nothing found"));
  byId("found").replaceChildren(...rows);
  byId("found").hidden = !state.find || document.activeElement !== byId("find");
  byId("find").setAttribute("aria-expanded", String(!byId("found").hidden));
  mark(0);
  markHits(found);
}

function foundRow(each, number) {
  const where = [...(FACTS.networks.length > 1 ? [FACTS.networks[each.network].name] : []), ...each.words].join(" › ");
  return make("li", { role: "option", id: `found-${number}`, "data-found": number }, make("span", {}, each.text), make("small", {}, where));
}

function markHits(found) {
  const at = new Set(found.filter((each) => each.network === state.network).map((each) => `${each.path.join()}:${each.box}`));
  columnElements().forEach((element, number) => {
    const path = state.open.slice(0, number).join();
    for (const box of element.querySelectorAll(".box")) box.classList.toggle("hit", at.has(`${path}:${box.dataset.box}`));
  });
}

/** Mark one row of what is found. */
function mark(number) {
  const rows = [...byId("found").querySelectorAll("[data-found]")];
  marked = rows.length ? (number + rows.length) % rows.length : 0;
  rows.forEach((row, each) => row.setAttribute("aria-selected", String(each === marked)));
  rows[marked]?.scrollIntoView({ block: "nearest" });
  byId("find").setAttribute("aria-activedescendant", rows.length ? rows[marked].id : "");
}

function take(number) {
  const each = search(state.find)[number];
  if (!each) return;
  byId("find").blur();
  goTo(each.network, each.path, each.box);
  boxElement(each.path.length, each.box)?.focus({ preventScroll: true });
}

function onFindKey(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) mark(marked + steps[event.key]);
  else if (event.key === "Enter") take(marked);
  else if (event.key === "Escape") {
    state.find = "";
    byId("find").blur();
    update();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
