(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const { classes: CLASSES, humans: HUMANS, shape_keys: SHAPE_KEYS } = JSON.parse(byId("labels").textContent);
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  let shown = null;
  let busy = false;
  let working = Promise.resolve();
  let shape = "";
  let contact = false;
  let cells = [];
  let shut = "";
  let charted = "";

  const kept = {
    get: (name) => {
      try {
        return localStorage.getItem(`pure-negative-yield-${name}`);
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      try {
        localStorage.setItem(`pure-negative-yield-${name}`, value);
      } catch {
        // private windows keep nothing
      }
    },
  };

  const judge = () => byId("judge").value.trim();
  const run = () => Number(byId("run").value);

  function tell(text) {
    byId("told").textContent = text;
  }

  function address(path, values) {
    return `${path}?${new URLSearchParams(values)}`;
  }

  async function call(path, values, post = false) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values) };
    const answer = await (post ? fetch(path, options) : fetch(address(path, values)));
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.error ?? found.detail ?? `the server did not answer as it should (${answer.status}).`);
    return found;
  }

  function report(error) {
    tell(error instanceof TypeError ? "The server can't be reached; what was saved before is safe." : error.message);
  }

  function occupy(on) {
    busy = on;
    byId("stage").setAttribute("aria-busy", String(on));
  }

  function queued(act) {
    working = working.then(async () => {
      occupy(true);
      await act().catch(report);
      occupy(false);
    });
    return working;
  }

  // What is pressed while a picture is on its way was not meant for it.
  async function alone(act) {
    if (!busy) await queued(act);
  }

  async function show(state) {
    shown = state.picture;
    const option = byId("run").selectedOptions[0];
    if (option) option.textContent = `${state.name} (${state.judged} of ${state.pictures})`;
    byId("bar").max = state.pictures;
    byId("bar").value = state.judged;
    byId("far").textContent = `${state.judged} of ${state.pictures} judged`;
    byId("picture").hidden = !shown;
    byId("empty").hidden = Boolean(shown);
    byId("empty").textContent = judge() ? "All pictures of this run are judged." : "Enter your name as the judge first.";
    byId("facts").textContent = shown ? `seed ${shown.seed} · ${shown.facts.join(" · ")}` : "";
    showSaid();
    showGuess();
    if (!shown) return;
    const picture = byId("picture");
    picture.src = address("picture", { key: shown.key });
    picture.alt = `seed ${shown.seed}`;
    await picture.decode().catch(() => tell("The picture's file can't be found; if it was moved, open its new folder."));
    if (state.ahead) new Image().src = address("picture", { key: state.ahead });
  }

  function named(said) {
    return CLASSES[said.class - 1] + (said.shape ? `, ${said.shape}` : "");
  }

  function showSaid() {
    for (const button of byId("classes").children) {
      button.setAttribute("aria-pressed", String(shown?.class === Number(button.dataset.class)));
    }
    byId("mark").setAttribute("aria-pressed", String(Boolean(shown?.marked)));
    const own = shown?.class ? [`You: ${named(shown)}`] : [];
    const others = (shown?.others ?? []).map((said) => `${said.judge}: ${named(said)}`);
    byId("said").textContent = [...own, ...others].join(" · ");
  }

  function showGuess() {
    const guess = shown && !shown.class ? shown.guesses[0] : null;
    byId("guess").hidden = !guess;
    if (!guess) return;
    const sure = guess.confidence === null ? "" : ` (${Math.round(100 * guess.confidence)} %)`;
    byId("guess").textContent = `First guess by ${guess.source} (not counted): ${CLASSES[guess.judged - 1]}${sure}. Enter confirms it.`;
  }

  function next(after = 0) {
    return queued(async () => {
      if (!run()) return;
      if (!judge()) {
        await show({ picture: null, name: "", judged: 0, ...(await call("contact", { run: run() })) });
        byId("judge").focus();
        return;
      }
      await show(await call("next", { run: run(), judge: judge(), after }));
    });
  }

  function open(key) {
    return queued(async () => {
      const values = { run: run(), key };
      await show(await call("view", judge() ? { ...values, judge: judge() } : values));
    });
  }

  function answer(number) {
    return alone(async () => {
      if (!mayJudge() || !shown) return;
      const said = { run: run(), judge: judge(), key: shown.key, class: number };
      if (HUMANS.includes(number) && shape) said.shape = shape;
      const before = shown;
      const state = await call("judge", said, true);
      tell(`Seed ${before.seed}: ${named({ class: number, shape: said.shape })}.`);
      await show(state);
      refresh();
    });
  }

  function mayJudge() {
    if (shut) {
      tell(shut);
      return false;
    }
    if (judge()) return true;
    tell("Enter your name as the judge first: judgements are saved by name.");
    byId("judge").focus();
    return false;
  }

  const refresh = () => count().catch(report);

  function undo() {
    return queued(async () => {
      if (!mayJudge()) return;
      const state = await call("undo", { run: run(), judge: judge() }, true);
      tell(`Seed ${state.picture.seed}: judgement undone.`);
      await show(state);
      refresh();
    });
  }

  function mark() {
    return alone(async () => {
      if (!mayJudge() || !shown) return;
      shown.marked = !shown.marked;
      showSeeds(await call("mark", { run: run(), judge: judge(), key: shown.key, marked: shown.marked }, true));
      showSaid();
    });
  }

  function confirm() {
    if (shown && !shown.class && shown.guesses.length) answer(shown.guesses[0].judged);
  }

  function ask() {
    tell("Guessing …");
    return alone(async () => {
      const { guessed } = await call("guess", { run: run() }, true);
      tell(guessed ? `${guessed} pictures have a first guess now.` : "Every picture is already judged or guessed.");
      if (shown) await show(await call("view", { run: run(), key: shown.key, ...(judge() ? { judge: judge() } : {}) }));
    });
  }

  function pick(value) {
    shape = value;
    for (const button of byId("shapes").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.shape === value));
    }
  }

  // The table

  function element(tag, text = "", attributes = {}) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function counted() {
    const values = { by: byId("by").value };
    if (byId("scope").value === "run") values.run = run();
    if (byId("whose").value) values.judge = byId("whose").value;
    return values;
  }

  async function count() {
    if (!run()) return;
    const values = counted();
    const found = await call("table", values);
    showTable(found);
    showDisputed(found.disputed);
    const pooled = Object.entries(found.pooled).map(([name, all]) => `${name} (${all.join(", ")})`);
    byId("pooled").textContent = pooled.length ? `Each row adds up several values of ${pooled.join("; ")}.` : "";
    await showChart(values, found.rows);
    byId("links").replaceChildren(
      ...["md", "csv", "svg"].map((format) =>
        element("a", format.toUpperCase(), {
          href: address("export", { ...values, format }),
          download: `yield.${format}`,
        }),
      ),
    );
  }

  // Drawn anew only for another table: what others judge is asked for every few seconds.
  async function showChart(values, rows) {
    const wanted = rows.length ? JSON.stringify([values, rows]) : "";
    byId("chart").hidden = !wanted;
    if (wanted === charted) return;
    charted = wanted;
    if (!wanted) return;
    const answer = await fetch(address("export", { ...values, format: "svg" })).catch((error) => {
      charted = "";
      throw error;
    });
    const text = await answer.text();
    if (wanted !== charted) return;
    const source = `data:image/svg+xml,${encodeURIComponent(text)}`;
    const image = () => element("img", "", { src: source, alt: "The shares in the table, as bars" });
    byId("chart").replaceChildren(answer.ok ? image() : element("p", JSON.parse(text).error, { class: "hint" }));
  }

  function showTable(found) {
    const heads = [...found.heads, "Sample", ...CLASSES, "Disagreed", "Body shape"];
    const table = element("table");
    const head = table.createTHead().insertRow();
    head.append(...heads.map((text) => element("th", text, { scope: "col" })));
    const body = table.createTBody();
    for (const row of found.rows) {
      const line = body.insertRow();
      line.append(...row.cells.map((text) => element("th", text, { scope: "row" })), element("td", row.sample));
      line.append(...row.shares.map(shareCell));
      line.append(element("td", row.disputed || "", row.disputed ? { class: "apart" } : {}), element("td", row.shape));
    }
    byId("table").replaceChildren(found.rows.length ? table : element("p", "Nothing has been judged yet."));
  }

  function shareCell(share) {
    const cell = element("td", share.count);
    const [low, high] = [share.low, share.high].map((end) => Math.round(100 * end));
    cell.append(element("small", `${low}–${high} %`, { title: "95 % interval of the share" }));
    return cell;
  }

  function showDisputed(found) {
    byId("disputed").hidden = !found.length;
    byId("disputed").lastElementChild.replaceChildren(
      ...found.map(({ key, said }) => {
        const item = element("li");
        const button = element("button", "", { type: "button" });
        const image = element("img", "", { src: address("small", { key }), alt: "", loading: "lazy" });
        button.append(image, element("span", said.map((one) => `${one.judge}: ${named(one)}`).join(" · ")));
        button.addEventListener("click", () => turn(false).then(() => open(key)));
        item.append(button);
        return item;
      }),
    );
    showJudges(found);
  }

  function showJudges(found) {
    const select = byId("whose");
    const names = new Set([judge(), ...found.flatMap(({ said }) => said.map((one) => one.judge))].filter(Boolean));
    for (const option of select.options) names.delete(option.value);
    select.append(...[...names].map((name) => element("option", name, { value: name })));
  }

  // The contact sheet

  async function fill() {
    if (!run()) return;
    const found = await call("contact", judge() ? { run: run(), judge: judge() } : { run: run() });
    cells = found.entries;
    byId("sheet").replaceChildren(...cells.map(cellOf));
    showSeeds(await call("seeds", judge() ? { run: run(), judge: judge() } : { run: run() }));
  }

  function cellOf(entry, index) {
    const button = element("button", "", { type: "button", class: "cell", "aria-pressed": entry.marked });
    button.setAttribute("aria-label", `seed ${entry.seed}`);
    button.tabIndex = index ? -1 : 0;
    const size = { width: entry.width, height: entry.height };
    button.append(element("img", "", { src: address("small", { key: entry.key }), alt: "", loading: "lazy", ...size }));
    button.append(element("span", entry.class ? `${entry.seed} · ${CLASSES[entry.class - 1]}` : entry.seed));
    button.dataset.index = index;
    return button;
  }

  function toggle(button) {
    return queued(async () => {
      if (!mayJudge()) return;
      const entry = cells[button.dataset.index];
      const marked = !entry.marked;
      showSeeds(await call("mark", { run: run(), judge: judge(), key: entry.key, marked }, true));
      entry.marked = marked;
      button.setAttribute("aria-pressed", String(marked));
    });
  }

  function showSeeds(found) {
    byId("count").textContent = `${found.count} marked`;
    byId("seeds").value = found.seeds;
    byId("command").textContent = found.command ?? "";
    byId("command").hidden = byId("copy-command").hidden = !found.command;
  }

  function move(button, key) {
    const all = [...byId("sheet").children];
    const across = all.filter((each) => each.offsetTop === all[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[key];
    const found = all[Number(button.dataset.index) + step];
    if (!found) return;
    button.tabIndex = -1;
    found.tabIndex = 0;
    found.focus();
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = byId("seeds");
      const before = field.value;
      field.value = text;
      field.select();
      document.execCommand("copy");
      field.value = before;
    }
    tell("Copied.");
  }

  // What is where

  async function turn(on) {
    contact = on;
    byId("contact").hidden = !on;
    byId("judging").hidden = on;
    byId("to-judge").setAttribute("aria-pressed", String(!on));
    byId("to-contact").setAttribute("aria-pressed", String(on));
    if (on) await queued(fill);
  }

  async function begin() {
    tell("");
    shown = null;
    cells = [];
    history.replaceState(null, "", address(location.pathname, run() ? { run: run() } : {}));
    kept.set("run", run());
    await (contact ? queued(fill) : next());
    await refresh();
  }

  // A proxy in between may let through all that is asked for and nothing that is sent: known before anybody judges.
  async function check() {
    try {
      await call("check", {}, true);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      shut = `Judging and marking don't work here: ${error.message}`;
      byId("shut").textContent = shut;
      byId("shut").hidden = false;
      for (const button of document.querySelectorAll("#classes button, #undo, #mark, #ask")) button.disabled = true;
    }
  }

  async function start() {
    await check();
    byId("judge").value = asked.get("judge") ?? kept.get("judge") ?? "";
    if (judge()) kept.set("judge", judge());
    const { runs, guesser } = await call("runs", judge() ? { judge: judge() } : {});
    byId("ask").hidden = !guesser;
    byId("ask").textContent = `First guesses by ${guesser}`;
    for (const each of runs) {
      const text = `${each.name} (${each.judged} of ${each.pictures})`;
      byId("run").append(element("option", text, { value: each.run, title: each.folder }));
    }
    if (!runs.length) return tell("There is no run yet: generate one, then open this page again.");
    const wanted = asked.get("run") ?? kept.get("run");
    if (runs.some((each) => String(each.run) === wanted)) byId("run").value = wanted;
    await begin();
  }

  const acts = { u: undo, s: () => next(shown?.place ?? 0), m: mark, Enter: confirm };

  function pressed(event) {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (target.matches("input, select, textarea")) {
      if (event.key === "Enter" && target.id === "judge") target.blur();
      return;
    }
    if (contact) return pressedInSheet(event, target.closest(".cell"));
    const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1] ?? (/^[1-4]$/.test(event.key) ? event.key : null);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.key === "Enter" && target.matches("button, a")) return;
    if (digit) answer(Number(digit));
    else if (Object.hasOwn(SHAPE_KEYS, key)) pick(SHAPE_KEYS[key]);
    else if (Object.hasOwn(acts, key)) acts[key]();
    else return;
    event.preventDefault();
  }

  function pressedInSheet(event, cell) {
    if (!cell) return;
    if (event.key.startsWith("Arrow")) move(cell, event.key);
    else if (event.key === "Enter") turn(false).then(() => open(cells[cell.dataset.index].key));
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", pressed);
  byId("classes").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) answer(Number(button.dataset.class));
  });
  byId("shapes").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) pick(button.dataset.shape);
  });
  byId("sheet").addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) toggle(cell);
  });
  byId("undo").addEventListener("click", undo);
  byId("skip").addEventListener("click", acts.s);
  byId("mark").addEventListener("click", mark);
  byId("guess").addEventListener("click", confirm);
  byId("ask").addEventListener("click", ask);
  byId("to-judge").addEventListener("click", () => turn(false).then(() => next()));
  byId("to-contact").addEventListener("click", () => turn(true));
  byId("run").addEventListener("change", begin);
  byId("judge").addEventListener("change", () => {
    kept.set("judge", judge());
    begin();
  });
  for (const id of ["scope", "by", "whose"]) byId(id).addEventListener("change", refresh);
  byId("zoom").addEventListener("input", () => root.style.setProperty("--cell", `${byId("zoom").value}px`));
  byId("copy-seeds").addEventListener("click", () => copy(byId("seeds").value));
  byId("copy-command").addEventListener("click", () => copy(byId("command").textContent));
  byId("theme").addEventListener("click", () => {
    const dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
  });
  // What others judge meanwhile.
  setInterval(() => document.visibilityState === "visible" && run() && refresh(), 5000);
  start().catch(report);
})();
