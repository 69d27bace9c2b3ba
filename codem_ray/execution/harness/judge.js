"use strict";
// Judges JavaScript programs one after the other, each in a context of its own. Each line of standard
// input is a request: the secret of an execution, a space, and the folder of the tests.
const { closeSync, constants, openSync, readFileSync, readSync, writeSync } = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const CONTROL_FD = 0;
const REPORT_FD = 4;
const { reallyExit } = process;
const compiled = (name) => new vm.Script(
  `(function (module, require, host) {${readFileSync(path.join(__dirname, name), "utf8")}\n})`,
  { filename: name });
const wire = compiled("wire.js");
const tests = compiled("tests_runner.js");
let script;
const own = Object.getOwnPropertyNames(globalThis);
// Globals of the process that tests can use without changing them for the next program.
const HARMLESS = new Set(["console", "queueMicrotask", "structuredClone", "setTimeout", "setInterval",
                          "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"]);
let current = null;
let isTainted = false;
let waiting = "";

function reportLine(line) {
  writeSync(REPORT_FD, `${line}\n`);
}

function nextRequest() {
  const data = Buffer.alloc(4096);
  while (!waiting.includes("\n")) {
    const size = readSync(CONTROL_FD, data, 0, data.length, null);
    if (size === 0) reallyExit(0);
    waiting += data.toString("latin1", 0, size);
  }
  const end = waiting.indexOf("\n");
  const line = waiting.slice(0, end);
  waiting = waiting.slice(end + 1);
  return line.split(" ");
}

// Each context has its own globals of the language; the globals that Node adds belong to the process.
function newContext() {
  const context = vm.createContext({});
  const has = new Set(vm.runInContext("Object.getOwnPropertyNames(globalThis)", context));
  for (const name of own) {
    if (has.has(name) || name === "globalThis" || name === "global") continue;
    Object.defineProperty(context, name, {
      get: () => {
        if (!HARMLESS.has(name)) isTainted = true;
        return globalThis[name];
      },
      set: (value) => Object.defineProperty(
        context, name, { value, writable: true, configurable: true, enumerable: false }),
      configurable: true,
      enumerable: false,
    });
  }
  return context;
}

function load(script, context, host) {
  const module = { exports: {} };
  script.runInContext(context)(module, require, host);
  return module.exports;
}

// Judges the next program up to the end of its synchronous tests.
function begin() {
  const [secret, folder] = nextRequest();
  const reading = openSync(path.join(folder, "from_answer"), "r");
  const writing = openSync(path.join(folder, "to_answer"), constants.O_WRONLY);
  reportLine("opened");
  const context = newContext();
  const host = {
    context,
    folder,
    errors: { Error, TypeError, RangeError, SyntaxError },
    taint: () => { isTainted = true; },
    script: () => load(script ??= compiled("script.js"), context, host),
  };
  host.wire = load(wire, context, host);
  host.wire.connect(reading, writing);
  current = {
    conclude: (error) => host.conclude(error),
    drained: () => host.report("ok"),
    exited: () => host.report("failed", "the tests called process.exit"),
  };
  // The first report counts, and the error thrown after it ends the tests.
  host.stop = new Error("the verdict was reported");
  host.send = (status, checks, text) => {
    if (current === null) throw host.stop;
    current = null;
    reportLine(`${secret} ${status} ${checks} ${text}`);
    // Code of this program that is still running must not reach the next program's answer.
    host.wire.connect(-1, -1);
    closeSync(reading);
    closeSync(writing);
    setImmediate(settle);
    throw host.stop;
  };
  try {
    load(tests, context, host);
  } catch (error) {
    if (error !== host.stop) host.conclude(error);
  }
}

// Ends this process if the tests left something running or used objects that all programs share.
// Another process then judges the next program.
function settle() {
  // Pipes are the process's own: Node opens its standard error when it loads `assert`.
  const left = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
  if (isTainted || left.length) reallyExit(0);
  next();
}

function next() {
  reportLine("ready");
  guarded(begin);
}

function guarded(action) {
  try {
    action();
  } catch {
    // The verdict was reported.
  }
}

const conclude = (error) => {
  guarded(() => current?.conclude(error));
  // Reached if the first attempt failed to describe the error: the tests did not end normally.
  guarded(() => current?.conclude("an error that cannot be described"));
};
process.on("uncaughtException", conclude);
process.on("unhandledRejection", conclude);
process.on("beforeExit", () => guarded(() => current?.drained()));
process.exit = () => {
  if (current !== null) current.exited();
};

next();
