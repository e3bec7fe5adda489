// Saving the picture: all columns side by side, every look written into the elements, so that any program shows it.

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "paint-order", "opacity", "font-size", "font-weight", "text-anchor"];
const PLAIN = {
  stroke: "none", "stroke-width": "1px", "stroke-dasharray": "none", "paint-order": "normal",
  opacity: "1", "font-weight": "400", "text-anchor": "start",
};
const FONT = "Helvetica, Arial, sans-serif";
const GAP = 30;
const HEAD = 34;

function wholePicture() {
  const places = placesOfColumns();
  const width = Math.max(...places.map(({ left, sheet }) => left + sheet.width)) + GAP;
  const height = Math.max(...places.map(({ top, sheet }) => top + sheet.height)) + GAP;
  const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": FONT });
  picture.append(draw("rect", { width, height, fill: variable("paper") }));
  for (const { column, left, top } of places) {
    const look = { "font-size": 12, "font-weight": "bold", fill: variable("ink") };
    const title = draw("text", { x: left, y: top - 10, ...look }, column.querySelector("h2").textContent);
    const part = draw("g", { transform: `translate(${left},${top})` });
    part.append(...[...column.querySelector("svg").children].map(withLooks));
    picture.append(title, part);
  }
  return { text: new XMLSerializer().serializeToString(picture), width, height };
}

/** Return where each column goes: beside the one before, or in a page of rows under it. */
function placesOfColumns() {
  let left = GAP, top = HEAD;
  return columnElements().map((column) => {
    const place = { column, left, top, sheet: sheetSize(column) };
    if (FACTS.start.across) top += place.sheet.height + HEAD;
    else left += place.sheet.width + GAP;
    return place;
  });
}

/** Return a copy of an element with its computed looks as attributes, and nothing that only the page needs. */
function withLooks(element) {
  const copy = element.cloneNode(false);
  const looks = getComputedStyle(element);
  for (const { name } of [...copy.attributes]) if (/^(class|role|tabindex|style|aria-.*|data-.*)$/.test(name)) copy.removeAttribute(name);
  for (const name of LOOKS) {
    const value = looks.getPropertyValue(name);
    const inherited = name === "font-size" ? element.tagName !== "text" && element.tagName !== "tspan" : value === PLAIN[name];
    if (value && !inherited) copy.setAttribute(name, value);
  }
  copy.append(...[...element.childNodes].map((child) => (child.nodeType === Node.ELEMENT_NODE ? withLooks(child) : child.cloneNode())));
  return copy;
}

function download(content, suffix) {
  const link = make("a", { href: URL.createObjectURL(content), download: `${FACTS.name.replace(/[^\w.-]+/g, "_")}.${suffix}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function saveSvg() {
  download(new Blob([wholePicture().text], { type: "image/svg+xml" }), "svg");
}

async function savePng() {
  const { text, width, height } = wholePicture();
  const scale = Math.min(2, 12000 / Math.max(width, height));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = make("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((content) => download(content, "png"), "image/png");
}
