// Putting it together: whatever changes, the page is brought in line with the state.

function update() {
  showTheme();
  drawColumns();
  colorBoxes();
  lightPaths();
  lightLine();
  showSource();
  showLegend();
  showTotals();
  showFound();
  writeAddress();
}

function set(changes) {
  Object.assign(state, changes);
  update();
}

function showTotals() {
  const network = FACTS.networks[state.network];
  byId("totals").textContent = `${short(network.params)} params · ${short(network.macs)} MACs`;
  byId("totals").title = `${whole(network.params)} parameters, ${whole(network.macs)} multiply-adds\n${FACTS.about}`;
  byId("network").hidden = FACTS.networks.length < 2;
  byId("network").value = String(state.network);
  if (document.activeElement !== byId("find")) byId("find").value = state.find;
}

function toggleTheme() {
  set({ theme: isDark() ? "light" : "dark" });
}

function toggleSource() {
  set({ yaml: byId("source").hidden });
}

function onColumnsClick(event) {
  if (dragged) return;
  const element = event.target.closest(".column");
  const action = event.target.closest("[data-do]")?.dataset.do;
  const box = event.target.closest(".box");
  if (action === "fit") fit(element);
  else if (action === "close") closeFrom(Number(element.dataset.column));
  else if (box && !box.matches(".point, .dots:not(.opens)")) choose(Number(element.dataset.column), Number(box.dataset.box));
  else if (event.target.closest(".stage") && (state.chosen || state.line !== null)) set({ chosen: null, line: null });
}

function onDoubleClick(event) {
  if (event.target.closest(".stage") && !event.target.closest(".box")) fit(event.target.closest(".column"));
}

function onPointerOver(event) {
  const box = event.target.closest?.(".box");
  if (box && event.buttons === 0) showCard(box, event.clientX, event.clientY);
  else hideCard();
}

function onFocusIn(event) {
  const box = event.target.closest?.(".box");
  if (!box?.matches(":focus-visible")) return;
  const { right, top } = box.getBoundingClientRect();
  showCard(box, right, top);
}

function listen() {
  const columns = byId("columns");
  columns.addEventListener("click", onColumnsClick);
  columns.addEventListener("dblclick", onDoubleClick);
  columns.addEventListener("wheel", onWheel, { passive: false });
  columns.addEventListener("pointerdown", onPointerDown);
  columns.addEventListener("pointerover", onPointerOver);
  columns.addEventListener("pointermove", (event) => event.target.closest(".box") && placeCard(event.clientX, event.clientY));
  columns.addEventListener("pointerleave", hideCard);
  columns.addEventListener("focusin", onFocusIn);
  columns.addEventListener("focusout", hideCard);
  byId("color").addEventListener("click", (event) => event.target.dataset.color && set({ color: event.target.dataset.color }));
  byId("color").addEventListener("keydown", onColorKey);
  byId("theme").addEventListener("click", toggleTheme);
  byId("yaml").addEventListener("click", toggleSource);
  byId("save-svg").addEventListener("click", saveSvg);
  byId("save-png").addEventListener("click", savePng);
  byId("ask").addEventListener("click", () => byId("keys").showModal());
  byId("network").addEventListener("change", (event) => set({ network: Number(event.target.value), open: [], chosen: null, line: null }));
  byId("find").addEventListener("input", (event) => set({ find: event.target.value }));
  byId("find").addEventListener("focus", showFound);
  byId("find").addEventListener("blur", () => setTimeout(showFound));
  byId("find").addEventListener("keydown", onFindKey);
  byId("found").addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[data-found]");
    if (row) take(Number(row.dataset.found));
  });
  byId("files").addEventListener("click", (event) => event.target.dataset.file && set({ file: Number(event.target.dataset.file), line: null }));
  byId("text").addEventListener("click", (event) => event.target.closest(".line") && chooseLine(Number(event.target.closest(".line").dataset.line)));
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", start);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
}

function start() {
  readAddress();
  update();
  if (state.chosen) showLineOf(chosenBox());
}

FACTS.networks.forEach(({ name }, number) => byId("network").append(make("option", { value: number }, name)));
document.body.classList.toggle("across", FACTS.start.across);
listen();
start();
