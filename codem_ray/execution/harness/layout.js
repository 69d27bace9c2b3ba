"use strict";
// Judges pages in a browser through its debugging pipe. A page is data: its scripts are off, and the
// tests run in an isolated world, which has the page's elements and none of its JavaScript.
const fs = require("node:fs");
const path = require("node:path");
const VIEWPORT = { width: 1280, height: 800, deviceScaleFactor: 1, mobile: false };

const data = Buffer.alloc(256);
const secret = data.subarray(0, fs.readSync(3, data, 0, 256, null)).toString();
const report = (text) => fs.writeSync(4, `${secret} ${text}\n`);
const libraries = [require.resolve("jquery"), path.join(path.dirname(require.resolve("chai")),
  "chai.js"), path.join(__dirname, "page.js")].map((name) => fs.readFileSync(name, "utf8"));

let last = 0;
const loaded = new Set(); // documents that the browser has reported as loaded
const chunk = Buffer.alloc(1 << 16);
let pending = Buffer.alloc(0);

// Returns the next message, which ends with a NUL.
function nextMessage() {
  let end;
  while ((end = pending.indexOf(0)) < 0) {
    const size = fs.readSync(5, chunk, 0, chunk.length, null);
    if (size === 0) process.exit(1); // the browser is gone: pages without a report are judged again
    pending = Buffer.concat([pending, chunk.subarray(0, size)]);
  }
  const message = JSON.parse(pending.subarray(0, end).toString());
  pending = pending.subarray(end + 1);
  const { name, loaderId } = message.params ?? {};
  if (message.method === "Page.lifecycleEvent" && name === "load") loaded.add(loaderId);
  return message;
}

// Sends a request and returns its result; events received in the meantime are ignored.
function ask(method, params = {}, sessionId = undefined) {
  const id = ++last;
  const request = Buffer.from(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  for (let sent = 0; sent < request.length;) sent += fs.writeSync(6, request, sent);
  for (;;) {
    const answer = nextMessage();
    if (answer.id !== id) continue;
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }
}

// Defines the tests' globals in the isolated world.
const TEST_GLOBALS = `
  let checks = 0;
  refuseHiddenMembers(globalThis);
  globalThis.assert = counting(chai.assert, () => { checks++; });
  globalThis.checksDone = () => checks;
`;

function evaluate(session, contextId, expression, milliseconds) {
  const { result, exceptionDetails } = ask("Runtime.evaluate",
    { contextId, expression, returnByValue: true, timeout: milliseconds }, session);
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value;
}

// Returns source that runs a script and yields the checks done so far and the error thrown.
function guarded(script) {
  return `(() => {
    try {
      (() => {\n${script}\n})();
    } catch (error) {
      return [globalThis.checksDone?.() ?? 0, String(error?.message ?? error)];
    }
    return [checksDone(), null];
  })()`;
}

function openTab() {
  const { targetId } = ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = ask("Target.attachToTarget", { targetId, flatten: true });
  ask("Emulation.setScriptExecutionDisabled", { value: true }, sessionId);
  ask("Emulation.setDeviceMetricsOverride", VIEWPORT, sessionId);
  ask("Page.enable", {}, sessionId);
  ask("Page.setLifecycleEventsEnabled", { enabled: true }, sessionId);
  return sessionId;
}

// Opens a new document, which ends activities of the last page, such as a refresh.
function openDocument(sessionId) {
  const { frameId, loaderId } = ask("Page.navigate", { url: `about:blank?${last}` }, sessionId);
  while (!loaded.has(loaderId)) nextMessage();
  return frameId;
}

function judgePage(sessionId, page, tests, milliseconds) {
  if (tests.kind !== "assertions") throw new Error(`tests of the kind ${tests.kind}; assertions`);
  let checks = 0;
  try {
    const frameId = openDocument(sessionId);
    ask("Page.setDocumentContent", { frameId, html: page }, sessionId);
    const world = ask("Page.createIsolatedWorld", { frameId, worldName: "tests" }, sessionId);
    const context = world.executionContextId;
    const run = (script) => evaluate(sessionId, context, script, milliseconds);
    for (const library of libraries) run(library);
    const scripts = [TEST_GLOBALS, `globalThis.code = ${JSON.stringify(page)}`, ...tests.scripts];
    for (const script of scripts) {
      let message;
      [checks, message] = run(guarded(script));
      if (message !== null) return { status: "failed", checks, message };
    }
    return { status: "ok", checks, message: "" };
  } catch (error) {
    if (!/terminated/i.test(error.message)) throw error;
    return { status: "timeout", checks, message: "" };
  }
}

const tab = openTab();
report("browser ready");
const { names, milliseconds } = JSON.parse(fs.readFileSync("pages.json", "utf8"));
for (const name of names) {
  const before = performance.now();
  const page = fs.readFileSync(`${name}/page.html`, "utf8");
  const tests = JSON.parse(fs.readFileSync(`${name}/tests.json`, "utf8"));
  const { status, checks, message } = judgePage(tab, page, tests, milliseconds);
  const seconds = ((performance.now() - before) / 1e3).toFixed(4);
  report(`${name} ${status} ${checks} ${seconds} ${message.replace(/\s+/g, " ").slice(0, 300)}`);
}
process.exit(0);
