// The columns: the network on the left, and the inside of what is open to the right of it.

const columnElements = () => [...byId("columns").children];

/** Draw the columns that are new, and take away those that are gone. */
function drawColumns() {
  const columns = trail();
  const keys = columns.map((column, number) => `${number} ${column.sheet} ${column.base}`);
  let kept = 0;
  for (const element of columnElements()) {
    if (kept < keys.length && element.dataset.key === keys[kept]) kept += 1;
    else element.remove();
  }
  for (let number = kept; number < columns.length; number += 1) {
    byId("columns").append(columnElement(columns[number], number, keys[number]));
  }
  markOpen();
  if (kept < columns.length && kept) {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    byId("columns").lastElementChild.scrollIntoView({ behavior, inline: "end", block: "nearest" });
    byId("said").textContent = `opened ${columns.at(-1).box.text}`;
  }
}

function columnElement(column, number, key) {
  const picture = byId(`sheet-${column.sheet}`).content.firstElementChild.cloneNode(true);
  const title = column.box ? column.box.head ?? column.box.text : FACTS.start.block || FACTS.networks[state.network].name || FACTS.name;
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", title);
  for (const element of picture.querySelectorAll(".box")) prepareBox(element, SHEETS[column.sheet].boxes[element.dataset.box]);
  picture.querySelector(".box").setAttribute("tabindex", "0");
  const head = make("header", {}, make("h2", {}, ...titleWords(column, title)), make("p", {}, subtitle(column)), columnTools(number));
  const about = { class: "column", "data-column": number, "data-key": key, "aria-label": title };
  const element = make("section", about, head, make("div", { class: "stage" }, picture));
  setWidth(element);
  watchSize(element);
  return element;
}

/** Give large sheets more room than small ones; of pictures from left to right each is a row. */
function setWidth(element) {
  const { width, height } = sheetSize(element);
  const size = FACTS.start.across ? Math.max(height * 1.2 + 60, 170) : Math.max(width * 1.05, 300);
  element.style.flex = `${Math.round(Math.min(size, 900))} 1 ${Math.round(Math.min(size, 620))}px`;
}

function titleWords(column, title) {
  const times = column.box?.times > 1 ? [make("b", {}, `×${column.box.times}`)] : [];
  return [make("span", {}, title), ...times];
}

/** Say what the column is a part of, in numbers. */
function subtitle(column) {
  const network = FACTS.networks[state.network];
  if (!column.box) return `${network.in.join(", ")} → ${network.out.join(", ")}`;
  const words = [column.place];
  const together = column.times > 1 ? "together " : "";
  if (column.times > 1) words.push(`${column.times} alike`);
  if (column.box.params) words.push(`${together}${short(column.box.params)} params`);
  if (column.box.macs) words.push(`${short(column.box.macs)} MACs`);
  if (column.note) words.push(column.note);
  return words.join(" · ");
}

function columnTools(number) {
  const tools = make("div", { class: "tools" }, make("button", { "data-do": "fit", title: "Fit (0)", "aria-label": "fit" }, "⤢"));
  if (number) tools.append(make("button", { "data-do": "close", title: "Close (Esc)", "aria-label": "close" }, "×"));
  return tools;
}

function prepareBox(element, box) {
  if (box.kind === "dots" && !box.opens) return;
  const shapes = box.out ? `, ${box.in.join(", ") || "nothing"} to ${box.out.join(", ")}` : "";
  const times = box.times > 1 ? `, ${box.times} times` : "";
  element.setAttribute("role", "button");
  element.setAttribute("tabindex", "-1");
  element.setAttribute("aria-label", `${box.text}${times}${shapes}`);
  if (box.opens) element.setAttribute("aria-expanded", "false");
}

function markOpen() {
  columnElements().forEach((element, number) => {
    for (const box of element.querySelectorAll(".box.opens")) {
      const open = state.open[number] === Number(box.dataset.box);
      box.classList.toggle("open", open);
      box.setAttribute("aria-expanded", String(open));
    }
  });
}

/** Choose a box: light up its paths, and open what is in it. Choosing it again takes that back. */
function choose(column, box) {
  const again = state.chosen?.column === column && state.chosen.box === box;
  const opens = SHEETS[trail()[column].sheet].boxes[box].opens;
  state.open = state.open.slice(0, column);
  if (opens && !again) state.open.push(box);
  state.chosen = again ? null : { column, box };
  state.line = null;
  update();
  if (state.chosen) showLineOf(SHEETS[trail()[column].sheet].boxes[box]);
}

/** Open the way to a box, and choose it. */
function goTo(network, path, box) {
  Object.assign(state, { network, open: path, chosen: { column: path.length, box }, line: null });
  update();
  showLineOf(SHEETS[trail().at(-1).sheet].boxes[box]);
  bringIntoView(path.length, box);
}

function boxElement(column, box) {
  return columnElements()[column]?.querySelector(`.box[data-box="${box}"]`);
}

/** Close the last column. */
function closeFrom(column) {
  state.open = state.open.slice(0, column - 1);
  if (state.chosen && state.chosen.column >= column) state.chosen = null;
  update();
}
