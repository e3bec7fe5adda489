// What is shown. Everything stands in the address, so that a link shows the same.

const state = { network: 0, open: [], chosen: null, color: FACTS.start.color, theme: FACTS.start.theme, yaml: null, file: 0, line: null, find: "" };

/** Return the columns: the network, and the inside of every box that is open. */
function trail() {
  const { sheet, base } = FACTS.networks[state.network];
  const columns = [{ sheet, base, times: 1, box: null, note: "" }];
  for (const number of state.open) {
    const next = inside(columns.at(-1), number);
    if (!next) break;
    columns.push(next);
  }
  return columns;
}

/** Return the column that a box of another opens. */
function inside(column, number) {
  const box = SHEETS[column.sheet].boxes[number];
  if (!box?.opens) return null;
  const [sheet, base, times, note] = box.opens;
  const inner = fullName(column.base, base);
  const place = inner === column.base ? fullName(column.base, box.name) : inner;
  return { sheet, base: inner, place, times: column.times * times, box, note };
}

const boxNumber = (sheet, name) => SHEETS[sheet].boxes.findIndex((box) => box.name === name);

function writeAddress() {
  const columns = trail();
  const name = (column, number) => encodeURIComponent(SHEETS[columns[column].sheet].boxes[number].name);
  const parts = [];
  if (state.network) parts.push(`net=${encodeURIComponent(FACTS.networks[state.network].name)}`);
  if (state.open.length) parts.push(`open=${state.open.map((number, column) => name(column, number)).join(",")}`);
  if (state.chosen) parts.push(`at=${state.chosen.column}:${name(state.chosen.column, state.chosen.box)}`);
  if (state.color !== FACTS.start.color) parts.push(`color=${state.color}`);
  if (state.theme !== FACTS.start.theme) parts.push(`theme=${state.theme}`);
  if (state.yaml !== null) parts.push(`yaml=${Number(state.yaml)}`);
  if (state.line) parts.push(`line=${state.file}:${state.line}`);
  if (state.find) parts.push(`find=${encodeURIComponent(state.find)}`);
  const address = `#${parts.join("&")}`;
  if (address !== (location.hash || "#")) history.replaceState(null, "", address);
}

/** Take over what the address says; whatever it says wrongly is left out. */
function readAddress() {
  const given = new Map(location.hash.slice(1).split("&").map((part) => [part.split("=")[0], part.slice(part.indexOf("=") + 1)]));
  const word = (key) => decoded(given.get(key) ?? "");
  state.network = Math.max(0, FACTS.networks.findIndex((network) => network.name === word("net")));
  state.open = [];
  for (const name of (given.get("open") ?? "").split(",")) {
    const number = boxNumber(trail().at(-1).sheet, decoded(name));
    if (number < 0 || !inside(trail().at(-1), number)) break;
    state.open.push(number);
  }
  state.chosen = chosenAt(given.get("at") ?? "");
  state.color = ["family", "params", "macs"].includes(word("color")) ? word("color") : FACTS.start.color;
  state.theme = ["", "light", "dark"].includes(given.get("theme")) ? given.get("theme") : FACTS.start.theme;
  state.yaml = given.has("yaml") ? word("yaml") === "1" : null;
  const [file, line] = word("line").split(":").map(Number);
  [state.file, state.line] = TEXTS[file] && line > 0 ? [file, line] : [0, null];
  state.find = word("find");
}

function chosenAt(text) {
  const column = Number.parseInt(text, 10);
  const shown = trail()[column];
  const box = shown ? boxNumber(shown.sheet, decoded(text.slice(text.indexOf(":") + 1))) : -1;
  return box < 0 ? null : { column, box };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
