// The document beside the picture, linked both ways.

const PIECES = new RegExp(
  [
    /((?<=^|\s)#.*$)/, // a comment
    /("(?:[^"\\]|\\.)*"|'[^']*')/, // a string
    /(\$\([^)]*\)|\$\w+)/, // an expression
    /((?<=^\s*(?:- )*|[{,[]\s*)[\w.$-]+(?=\s*:(?:\s|$)))/, // a key
    /((?<![\w.])-?\d[\d._]*(?![\w.]))/, // a number
  ].map((each) => each.source).join("|"),
  "g",
);
const BREAKS = /\r\n|[\n\r\u0085\u2028\u2029]/;
const KINDS = ["comment", "string", "expression", "key", "number"];
let drawnFile = null;

function showSource() {
  const shown = state.yaml ?? innerWidth >= 1100;
  byId("source").hidden = !shown || !TEXTS.length;
  byId("yaml").setAttribute("aria-pressed", String(shown));
  byId("yaml").hidden = !TEXTS.length;
  if (byId("source").hidden) return;
  if (drawnFile !== state.file) drawFile();
  markLines();
}

function drawFile() {
  drawnFile = state.file;
  const tab = ({ name }, number) => make("button", { role: "tab", "data-file": number, "aria-selected": String(number === state.file) }, name);
  byId("files").replaceChildren(...TEXTS.map(tab));
  const lines = TEXTS[state.file].text.split(BREAKS);
  if (lines.at(-1) === "") lines.pop();
  const prose = proseLines(lines);
  byId("text").replaceChildren(...lines.map((line, number) => lineElement(line, number, prose.has(number))));
  byId("text").scrollTop = 0;
}

function lineElement(line, number, prose) {
  const pieces = prose ? [make("span", { class: "string" }, line)] : colored(line);
  return make("div", { class: "line", "data-line": number + 1 }, make("code", {}, ...pieces));
}

/** Return the numbers of the lines of folded text, which are no YAML. */
function proseLines(lines) {
  const found = new Set();
  let depth = null;
  lines.forEach((line, number) => {
    const indent = line.search(/\S/);
    if (depth !== null && (indent < 0 || indent > depth)) found.add(number);
    else depth = /[>|][+-]?\s*$/.test(line) ? indent : null;
  });
  return found;
}

/** Return a line of YAML in pieces of text, each with what it is. */
function colored(line) {
  const found = [];
  let at = 0;
  for (const match of line.matchAll(PIECES)) {
    found.push(line.slice(at, match.index), make("span", { class: KINDS[match.slice(1).findIndex((group) => group !== undefined)] }, match[0]));
    at = match.index + match[0].length;
  }
  return [...found, line.slice(at)];
}

function chosenBox() {
  const column = state.chosen && trail()[state.chosen.column];
  return column ? SHEETS[column.sheet].boxes[state.chosen.box] : null;
}

/** Mark the line that was clicked, and the lines of the chosen box. */
function markLines() {
  const lines = chosenBox()?.lines ?? [];
  const first = lines[0];
  for (const element of byId("text").children) {
    const number = Number(element.dataset.line);
    const covers = ([file, from, to]) => file === state.file && from <= number && number <= to;
    element.classList.toggle("picked", number === state.line);
    element.classList.toggle("own", Boolean(first && covers(first)));
    element.classList.toggle("within", lines.some(covers));
  }
}

/** Show the line that a box comes from. */
function showLineOf(box) {
  if (!box.lines || byId("source").hidden) return;
  const [file, line] = box.lines[0];
  state.file = file;
  showSource();
  const element = byId("text").querySelector(`[data-line="${line}"]`);
  const outer = byId("text").getBoundingClientRect(), inner = element.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom) element.scrollIntoView({ block: "center" });
}

/** Light up what a line means; where nothing on the screen shows it, open the way to the first that does. */
function chooseLine(line) {
  state.line = state.line === line ? null : line;
  state.chosen = null;
  if (state.line !== null && !isShown(state.file, line)) {
    const first = boxesOf(state.network).find((each) => isOfLine(own(each), state.file, line));
    if (first) state.open = first.path;
  }
  update();
}

function isShown(file, line) {
  return trail().some(({ sheet }) => SHEETS[sheet].boxes.some((box) => isOfLine(own(box), file, line)));
}

/** Return the lines of a box that are not those of boxes in it: of a block, where it is called. */
const own = ({ lines, opens }) => ({ lines: opens ? lines?.slice(0, 1) : lines });
