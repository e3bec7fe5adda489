// The keyboard: from box to box, into blocks and back, and a letter for every button.

const COLORS = ["family", "params", "macs"];
const [INTO, BACK] = FACTS.start.across ? ["ArrowDown", "ArrowUp"] : ["ArrowRight", "ArrowLeft"];
const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea") || byId("keys").open) return;
  const box = event.target.closest?.(".box");
  const handled = (box && onBoxKey(event.key, box)) || onPageKey(event.key, event.target);
  if (handled) event.preventDefault();
}

function onPageKey(key, target) {
  const column = target.closest?.(".column") ?? byId("columns").lastElementChild;
  const actions = {
    "/": () => byId("find").select(),
    "?": () => byId("keys").showModal(),
    Escape: clear,
    "+": () => zoom(column, 1.25),
    "=": () => zoom(column, 1.25),
    "-": () => zoom(column, 0.8),
    0: () => fit(column),
    c: () => set({ color: COLORS[(COLORS.indexOf(state.color) + 1) % COLORS.length] }),
    t: toggleTheme,
    y: toggleSource,
    s: saveSvg,
  };
  if (!Object.hasOwn(actions, key)) return false;
  actions[key]();
  return true;
}

/** Take back one thing: what is found, the line, the choice, or the last column. */
function clear() {
  hideCard();
  if (state.find) set({ find: "" });
  else if (state.line !== null) set({ line: null });
  else if (state.chosen) set({ chosen: null });
  else if (state.open.length) set({ open: state.open.slice(0, -1) });
}

function onBoxKey(key, box) {
  const column = Number(box.closest(".column").dataset.column), number = Number(box.dataset.box);
  if (key === "Enter" || key === " ") choose(column, number);
  else if (key === INTO) goInto(box, column, number);
  else if (key === BACK) focusBox(neighbor(box, key) ?? boxElement(column - 1, state.open[column - 1]));
  else if (key in DIRECTIONS) focusBox(neighbor(box, key));
  else if (key === "Home" || key === "End") focusBox(boxesIn(box).at(key === "Home" ? 0 : -1));
  else return false;
  return true;
}

/** Go to the box beside, or into the block. */
function goInto(box, column, number) {
  const beside = neighbor(box, INTO);
  if (beside) return focusBox(beside);
  if (!SHEETS[trail()[column].sheet].boxes[number].opens) return undefined;
  if (state.open[column] !== number) choose(column, number);
  return focusBox(columnElements()[column + 1]?.querySelector(".box[tabindex]"));
}

const boxesIn = (box) => [...box.closest("svg").querySelectorAll(".box[tabindex]")].filter((each) => !each.classList.contains("point"));

/** Return the nearest box in a direction; towards the next column only one that stands in the same row. */
function neighbor(box, key) {
  const [right, down] = DIRECTIONS[key];
  const own = box.getBoundingClientRect();
  let best, least = Infinity;
  for (const each of boxesIn(box)) {
    const other = each.getBoundingClientRect();
    const x = other.x + other.width / 2 - own.x - own.width / 2, y = other.y + other.height / 2 - own.y - own.height / 2;
    const ahead = x * right + y * down, aside = Math.abs(x * down) + Math.abs(y * right);
    const far = ahead + 2 * aside;
    const near = ![INTO, BACK].includes(key) || aside < (right ? own.height : own.width);
    if (each !== box && ahead > 2 && far < least && near) [best, least] = [each, far];
  }
  return best;
}

function focusBox(box) {
  if (!box) return;
  for (const each of box.closest("svg").querySelectorAll('.box[tabindex="0"]')) each.setAttribute("tabindex", "-1");
  box.setAttribute("tabindex", "0");
  box.focus({ preventScroll: true });
  bringIntoView(Number(box.closest(".column").dataset.column), box.dataset.box);
}

function onColorKey(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  set({ color: COLORS[(COLORS.indexOf(state.color) + step + COLORS.length) % COLORS.length] });
  byId("color").querySelector('[tabindex="0"]').focus();
  event.preventDefault();
}
