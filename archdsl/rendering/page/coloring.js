// What the fill of boxes means, and the legend that says so.

const WORDS = { params: "parameters", macs: "multiply-adds" };

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Return the color at a share of the way from the cold to the hot one; the scale is a square root, so that small shares can be told apart. */
function heat(share) {
  const [cold, hot] = [variable("cold"), variable("hot")];
  const way = Math.sqrt(Math.min(1, Math.max(0, share)));
  const part = (color, at) => Number.parseInt(color.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(cold, at) + (part(hot, at) - part(cold, at)) * way));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function colorBoxes() {
  const columns = trail();
  columnElements().forEach((element, number) => {
    const boxes = SHEETS[columns[number].sheet].boxes;
    const most = Math.max(1, ...boxes.map((box) => box[state.color] ?? 0));
    for (const each of element.querySelectorAll(".box")) colorBox(each, boxes[each.dataset.box], most);
    if (element.view?.fitted) fit(element);
  });
}

function colorBox(element, box, most) {
  element.querySelector(".share")?.remove();
  element.style.removeProperty("--fill");
  if (state.color === "family" || !["op", "block", "merge"].includes(box.kind)) return;
  element.style.setProperty("--fill", heat((box[state.color] ?? 0) / most));
  const shape = element.querySelector("rect:last-of-type");
  if (!box[state.color] || !shape) return;
  const x = Number(shape.getAttribute("x")) + Number(shape.getAttribute("width")) + (box.times > 1 ? 8 : 4);
  const y = Number(shape.getAttribute("y")) + Number(shape.getAttribute("height")) / 2 + 3;
  element.append(draw("text", { class: "share", x, y }, percent(box[state.color], FACTS.networks[state.network][state.color])));
}

function showLegend() {
  const legend = byId("legend");
  for (const button of byId("color").children) {
    button.setAttribute("aria-checked", String(button.dataset.color === state.color));
    button.setAttribute("tabindex", button.dataset.color === state.color ? "0" : "-1");
  }
  legend.replaceChildren(...(state.color === "family" ? familyLegend() : heatLegend()), ...signLegend());
}

function familyLegend() {
  const boxes = trail().flatMap(({ sheet }) => SHEETS[sheet].boxes).filter((box) => !["point", "dots"].includes(box.kind));
  const present = Object.keys(FAMILIES).filter((family) => family !== "merge" && boxes.some((box) => box.family === family));
  return present.map((family) => make("span", { class: `swatch ${family}` }, make("i"), FAMILIES[family]));
}

function heatLegend() {
  const span = (words) => make("span", {}, words);
  const most = "the most of its column (square root); figures are shares of the network";
  return [span(WORDS[state.color]), span("none"), make("i", { class: "scale" }), span(most)];
}

function signLegend() {
  const sign = (kind, mark, words) => make("span", { class: `sign ${kind}` }, mark, words);
  return [sign("skip", make("i"), "skip"), sign("times", make("b", {}, "×3"), "repeated"), sign("more", make("b", {}, "›"), "opens")];
}

function showTheme() {
  if (state.theme) document.documentElement.dataset.theme = state.theme;
  else delete document.documentElement.dataset.theme;
}

function isDark() {
  return state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
