// Zooming and moving: every column has its own view, in the coordinates of its sheet.

const LARGEST = 1.6;
const SMALLEST = 0.62;
const LIMITS = [0.05, 12];
const FIGURES = 64;
const THRESHOLD = 4;
const fingers = new Map();
let dragged = false;

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const column = target.closest(".column");
    if (column.view?.fitted) fit(column);
    else if (column.view && !column.view.first) place(column);
    else showFirst(column);
  }
});

const watchSize = (column) => sizes.observe(column.querySelector(".stage"));

function sheetSize(column) {
  const sheet = byId(`sheet-${column.dataset.key.split(" ")[1]}`).content.firstElementChild;
  const [, , width, height] = sheet.getAttribute("viewBox").split(" ").map(Number);
  return { width, height };
}

/** Return the scale at which all of a sheet is seen, not much larger than it was drawn. */
function wholeScale(column) {
  const stage = column.querySelector(".stage");
  const { width, height } = sheetSize(column);
  const beside = state.color === "family" ? 0 : FIGURES;
  return Math.min(stage.clientWidth / (width + beside), stage.clientHeight / height, LARGEST);
}

/** Show all of a sheet. */
function fit(column) {
  if (!column.querySelector(".stage").clientWidth) return;
  const { width, height } = sheetSize(column);
  column.view = { x: width / 2, y: height / 2, scale: wholeScale(column), fitted: true };
  place(column);
}

/** Show all of a sheet, but of a very long one the beginning, so that it can be read. */
function showFirst(column) {
  fit(column);
  const { clientWidth, clientHeight } = column.querySelector(".stage");
  const { width } = sheetSize(column);
  if (!column.view || column.view.scale >= SMALLEST) return;
  const scale = Math.min(SMALLEST, Math.max(column.view.scale, clientWidth / width));
  column.view = { x: width / 2, y: clientHeight / 2 / scale, scale, first: true };
  place(column);
}

function place(column) {
  const stage = column.querySelector(".stage");
  const { x, y, scale } = column.view;
  const width = stage.clientWidth / scale, height = stage.clientHeight / scale;
  stage.firstElementChild.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
}

/** Change the scale so that the point under the pointer stays where it is. */
function zoom(column, factor, clientX, clientY) {
  const area = column.querySelector(".stage").getBoundingClientRect();
  const { x, y, scale } = column.view;
  const next = Math.min(LIMITS[1], Math.max(LIMITS[0], scale * factor));
  const right = (clientX ?? area.x + area.width / 2) - area.x - area.width / 2;
  const down = (clientY ?? area.y + area.height / 2) - area.y - area.height / 2;
  column.view = { x: x + right / scale - right / next, y: y + down / scale - down / next, scale: next, fitted: false };
  place(column);
}

function onWheel(event) {
  const column = event.target.closest(".column");
  if (!column || !event.target.closest(".stage") || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
  event.preventDefault();
  hideCard();
  const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
  zoom(column, Math.exp(-pixels * 0.0018), event.clientX, event.clientY);
}

/** Return the middle and the distance of two fingers. */
function spread() {
  const [one, other] = fingers.values();
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, distance: Math.hypot(one.x - other.x, one.y - other.y) || 1 };
}

/** Follow the pointer until it is let go; a short way is a click, two fingers zoom. */
function onPointerDown(event) {
  const stage = event.target.closest(".stage");
  if (!stage || event.button !== 0) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size > 1) return;
  const column = stage.closest(".column");
  const start = { ...column.view, left: event.clientX, top: event.clientY };
  const drag = new AbortController();
  let pinched = false;
  dragged = false;
  const move = (now) => {
    const before = fingers.size === 2 && spread();
    if (fingers.has(now.pointerId)) fingers.set(now.pointerId, { x: now.clientX, y: now.clientY });
    if (before) {
      pinched = dragged = true;
      zoom(column, spread().distance / before.distance, spread().x, spread().y);
    } else if (!pinched) dragTo(column, stage, start, now);
  };
  const stop = (end) => {
    if (end.pointerId === undefined) fingers.clear();
    fingers.delete(end.pointerId);
    if (fingers.size) return;
    stage.classList.remove("moving");
    drag.abort();
  };
  window.addEventListener("pointermove", move, { signal: drag.signal });
  for (const type of ["pointerup", "pointercancel", "blur"]) window.addEventListener(type, stop, { signal: drag.signal });
}

function dragTo(column, stage, start, now) {
  const right = now.clientX - start.left, down = now.clientY - start.top;
  if (!dragged && Math.hypot(right, down) < THRESHOLD) return;
  if (!dragged) stage.setPointerCapture(now.pointerId);
  dragged = true;
  stage.classList.add("moving");
  hideCard();
  column.view = { x: start.x - right / start.scale, y: start.y - down / start.scale, scale: start.scale, fitted: false };
  place(column);
}

/** Move a box into sight when zooming has put it out of it. */
function bringIntoView(column, box) {
  const element = boxElement(column, box);
  const stage = columnElements()[column]?.querySelector(".stage");
  if (!element || !stage) return;
  columnElements()[column].scrollIntoView({ inline: "nearest", block: "nearest" });
  const inner = element.getBoundingClientRect(), outer = stage.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom || inner.left < outer.left || inner.right > outer.right) fit(columnElements()[column]);
}
