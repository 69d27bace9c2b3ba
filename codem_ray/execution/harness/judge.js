"use strict";
// Judges JavaScript programs one after the other, each in a context of its own. One request a line
// comes on standard input: the secret of a run, a space, the folder of its tests.
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
// What a program can use of the process without changing it for the next.
const HARMLESS = new Set(["console", "queueMicrotask", "structuredClone", "setTimeout", "setInterval",
                          "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"]);
let current = null;
let isUsedUp = false;
let waiting = "";

function say(line) {
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

// What node adds to the language is the process's; what the language has is each context's own.
function newContext() {
  const context = vm.createContext({});
  const has = new Set(vm.runInContext("Object.getOwnPropertyNames(globalThis)", context));
  for (const name of own) {
    if (has.has(name) || name === "globalThis" || name === "global") continue;
    Object.defineProperty(context, name, {
      get: () => {
        if (!HARMLESS.has(name)) isUsedUp = true;
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

function begin() {
  const [secret, folder] = nextRequest();
  const reading = openSync(path.join(folder, "from_answer"), "r");
  const writing = openSync(path.join(folder, "to_answer"), constants.O_WRONLY);
  say("opened");
  const context = newContext();
  const host = {
    context,
    folder,
    errors: { Error, TypeError, RangeError, SyntaxError },
    useUp: () => { isUsedUp = true; },
    script: () => load(script ??= compiled("script.js"), context, host),
  };
  host.wire = load(wire, context, host);
  host.wire.connect(reading, writing);
  current = {
    conclude: (error) => host.conclude(error),
    drained: () => host.report("ok"),
    exited: () => host.report("failed", "the tests called process.exit"),
  };
  // The first report counts, and nothing after it runs: what is thrown ends the tests.
  host.stop = new Error("the verdict is known");
  host.send = (status, checks, text) => {
    if (current === null) throw host.stop;
    current = null;
    say(`${secret} ${status} ${checks} ${text}`);
    // Nothing that runs on may meet the next program's.
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

// Another process judges the next program where this one left something that would run on, or had in
// its hands what all programs share.
function settle() {
  // Pipes are the process's own: node opens its standard error when it loads `assert`.
  const left = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
  if (isUsedUp || left.length) reallyExit(0);
  next();
}

function next() {
  say("ready");
  guarded(begin);
}

function guarded(action) {
  try {
    action();
  } catch {
    // A report was made.
  }
}

const conclude = (error) => {
  guarded(() => current?.conclude(error));
  // Whatever was thrown, the tests did not come to their end.
  guarded(() => current?.conclude("an error that cannot be shown"));
};
process.on("uncaughtException", conclude);
process.on("unhandledRejection", conclude);
process.on("beforeExit", () => guarded(() => current?.drained()));
process.exit = () => {
  if (current !== null) current.exited();
};

next();
