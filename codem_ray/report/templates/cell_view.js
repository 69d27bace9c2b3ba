// The view of one cell: outcome flow, changed problems, and both models' texts side by side.
{
const page = JSON.parse(document.getElementById("page-data").textContent);
const dialog = document.getElementById("cell"), byId = id => document.getElementById(id);
const PASSED = 0;
let shown = null, opener = null, turns = 0;
const escape = text => text.replace(/[&<>"]/g, letter => `&#${letter.charCodeAt(0)};`);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Load the samples of a column: from this file, or from a file beside it.
const columns = new Map(), waiting = new Map();
globalThis.codemCells = (number, text) => waiting.get(number)?.(text);
function packed(number) {
  const inside = byId(`cells-${number}`);
  if (inside) return Promise.resolve(inside.textContent);
  return new Promise((resolve, reject) => {
    waiting.set(number, resolve);
    const file = page.files[number];
    document.head.append(element("script", { src: file,
      onerror: () => reject(new Error(`${file} is not beside this page: copy the whole folder of the report`)) }));
  });
}
function column(number) {
  if (!columns.has(number)) columns.set(number, packed(number).then(unpack));
  return columns.get(number);
}
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = await new Response(stream).json();
  const texts = [];
  const pooled = value => { if (typeof value === "number") return texts[value]; texts.push(value); return value; };
  const problems = data.problems.map(([id, isQuarantined, tests, prompts], number) => ({
    id, isQuarantined, tests, prompts,
    runs: data.samples[number].map(run => run.map(([outcome, isTruncated, message, completion, answer]) => {
      const sample = { outcome, isTruncated, message: pooled(message), hasText: completion !== undefined };
      if (!sample.hasText) return sample;
      sample.completion = pooled(completion);
      sample.answer = answer === null ? null
        : Array.isArray(answer) ? sample.completion.slice(...answer) : pooled(answer);
      return sample;
    })),
  }));
  return { problems, runs: data.runs, note: data.note };
}

// Samples of a row of the matrix, over its seeds.
function samplesOf(problem, runs, row) {
  if (!row) return [];
  return runs.flatMap(([source, style, seed], number) => source === row.source && style === row.style
    ? problem.runs[number].map((sample, index) => ({ ...sample, seed, index })) : []);
}
// Not run and infrastructure errors say nothing about a model.
const judged = samples => samples.filter(sample => !page.unjudged.includes(sample.outcome));
const share = samples => judged(samples).filter(sample => sample.outcome === PASSED).length / judged(samples).length;

async function open(button) {
  const row = page.rows[button.dataset.row], place = page.columns[button.dataset.column];
  const base = page.rows.find(other => other.isBaseline);
  opener = button;
  byId("cell-title").textContent = `${row.label} → ${place.label}`;
  byId("cell-facts").textContent = page.cells[`${button.dataset.row} ${button.dataset.column}`] ?? "";
  byId("flow").replaceChildren(); byId("problems").replaceChildren(); byId("problem").replaceChildren();
  note("Unpacking …");
  if (!dialog.open) dialog.showModal();
  const turn = ++turns;
  try {
    const data = await column(Number(button.dataset.column));
    if (turn !== turns) return;
    note(data.note);
    const other = base && base !== row ? base : null;
    shown = { row, base: other, flow: null, problems: data.problems.map(problem => {
      const tuned = samplesOf(problem, data.runs, row), before = samplesOf(problem, data.runs, other);
      const change = problem.isQuarantined || !judged(tuned).length || !judged(before).length ? 0 : share(tuned) - share(before);
      return { ...problem, tuned, before, change };
    }).filter(problem => problem.tuned.length || problem.before.length) };
    const hasChange = shown.problems.some(problem => problem.change);
    document.querySelector(`#filter [value=${other && hasChange ? "changed" : "all"}]`).checked = true;
    drawFlow(); list();
  } catch (error) {
    note(`The samples cannot be shown: ${error.message}.`);
  }
}
function note(text) { byId("cell-note").textContent = text; byId("cell-note").hidden = !text; }

const FILTERS = {
  changed: problem => problem.change !== 0,
  regressions: problem => problem.change < 0,
  gains: problem => problem.change > 0,
  all: () => true,
};
function list() {
  const filter = document.querySelector("#filter :checked").value;
  for (const [name, keeps] of Object.entries(FILTERS)) {
    document.querySelector(`#filter [value=${name}] + span b`).textContent = shown.problems.filter(keeps).length;
  }
  byId("filter").hidden = !shown.base;
  const inFlow = problem => !shown.flow || flowsOf(problem).some(([a, b]) => `${a} ${b}` === shown.flow);
  const kept = shown.problems.filter(problem => FILTERS[filter](problem) && inFlow(problem));
  kept.sort((a, b) => a.change - b.change);
  byId("problems").replaceChildren(...kept.map(problem => {
    const button = element("button", { type: "button" },
      element("span", { className: "id", textContent: problem.id + (problem.isQuarantined ? " (quarantined)" : "") }),
      ...(shown.base ? [passes(problem.before), element("span", { textContent: "→" })] : []),
      passes(problem.tuned));
    button.addEventListener("click", () => choose(button, problem));
    return element("li", {}, button);
  }));
  if (kept.length) choose(byId("problems").querySelector("button"), kept[0]);
  else byId("problem").replaceChildren(element("p", { className: "note", textContent: "No problem of this cell matches the filter." }));
}
function mark(outcome) { return element("i", { className: `mark o-${page.outcomes[outcome]}` }); }
function words(outcome) { return page.outcomes[outcome].replaceAll("_", " "); }
function passes(samples) {
  const span = element("span");
  if (samples.length === 1) span.append(mark(samples[0].outcome), ` ${words(samples[0].outcome)}`);
  else if (samples.length) span.append(`${samples.filter(sample => sample.outcome === PASSED).length} of ${samples.length} pass`);
  else span.append("–");
  return span;
}
function choose(button, problem) {
  byId("problems").querySelectorAll("[aria-current]").forEach(other => other.removeAttribute("aria-current"));
  button.setAttribute("aria-current", "true");
  const prompts = [...new Set([shown.row, shown.base].filter(Boolean).map(row => problem.prompts[row.style]))].filter(Boolean);
  const prompt = element("div", { className: "prompt" }, element("h3", { textContent: problem.id }));
  const names = new Set([shown.row.style, shown.base?.style ?? shown.row.style]);
  prompts.forEach((text, number) => prompt.append(
    element("h4", { textContent: prompts.length > 1 ? `prompt (${[...names][number]})` : "prompt" }),
    element("pre", { textContent: text })));
  const pair = element("div", { className: "pair" });
  if (shown.base) pair.append(side(shown.base.label, problem.before));
  pair.append(side(shown.row.label, problem.tuned));
  const tests = problem.tests ? [element("details", {}, element("summary", { textContent: "Tests of the problem" }),
    element("pre", { textContent: problem.tests }))] : [];
  byId("problem").replaceChildren(prompt, pair, ...tests);
  byId("problem").scrollTop = 0;
}
function side(label, samples) {
  const place = element("div"), texts = element("div");
  place.append(element("h3", { textContent: label }));
  const show = sample => {
    const parts = [element("p", {}, mark(sample.outcome), ` ${words(sample.outcome)}${sample.isTruncated ? ", cut off at the token limit" : ""}`)];
    const part = (title, text) => parts.push(element("h4", { textContent: title }), element("pre", { textContent: text }));
    if (sample.hasText) {
      part("completion", sample.completion);
      part("program: the answer in the completion", sample.answer ?? "(none found)");
    }
    part("output", sample.message || (sample.outcome === PASSED ? "(all tests passed)" : "(none)"));
    texts.replaceChildren(...parts);
  };
  if (!samples.length) { place.append(element("p", { className: "note", textContent: "No sample." })); return place; }
  if (samples.length > 1) {
    const severalSeeds = new Set(samples.map(sample => sample.seed)).size > 1;
    const severalSamples = samples.some(sample => sample.index > 0);
    const choices = element("div", { className: "samples" });
    samples.forEach((sample, number) => {
      const button = element("button", { type: "button" }, mark(sample.outcome),
        [severalSeeds ? ` seed ${sample.seed}` : "", severalSamples ? ` sample ${sample.index + 1}` : ""].join(""));
      button.setAttribute("aria-pressed", String(number === 0));
      button.addEventListener("click", () => {
        choices.querySelectorAll("button").forEach(other => other.setAttribute("aria-pressed", String(other === button)));
        show(sample);
      });
      choices.append(button);
    });
    place.append(choices);
  }
  place.append(texts);
  show(samples[0]);
  return place;
}

// Pairs of outcomes of a problem: each sample of the tuned model with the base's sample of that number.
function flowsOf(problem) {
  if (!problem.before.length || problem.isQuarantined) return [];
  return problem.tuned.map((sample, number) => [problem.before[number % problem.before.length].outcome, sample.outcome]);
}
function drawFlow() {
  if (!shown.base) return;
  const counts = new Map();
  for (const problem of shown.problems) for (const [a, b] of flowsOf(problem)) {
    counts.set(`${a} ${b}`, (counts.get(`${a} ${b}`) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  if (!total) return;
  const flows = [...counts].map(([key, count]) => [...key.split(" ").map(Number), count]);
  const height = 190, gap = 4;
  const stacks = [0, 1].map(end => {
    const outcomes = [...new Set(flows.map(flow => flow[end]))].sort((a, b) => a - b);
    const scale = (height - gap * (outcomes.length - 1)) / total;
    let y = 0;
    return new Map(outcomes.map(outcome => {
      const count = flows.filter(flow => flow[end] === outcome).reduce((sum, flow) => sum + flow[2], 0);
      const box = { y, count, height: count * scale, next: y, scale };
      y += box.height + gap;
      return [outcome, box];
    }));
  });
  const parts = [], x0 = 128, x1 = 252;
  flows.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [a, b, count] of flows) {
    const from = stacks[0].get(a), to = stacks[1].get(b), m = (x0 + x1) / 2;
    const [p, q] = [from.next, to.next], [s, t] = [p + count * from.scale, q + count * to.scale];
    from.next = s; to.next = t;
    parts.push(`<path tabindex="0" role="button" data-flow="${a} ${b}" class="o-${page.outcomes[b]}" fill-opacity=".5"
      d="M${x0} ${p}C${m} ${p} ${m} ${q} ${x1} ${q}V${t}C${m} ${t} ${m} ${s} ${x0} ${s}Z"
      aria-label="${count} from ${words(a)} to ${words(b)}"><title>${count}: ${words(a)} → ${words(b)}</title></path>`);
  }
  stacks.forEach((stack, end) => {
    let low = -20;
    for (const [outcome, box] of stack) {
      const y = low = Math.max(low + 13, box.y + box.height / 2 + 4);
      const label = `${words(outcome)} ${box.count}`;
      parts.push(`<rect class="o-${page.outcomes[outcome]}" x="${end ? x1 : x0 - 10}" y="${box.y}" width="10" height="${Math.max(1, box.height)}"/>`,
        `<text x="${end ? x1 + 15 : x0 - 15}" y="${y}" text-anchor="${end ? "start" : "end"}">${label}</text>`);
    }
  });
  byId("flow").innerHTML = `<svg viewBox="-2 -22 384 ${height + 34}" role="group" aria-label="Outcomes of base and of the tuned model">
    <text x="${x0}" y="-10" text-anchor="end">${escape(shown.base.label)}</text><text x="${x1}" y="-10">${escape(shown.row.label)}</text>${parts.join("")}</svg>`;
  for (const path of byId("flow").querySelectorAll("path")) {
    const filter = () => {
      shown.flow = shown.flow === path.dataset.flow ? null : path.dataset.flow;
      byId("flow").querySelectorAll("path").forEach(other => other.classList.toggle("chosen", other.dataset.flow === shown.flow));
      document.querySelector("#filter [value=all]").checked = true;
      list();
    };
    path.addEventListener("click", filter);
    path.addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); filter(); } });
  }
}

document.getElementById("matrix").addEventListener("click", event => {
  const button = event.target.closest("button[data-row]");
  if (button) open(button);
});
byId("filter").addEventListener("change", () => { if (shown) list(); });
byId("problems").addEventListener("keydown", event => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...byId("problems").querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (next) { next.focus(); next.click(); }
});
byId("cell-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => { shown = null; opener?.focus(); });
}
