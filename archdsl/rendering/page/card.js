// The card beside the pointer: what a box is, what goes in and out, what it costs, and where it stands in the document.

function showCard(element, clientX, clientY) {
  const number = Number(element.closest(".column").dataset.column);
  const column = trail()[number];
  if (!column) return;
  const box = SHEETS[column.sheet].boxes[element.dataset.box];
  if (!isThing(box)) return;
  byId("card").replaceChildren(...cardParts(column, box));
  byId("card").hidden = false;
  placeCard(clientX, clientY);
}

function hideCard() {
  byId("card").hidden = true;
}

function placeCard(clientX, clientY) {
  const card = byId("card");
  const { width, height } = card.getBoundingClientRect();
  const left = clientX + 18 + width < innerWidth ? clientX + 18 : clientX - width - 18;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${Math.max(4, Math.min(clientY + 14, innerHeight - height - 6))}px`;
}

function cardParts(column, box) {
  const network = FACTS.networks[state.network];
  const parts = [make("h3", {}, box.text, ...(box.times > 1 ? [make("b", {}, `×${box.times}`)] : []))];
  parts.push(make("p", { class: "name" }, fullName(column.base, box.name)));
  const rows = [];
  if (box.in?.length) rows.push(["in", box.in.join(", ")]);
  if (box.out) rows.push(["out", box.out.join(", ")]);
  for (const [word, key] of [["params", "params"], ["MACs", "macs"]]) {
    if (box[key]) rows.push([word, costWords(box[key], column.times, network[key])]);
  }
  if (column.times > 1) rows.push(["alike", `${column.times} times in the network`]);
  if (box.lines) rows.push(["line", lineWords(box.lines[0])]);
  parts.push(make("dl", {}, ...rows.flatMap(([word, value]) => [make("dt", {}, word), make("dd", {}, value)])));
  if (box.ops) parts.push(opsTable(box.ops));
  if (box.opens) parts.push(make("p", { class: "hint" }, "click to open"));
  return parts;
}

/** Say a count, its share of the whole, and both for all places together. */
function costWords(count, times, total) {
  const one = `${whole(count)}  (${percent(count, total)})`;
  return times > 1 ? `${one}, all ${times}: ${percent(count * times, total)}` : one;
}

const lineWords = ([file, first, last]) => `${TEXTS[file].name}:${first}${last > first ? `–${last}` : ""}`;

function opsTable(ops) {
  const row = (tag, words) => make("tr", {}, ...words.map((word) => make(tag, {}, word)));
  const rows = ops.map(([words, params, macs]) => row("td", [words, params ? short(params) : "", macs ? short(macs) : ""]));
  return make("table", {}, row("th", ["op", "params", "MACs"]), ...rows);
}
