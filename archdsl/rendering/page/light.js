// Which boxes and wires stand out: the paths of the chosen box, and what a line of the document means.

/** Return the boxes that feed a box, or those that it feeds, itself among them. */
function reached(sheet, start, forward) {
  const found = new Set([start]);
  for (const number of found) {
    for (const [from, to] of SHEETS[sheet].wires) {
      if ((forward ? from : to) === number) found.add(forward ? to : from);
    }
  }
  return found;
}

/** Light up every path that leads through the chosen box, and through the boxes that it lies in. */
function lightPaths() {
  const columns = trail();
  columnElements().forEach((element, number) => {
    const { chosen } = state;
    const box = !chosen || number > chosen.column ? undefined : number === chosen.column ? chosen.box : state.open[number];
    lightColumn(element.querySelector("svg"), columns[number].sheet, box);
    for (const each of element.querySelectorAll(".box[role]")) markChosen(each, number === chosen?.column && Number(each.dataset.box) === chosen.box);
  });
}

function markChosen(element, chosen) {
  element.classList.toggle("chosen", chosen);
  element.setAttribute("aria-pressed", String(chosen));
}

function lightColumn(picture, sheet, box) {
  const before = box === undefined ? new Set() : reached(sheet, box, false);
  const after = box === undefined ? new Set() : reached(sheet, box, true);
  const all = SHEETS[sheet].boxes.every((_, number) => before.has(number) || after.has(number));
  picture.classList.toggle("dimmed", box !== undefined && !all);
  for (const element of picture.querySelectorAll(".box")) {
    const number = Number(element.dataset.box);
    element.classList.toggle("lit", before.has(number) || after.has(number));
  }
  for (const element of picture.querySelectorAll(".wire")) {
    const from = Number(element.dataset.from), to = Number(element.dataset.to);
    element.classList.toggle("lit", (before.has(from) && before.has(to)) || (after.has(from) && after.has(to)));
  }
}

/** Tell whether a box comes from a line of the document. */
function isOfLine(box, file, line) {
  return Boolean(box.lines?.some(([number, first, last]) => number === file && first <= line && line <= last));
}

function lightLine() {
  const columns = trail();
  columnElements().forEach((element, number) => {
    for (const each of element.querySelectorAll(".box")) {
      const named = state.line !== null && isOfLine(SHEETS[columns[number].sheet].boxes[each.dataset.box], state.file, state.line);
      each.classList.toggle("named", named);
    }
  });
}
